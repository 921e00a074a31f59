#include "certificate_text.hpp"

#include <algorithm>

#include "counting.hpp"

namespace partita::cli {
namespace {

std::string bound_of(const certificate& of, const certificate_frame& in) {
    return of.bound.empty() ? in.bound : in.bound + "; " + of.bound;
}

std::string explored(const certificate& of) {
    if (is_cut_short(of)) return "not all explored";
    return of.complete ? "all explored" : "all explored within the bound";
}

std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::uint64_t count_at(const std::vector<std::uint64_t>& counts, std::size_t at) {
    return at < counts.size() ? counts[at] : 0;
}

std::string table_by_decisions(const certificate& of, const certificate_frame& in) {
    constexpr std::size_t width = 12;
    std::string text = right(in.decision_name, width) + right(in.counted, width) +
                       right("failing", width) + right("minimal", width) + "\n";
    for (std::size_t number = 0; number < of.by_decisions.size(); ++number) {
        text += right(std::to_string(number), width);
        for (const auto* counts :
             {&of.by_decisions, &of.failing_by_decisions, &of.minimal_by_decisions}) {
            text += right(grouped(count_at(*counts, number)), width);
        }
        text += "\n";
    }
    return text;
}

}  // namespace

bool is_cut_short(const certificate& of) { return !of.complete && of.bound.starts_with("stopped"); }

std::string passed_and_failed(const certificate& of) {
    return std::to_string(of.passed) + " passed, " + std::to_string(of.failed) + " failed";
}

std::string in_words(const certificate& of, const certificate_frame& in) {
    std::string line = counted(of.schedules, "schedule") + ", " +
                       counted(of.executions, "execution") + ", " + grouped(of.failing) +
                       " failing, " + grouped(of.minimal) + " minimal";
    if (of.inconclusive != 0) line += ", " + grouped(of.inconclusive) + " inconclusive";
    if (of.pruned != 0) line += ", " + grouped(of.pruned) + " pruned";
    return line + "; " + explored(of) + "; bound: " + bound_of(of, in) + "\n" +
           table_by_decisions(of, in);
}

void add_counts(json_object& to, const certificate& of, const certificate_frame& in) {
    to.number("schedules", of.schedules).number("executions", of.executions);
    to.number("failing", of.failing).number("minimal", of.minimal);
    to.number("passed", of.passed).number("failed", of.failed);
    to.number("pruned", of.pruned).number("inconclusive", of.inconclusive);
    to.number("trials", of.trials).flag("complete", of.complete).text("bound", bound_of(of, in));
    to.raw("by_omissions", json_numbers(of.by_decisions));
    to.raw("failing_by_omissions", json_numbers(of.failing_by_decisions));
    to.raw("minimal_by_omissions", json_numbers(of.minimal_by_decisions));
}

std::string json_of_counts(const certificate& of) {
    return json_object{}
        .number("schedules", of.schedules)
        .number("passed", of.passed)
        .number("failed", of.failed)
        .number("pruned", of.pruned)
        .done();
}

}  // namespace partita::cli
