#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <unordered_set>

#include <golden_hashes.hpp>
#include <partita/models/commit.hpp>
#include <partita/models/reliable_broadcast.hpp>
#include <relay_application.hpp>

namespace {

using namespace partita;
using namespace partita::test;

/// A command `n1 go` that runs this function, on 2 nodes.
application_builder going(std::function<response(fiber_context&)> body) {
    command_definition go;
    go.name = go.usage = "go";
    go.run = [body = std::move(body)](fiber_context& self, const command&) { return body(self); };
    return define_application("going")
        .nodes({.least = 1, .most = 9, .usual = 2})
        .command(go)
        .workload({"n1 go"});
}
std::string verdict_of(const application& of) {
    const outcome seen = run(of, undisturbed(of));
    std::string text(to_text(seen.verdict));
    if (seen.violation) text += ": " + seen.violation->property + ": " + seen.violation->kind;
    return text;
}
response fine(fiber_context&) { return response::ok(); }

TEST(verdict, of_commands_that_end_well_or_not) {
    EXPECT_EQ(verdict_of(going(fine)), "holds");
    EXPECT_EQ(
        verdict_of(going([](fiber_context&) -> response { throw std::runtime_error("oops"); })),
        "violated: no failures: exception");
    EXPECT_EQ(verdict_of(going([](fiber_context& self) {
                  (void)self.receive<number>();
                  return response::ok();
              })),
              "violated: no deadlock: deadlock");
    EXPECT_EQ(verdict_of(going([](fiber_context& self) {
                  self.sleep(2min);
                  return response::ok();
              })),
              "inconclusive: bounds: command bound");
}

TEST(verdict, of_bounds_is_inconclusive) {
    trial_bounds bounds;
    bounds.events_max = bounds.pending_max = bounds.mailbox_max = 100;
    const auto spin = [](fiber_context& self) -> response {
        for (;;) self.sleep(1ns);
    };
    EXPECT_EQ(verdict_of(going(spin).bounds(bounds)), "inconclusive: bounds: step bound");
    const auto flood = [](fiber_context& self) -> response {
        for (;;) self.send(self.self(), tick{});
    };
    EXPECT_EQ(verdict_of(going(flood).bounds(bounds)), "inconclusive: bounds: mailbox bound");
}

TEST(verdict, an_exception_anywhere_in_user_code_is_a_violation) {
    const std::string wanted = "violated: no failures: exception";
    const auto boom = [](auto&&...) -> void { throw std::runtime_error("boom"); };
    EXPECT_EQ(verdict_of(going(fine).on_start(boom)), wanted);
    EXPECT_EQ(verdict_of(going(fine).on_start(
                  [&](node& here, const settings&) { here.spawn<starter>("", starter{boom}); })),
              wanted);
    EXPECT_EQ(verdict_of(going(fine).always("p", "",
                                            [&](const evidence&) {
                                                boom();
                                                return std::nullopt;
                                            })),
              wanted);
    application stateful = going(fine);
    stateful.commands[0].next_state = boom;
    EXPECT_EQ(verdict_of(stateful), wanted);
    application hooked = going([](fiber_context& self) {
                             self.send(at("n2", "x"), tick{});
                             return response::ok();
                         }).on_start([&](node& here, const settings&) {
        here.hooks().install_pre("x", [&](direction way, const envelope&) {
            if (way == direction::receive) boom();
        });
    });
    EXPECT_EQ(verdict_of(hooked), wanted);
}

TEST(verdict, postconditions_and_properties_speak_for_themselves) {
    application of = going(fine).model(41);
    of.commands[0].postcondition =
        must<int>([](const int& state, const command&, const response&) -> std::optional<finding> {
            if (state == 41) return std::nullopt;
            return finding{"not 41", "it was " + std::to_string(state)};
        });
    of.commands[0].next_state =
        then<int>([](int& state, const command&, const response&) { ++state; });
    EXPECT_EQ(verdict_of(of), "holds");
    of.workload.push_back(of.workload[0]);
    EXPECT_EQ(verdict_of(of), "violated: postcondition of go: not 41");
    EXPECT_EQ(verdict_of(going(fine).always("never", "",
                                            [](const evidence& seen) -> std::optional<finding> {
                                                return seen.quiescent ? std::optional<finding>(
                                                                            finding{"it ended", ""})
                                                                      : std::nullopt;
                                            })),
              "violated: never: it ended");
}

TEST(run, is_the_same_in_used_memory_and_with_any_detail) {
    const application of = commit::skeen_3pc();
    const schedule one =
        schedule_of("app skeen-3pc nodes=3\nn1 broadcast 1\nomit n1 -> n2 precommit #1");
    const outcome fresh = run(of, one);
    workspace space;
    (void)run(commit::lampson_2pc(), undisturbed(commit::lampson_2pc()), {}, space);
    for (const trace_detail detail :
         {trace_detail::full, trace_detail::notes, trace_detail::events}) {
        const outcome again = run(of, one, {.detail = detail, .record_sites = false}, space);
        EXPECT_EQ(again.trace_hash, fresh.trace_hash);
        EXPECT_EQ(again.counters, fresh.counters);
    }
}

TEST(run, commands_draw_from_streams_of_their_own_and_take_no_name) {
    std::vector<std::uint64_t> drawn;
    bool kept = false;
    application of = going([&](fiber_context& self) {
                         drawn.push_back(self.random().next());
                         kept = self.call<number>(self.local("client"), tick{}, 1s).has_value();
                         return response::ok();
                     }).on_start([](node& here, const settings&) {
        here.spawn_fiber("client", [](fiber_context& self) {
            for (;;) {
                (void)self.receive<tick>();
                self.reply(self.caller(), number{1});
            }
        });
    });
    of.workload.push_back(of.workload[0]);
    ASSERT_EQ(run(of, undisturbed(of)).verdict, verdict::holds);
    EXPECT_TRUE(kept);
    ASSERT_EQ(drawn.size(), 2U);
    EXPECT_NE(drawn[0], drawn[1]);
}

TEST(run, refuses_a_schedule_that_makes_no_sense) {
    const application of = relay_application();
    for (const char* lines :
         {"app other\n", "app relay nodes=1\n", "app relay nodes=x\n", "app relay latency=fast\n",
          "app relay colour=red\n", "app relay\nn1 fly 1\n", "app relay\nn3 put 1\n",
          "app relay\nput 1\n", "app relay\nn1 put\n", "app relay\nfault crash n3\n",
          "app relay\nfault gremlin n1\n", "app relay\nfault end heal\n",
          "app relay\nrewrite n1 -> n2 put #1 as positive\n",
          "app relay\nforget n1 -> n2 put #1\n"}) {
        const schedule bad = schedule_of(lines);
        const auto checked = check_schedule(of, bad);
        ASSERT_FALSE(checked.has_value()) << lines;
        EXPECT_EQ(checked.error().message.find('\n'), std::string::npos);
        const outcome seen = run(of, bad);
        EXPECT_EQ(seen.verdict, verdict::inconclusive);
        EXPECT_EQ(seen.violation->kind, "bad schedule");
        EXPECT_EQ(seen.violation->explanation, checked.error().message);
    }
}

TEST(run, hashes_are_the_same_in_every_build) {
    for (const auto& [text, hash] : golden_hashes) {
        const std::string name(text.substr(4, text.find_first_of(" \n", 4) - 4));
        const application of = name == "lampson-2pc"     ? commit::lampson_2pc()
                               : name == "skeen-3pc"     ? commit::skeen_3pc()
                               : name == "bernstein-ctp" ? commit::bernstein_ctp()
                                                         : application(relay_application());
        const outcome seen = run(of, schedule_of(std::string(text)));
        EXPECT_NE(seen.verdict, verdict::inconclusive) << text;
        EXPECT_EQ(seen.trace_hash, hash) << std::hex << seen.trace_hash << " of\n" << text;
    }
}

struct stamp {
    std::int64_t value = 0;
};
PARTITA_MESSAGE(stamp, value)

TEST(determinism, of_honest_applications_holds) {
    for (const application& of : {commit::lampson_2pc(), commit::bernstein_ctp(),
                                  commit::skeen_3pc(), application(relay_application())}) {
        EXPECT_FALSE(check_determinism(of, undisturbed(of))) << of.name;
    }
}

TEST(determinism, finds_the_wall_clock_in_a_message) {
    const application of = going([](fiber_context& self) {
        self.send(at("n2", "x"),
                  stamp{std::chrono::system_clock::now().time_since_epoch().count()});
        return response::ok();
    });
    const auto found = check_determinism(of, undisturbed(of));
    ASSERT_TRUE(found);
    EXPECT_NE(found->first, found->second);
    EXPECT_NE(found->first.find("stamp{value: "), std::string::npos) << found->first;
}

template <typename Set>
response iterate_by_address(fiber_context& self) {
    std::vector<std::unique_ptr<std::int64_t>> owned;
    Set order;
    for (std::int64_t value = 0; value < 40; ++value) {
        owned.push_back(std::make_unique<std::int64_t>(value));
        order.insert(owned.back().get());
    }
    for (const std::int64_t* each : order) self.note(number{*each});
    return response::ok();
}

TEST(determinism, finds_iteration_in_the_order_of_addresses) {
    const application tree = going(iterate_by_address<std::set<std::int64_t*>>);
    EXPECT_TRUE(check_determinism(tree, undisturbed(tree)));
    const application hashed = going(iterate_by_address<std::unordered_set<std::int64_t*>>);
    EXPECT_TRUE(check_determinism(hashed, undisturbed(hashed)));
}

/// What reliable_broadcast says of a caller told this, on 3 nodes of which these delivered.
std::string said(const response& told, std::initializer_list<const char*> delivering,
                 const std::vector<node_id>& crashed = {}) {
    trace seen;
    envelope_pool pool;
    for (const char* id : delivering) {
        const auto note = pool.make();
        note->type = &message_type_of<delivered>;
        encode(note->payload, delivered{"5"});
        seen.append({event_kind::note, {}, node_id(id), {}, note.get(), {}, {}});
    }
    const settings none;
    const history calls{{{"n1", "broadcast", {"5"}}, {}, {}, told}};
    const std::vector<node_id> nodes{node_id("n1"), node_id("n2"), node_id("n3")};
    const auto found = reliable_broadcast({none, calls, seen, nodes, crashed});
    return found ? found->kind : "";
}

TEST(reliable_broadcast, holds_when_all_or_none_delivered_as_told) {
    EXPECT_EQ(said(response::ok(), {"n1", "n2", "n3"}), "");
    EXPECT_EQ(said(response::ok(), {"n1", "n3"}), "ok but not delivered by all");
    EXPECT_EQ(said(response::ok(), {"n1", "n3"}, {node_id("n2")}), "");
    EXPECT_EQ(said(response::fail("error"), {}), "");
    EXPECT_EQ(said(response::fail("error"), {"n2"}), "failed but delivered");
    EXPECT_EQ(said(response::unknown("timeout"), {}), "no answer in time");
    EXPECT_EQ(said(response::unknown("node down"), {"n2"}), "");
}

}  // namespace
