#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include <partita/runtime/supervisor.hpp>

#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using texts = std::vector<std::string>;

/// Notes that it began, and ends as it is told.
struct worker {
    using accepts = messages<word>;
    std::string name;
    void on_start(context& self) { self.note(word{"+" + name}); }
    void on_message(context& self, const word& how) {
        if (how.text == "throw") throw std::runtime_error("broken");
        if (how.text == "exit") return self.exit();
        self.exit(how.text);
    }
};

/// Takes its time to stop, or never does.
struct slow_worker {
    using accepts = messages<exited, tick>;
    std::string name;
    duration needs{};
    void on_start(context& self) {
        self.note(word{"+" + name});
        self.trap_exits(true);
    }
    void on_message(context& self, const exited& asked) {
        if (!asked.asked) return;
        self.note(word{"~" + name});
        if (needs != duration::max()) (void)self.send_after(needs, tick{});
    }
    void on_message(context& self, const tick&) { self.exit(); }
};

child_spec worker_called(std::string name) { return child<worker>(name, name); }
child_spec slow_called(std::string name, duration needs) {
    return child<slow_worker>(name, name, needs);
}

/// n1 runs this supervision, which tolerates exceptions, under the name "top".
small_world supervising(supervision what) {
    what.tolerates_exceptions = true;
    return small_world(2, [what](node& here) {
        if (is(here, "n1")) here.spawn<supervisor>("top", what);
    });
}
/// Tells a child of n1, and lets the world run a little.
void tell(small_world& it, std::string child, std::string how) {
    it->find(node_id("n1"))->spawn<starter>("", [&](context& self) {
        self.send(self.local(child), word{how});
        self.exit();
    });
    it->run_for(10ms);
}
/// What was noted since the last time.
texts news(small_world& it) {
    static thread_local std::size_t seen = 0;
    const texts all = it.words();
    if (all.size() < seen) seen = 0;
    const texts fresh(all.begin() + static_cast<std::ptrdiff_t>(seen), all.end());
    seen = all.size();
    return fresh;
}
/// The reasons for which actors of n1 ended, without those of the helpers.
texts ends(const small_world& it) {
    texts found = it.texts(event_kind::exit);
    std::erase(found, "exit");
    return found;
}
const supervision three{.children = {worker_called("a"), worker_called("b"), worker_called("c")}};
supervision three_as(restart_strategy strategy) {
    supervision what = three;
    what.strategy = strategy;
    return what;
}

struct strategy_case {
    restart_strategy strategy;
    texts restarted;
    texts ended;
};

TEST(supervisor, restarts_whom_its_strategy_says_in_the_order_of_their_start) {
    const std::string cause = "exception: broken";
    for (const strategy_case& each : {
             strategy_case{restart_strategy::one_for_one, {"+b"}, {cause}},
             strategy_case{restart_strategy::rest_for_one, {"+b", "+c"}, {cause, "shutdown"}},
             strategy_case{restart_strategy::one_for_all,
                           {"+a", "+b", "+c"},
                           {cause, "shutdown", "shutdown"}},
         }) {
        auto it = supervising(three_as(each.strategy));
        it->run_for(10ms);
        tell(it, "b", "throw");
        texts expected{"+a", "+b", "+c"};
        expected.insert(expected.end(), each.restarted.begin(), each.restarted.end());
        EXPECT_EQ(it.words(), expected);
        EXPECT_EQ(ends(it), each.ended);
    }
}

TEST(supervisor, restarts_permanent_ones_always_transient_ones_when_they_fail_temporary_never) {
    const child_spec a = worker_called("a");
    for (const auto& [spec, how, again] : std::vector<std::tuple<child_spec, std::string, bool>>{
             {a, "exit", true},
             {a, "tired", true},
             {a.transient(), "exit", false},
             {a.transient(), "tired", true},
             {a.transient(), "throw", true},
             {a.temporary(), "exit", false},
             {a.temporary(), "throw", false},
         }) {
        auto it = supervising({.children = {spec}});
        it->run_for(10ms);
        tell(it, "a", how);
        EXPECT_EQ(it.words(), again ? (texts{"+a", "+a"}) : texts{"+a"}) << how;
    }
}

