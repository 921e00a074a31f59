#include "relation_report.hpp"

#include <algorithm>
#include <utility>

namespace partita::detail {

namespace {

constexpr std::size_t quoted_max = 240;

}  // namespace

bool step_meter::reserve(std::uint64_t bytes) {
    bytes_ += bytes;
    no_memory_ = no_memory_ || bytes_ > bounds_.memory_bytes_max;
    return !no_memory_;
}

check_outcome holds(const step_meter& meter) {
    check_outcome found;
    found.steps = meter.steps();
    return found;
}

check_outcome gave_up(const step_meter& meter) {
    check_outcome found;
    found.verdict = verdict::inconclusive;
    found.kind = meter.no_memory() ? "memory bound" : "step bound";
    found.explanation = meter.no_memory() ? "the check needs more memory than it may use"
                                          : "the check needs more steps than it may take";
    found.steps = meter.steps();
    return found;
}

check_outcome violated(std::string kind, std::string explanation, std::vector<std::size_t> evidence,
                       const step_meter& meter) {
    check_outcome found;
    found.verdict = verdict::violated;
    found.kind = std::move(kind);
    found.explanation = std::move(explanation);
    found.evidence = without_repeats(evidence);
    found.steps = meter.steps();
    return found;
}

std::string place(const client_history& history, std::size_t operation) {
    const std::size_t line = history[operation].line;
    return line == 0 ? "operation " + std::to_string(operation) : "line " + std::to_string(line);
}

tl::unexpected<error> unreadable(const client_history& history, std::size_t operation,
                                 const std::string& what) {
    return fail(error_code::bad_input, place(history, operation) + ": " + what);
}

std::string quotation::operator()(std::size_t operation) {
    if (!named_.insert(operation).second) return place(history_, operation);
    return "`" + shortened(to_text(history_[operation])) + "` (" + place(history_, operation) + ")";
}

std::string shortened(std::string text) {
    if (text.size() <= quoted_max) return text;
    constexpr std::size_t kept = (quoted_max - 5) / 2;
    return text.substr(0, kept) + " ... " + text.substr(text.size() - kept);
}

std::vector<std::size_t> without_repeats(const std::vector<std::size_t>& indices) {
    std::vector<std::size_t> kept;
    std::set<std::size_t> seen;
    for (const std::size_t index : indices) {
        if (seen.insert(index).second) kept.push_back(index);
    }
    return kept;
}

}  // namespace partita::detail
