#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>

#include <partita/schedules/codec.hpp>

namespace {

using partita::command;
using partita::deviation;
using partita::fault_step;
using partita::parse_schedule;
using partita::parse_schedule_json;
using partita::schedule;
using partita::site_label;
using partita::step;
using partita::to_json;
using partita::to_text;
using partita::wait_step;

/// Words that look like something else in the text form or in JSON.
rc::Gen<std::string> trap() {
    return rc::gen::element<std::string>(
        "", " ", "app", "fault", "wait", "partita", "schedule", "n1", "n12", "n0", "n", "@", "@n1",
        "@\"", "#", "#1", "#0", "#01", "#x", "{", "}", "{}", "->", "=", "a=b", "=b", "a b", "\t",
        "\n", "\r", "\\", "\\x", "\"", "\"\"", "----", ":", "2s", "-3", std::string("\0", 1),
        "\x1b[0m", "\x7f", "\xff", "\xc3", "\xc3\xa9", "\xed\xa0\x80", "\xee\xbe\x80",
        "\xee\xbf\xbf", "\xee\xbe", "\xef\xbb\xbf", "\xf4\x90\x80\x80", "\xf0\x9f\x8e\x89",
        "\xe2\x80\xa8");
}

/// Any bytes at all.
rc::Gen<std::string> bytes() {
    return rc::gen::map(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 256)),
                        [](const std::vector<int>& values) {
                            std::string text;
                            for (const int value : values) {
                                text.push_back(static_cast<char>(value));
                            }
                            return text;
                        });
}

rc::Gen<std::string> word() {
    return rc::gen::oneOf(
        trap(), bytes(), rc::gen::element<std::string>("n1", "n2", "write", "commit", "x", "7"),
        rc::gen::apply([](std::string a, const std::string& b) { return a + b; }, trap(), trap()));
}

rc::Gen<std::vector<std::string>> words() {
    return rc::gen::scale(0.3, rc::gen::container<std::vector<std::string>>(word()));
}

/// A label of any words without blanks, and an ordinal.
rc::Gen<site_label> site() {
    const auto ordinal = rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(1, 20),
                                        rc::gen::just(std::numeric_limits<std::uint64_t>::max()));
    return rc::gen::apply(
        [](const std::vector<std::string>& stem, std::uint64_t number) {
            std::string text;
            for (const auto& each : stem) {
                text += each + ' ';
            }
            return site_label(text + '#' + std::to_string(number));
        },
        words(), ordinal);
}

rc::Gen<wait_step> wait() {
    return rc::gen::map(
        rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 5'000'000'000),
                       rc::gen::just(std::numeric_limits<std::int64_t>::max())),
        [](std::int64_t count) { return wait_step{std::chrono::nanoseconds(count)}; });
}

rc::Gen<step> any_step() {
    return rc::gen::oneOf(
        rc::gen::cast<step>(rc::gen::construct<command>(
            rc::gen::oneOf(rc::gen::just(std::string{}), word()), word(), words(),
            rc::gen::arbitrary<bool>())),
        rc::gen::cast<step>(rc::gen::construct<fault_step>(word(), words())),
        rc::gen::cast<step>(rc::gen::construct<partita::check_step>(word())),
        rc::gen::just(step{partita::await_step{}}), rc::gen::cast<step>(wait()));
}

rc::Gen<schedule> any_schedule() {
    const auto drawn = rc::gen::construct<schedule>(
        rc::gen::construct<partita::application_reference>(
            word(), rc::gen::container<std::map<std::string, std::string>>(word(), word())),
        rc::gen::container<std::vector<step>>(any_step()),
        rc::gen::container<std::vector<deviation>>(
            rc::gen::construct<deviation>(word(), site(), words())));
    return rc::gen::scale(0.4, drawn);
}

/// A text with some bytes removed, repeated or replaced.
std::string mutated(std::string text) {
    const auto edits = *rc::gen::inRange(1, 8);
    for (int edit = 0; edit < edits && !text.empty(); ++edit) {
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        switch (*rc::gen::inRange(0, 3)) {
            case 0:
                text.erase(at, *rc::gen::inRange<std::size_t>(1, 10));
                break;
            case 1:
                text.insert(at, *rc::gen::oneOf(trap(), bytes()));
                break;
            default:
                text[at] = static_cast<char>(*rc::gen::inRange(0, 256));
        }
    }
    return text;
}