TEST(supervisor, looks_after_fibers_even_those_that_end_before_they_wait) {
    int runs = 0;
    auto it = supervising({.children = {
                               child_fiber("once", [&](fiber_context&) { ++runs; }).transient(),
                               child_fiber("fails",
                                           [&](fiber_context& self) {
                                               self.note(word{"+fails"});
                                               if (self.now() < time_point(1s)) self.sleep(300ms);
                                               if (self.now() < time_point(1s))
                                                   throw std::runtime_error("early");
                                               (void)self.receive<tick>();
                                           }),
                           }});
    it->run_for(5s);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(it.words().size(), 4U) << "one start, three restarts until 0.9 s";
    EXPECT_EQ(it->find(node_id("n1"))->actors(), 2U);
}

TEST(supervisor, gives_up_when_restarts_come_too_often_and_stops_its_children_youngest_first) {
    supervision what = three;
    what.restarts_max = 2;
    what.children[0] = slow_called("a", 1ms);
    what.children[2] = slow_called("c", 1ms);
    auto it = supervising(what);
    it->run_for(10ms);
    (void)news(it);
    tell(it, "b", "throw");
    tell(it, "b", "throw");
    EXPECT_EQ(news(it), (texts{"+b", "+b"}));
    tell(it, "b", "throw");
    EXPECT_EQ(news(it), (texts{"~c", "~a"}));
    EXPECT_EQ(ends(it).back(), supervisor::gave_up);
    EXPECT_EQ(it->find(node_id("n1"))->actors(), 0U);
}

TEST(supervisor, bears_restarts_that_are_spread_over_time) {
    supervision what = three;
    what.restarts_max = 2;
    what.period = 1s;
    auto it = supervising(what);
    for (int times = 0; times < 20; ++times) {
        it->run_for(501ms);
        tell(it, "b", "throw");
    }
    EXPECT_EQ(it.words().size(), 23U);
}

TEST(supervisor, gives_up_on_a_child_that_can_never_start) {
    for (const bool throws : {true, false}) {
        auto it = supervising({.children = {child_spec{"never", [throws](context&) -> actor_id {
                                                           if (throws)
                                                               throw std::runtime_error("no");
                                                           return {};
                                                       }}}});
        it.finish();
        EXPECT_EQ(ends(it), texts{std::string(supervisor::gave_up)});
    }
}

TEST(supervisor, kills_a_child_that_takes_too_long_to_stop) {
    auto it = supervising({.children = {
                               slow_called("a", 1s),
                               slow_called("b", duration::max()).shut_down_within(3s),
                               slow_called("c", 1h).shut_down_within(0s),
                           }});
    it->run_for(1ms);
    it->find(node_id("n1"))->spawn<starter>("", [](context& self) {
        self.stop_actor(self.local("top"));
        self.exit();
    });
    it->run_for(3500ms);
    EXPECT_EQ(it.words(), (texts{"+a", "+b", "+c", "~b", "~a"}));
    EXPECT_EQ(ends(it), (texts{"killed", "killed"}));
    it.finish();
    EXPECT_EQ(ends(it), (texts{"killed", "killed", "shutdown"}));
    EXPECT_EQ(it->now(), time_point(4001ms));
}

TEST(supervisor, that_is_killed_takes_its_children_along) {
    auto it = supervising(three);
    it->run_for(1ms);
    it->find(node_id("n1"))->spawn<starter>("", [](context& self) {
        self.stop_actor(self.local("top"), end_reason::kill);
        self.exit();
    });
    it.finish();
    EXPECT_EQ(ends(it), (texts{"killed", "linked: killed", "linked: killed", "linked: killed"}));
}

