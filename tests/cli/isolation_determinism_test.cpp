#include <dlfcn.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <partita/models/commit.hpp>
#include <partita/models/perturbation.hpp>
#include <partita/schedules/search.hpp>

#include "isolation.hpp"

namespace {

using namespace std::chrono_literals;
using namespace partita;

struct word {
    std::string text;
};
PARTITA_MESSAGE(word, text)

using sender = std::function<void(context&, actor_id)>;

class listener {
   public:
    using accepts = messages<word>;
    void on_message(context&, const word&) {}
};

/// A command that sends words to another node, in whatever order or of whatever content `talk`
/// makes.
application talking(sender talk) {
    command_definition go;
    go.name = "go";
    go.run = [talk](fiber_context& self, const command&) {
        talk(self, actor_id::named(node_id("n2"), "listener"));
        return response::ok();
    };
    return define_application("talking")
        .nodes({.least = 2, .most = 2, .usual = 2})
        .on_start([](node& here, const settings&) { here.spawn<listener>("listener"); })
        .command(go)
        .workload({"n1 go"});
}

void send_clock(context& self, actor_id to) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    self.send(to, word{std::to_string(now.count())});
}

void send_by_address(context& self, actor_id to) {
    std::vector<std::unique_ptr<std::string>> owned;
    std::unordered_set<std::string*> names;
    for (const char* each : {"a", "b", "c", "d", "e"}) {
        names.insert(owned.emplace_back(std::make_unique<std::string>(each)).get());
    }
    for (const std::string* each : names) self.send(to, word{*each});
}

void send_by_hash(context& self, actor_id to) {
    std::unordered_map<std::string, int> names;
    for (const char* each : {"alpha", "beta", "gamma", "delta", "epsilon"}) names[each] = 1;
    for (const auto& each : names) self.send(to, word{each.first});
}

void compare_addresses(context& self, actor_id to) {
    const auto one = std::make_unique<int>(1);
    const auto other = std::make_unique<int>(2);
    self.send(to, word{std::less<>{}(one.get(), other.get()) ? "below" : "above"});
}

struct leak {
    std::string name;
    sender talk;
};

/// The address sanitizer keeps what was freed for long, so that addresses do not change places.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool addresses_repeat = true;
#elif defined(__has_feature)
constexpr bool addresses_repeat = __has_feature(address_sanitizer);
#else
constexpr bool addresses_repeat = false;
#endif

class sentinel : public testing::TestWithParam<leak> {
   protected:
    void SetUp() override {
        const std::string name = GetParam().name;
        if (addresses_repeat && (name == "pointer_set" || name == "address")) GTEST_SKIP();
    }
};

TEST_P(sentinel, finds_the_leak_and_where_the_traces_part) {
    const application leaking = talking(GetParam().talk);
    cli::process_evaluator trials(leaking, undisturbed(leaking),
                                  fault_plan::of(fault_kind::omission),
                                  {.jobs = 2, .sentinel_every = 1});
    const std::vector<decision_set> sets(500);
    std::size_t seen = 0;
    trials.evaluate(sets, [&](std::size_t, const trial_report&) { ++seen; });
    ASSERT_TRUE(trials.leak());
    EXPECT_EQ(trials.leak()->schedule, undisturbed(leaking));
    EXPECT_NE(trials.leak()->where.first, trials.leak()->where.second);
    const std::size_t before = seen;
    trials.evaluate(sets, [&](std::size_t, const trial_report&) { ++seen; });
    EXPECT_EQ(seen, before);  // no more work for a search that can show nothing
}

TEST_P(sentinel, is_confirmed_by_a_check_of_one_schedule) {
    const application leaking = talking(GetParam().talk);
    const auto found = cli::isolated_determinism(leaking, undisturbed(leaking), {});
    ASSERT_TRUE(found);
    EXPECT_GT(found->event, 0u);
    EXPECT_NE(found->first.find(" send n1 -> n2 word"), std::string::npos) << found->first;
    EXPECT_NE(found->second.find(" send n1 -> n2 word"), std::string::npos) << found->second;
}

INSTANTIATE_TEST_SUITE_P(planted, sentinel,
                         testing::Values(leak{"clock", send_clock},
                                         leak{"pointer_set", send_by_address},
                                         leak{"string_map", send_by_hash},
                                         leak{"address", compare_addresses}),
                         [](const auto& info) { return info.param.name; });

