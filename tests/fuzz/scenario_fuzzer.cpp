// Whatever bytes stand in a scenario, reading it gives a scenario or one line of error. What was
// read has its schedule in schedule_text, and rewritten as a trial shows it, it reads as the same
// schedule, is as expected, and another rewrite changes nothing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <partita/models/scenario.hpp>

namespace {

using namespace partita;

void require(bool holds, const char* what, const std::string& detail) {
    if (holds) return;
    std::fprintf(stderr, "scenario_fuzzer: %s:\n%s\n", what, detail.c_str());
    std::abort();
}

bool is_line(std::string_view text) {
    return !text.empty() && std::none_of(text.begin(), text.end(), [](unsigned char letter) {
        return letter < ' ' || letter == 0x7f;
    });
}

/// What some trial of the schedule might have shown.
outcome outcome_of(const schedule& content, std::size_t number) {
    outcome seen;
    seen.steps_taken = content.steps.size() - number % (content.steps.size() + 1);
    for (std::size_t at = 0; at < content.deviations.size(); ++at) {
        seen.met.push_back((number + at) % 2 == 0);
    }
    for (std::size_t at = 0; at < content.steps.size(); at += 2) {
        operation& made = seen.history.emplace_back();
        made.step = at;
        made.shown = "OK, 1";
    }
    if (number % 3 == 0) {
        seen.verdict = verdict::violated;
        seen.violation = violation{"agreement", "two values", "n1 has 1, but n2 has 2"};
    } else if (number % 3 == 1) {
        seen.verdict = verdict::inconclusive;
    }
    return seen;
}

void check(const scenario& read, std::size_t number) {
    const outcome seen = outcome_of(read.schedule, number);
    (void)mismatch(read, seen);
    const std::string text = rewritten(read, seen);
    const auto again = parse_scenario(text, "s");
    require(again.has_value(), "cannot be read once it is rewritten", text);
    require(again->schedule == read.schedule, "has another schedule once it is rewritten", text);
    const auto wrong = mismatch(*again, seen);
    require(!wrong, "not as expected once it is rewritten", text + (wrong ? wrong->message : ""));
    require(rewritten(*again, seen) == text, "another rewrite changes it", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto read = parse_scenario(text, "s", {.bytes_max = 1 << 16});
    if (!read) {
        const std::string& message = read.error().message;
        require(message.starts_with("s:") && is_line(message), "an error that is no line", message);
        return 0;
    }
    const auto content = parse_schedule(schedule_text(text), "s");
    require(content && *content == read->schedule, "schedule_text is another", std::string(text));
    check(*read, size);
    return 0;
}
