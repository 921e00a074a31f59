#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <small_world.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using texts = std::vector<std::string>;

struct question {
    std::int64_t value = 0;
};
PARTITA_MESSAGE(question, value)

/// Answers at once, late, never, or ends instead, as its value says.
struct answerer {
    using accepts = messages<question, caller>;
    std::int64_t own = 0;
    void on_message(context& self, const question& asked) {
        if (asked.value == 13) return self.exit("unlucky");
        if (asked.value == 7) return;
        if (asked.value == 99) {
            (void)self.send_after(1s, self.caller());
            return;
        }
        self.reply(self.caller(), number{own + asked.value});
    }
    void on_message(context& self, const caller& late) { self.reply(late, number{own}); }
};

std::string text_of(const tl::expected<number, call_error>& answer) {
    if (answer) return std::to_string(answer->value);
    switch (answer.error()) {
        case call_error::timeout:
            return "timeout";
        case call_error::no_actor:
            return "no actor";
        case call_error::node_down:
            return "node down";
        case call_error::unanswered:
            return "unanswered";
    }
    return "?";
}

/// n2 and on have an "a" each, whose own number is ten times that of the node.
small_world asking(int nodes, const fiber_function& body, const world_options& options = {}) {
    return small_world(
        nodes,
        [=](node& here) {
            if (is(here, "n1")) {
                here.spawn_fiber("main", body);
            } else {
                here.spawn<answerer>("a", 10 * std::stoll(here.id().name().substr(1)));
            }
        },
        options);
}

void note_time(fiber_context& self) { self.note(number{self.now().time_since_epoch() / 1ms}); }
void note_all(fiber_context& self, const std::vector<call_result<number>>& results) {
    for (const auto& each : results) {
        self.note(word{each.actor.node.name() + " " + text_of(each.answer)});
    }
}
const std::vector<actor_id> everybody{at("n2", "a"), at("n3", "a"), at("n4", "a")};

TEST(call_monitored, gets_the_reply_and_leaves_no_monitor) {
    auto it = asking(2, [](fiber_context& self) {
        self.note(word{text_of(self.call_monitored<number>(at("n2", "a"), question{1}, 1s))});
        self.stop_actor(at("n2", "a"));
        EXPECT_FALSE(self.receive<down>(1s).has_value());
    });
    it.finish();
    EXPECT_EQ(it.words(), texts{"21"});
    EXPECT_TRUE(it.texts(event_kind::drop).empty());
}

TEST(call_monitored, fails_early_when_the_actor_is_not_there_or_ends) {
    auto it = asking(2, [](fiber_context& self) {
        for (const char* name : {"nobody", "a", "a"}) {
            const auto none = self.call_monitored<number>(at("n2", name), question{13}, 1h);
            self.note(word{text_of(none)});
        }
        self.note(word{text_of(self.call_monitored<number>(self.local("x"), question{}, 1h))});
        EXPECT_LT(self.now().time_since_epoch(), 1s);
    });
    it.finish();
    EXPECT_EQ(it.words(), (texts{"no actor", "no actor", "no actor", "no actor"}));
}

TEST(call_monitored, fails_early_when_the_node_is_down_or_goes_down) {
    auto it = asking(2, [](fiber_context& self) {
        for (int times = 0; times < 2; ++times) {
            const auto none = self.call_monitored<number>(at("n2", "a"), question{7}, 1h);
            self.note(word{text_of(none)});
        }
        const auto none = self.call_monitored<number>(at("n9", "a"), question{7}, 1h);
        self.note(word{text_of(none)});
    });
    it->run_for(1s);
    it.crash("n2");
    it->run_for(1s);
    EXPECT_EQ(it.words(), (texts{"node down", "node down", "node down"}));
}

TEST(call_monitored, times_out_like_a_call_and_drops_the_late_reply) {
    auto it = asking(2, [](fiber_context& self) {
        const auto none = self.call_monitored<number>(at("n2", "a"), question{99}, 500ms);
        EXPECT_EQ(none.error(), call_error::timeout);
        self.sleep(2s);
        self.note(word{text_of(self.call_monitored<number>(at("n2", "a"), question{1}, 1s))});
    });
    it.finish();
    EXPECT_EQ(it.words(), texts{"21"});
    EXPECT_EQ(it.texts(event_kind::drop), texts{"late reply"});
}

