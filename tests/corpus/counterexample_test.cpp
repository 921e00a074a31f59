#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include "findings.hpp"

namespace partita {
namespace {

using test::finding;

TEST(counterexample, has_the_sha_256_of_its_canonical_json_as_id) {
    // sha256sum over: {"application":{"name":"lampson-2pc","parameters":{"nodes":"4"}}, "kind":"ok
    // but not delivered","property":"reliable-broadcast","schedule":{...}}, without blanks.
    EXPECT_EQ(finding(1).id, "8b5010454482844a9e5405f9f0f6c0e1cb5046d1226146ab69de69c789f95bc8");
}

TEST(counterexample, has_an_id_that_its_json_reproduces) {
    const auto object = nlohmann::json::parse(to_json(finding(1)));
    EXPECT_EQ(object["id"], finding(1).id);
    EXPECT_EQ(object["trace_hash"], "fedcba9876543210");
    EXPECT_EQ(object["provenance"]["strategy"], "dynamic");
    EXPECT_EQ(object["status"], "open");
    EXPECT_EQ(object["application"]["name"], "lampson-2pc");
    EXPECT_EQ(object["schedule"], nlohmann::json::parse(to_json(finding(1).schedule)));
}

TEST(counterexample, is_the_same_whatever_order_the_search_met_the_sites_in) {
    auto content = finding(1).schedule;
    content.deviations.push_back({"omit", site_label("n1 -> n3 commit #1"), {}});
    auto turned = content;
    std::swap(turned.deviations[0], turned.deviations[1]);
    turned.deviations.push_back(turned.deviations[0]);
    const violation broken{"p", "k", "e"};
    EXPECT_EQ(make_counterexample(content, verdict::violated, broken, 1, {}),
              make_counterexample(turned, verdict::violated, broken, 1, {}));
}

TEST(counterexample, has_an_id_of_content_and_not_of_circumstances) {
    const auto base = finding(1);
    const auto with = [&base](violation broken, std::uint64_t hash, provenance origin) {
        return make_counterexample(base.schedule, verdict::inconclusive, std::move(broken), hash,
                                   std::move(origin))
            .id;
    };
    const auto& [property, kind, explanation] = base.violation;
    EXPECT_EQ(base.id, with({property, kind, "other words"}, 7, {"random", "9", "b", "d"}));
    EXPECT_NE(base.id, with({property, "deadlock", explanation}, base.trace_hash, base.provenance));
    EXPECT_NE(base.id,
              with({"atomic-commit", kind, explanation}, base.trace_hash, base.provenance));
    EXPECT_NE(base.id, finding(2).id);
}

TEST(counterexample, names_every_status) {
    EXPECT_EQ(to_text(counterexample_status::open), "open");
    EXPECT_EQ(to_text(counterexample_status::reproduces), "reproduces");
    EXPECT_EQ(to_text(counterexample_status::fixed), "fixed");
    EXPECT_EQ(to_text(counterexample_status::stale), "stale");
}

RC_GTEST_PROP(counterexample, has_a_json_form_whatever_bytes_are_in_it,
              (const counterexample& any)) {
    const auto object = nlohmann::json::parse(to_json(any));
    RC_ASSERT(object["id"] == any.id);
    RC_ASSERT(parse_schedule_json(object["schedule"].dump()) == any.schedule);
}

}  // namespace
}  // namespace partita