TEST(supervisor, under_another_gives_up_to_it_and_is_started_again) {
    supervision inner{.restarts_max = 1,
                      .tolerates_exceptions = true,
                      .children = {worker_called("a"), worker_called("b")}};
    auto it = supervising({.strategy = restart_strategy::one_for_all,
                           .children = {worker_called("x"), child_supervisor("inner", inner)}});
    it->run_for(1ms);
    tell(it, "a", "throw");
    EXPECT_EQ(it.words(), (texts{"+x", "+a", "+b", "+a"}));
    tell(it, "a", "throw");
    EXPECT_EQ(it.words(), (texts{"+x", "+a", "+b", "+a", "+x", "+a", "+b"}));
    EXPECT_EQ(ends(it), (texts{"exception: broken", "exception: broken", "shutdown",
                               std::string(supervisor::gave_up), "shutdown"}));
}

TEST(supervisor, stops_a_whole_tree_when_asked) {
    auto it = supervising(
        {.children = {
             slow_called("x", 1s),
             child_supervisor("inner", {.children = {slow_called("a", 10s).shut_down_within(20s)}}),
         }});
    it->run_for(1ms);
    it->find(node_id("n1"))->spawn<starter>("", [](context& self) {
        self.stop_actor(self.local("top"), "maintenance");
        self.exit();
    });
    it.finish();
    EXPECT_EQ(it.words(), (texts{"+x", "+a", "~a", "~x"}));
    EXPECT_EQ(ends(it), (texts{"shutdown", "maintenance"}));
}

TEST(supervisor, minds_ends_that_come_while_it_waits_for_another) {
    supervision what = three_as(restart_strategy::rest_for_one);
    what.children[2] = slow_called("c", 1s);
    auto it = supervising(what);
    it->run_for(1ms);
    tell(it, "b", "throw");  // c has to stop, which takes a second
    tell(it, "a", "throw");
    EXPECT_EQ(it.words(), (texts{"+a", "+b", "+c", "~c"}));
    it->run_for(2500ms);  // b and c are up again, and then a with both
    EXPECT_EQ(it.words(), (texts{"+a", "+b", "+c", "~c", "+b", "+c", "~c", "+a", "+b", "+c"}));
}