TEST(multicall, tells_what_became_of_each_in_the_order_asked) {
    auto it = asking(4, [](fiber_context& self) {
        const std::vector<actor_id> asked{at("n4", "a"), at("n2", "nobody"), at("n9", "a"),
                                          at("n3", "a")};
        note_all(self, self.multicall<number>(asked, question{1}, 1h));
        EXPECT_LT(self.now().time_since_epoch(), 1s);
        EXPECT_TRUE(self.multicall<number>(std::vector<actor_id>{}, question{}, 1h).empty());
    });
    it.finish();
    EXPECT_EQ(it.words(), (texts{"n4 41", "n2 no actor", "n9 node down", "n3 31"}));
}

TEST(multicall, waits_for_its_timeout_once_for_all) {
    auto it = asking(4, [](fiber_context& self) {
        note_all(self, self.multicall<number>(everybody, question{7}, 250ms));
        note_time(self);
    });
    it.finish();
    EXPECT_EQ(it.words(), (texts{"n2 timeout", "n3 timeout", "n4 timeout"}));
    EXPECT_EQ(it.numbers("n1"), std::vector<std::int64_t>{250});
}

TEST(multicall, is_content_with_a_quorum) {
    world_options options;
    options.latency = constant_latency{10ms};
    auto it = asking(
        4,
        [](fiber_context& self) {
            const std::vector<actor_id> asked{at("n1", "nobody"), at("n3", "a"), at("n3", "a"),
                                              at("n4", "a")};
            note_all(self, self.multicall<number>(asked, question{1}, 1h, {.quorum = 2}));
            note_time(self);
            note_all(self, self.multicall<number>(everybody, question{1}, 1h, {.quorum = 0}));
            self.sleep(1s);
        },
        options);
    it.finish();
    EXPECT_EQ(it.words(), (texts{"n1 no actor", "n3 31", "n3 31", "n4 unanswered", "n2 unanswered",
                                 "n3 unanswered", "n4 unanswered"}));
    EXPECT_EQ(it.numbers("n1"), std::vector<std::int64_t>{20});
}

TEST(multicall, hears_early_of_a_node_that_crashes_meanwhile) {
    auto it = asking(4, [](fiber_context& self) {
        note_all(self, self.multicall<number>(everybody, question{99}, 1h));
        EXPECT_LT(self.now().time_since_epoch(), 2s);
    });
    it->run_for(500ms);
    it.crash("n3");
    it->run_for(5s);
    EXPECT_EQ(it.words(), (texts{"n2 20", "n3 node down", "n4 40"}));
}

TEST(multicall, without_monitors_sends_one_message_each) {
    auto it = asking(4, [](fiber_context& self) {
        note_all(self, self.multicall<number>(everybody, question{1}, 1s, {.monitored = false}));
    });
    it.finish();
    EXPECT_EQ(it.texts(event_kind::send).size(), 6U) << "three questions, three replies";
}

TEST(multicall, counts_a_repeated_reply_once) {
    auto it = asking(4, [](fiber_context& self) {
        note_all(self, self.multicall<number>(everybody, question{1}, 1s, {.quorum = 3}));
    });
    for (const char* id : {"n2", "n3"}) {
        it->find(node_id(id))->hooks().install("twice", [](direction way, const envelope& message) {
            return way == direction::send && message.is_reply ? disposition::duplicate(2, "again")
                                                              : disposition::pass();
        });
    }
    it.finish();
    EXPECT_EQ(it.words(), (texts{"n2 21", "n3 31", "n4 41"}));
}

/// Requests what it is told to, and notes what comes of it.
struct requester {
    using accepts = messages<number, request_failed>;
    std::vector<std::pair<actor_id, question>> asks;
    duration timeout = 1s;
    std::vector<request_id> ids{};
    void on_start(context& self) {
        for (const auto& [to, what] : asks) ids.push_back(self.request(to, what, timeout));
    }
    [[nodiscard]] std::string which(request_id id) const {
        for (std::size_t at = 0; at < ids.size(); ++at) {
            if (ids[at] == id) return "#" + std::to_string(at) + " ";
        }
        return "none ";
    }
    void on_message(context& self, const number& reply) {
        self.note(word{which(self.answered()) + std::to_string(reply.value)});
    }
    void on_message(context& self, const request_failed& failed) {
        EXPECT_EQ(failed.id, self.answered());
        self.note(word{which(failed.id) + text_of(tl::unexpected(failed.why))});
    }
};

