#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "net/file_log.hpp"
#include "storage_directory.hpp"

namespace {

using namespace partita::detail;
using namespace partita::storage_test;
using testing::HasSubstr;

/// A log with the states that its records led to, and where each of them ended.
struct recorded_log {
    std::string bytes;
    std::vector<entries> states;
    std::vector<std::size_t> ends;
};

recorded_log small_log() {
    const storage_directory directory;
    recorded_log log;
    const auto storage = opened(directory.path());
    const auto note = [&] {
        storage->sync();
        log.bytes = bytes_in(directory.log());
        log.states.push_back(contents(*storage));
        log.ends.push_back(log.bytes.size());
    };
    note();
    storage->put("term", "1");
    note();
    storage->put("vote", "n2");
    storage->put("term", std::string("\0\xff", 2));
    note();
    storage->erase("vote");
    storage->put("", "");
    note();
    storage->put("log", std::string(50, 'x'));
    note();
    return log;
}

tl::expected<entries, std::string> read_back(const std::string& log) {
    const storage_directory directory;
    write_file(directory.log(), log);
    const auto storage = open_storage(directory.path());
    if (!storage) return tl::unexpected(storage.error());
    return contents(**storage);
}

TEST(file_storage_damage, a_log_cut_anywhere_holds_the_syncs_before_the_cut) {
    const recorded_log log = small_log();
    for (std::size_t length = 0; length <= log.bytes.size(); ++length) {
        const auto whole = std::upper_bound(log.ends.begin(), log.ends.end(), length);
        const auto syncs = std::max<std::ptrdiff_t>(1, whole - log.ends.begin());
        const auto found = read_back(log.bytes.substr(0, length));
        ASSERT_TRUE(found.has_value()) << length << ": " << found.error();
        EXPECT_EQ(*found, log.states[static_cast<std::size_t>(syncs - 1)]) << length;
    }
}

TEST(file_storage_damage, a_cut_log_can_be_written_again) {
    const recorded_log log = small_log();
    for (const std::size_t torn : {1u, 20u, 60u}) {
        const storage_directory directory;
        write_file(directory.log(), log.bytes.substr(0, log.bytes.size() - torn));
        const auto storage = opened(directory.path());
        auto model = contents(*storage);
        EXPECT_EQ(model, log.states[3]);
        EXPECT_EQ(bytes_in(directory.log()).size(), log.ends[3]);
        storage->put("next", "1");
        model["next"] = "1";
        storage->sync();
        EXPECT_EQ(read_back(bytes_in(directory.log())), model);
    }
}

TEST(file_storage_damage, a_flipped_bit_is_an_error_or_costs_the_last_sync_only) {
    const recorded_log log = small_log();
    const std::size_t last = log.ends[log.ends.size() - 2];
    for (std::size_t bit = 0; bit < log.bytes.size() * 8; ++bit) {
        std::string flipped = log.bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        const auto found = read_back(flipped);
        if (bit / 8 < last) {
            ASSERT_FALSE(found.has_value()) << "bit " << bit;
            EXPECT_THAT(found.error(), HasSubstr("storage.log, offset ")) << "bit " << bit;
        } else {
            ASSERT_TRUE(found.has_value()) << "bit " << bit << ": " << found.error();
            EXPECT_EQ(*found, log.states[log.states.size() - 2]) << "bit " << bit;
        }
    }
}

RC_GTEST_PROP(file_storage_damage, no_overwritten_bytes_are_read_as_a_state_that_never_was, ()) {
    static const recorded_log log = small_log();
    std::string bytes = log.bytes;
    for (const auto& [at, letter] : *rc::gen::arbitrary<std::vector<std::pair<unsigned, char>>>()) {
        bytes[bytes.size() - 1 - at % 150] = letter;  // the last two records
    }
    bytes.resize(bytes.size() - *rc::gen::inRange<std::size_t>(0, 40));
    const auto found = read_back(bytes + *rc::gen::arbitrary<std::string>());
    RC_CLASSIFY(found.has_value(), "read");
    if (!found) return;
    RC_ASSERT(std::count(log.states.begin(), log.states.end(), *found) == 1);
}

TEST(file_storage_damage, damage_in_the_middle_names_the_file_and_the_offset_and_changes_nothing) {
    const recorded_log log = small_log();
    const storage_directory directory;
    std::string damaged = log.bytes;
    damaged[log.ends[1] + record_head_bytes] ^= 1;
    write_file(directory.log(), damaged);
    EXPECT_EQ(error_of(directory.path()), directory.log().string() + ", offset " +
                                              std::to_string(log.ends[1]) +
                                              ": a damaged record with others behind");
    EXPECT_EQ(bytes_in(directory.log()), damaged);
}

TEST(file_storage_damage, a_damaged_length_does_not_hide_the_records_behind_it) {
    const recorded_log log = small_log();
    std::string damaged = log.bytes;
    damaged[log.ends[1] + 7] ^= 0x40;
    const auto found = read_back(damaged);
    ASSERT_FALSE(found.has_value());
    EXPECT_THAT(found.error(), HasSubstr("a damaged record with others behind"));
}

TEST(file_storage_damage, a_foreign_file_and_another_version_are_refused_by_name) {
    const recorded_log log = small_log();
    EXPECT_THAT(read_back("SQLite format 3").error(),
                HasSubstr("storage.log, offset 0: not a Partita storage log (wrong magic)"));
    std::string newer = log.bytes;
    newer[8] = 2;
    EXPECT_THAT(read_back(newer).error(),
                HasSubstr("storage.log, offset 8: a storage log of version 2; this program reads "
                          "version 1"));
    std::string other = log.bytes;
    other[16] ^= 1;
    EXPECT_THAT(read_back(other).error(), HasSubstr("storage.log, offset 0: a damaged header"));
}

TEST(file_storage_damage, a_record_with_a_right_checksum_but_of_unknown_form_is_refused) {
    for (const std::string& change : {std::string("\7"), std::string(17, '\7')}) {
        std::string record = unsealed_record() + change;
        seal(record, 5, log_header_bytes);
        EXPECT_THAT(read_back(log_header(5) + record).error(),
                    HasSubstr("offset 32: a record of unknown form"));
    }
}

TEST(file_storage_damage, a_value_that_holds_its_own_log_is_not_taken_for_records_when_torn) {
    const storage_directory directory;
    auto storage = opened(directory.path());
    storage->put("a", "1");
    storage->sync();
    storage->put("copy", bytes_in(directory.log()));
    storage->sync();
    storage.reset();
    std::string torn = bytes_in(directory.log());
    torn[bytes_in(directory.log()).size() - 100] ^= 1;
    const auto found = read_back(torn);
    ASSERT_TRUE(found.has_value()) << found.error();
    EXPECT_EQ(*found, (entries{{"a", "1"}}));
}

}  // namespace