TEST(supervisor, is_unmoved_by_a_thousand_ends_at_one_instant) {
    supervision what{.restarts_max = 1'000'000};
    what.children.push_back(slow_called("slow", 1s));
    for (int number_of = 0; number_of < 1'000; ++number_of) {
        what.children.push_back(worker_called("w" + std::to_string(number_of)));
    }
    auto it = supervising(what);
    it->run_for(1ms);
    it->find(node_id("n1"))->spawn<starter>("", [](context& self) {
        self.send(self.local("top"), terminate_child{"slow"});
        for (int number_of = 0; number_of < 1'000; ++number_of) {
            self.send(self.local("w" + std::to_string(number_of)), word{"throw"});
        }
        self.exit();
    });
    it.finish();
    EXPECT_EQ(it.words().size(), 1'001U + 1U + 1'000U);
    EXPECT_EQ(it->find(node_id("n1"))->actors(), 1'001U);
}

std::string show(const child_list& answer) {
    std::string text;
    for (const child_state& each : answer.all) {
        text += each.id + (each.actor.valid() ? "+" : "-") + std::to_string(each.starts) + " ";
    }
    return text;
}
template <typename Good>
std::string said(const tl::expected<std::variant<Good, child_refused>, call_error>& answer) {
    if (!answer) return "nothing";
    if (const auto* refused = std::get_if<child_refused>(&*answer)) return refused->why;
    return std::get<Good>(*answer).id;
}

TEST(supervisor, starts_stops_and_tells_of_children_on_request_from_any_node) {
    supervision what{.children = {worker_called("a")}};
    what.make_child = [](const start_child& asked) -> std::optional<child_spec> {
        if (asked.kind == "worker") return worker_called(asked.id);
        if (asked.kind == "helper") return worker_called(asked.id).temporary();
        if (asked.kind == "broken")
            return child_spec{asked.id,
                              [](context&) -> actor_id { throw std::runtime_error("no"); }};
        return std::nullopt;
    };
    small_world it(2, [what](node& here) {
        if (is(here, "n1")) return (void)here.spawn<supervisor>("top", what);
        here.spawn_fiber("", [](fiber_context& self) {
            const actor_id top = at("n1", "top");
            const auto list = [&] {
                const auto answer = self.call<child_list>(top, which_children{}, 1s);
                return answer ? show(*answer) : "nothing";
            };
            const auto begin = [&](const auto& asked) {
                return said<child_started>(self.call<child_started, child_refused>(top, asked, 1s));
            };
            const auto halt = [&](const auto& asked) {
                return said<child_stopped>(self.call<child_stopped, child_refused>(top, asked, 1s));
            };
            EXPECT_EQ(begin(start_child{"b", "worker", {}}), "b");
            EXPECT_EQ(begin(start_child{"b", "worker", {}}), "there is such a child");
            EXPECT_EQ(begin(start_child{"c", "unknown", {}}), "no such kind");
            EXPECT_EQ(begin(start_child{"c", "broken", {}}), "exception: no");
            EXPECT_EQ(begin(start_child{"h", "helper", {}}), "h");
            EXPECT_EQ(list(), "a+1 b+1 h+1 ");
            EXPECT_EQ(halt(terminate_child{"b"}), "b");
            EXPECT_EQ(halt(terminate_child{"b"}), "b") << "it is done already";
            EXPECT_EQ(halt(terminate_child{"h"}), "h");
            EXPECT_EQ(halt(terminate_child{"h"}), "no such child");
            EXPECT_EQ(list(), "a+1 b-1 ");
            EXPECT_EQ(begin(restart_child{"b"}), "b");
            EXPECT_EQ(begin(restart_child{"b"}), "it runs");
            EXPECT_EQ(begin(restart_child{"x"}), "no such child");
            EXPECT_EQ(halt(delete_child{"b"}), "it runs");
            EXPECT_EQ(halt(terminate_child{"b"}), "b");
            EXPECT_EQ(halt(delete_child{"b"}), "b");
            EXPECT_EQ(halt(delete_child{"b"}), "no such child");
            EXPECT_EQ(list(), "a+1 ");
            self.note(tick{});
        });
    });
    it.finish();
    EXPECT_EQ(it->trace().notes<tick>().size(), 1U);
    EXPECT_EQ(it->find(node_id("n1"))->actors(), 2U);
}

TEST(supervisor, tolerates_exceptions_only_if_it_says_so) {
    for (const bool tolerates : {true, false}) {
        small_world it(1, [=](node& here) {
            here.spawn<supervisor>("top", supervision{.tolerates_exceptions = tolerates,
                                                      .children = {worker_called("a")}});
        });
        it->run_for(1ms);
        tell(it, "a", "throw");
        EXPECT_EQ(it.end_text(), tolerates ? "" : "exception: broken");
    }
}

TEST(supervisor, restarts_a_child_that_throws_before_it_ever_waits) {
    int starts = 0;
    auto it = supervising({.children = {child_fiber("f", [&](fiber_context& self) {
                               if (++starts < 4) throw std::runtime_error("not yet");
                               (void)self.receive<tick>();
                           })}});
    it->run_for(1s);
    EXPECT_EQ(starts, 4);
    EXPECT_EQ(it.end_text(), "");
}

TEST(supervisor, comes_back_with_its_node) {
    auto it = supervising(three);
    it->run_for(1s);
    it.crash("n1");
    it.restart("n1");
    tell(it, "b", "throw");
    EXPECT_EQ(it.words(), (texts{"+a", "+b", "+c", "+a", "+b", "+c", "+b"}));
}

TEST(supervisor, worlds_of_the_same_failures_have_the_same_hash) {
    const auto hash = [] {
        auto it = supervising(three_as(restart_strategy::one_for_all));
        for (const char* id : {"a", "c", "b"}) {
            it->run_for(100ms);
            tell(it, id, "throw");
        }
        it.crash("n1");
        it.restart("n1");
        it.finish();
        return it->trace().hash();
    };
    EXPECT_EQ(hash(), hash());
}

}  // namespace
