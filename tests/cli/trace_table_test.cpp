#include <sstream>

#include <gtest/gtest.h>

#include <partita/models/commit.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>
#include <partita/sim/trace_table.hpp>

namespace partita {
namespace {

outcome run_text(const std::string& text) {
    const auto read = parse_schedule(text);
    if (!read) throw std::runtime_error(read.error().message);
    return run(commit::lampson_2pc(), *read);
}

std::string table(const std::string& text, const table_options& options = {}) {
    return to_table(run_text(text).trace, {node_id("n1"), node_id("n2")}, options);
}

std::size_t letters(const std::string& line) {
    std::size_t count = 0;
    for (const char byte : line) count += (static_cast<unsigned char>(byte) & 0xc0) != 0x80 ? 1 : 0;
    return count;
}

constexpr const char* lost =
    "app lampson-2pc nodes=2\n"
    "n1 broadcast 42\n"
    "omit n1 -> n2 commit #1\n";

TEST(trace_table, has_a_column_a_node_and_marks_what_was_lost) {
    EXPECT_EQ(table(lost, {.columns_max = 70}),
              R"(time (ms) | n1                          | n2
----------+-----------------------------+----------------------------
    0.000 | > n1 broadcast 42           |
    0.000 | <- n1 broadcast{value: "42… |
    0.000 | prepare -> n2               |
    0.000 | <- n1 prepare{id: {coordin… |
    0.000 | <- n1 prepared{id: {coordi… |
    1.000 |                             | <- n1 prepare{id: {coordin…
    1.000 |                             | prepared -> n1
    2.000 | <- n2 prepared{id: {coordi… |
    2.000 | x commit -> n2  OMITTED     |
    2.000 | <- n1 ok                    |
    2.000 | < ok                        |
    2.000 | <- n1 commit{id: {coordina… |
    2.000 | * delivered{value: "42"}    |
    2.000 | <- n1 commit_ack{id: {coor… |
 1000.000 | timer coordinator_timeout{… |
)");
}

TEST(trace_table, prints_messages_with_their_fields_when_they_fit) {
    const std::string wide = table(lost, {.columns_max = 200});
    EXPECT_NE(wide.find("<- n1 prepare{id: {coordinator: n1, number: 1}, value: \"42\"}\n"),
              std::string::npos)
        << wide;
    EXPECT_EQ(wide.find("\xe2\x80\xa6"), std::string::npos) << wide;
}

TEST(trace_table, no_line_is_longer_than_it_may_be_and_marks_are_kept) {
    for (const std::size_t most : {40u, 60u, 100u}) {
        std::istringstream lines(table(lost, {.columns_max = most}));
        for (std::string line; std::getline(lines, line);) EXPECT_LE(letters(line), most) << line;
    }
    EXPECT_NE(table(lost, {.columns_max = 48}).find("\xe2\x80\xa6  OMITTED"), std::string::npos);
}

TEST(trace_table, faults_take_the_whole_line_and_crashes_are_marked) {
    const std::string said = table(
        "app lampson-2pc nodes=2\n"
        "fault partition { n1 } { n2 }\n"
        "n1 broadcast 42\n"
        "fault crash n2\n"
        "fault restart n2\n");
    EXPECT_NE(said.find("    0.000 | ! fault partition { n1 } { n2 }\n"), std::string::npos)
        << said;
    EXPECT_NE(said.find("x prepare -> n2  PARTITION"), std::string::npos) << said;
    EXPECT_NE(said.find("| ! CRASH"), std::string::npos) << said;
    EXPECT_NE(said.find("| ! RESTART"), std::string::npos) << said;
}

TEST(trace_table, a_message_lost_on_its_way_is_told_where_it_would_have_arrived) {
    const std::string said = table(
        "app lampson-2pc nodes=2\n"
        "fault crash n2\n"
        "n1 broadcast 42\n");
    EXPECT_NE(said.find("| x <- n1 prepare  NODE DOWN\n"), std::string::npos) << said;
}

TEST(trace_table, delays_and_copies_are_told_at_the_send) {
    const std::string said = table(
        "app lampson-2pc nodes=2\n"
        "n1 broadcast 42\n"
        "delay n1 -> n2 prepare #1 by 5ms\n"
        "duplicate n1 -> n2 commit #1\n");
    EXPECT_NE(said.find("| prepare -> n2  DELAYED"), std::string::npos) << said;
    EXPECT_NE(said.find("| commit -> n2  DUPLICATED"), std::string::npos) << said;
}

TEST(trace_table, control_characters_of_an_application_do_not_tear_it) {
    const std::string said = table("app lampson-2pc nodes=2\nn1 broadcast \"a\\n\\x1b[2Jb\"\n");
    EXPECT_EQ(said.find('\x1b'), std::string::npos) << said;
    std::istringstream lines(said);
    for (std::string line; std::getline(lines, line);)
        EXPECT_NE(line.find_first_of("|+"), std::string::npos) << line;
}

TEST(trace_table, colours_only_what_is_marked_and_only_when_asked) {
    const std::string plain = table(lost);
    const std::string coloured = table(lost, {.colour = true});
    EXPECT_EQ(plain.find('\x1b'), std::string::npos);
    EXPECT_NE(coloured.find("\x1b[31mx commit -> n2  OMITTED"), std::string::npos) << coloured;
    EXPECT_EQ(coloured.find("\x1b[31m> n1"), std::string::npos) << coloured;
}

TEST(trace_table, all_shows_what_stays_on_a_node) {
    EXPECT_EQ(table(lost).find("spawn"), std::string::npos);
    EXPECT_NE(table(lost, {.all = true}).find("spawn"), std::string::npos);
}

TEST(trace_table, equal_traces_give_equal_bytes) { EXPECT_EQ(table(lost), table(lost)); }

}  // namespace
}  // namespace partita
