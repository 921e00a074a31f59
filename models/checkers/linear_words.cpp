#include "linear_explain.hpp"
#include "relation_report.hpp"

namespace partita::detail {
namespace {

constexpr std::size_t others_quoted_max = 6;

/// Nothing is an answer to these.
bool only_looks(const client_operation& each) {
    return each.function == "read" || each.function == "get" || each.function == "dequeue";
}

std::string place_in_words(const client_operation& operation, std::size_t index) {
    if (operation.line == 0) return " (operation " + std::to_string(index) + ")";
    const std::string line = std::to_string(operation.line);
    if (operation.response_line == 0) return " (line " + line + ")";
    return " (lines " + line + " and " + std::to_string(operation.response_line) + ")";
}

}  // namespace

std::string quote(const client_history& given, std::size_t index) {
    client_operation asked = given[index];
    asked.outcome = response_kind::fail;  // its text is short and always the same
    const std::string full = to_text(asked);
    std::string text = full.substr(0, full.size() - std::string(" : fail").size());
    const client_operation& told = given[index];
    const bool answered = told.outcome == response_kind::ok;
    if (answered && (!told.result.nothing() || only_looks(told))) {
        text += " = " + shortened(to_text(told.result));
    }
    return text + place_in_words(told, index);
}

std::string joined(const std::vector<std::string>& parts, const std::string& last) {
    std::string text;
    for (std::size_t at = 0; at < parts.size(); ++at) {
        if (at > 0) text += at + 1 == parts.size() ? " " + last + " " : ", ";
        text += parts[at];
    }
    return text;
}

std::string order_explainer::words() const {
    return quote(context_.given, misfit_) + contrast() + others_in_words();
}

/// What it says against what it could have said.
std::string order_explainer::contrast() const {
    const bool real_time = context_.order == kept_order::real_time;
    const std::string where =
        real_time ? " at that point " : " if every process keeps its own order ";
    if (!unmade_.empty()) {
        return ", but nothing " + std::string(real_time ? "up to then " : "") + "could have made " +
               object_in_words() + " " + unmade_ + ".";
    }
    if (alternatives_.empty()) {
        return real_time ? ", but no order of the operations up to this response lets it answer so."
                         : ", but no order that keeps that of every process lets it answer so.";
    }
    const std::string what =
        states_described_ ? object_in_words() + " can only be " : "the answer can only be ";
    return ", but" + where + what + alternatives_in_words() + ".";
}

std::string order_explainer::alternatives_in_words() const {
    std::vector<std::string> parts;
    for (const auto& [answer, text] : alternatives_) parts.push_back(text);
    if (parts.size() > alternatives_max) parts.back() = "something else again";
    return joined(parts, "or");
}

std::string order_explainer::others_in_words() const {
    if (others_.empty()) return {};
    std::vector<std::string> parts;
    for (const std::size_t each : others_) {
        if (parts.size() == others_quoted_max) break;
        parts.push_back(quote(context_.given, each));
    }
    if (others_.size() > parts.size()) {
        parts.push_back(std::to_string(others_.size() - parts.size()) + " more");
    }
    return " That follows from " + joined(parts, "and") + ".";
}

std::string order_explainer::object_in_words() const {
    const history_value& key = context_.given[misfit_].key;
    if (key.nothing()) return context_.family.noun;
    return key.text() != nullptr ? *key.text() : to_text(key);
}

}  // namespace partita::detail
