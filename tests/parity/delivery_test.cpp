#include <partita/runtime/random_source.hpp>

#include <causal_letters.hpp>
#include <parity_program.hpp>

namespace partita::parity {
namespace {

class parity_of_delivery : public parity {};
INSTANTIATE_TEST_SUITE_P(on, parity_of_delivery, both_places, place_name);

texts numbers(std::initializer_list<int> values) {
    texts all;
    for (const int value : values) all.push_back("number{value: " + std::to_string(value) + "}");
    return all;
}

/// Every third message that leaves this node is lost, whatever it is.
void omit_every_third(node& here) {
    here.hooks().install("omissions", [count = 0](direction way, const envelope&) mutable {
        if (way == direction::receive || ++count % 3 != 0) return disposition::pass();
        return disposition::drop("omitted");
    });
}

void send_numbers(context& self, int first, int last, const send_options& how = {}) {
    for (int value = first; value <= last; ++value) {
        self.send(at("n2", "recorder"), number{value}, how);
    }
}

void record_on_n2(node& here) {
    if (is(here, "n2")) here.spawn<recorder>("recorder");
}

TEST_P(parity_of_delivery, reliable_messages_survive_omissions_once_and_in_order) {
    stage_->start({.boot = [](node& here) {
        omit_every_third(here);
        record_on_n2(here);
        if (is(here, "n2")) return;
        here.spawn<starter>("main",
                            [](context& self) { send_numbers(self, 1, 9, {.reliable = true}); });
    }});
    EXPECT_EQ(said("n2", 9), numbers({1, 2, 3, 4, 5, 6, 7, 8, 9}));
    EXPECT_GE(stage_->seen().drops("omitted"), 3U);
}

TEST_P(parity_of_delivery, plain_messages_do_not_survive_omissions) {
    stage_->start({.boot = [](node& here) {
        if (is(here, "n1")) omit_every_third(here);
        record_on_n2(here);
        if (is(here, "n2")) return;
        here.spawn<starter>("main", [](context& self) { send_numbers(self, 1, 10); });
    }});
    EXPECT_EQ(said("n2", 7), numbers({1, 2, 4, 5, 7, 8, 10}));
    EXPECT_EQ(stage_->seen().drops("omitted"), 3U);
}

TEST_P(parity_of_delivery, a_repetition_reaches_the_actor_unless_delivery_is_reliable) {
    stage_->start({.boot = [](node& here) {
        record_on_n2(here);
        if (is(here, "n2")) return;
        here.hooks().install("twice", [](direction way, const envelope& message) {
            const bool meant = way == direction::send && message.type->name == "number";
            return meant ? disposition::duplicate(1, "twice") : disposition::pass();
        });
        here.spawn<starter>("main", [](context& self) {
            send_numbers(self, 1, 2);
            send_numbers(self, 3, 4, {.reliable = true});
            send_numbers(self, 5, 5);
        });
    }});
    EXPECT_EQ(said("n2", 8), numbers({1, 1, 2, 2, 3, 4, 5, 5}));
}

/// n1 tells n3 of 1, which takes long, then n2 of 2, which makes n2 tell n3 of 3.
cast triangle(const send_options& how) {
    return {.nodes = 3, .boot = [how](node& here) {
                if (is(here, "n3")) here.spawn<recorder>("last");
                if (is(here, "n2")) {
                    here.spawn<on_number>("middle", [how](context& self, const number&) {
                        self.send(at("n3", "last"), number{3}, how);
                    });
                }
                if (!is(here, "n1")) return;
                here.hooks().install("slow", [](direction way, const envelope& message) {
                    const bool first = way == direction::send && message.type->name == "number" &&
                                       message.destination.node == node_id("n3");
                    return first ? disposition::hold(300ms, "slow") : disposition::pass();
                });
                here.spawn<starter>("first", [how](context& self) {
                    self.send(at("n3", "last"), number{1}, how);
                    self.send(at("n2", "middle"), number{2}, how);
                });
            }};
}

TEST_P(parity_of_delivery, an_effect_overtakes_its_cause_unless_delivery_is_causal) {
    stage_->start(triangle({.reliable = true}));
    EXPECT_EQ(said("n3", 2), numbers({3, 1}));
}

TEST_P(parity_of_delivery, a_causal_effect_waits_for_its_cause) {
    stage_->start(triangle({.causal = true}));
    EXPECT_EQ(said("n3", 2), numbers({1, 3}));
}

/// Answers each letter with letters to the others, and notes what comes too early.
class correspondent {
   public:
    using accepts = messages<letter>;
    correspondent(node_id self, send_options how) : kept_(self, 1), how_(how) {}
    void on_start(context& self) {
        for (int time = 0; time < 4; ++time) send_to_others(self, 2);
    }
    void on_message(context& self, const letter& it) {
        if (const auto wrong = kept_.read(self.sender().node, it)) say(self, *wrong);
        if (it.hops != 0) send_to_others(self, it.hops - 1);
        // From each of two others: four at first, eight answers to those, sixteen to these.
        if (++count_ == 2 * (4 + 8 + 16)) say(self, "all came");
    }