const std::unordered_map<std::string, std::string> made_before_main{{"key of a table", "value"}};

const std::string& made_in_a_trial(const std::string& key) {
    static const std::unordered_map<std::string, std::string> table{{"key of a lazy table", "v"}};
    return table.at(key);
}

TEST(sentinel, leaves_tables_that_are_only_looked_up_in_peace) {
    const application sound = talking([](context& self, actor_id to) {
        self.send(to, word{made_before_main.at("key of a table")});
        self.send(to, word{made_in_a_trial("key of a lazy table")});
    });
    cli::process_evaluator trials(sound, undisturbed(sound), fault_plan::of(fault_kind::omission),
                                  {.jobs = 2, .sentinel_every = 1});
    const std::vector<decision_set> sets(300);
    std::size_t holding = 0;
    for (int batch = 0; batch < 2; ++batch) {
        trials.evaluate(sets, [&](std::size_t, const trial_report& report) {
            holding += report.verdict == verdict::holds ? 1 : 0;
        });
    }
    EXPECT_FALSE(trials.leak());
    EXPECT_EQ(holding, 600u);
    EXPECT_FALSE(cli::isolated_determinism(sound, undisturbed(sound), {}));
}

TEST(sentinel, blames_no_trial_that_dies_of_shaken_hashes_alone) {
    const application sound = talking([](context& self, actor_id to) {
        static const std::unordered_map<std::string, int> table{{"key of a third table", 1}};
        if (!table.contains("key of a third table")) std::abort();
        self.send(to, word{"sound"});
    });
    cli::process_evaluator trials(sound, undisturbed(sound), fault_plan::of(fault_kind::omission),
                                  {.jobs = 2, .sentinel_every = 1});
    const std::vector<decision_set> sets(300);
    std::size_t holding = 0;
    trials.evaluate(sets, [&](std::size_t, const trial_report& report) {
        holding += report.verdict == verdict::holds ? 1 : 0;
    });
    EXPECT_FALSE(trials.leak());
    EXPECT_EQ(holding, 300u);
}

TEST(sentinel, finds_nothing_in_the_stock_protocols) {
    for (const application& app :
         {commit::lampson_2pc(), commit::bernstein_ctp(), commit::skeen_3pc()}) {
        cli::process_evaluator trials(app, undisturbed(app), fault_plan::of(fault_kind::omission),
                                      {.jobs = 2, .sentinel_every = 1});
        EXPECT_GT(exhaust_dynamic(trials, {.decisions_max = 2}).executions, 50u);
        EXPECT_FALSE(trials.leak()) << app.name << ": " << trials.leak()->where.first;
        EXPECT_FALSE(cli::isolated_determinism(app, undisturbed(app), {}));
    }
}

TEST(string_hashing, is_that_of_the_standard_library_unless_shaken) {
    void* const library = dlopen("libstdc++.so.6", RTLD_LAZY);
    ASSERT_NE(library, nullptr);
    using hash_function = std::size_t (*)(const void*, std::size_t, std::size_t);
    const auto original = reinterpret_cast<hash_function>(dlsym(library, "_ZSt11_Hash_bytesPKvmm"));
    ASSERT_NE(original, nullptr);
    const string_hashing_mode usual(string_hashing::usual);
    const std::string text = "The quick brown fox jumps over the lazy dog \xff\x80";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const std::string_view part = std::string_view(text).substr(0, size);
        const std::size_t expected = original(part.data(), part.size(), 0xc70f6907UL);
        EXPECT_EQ(std::hash<std::string_view>{}(part), expected) << size;
        const string_hashing_mode shaken(string_hashing::shaken);
        EXPECT_EQ(std::hash<std::string_view>{}(part), std::hash<std::string>{}(std::string(part)));
        if (size > 3) {
            EXPECT_NE(std::hash<std::string_view>{}(part), expected) << size;
        }
    }
    dlclose(library);
}

TEST(string_hashing, keeps_the_values_of_strings_hashed_outside_trials) {
    const std::hash<std::string> hash;
    const std::size_t outside = hash("hashed outside a trial");
    const string_hashing_mode shaken(string_hashing::shaken);
    EXPECT_EQ(hash("hashed outside a trial"), outside);
}

}  // namespace