small_world requesting(const std::vector<std::pair<actor_id, question>>& asks,
                       duration timeout = 1s) {
    return small_world(3, [=](node& here) {
        if (is(here, "n1")) {
            here.spawn<requester>("r", asks, timeout);
        } else {
            here.spawn<answerer>("a", 10 * std::stoll(here.id().name().substr(1)));
        }
    });
}

TEST(request, brings_its_reply_or_its_failure_as_a_message_with_its_id) {
    auto it = requesting({{at("n2", "a"), {99}},
                          {at("n3", "a"), {1}},
                          {at("n2", "nobody"), {1}},
                          {at("n9", "a"), {1}},
                          {at("n2", "a"), {7}},
                          {at("n1", "x"), {1}}},
                         5s);
    it.finish();
    auto found = it.words();
    EXPECT_EQ(found.back(), "#4 timeout");
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, (texts{"#0 20", "#1 31", "#2 no actor", "#3 node down", "#4 timeout",
                            "#5 no actor"}));
}

TEST(request, that_timed_out_hears_no_more) {
    auto it = requesting({{at("n2", "a"), {99}}}, 500ms);
    it.finish();
    EXPECT_EQ(it.words(), texts{"#0 timeout"});
    EXPECT_EQ(it.texts(event_kind::drop), texts{"late reply"});
}

TEST(request, hears_of_the_end_of_the_actor_and_of_its_node) {
    auto it = requesting({{at("n2", "a"), {7}}, {at("n3", "a"), {13}}}, 1h);
    it->run_for(1s);
    EXPECT_EQ(it.words(), texts{"#1 no actor"});
    it.crash("n2");
    it->run_for(1s);
    EXPECT_EQ(it.words(), (texts{"#1 no actor", "#0 node down"}));
}

TEST(request, of_a_fiber_is_received_like_any_message) {
    auto it = asking(2, [](fiber_context& self) {
        const request_id first = self.request(at("n2", "a"), question{99}, 5s);
        const request_id second = self.request(at("n2", "a"), question{1}, 5s);
        self.note(word{text_of(self.call<number>(at("n2", "a"), question{5}, 1s))});
        self.note(*self.receive<number>());
        EXPECT_EQ(self.answered(), second);
        self.note(*self.receive<number>());
        EXPECT_EQ(self.answered(), first);
        (void)self.request(self.local("x"), question{}, 1h);
        EXPECT_EQ(self.receive<request_failed>()->why, call_error::no_actor);
        self.send(self.self(), number{3});
        (void)self.receive<number>();
        EXPECT_EQ(self.answered(), request_id{});
    });
    it.finish();
    EXPECT_EQ(it.words(), texts{"25"});
    EXPECT_EQ(it.numbers("n1"), (std::vector<std::int64_t>{21, 20}));
}

TEST(request, is_no_answer_to_who_gets_it) {
    small_world it(1, [](node& here) {
        here.spawn<starter>("", [](context& self) {
            const actor_id to = self.spawn_fiber("", [](fiber_context& other) {
                (void)other.receive<question>();
                EXPECT_EQ(other.answered(), request_id{});
                other.note(tick{});
            });
            (void)self.request(to, question{}, 1s);
        });
    });
    it.finish();
    EXPECT_EQ(it->trace().notes<tick>().size(), 1U);
}

TEST(multicall, worlds_of_the_same_calls_have_the_same_hash) {
    const auto hash = [] {
        auto it = asking(4, [](fiber_context& self) {
            note_all(self, self.multicall<number>(everybody, question{99}, 2s, {.quorum = 2}));
        });
        it->run_for(500ms);
        it.crash("n3");
        it.finish();
        return it->trace().hash();
    };
    EXPECT_EQ(hash(), hash());
}

}  // namespace