   private:
    void send_to_others(context& self, std::uint64_t hops) {
        for (const node_id to : {node_id("n1"), node_id("n2"), node_id("n3")}) {
            if (to != self.node()) self.send(self.peer(to), kept_.write(to, hops), how_);
        }
    }
    correspondence kept_;
    send_options how_;
    int count_ = 0;
};

/// All write to all, and every message is held back for a time of its own.
cast correspondents(const send_options& how) {
    return {.nodes = 3, .boot = [how](node& here) {
                here.hooks().install("delays", [](direction way, const envelope& message) {
                    if (way == direction::receive || message.type->name != "letter") {
                        return disposition::pass();
                    }
                    const std::uint64_t digits =
                        mix_bits(message.ordinal * 31 + message.destination.node.bits());
                    return disposition::reorder(1ms * static_cast<int>(digits % 40), "slow");
                });
                here.spawn<correspondent>("correspondent", here.id(), how);
            }};
}

TEST_P(parity_of_delivery, causal_letters_never_come_before_what_they_follow) {
    stage_->start(correspondents({.causal = true}));
    for (const auto* node : {"n1", "n2", "n3"}) EXPECT_EQ(said(node, 1), (texts{"all came"}));
}

TEST_P(parity_of_delivery, the_checker_of_letters_finds_what_is_not_causal) {
    stage_->start(correspondents({.reliable = false}));
    const texts found = said("n3", 2);
    EXPECT_NE(found.front().find("came after one that follows it"), std::string::npos);
}

TEST_P(parity_of_delivery, hooks_are_installed_and_removed_while_messages_flow) {
    stage_->start({.boot = record_on_n2});
    const auto send = [&](int value) {
        const std::size_t before = said("n2").size();
        play("n1", [value](fiber_context& self) { send_numbers(self, value, value); });
        return before;
    };
    (void)said("n2", send(1) + 1);
    stage_->on("n1", [](node& here) {
        here.hooks().install(
            "drop", [](direction, const envelope&) { return disposition::drop("hooked"); });
    });
    (void)send(2);
    (void)stage_->until([&] { return stage_->seen().drops("hooked") == 1; });
    stage_->on("n1", [](node& here) { EXPECT_TRUE(here.hooks().remove("drop")); });
    stage_->on("n2", [](node& here) {
        here.hooks().install("rewrite", [](direction way, const envelope&) {
            payload other;
            encode(other, number{30});
            return way == direction::receive ? disposition::rewrite(std::move(other), "hooked")
                                             : disposition::pass();
        });
    });
    (void)said("n2", send(3) + 1);
    stage_->on("n2", [](node& here) { EXPECT_TRUE(here.hooks().remove("rewrite")); });
    (void)said("n2", send(4) + 1);
    EXPECT_EQ(said("n2"), numbers({1, 30, 4}));
}

}  // namespace
}  // namespace partita::parity