/// What holds of every input: an error is one line that names the source, and what is read can be
/// written and is canonical from then on.
void check_text(const std::string& text) {
    const auto parsed = parse_schedule(text, "s");
    if (!parsed) {
        RC_ASSERT(parsed.error().message.starts_with("s:"));
        RC_ASSERT(
            std::none_of(parsed.error().message.begin(), parsed.error().message.end(),
                         [](char letter) { return static_cast<unsigned char>(letter) < ' '; }));
        return;
    }
    const auto canonical = to_text(*parsed);
    RC_ASSERT(parse_schedule(canonical).value() == *parsed);
    RC_ASSERT(to_text(parse_schedule(canonical).value()) == canonical);
}

void check_json(const std::string& text) {
    const auto parsed = parse_schedule_json(text, "s");
    if (!parsed) {
        RC_ASSERT(parsed.error().message.starts_with("s:"));
        RC_ASSERT(parsed.error().message.find('\n') == std::string::npos);
        return;
    }
    const auto canonical = to_json(*parsed);
    RC_ASSERT(parse_schedule_json(canonical).value() == *parsed);
    RC_ASSERT(to_json(parse_schedule_json(canonical).value()) == canonical);
}

RC_GTEST_PROP(codec, any_schedule_survives_the_text_form, ()) {
    const auto given = *any_schedule();
    const auto text = to_text(given);
    RC_LOG() << text;
    const auto parsed = parse_schedule(text);
    if (!parsed) {
        RC_FAIL(parsed.error().message);
    }
    RC_ASSERT(*parsed == given);
    RC_ASSERT(to_text(*parsed) == text);
}

RC_GTEST_PROP(codec, any_schedule_survives_json, ()) {
    const auto given = *any_schedule();
    const auto text = to_json(given);
    RC_LOG() << text;
    const auto parsed = parse_schedule_json(text);
    if (!parsed) {
        RC_FAIL(parsed.error().message);
    }
    RC_ASSERT(*parsed == given);
    RC_ASSERT(to_json(*parsed) == text);
}

RC_GTEST_PROP(codec, both_forms_tell_the_same_schedules_apart, ()) {
    const auto left = *any_schedule();
    const auto right = *rc::gen::oneOf(rc::gen::just(left), any_schedule());
    RC_ASSERT((to_text(left) == to_text(right)) == (left == right));
    RC_ASSERT((to_json(left) == to_json(right)) == (left == right));
}

RC_GTEST_PROP(codec, a_line_of_its_own_is_the_line_in_the_text, ()) {
    auto given = *any_schedule();
    std::string lines;
    for (const auto& each : given.steps) {
        lines += to_text(each) + '\n';
    }
    for (const auto& each : given.deviations) {
        lines += to_text(each) + '\n';
    }
    RC_ASSERT(to_text(given).ends_with('\n' + lines));
}

RC_GTEST_PROP(codec, steps_and_deviations_may_be_mixed_and_lines_may_end_in_crlf, ()) {
    const auto given = *any_schedule();
    const auto head = to_text(schedule{given.application, {}, {}});
    auto text = head;
    for (std::size_t index = 0; index < std::max(given.steps.size(), given.deviations.size());
         ++index) {
        text += index < given.deviations.size() ? to_text(given.deviations[index]) + "\r\n" : "";
        text += index < given.steps.size() ? to_text(given.steps[index]) + "  # why\r\n" : "";
    }
    RC_ASSERT(parse_schedule(text).value() == given);
}

RC_GTEST_PROP(codec, random_bytes_never_crash_it, ()) { check_text("app x\n" + *bytes()); }

RC_GTEST_PROP(codec, mutated_texts_never_crash_it, ()) {
    const auto text = mutated(to_text(*any_schedule()));
    RC_LOG() << text;
    check_text(text);
}

RC_GTEST_PROP(codec, mutated_json_never_crashes_it, ()) {
    const auto text = mutated(to_json(*any_schedule()));
    RC_LOG() << text;
    check_json(text);
}

}  // namespace
