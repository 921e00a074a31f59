#include <partita/models/atomic_commit.hpp>

#include <algorithm>

#include <rapidcheck/gen/Create.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Transform.h>
#include <rapidcheck/gen/Tuple.h>

#include "atomic_node.hpp"
#include "atomic_properties.hpp"
#include "common.hpp"

namespace partita::commit {
namespace {

/// In the order of atomic::bug.
const std::vector<std::string>& bug_names() {
    static const std::vector<std::string> all{"none",
                                              "late-vote",
                                              "forgotten-abort",
                                              "waits-for-unknown",
                                              "one-question",
                                              "reused-number",
                                              "vote-in-memory",
                                              "hasty-recovery",
                                              "unforced-decision",
                                              "impatient",
                                              "majority-commits",
                                              "counted-votes",
                                              "shared-timer"};
    return all;
}

void start_node(node& here, const settings& with) {
    const auto found = std::find(bug_names().begin(), bug_names().end(), with.value("bug"));
    here.spawn<atomic::committer>(
        atomic::actor_name,
        atomic::commit_options{static_cast<atomic::bug>(found - bug_names().begin()),
                               with.is("resend", "on")});
}

response run_commit(fiber_context& self, const command& it) {
    atomic::commit_all asked{it.arguments[0], {}};
    for (std::size_t at = 1; at < it.arguments.size(); ++at) {
        if (!it.arguments[at].starts_with("no=")) return response::fail("expected no=NODE");
        asked.against.insert(node_id(it.arguments[at].substr(3)));
    }
    const auto told =
        self.call<atomic::outcome_told>(self.local(atomic::actor_name), asked, caller_time);
    if (!told) return response::unknown("timeout");
    return told->committed ? response::ok() : response::fail("aborted");
}

/// One in four has somebody against it.
rc::Gen<std::vector<std::string>> a_value_and_votes() {
    return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 1'000), rc::gen::inRange(0, 12)),
                        [](const std::pair<int, int>& drawn) {
                            std::vector<std::string> words{std::to_string(drawn.first)};
                            if (drawn.second >= 9)
                                words.push_back("no=n" + std::to_string(drawn.second - 8));
                            return words;
                        });
}

command_definition commit_command() {
    using used = std::set<std::string>;
    return {.name = "commit",
            .usage = "commit VALUE [no=NODE ...]",
            .about = "all nodes commit VALUE, or all abort it; those named vote no",
            .arguments_least = 1,
            .arguments_most = 8,
            .run = run_commit,
            .arguments = a_value_and_votes,
            .precondition = when<used>([](const used& so_far, const command& it) {
                return !so_far.contains(it.arguments[0]);
            }),
            .next_state = then<used>([](used& so_far, const command& it, const response&) {
                so_far.insert(it.arguments[0]);
            })};
}

}  // namespace

application atomic_commit() {
    application made =
        define_application("atomic-commit")
            .about("two-phase commit with recovery and cooperative termination")
            .nodes({.least = 2, .most = 9, .usual = 3})
            .option({"require",
                     "promised",
                     "what is checked besides AC1 to AC5",
                     {"promised", "nonblocking"}})
            .option(
                {"resend", "on", "decisions are sent until acknowledged; off: once", {"on", "off"}})
            .option({"bug", "none", "a mistake on purpose", bug_names()})
            .on_start(start_node)
            .model(std::set<std::string>{})
            .command(commit_command())
            .workload({"n1 commit 42"})
            .commands_most(5)
            .clients_most(3);
    made.properties = atomic::commitment_properties();
    return made;
}

}  // namespace partita::commit
