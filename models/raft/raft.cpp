#include <partita/models/raft.hpp>

#include "bugs.hpp"
#include "commands.hpp"
#include "messages.hpp"
#include "properties.hpp"
#include "replica.hpp"

namespace partita::raft {
namespace {

bug bug_named(const std::string& name) {
    for (const switched_bug& each : switched_bugs()) {
        if (each.what.name == name) return each.which;
    }
    return bug::none;
}

std::vector<std::string> bug_names() {
    std::vector<std::string> names{"none"};
    for (const switched_bug& each : switched_bugs()) names.push_back(each.what.name);
    return names;
}

/// The first of the nodes, as many as `members` says.
configuration first_members(const settings& with) {
    const std::vector<node_id> all = nodes_of(with);
    const bool some = !with.is("members", "all");
    const std::size_t count = some ? std::min(with.number("members"), all.size()) : all.size();
    return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)};
}

void start_node(node& here, const settings& with) {
    here.spawn<replica>(replica_name, server::options{here.id(), first_members(with),
                                                      bug_named(with.value("bug"))});
}

}  // namespace

application service() {
    application_builder made = define_application("raft");
    made.about("registers replicated by Raft: elections, log, members that change, read index")
        .nodes({.least = 1, .most = 9, .usual = 3})
        .option({"members",
                 "all",
                 "how many nodes are members at first, from n1 on",
                 {"all", "1", "2", "3", "4", "5"}})
        .option({"bug", "none", "a mistake on purpose", bug_names()})
        .on_start(start_node)
        .model(asked{})
        .commands_most(12)
        .clients_most(3)
        .bounds({.settle_max = std::chrono::seconds(15)})
        .workload({"n1 write x a", "n2 append x b", "n3 read x"})
        .sometimes("leader-changes", "a second leader is elected",
                   [](const evidence& seen) { return seen.trace.notes<elected>().size() > 1; })
        .sometimes("log-cut", "a server gives entries up that no majority has",
                   [](const evidence& seen) { return !seen.trace.notes<log_cut>().empty(); });
    for (command_definition& each : register_commands()) made.command(std::move(each));
    application done = made;
    done.properties = raft_properties();
    return done;
}

}  // namespace partita::raft
