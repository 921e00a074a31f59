#include <gtest/gtest.h>

#include <relay_application.hpp>

namespace {

using namespace partita;
using namespace partita::test;
using stored_list = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Runs these lines over the relay; every deviation must meet its site.
outcome run_lines(const std::string& lines, const std::string& parameters = "") {
    const application of = relay_application();
    outcome seen = run(of, schedule_of("app relay " + parameters + "\n" + lines));
    EXPECT_NE(seen.verdict, verdict::inconclusive)
        << (seen.violation ? seen.violation->explanation : "");
    for (const bool met : seen.met) EXPECT_TRUE(met) << lines;
    return seen;
}
std::string answers(const outcome& of) {
    std::string all;
    for (const operation& each : of.history)
        all += (all.empty() ? "" : "; ") + to_text(each.response);
    return all;
}

TEST(faults, nothing_happens_in_the_undisturbed_run) {
    const outcome seen = run_lines("n1 put 7");
    EXPECT_EQ(answers(seen), "ok 7");
    EXPECT_EQ(stored_at(seen), (stored_list{{7, 1}}));
    EXPECT_EQ(seen.sites, (std::vector<std::string>{
                              "n1 at send n1 -> n2 put #1", "n1 -> n2 put #1",
                              "n2 at receive n1 -> n2 put #1", "n2 at send n2 -> n1 stored #1",
                              "n2 -> n1 stored #1", "n1 at receive n2 -> n1 stored #1"}));
}

TEST(faults, windows_of_omission_lose_what_they_say) {
    EXPECT_EQ(stored_at(run_lines(
                  "fault send_omission n1\nn1 tell 1\nfault end send_omission n1\nn1 tell 2")),
              (stored_list{{2, 1}}));
    EXPECT_EQ(stored_at(run_lines("fault receive_omission n2\nn1 tell 1\nwait 1s")),
              (stored_list{}));
    EXPECT_EQ(stored_at(run_lines("fault receive_omission n2 n3\nn1 tell 1", "nodes=3")),
              (stored_list{{1, 1}}));
    EXPECT_EQ(answers(run_lines("fault omission n1\nn1 put 1\nfault resolve_all\nn1 put 2")),
              "unknown timeout; ok 2");
    EXPECT_EQ(answers(run_lines("fault send_omission n2\nn1 put 1")), "unknown timeout");
}

TEST(faults, windows_of_delay_keep_lanes_in_order) {
    EXPECT_EQ(stored_at(run_lines(
                  "fault egress_delay n1 300ms\nn1 tell 1\nfault end egress_delay n1\nn1 tell 2")),
              (stored_list{{1, 301}, {2, 301}}));
    EXPECT_EQ(stored_at(run_lines("fault ingress_delay n2 300ms\nn1 tell 1\nwait 100ms\nfault end "
                                  "ingress_delay n2\nn1 tell 2")),
              (stored_list{{1, 301}, {2, 301}}));
    EXPECT_EQ(stored_at(run_lines("fault link_delay n1 n2 300ms\nn1 tell 1")),
              (stored_list{{1, 301}}));
    EXPECT_EQ(stored_at(run_lines("fault link_delay n1 n3 300ms\nn1 tell 1", "nodes=3")),
              (stored_list{{1, 1}}));
}

TEST(faults, windows_of_reordering_duplication_and_corruption) {
    std::string many = "fault reordering n1 10ms\n";
    for (int value = 1; value <= 9; ++value) many += "n1 tell " + std::to_string(value) + "\n";
    const auto got = stored_at(run_lines(many));
    ASSERT_EQ(got.size(), 9U);
    std::vector<std::int64_t> values;
    for (const auto& [value, when] : got) {
        values.push_back(value);
        EXPECT_LE(when, 11);
    }
    EXPECT_FALSE(std::is_sorted(values.begin(), values.end()));
    EXPECT_EQ(stored_at(run_lines(
                  "fault duplication n1\nn1 tell 1\nfault end duplication n1\nn1 tell 2")),
              (stored_list{{1, 1}, {1, 1}, {2, 1}}));
    EXPECT_EQ(stored_at(run_lines(
                  "fault corruption n1 bit 3\nn1 tell 1\nfault end corruption n1\nn1 tell 2")),
              (stored_list{{9, 1}, {2, 1}}));
    EXPECT_NE(stored_at(run_lines("fault corruption n1\nn1 tell 1")), (stored_list{{1, 1}}));
}

TEST(faults, partitions_cut_groups_apart_until_healed) {
    EXPECT_EQ(
        stored_at(run_lines("fault partition { n1 } { n2 }\nn1 tell 1\nfault heal\nn1 tell 2")),
        (stored_list{{2, 1}}));
    EXPECT_EQ(stored_at(run_lines("fault partition { n1 n2 } { n3 }\nn1 tell 1", "nodes=3")),
              (stored_list{{1, 1}}));
    EXPECT_EQ(stored_at(run_lines("fault partition { n1 } { n3 }\nn1 tell 1", "nodes=3")),
              (stored_list{{1, 1}}))
        << "n2 is in no group";
    EXPECT_EQ(
        answers(run_lines(
            "fault one_way { n2 } { n1 }\nn1 put 1\nfault end one_way { n2 } { n1 }\nn1 put 2")),
        "unknown timeout; ok 2");
    EXPECT_EQ(stored_at(run_lines("fault one_way { n2 } { n1 }\nn1 tell 1")),
              (stored_list{{1, 1}}));
}

TEST(faults, a_deviation_does_not_carry_a_message_through_a_partition) {
    for (const char* action : {"delay n1 -> n2 put #1 by 1s", "duplicate n1 -> n2 put #1",
                               "reorder n1 -> n2 put #1 by 1s", "corrupt n1 -> n2 put #1 bit 1"}) {
        EXPECT_TRUE(
            stored_at(run_lines(std::string("fault partition { n1 } { n2 }\nn1 tell 1\n") + action))
                .empty())
            << action;
    }
}

TEST(faults, nodes_crash_restart_pause_and_go_on) {
    EXPECT_EQ(answers(run_lines("fault crash n2\nn1 put 1\nfault restart n2\nn1 put 2")),
              "unknown timeout; ok 2");
    EXPECT_EQ(answers(run_lines("fault crash n1\nn1 put 1\nfault resolve_all\nn1 put 2")),
              "unknown node down; ok 2");
    EXPECT_EQ(answers(run_lines("fault pause n2\nn1 put 1\nfault resume n2\nwait 1ms\nn1 put 2")),
              "unknown timeout; ok 2");
    EXPECT_EQ(answers(run_lines("fault pause n1\nn1 put 1\nfault resume n1\nn1 put 2")),
              "unknown node paused; ok 2");
}

TEST(faults, resolve_all_heals_or_crashes_who_was_cut_off) {
    EXPECT_EQ(answers(run_lines("fault omission n2\nfault resolve_all_with_crash\nn1 put 1")),
              "unknown timeout");
    EXPECT_EQ(
        answers(run_lines(
            "fault partition { n1 n2 } { n3 }\nfault resolve_all_with_crash\nn3 put 1\nn1 put 2",
            "nodes=3")),
        "unknown node down; ok 2");
    EXPECT_EQ(answers(run_lines("fault partition { n1 } { n2 }\nfault pause n2\nfault crash "
                                "n2\nfault resolve_all\nn1 put 1")),
              "ok 1");
}

TEST(faults, the_settle_phase_lifts_them) {
    const outcome seen = run_lines("fault pause n2\nn1 tell 1\nwait 5s");
    EXPECT_EQ(stored_at(seen), (stored_list{{1, 5000}}));
}

TEST(faults, single_messages_suffer_what_a_deviation_says) {
    const auto with = [](const std::string& action) {
        return run_lines("n1 put 7\nn1 tell 8\n" + action);
    };
    EXPECT_EQ(answers(with("omit n1 -> n2 put #1")), "unknown timeout; ok");
    EXPECT_EQ(answers(with("omit n2 -> n1 stored #1")), "unknown timeout; ok");
    EXPECT_EQ(stored_at(with("delay n1 -> n2 put #1 by 1500ms")),
              (stored_list{{7, 1501}, {8, 1501}}));
    EXPECT_EQ(stored_at(with("reorder n1 -> n2 put #1 by 1500ms")),
              (stored_list{{8, 1001}, {7, 1501}}));
    EXPECT_EQ(stored_at(with("duplicate n1 -> n2 put #1")), (stored_list{{7, 1}, {7, 1}, {8, 3}}));
    EXPECT_EQ(stored_at(with("corrupt n1 -> n2 put #1 bit 3")), (stored_list{{15, 1}, {8, 3}}));
    EXPECT_EQ(stored_at(with("rewrite n1 -> n2 put #1 as negative")),
              (stored_list{{-7, 1}, {8, 3}}));
}

TEST(faults, a_node_crashes_before_the_event_named) {
    const auto with = [](const std::string& action) {
        return run_lines("n1 put 7\nn1 put 8\n" + action);
    };
    EXPECT_EQ(stored_at(with("crash n2 at receive n1 -> n2 put #1")), (stored_list{}));
    const outcome sent = with("crash n2 at send n2 -> n1 stored #1 for 200ms");
    EXPECT_EQ(stored_at(sent), (stored_list{{7, 1}, {8, 1001}}));
    EXPECT_EQ(answers(sent), "unknown timeout; ok 8");
    EXPECT_EQ(answers(with("crash n1 at receive n2 -> n1 stored #1 for 1s")),
              "unknown node down; unknown node down");
    EXPECT_EQ(answers(with("crash n1 at send n1 -> n2 put #1")),
              "unknown node down; unknown node down");
}

TEST(faults, a_client_that_crashed_at_its_send_told_nobody) {
    EXPECT_EQ(answers(run_lines("n1 tell 7\ncrash n1 at send n1 -> n2 put #1")),
              "unknown node down");
}

TEST(faults, a_node_pauses_before_the_event_named) {
    EXPECT_EQ(
        stored_at(run_lines("n1 tell 7\nn1 tell 8\npause n2 at receive n1 -> n2 put #1 for 300ms")),
        (stored_list{{7, 301}, {8, 301}}));
    EXPECT_EQ(answers(run_lines("n1 put 7\npause n2 at send n2 -> n1 stored #1 for 2s")),
              "unknown timeout");
    EXPECT_EQ(answers(run_lines("n1 put 7\npause n2 at send n2 -> n1 stored #1 for 500ms")),
              "ok 7");
}

TEST(faults, a_node_is_cut_off_from_the_event_named_on) {
    EXPECT_EQ(
        answers(run_lines("n1 put 7\nn1 put 8\nisolate n2 at receive n1 -> n2 put #1 for 500ms")),
        "unknown timeout; ok 8");
    EXPECT_EQ(answers(run_lines("n1 put 7\nn1 put 8\nisolate n2 at receive n1 -> n2 put #1")),
              "unknown timeout; unknown timeout");
}

TEST(faults, the_application_adds_its_own) {
    std::string struck;
    const application of = relay_application().custom_fault(
        "nasty", [&](node& here, const std::vector<std::string>& words, bool ends) -> result<void> {
            struck += here.id().name() + (ends ? "-" : "+");
            if (words.size() > 1 && words[1] == "bad")
                return fail(error_code::bad_input, "no such trick");
            return {};
        });
    const auto after = [&](const std::string& lines) {
        struck.clear();
        const outcome seen = run(of, schedule_of("app relay nodes=3\n" + lines));
        return struck + (seen.verdict == verdict::holds ? "" : " " + seen.violation->kind);
    };
    EXPECT_EQ(after("fault nasty n2\nfault end nasty n2"), "n2+n2-");
    EXPECT_EQ(after("fault nasty now"), "n1+n2+n3+");
    EXPECT_EQ(after("fault crash n1\nfault nasty"), "n2+n3+");
    EXPECT_EQ(after("fault nasty n1 bad"), "n1+ bad schedule");
}

TEST(faults, times_without_end_do_not_wrap) {
    EXPECT_EQ(stored_at(run_lines("fault egress_delay n1 9223372036854775807ns\nn1 tell 1\nwait "
                                  "9223372036854775807ns\nwait 1s"))
                  .size(),
              1U);
}

}  // namespace
