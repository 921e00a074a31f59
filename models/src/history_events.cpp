#include "history_events.hpp"

#include <algorithm>
#include <array>

namespace partita {
namespace detail {
namespace {

constexpr std::array<std::string_view, 6> entries{"process", "type", "f", "key", "value", "result"};

constexpr std::size_t why_bytes_max = 400;  // a value that is quoted may have many

std::string process_text(std::int64_t process) { return "process " + std::to_string(process); }

/// A text from outside, which may have anything in it.
std::string quoted(const std::string& plain) { return to_text(history_value{plain}); }

tl::expected<void, std::string> put_process(history_event& to, const history_value& value,
                                            const odd_value& odd) {
    if (!odd.why.empty()) return tl::unexpected("process: " + odd.why);
    if (value.number() == nullptr && value.text() == nullptr) {
        return tl::unexpected("process: expected a whole number or a name, found " +
                              to_text(value));
    }
    to.has_process = true;
    if (value.number() != nullptr) to.process = *value.number();
    return {};
}

}  // namespace

bool is_entry(std::string_view name) {
    return std::find(entries.begin(), entries.end(), name) != entries.end();
}

tl::expected<void, std::string> put_entry(history_event& to, const std::string& name,
                                          history_value value, odd_value odd) {
    if (to.seen.find(name + ' ') != std::string::npos) return tl::unexpected(name + ": twice");
    to.seen += name + ' ';
    if (name == "process") return put_process(to, value, odd);
    const bool is_name = name == "type" || name == "f";
    if (is_name && odd.why.empty() && value.text() == nullptr) {
        odd.why = "expected a text, found " + to_text(value);
    }
    if (!odd.why.empty()) {
        if (to.odd.why.empty()) to.odd = {name + ": " + odd.why, odd.line};
    } else if (is_name) {
        (name == "type" ? to.type : to.function) = *value.text();
    } else if (name == "result") {
        to.result = std::move(value);
    } else {
        (name == "key" ? to.key : to.value) = std::move(value);
    }
    return {};
}

error history_error(std::string_view source, std::size_t line, std::string_view why) {
    std::string text(why.substr(0, why_bytes_max));
    if (text.size() < why.size()) text += "...";
    return {error_code::bad_input, std::string(source) + ":" + std::to_string(line) + ": " + text};
}

tl::unexpected<error> history_builder::refuse(std::size_t line, const std::string& why) const {
    return tl::unexpected(history_error(source_, line, why));
}

result<void> history_builder::split_key(history_event& it) const {
    if (!keyed_values_ || it.value.nothing()) return {};
    const history_values* const pair = it.value.list();
    if (pair == nullptr || pair->size() != 2) {
        return refuse(it.line, "value: expected [key, value], found " + to_text(it.value));
    }
    history_values parts = *pair;
    it.key = std::move(parts[0]);
    it.value = std::move(parts[1]);
    return {};
}

result<void> history_builder::add(history_event it) {
    if (!it.has_process) return refuse(it.line, "expected a process");
    if (!it.process) return {};  // not a client
    if (!it.odd.why.empty()) {
        return refuse(it.odd.line == 0 ? it.line : it.odd.line, it.odd.why);
    }
    if (it.type.empty()) return refuse(it.line, "expected a type: invoke, ok, fail or info");
    if (it.function.empty()) return refuse(it.line, "expected a function f");
    if (auto split = split_key(it); !split) return split;
    ++position_;
    if (it.type == "invoke") return invoke(std::move(it));
    if (it.type == "ok" || it.type == "fail" || it.type == "info") return respond(std::move(it));
    return refuse(it.line, "type: expected invoke, ok, fail or info, found " + quoted(it.type));
}

result<void> history_builder::invoke(history_event&& it) {
    const auto [place, fresh] = open_.emplace(*it.process, made_.size());
    if (!fresh) {
        return refuse(it.line, process_text(*it.process) +
                                   " waits for the response to its invocation of line " +
                                   std::to_string(made_[place->second].line));
    }
    client_operation begun;
    begun.process = *it.process;
    begun.function = std::move(it.function);
    begun.key = std::move(it.key);
    begun.argument = std::move(it.value);
    begun.invoked = position_;
    begun.line = it.line;
    made_.push_back(std::move(begun));
    return {};
}

result<void> history_builder::respond(history_event&& it) {
    const auto place = open_.find(*it.process);
    if (place == open_.end()) {
        return refuse(it.line, "a response of " + process_text(*it.process) +
                                   ", which has no open invocation");
    }
    client_operation& begun = made_[place->second];
    open_.erase(place);
    if (begun.function != it.function) {
        return refuse(it.line, "a response to " + quoted(it.function) + ", but " +
                                   process_text(*it.process) + " invoked " +
                                   quoted(begun.function) + " on line " +
                                   std::to_string(begun.line));
    }
    if (!it.key.nothing() && !begun.key.nothing() && it.key != begun.key) {
        return refuse(it.line, "a response for key " + to_text(it.key) + ", but " +
                                   process_text(*it.process) + " invoked it for key " +
                                   to_text(begun.key) + " on line " + std::to_string(begun.line));
    }
    begun.response_line = it.line;
    if (begun.key.nothing()) begun.key = std::move(it.key);  // known by its response only
    if (it.type == "info") return {};
    begun.responded = position_;
    begun.outcome = it.type == "ok" ? response_kind::ok : response_kind::fail;
    if (it.result) {
        begun.result = std::move(*it.result);
    } else if (it.value != begun.argument || begun.function == "txn") {
        begun.result = std::move(it.value);
    }
    return {};
}

}  // namespace detail

namespace {

/// The byte order mark that some editors put in front of UTF-8.
std::string_view without_mark(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    return text;
}

}  // namespace

result<client_history> parse_history(std::string_view text, std::string_view source,
                                     const history_options& options) {
    if (text.size() > options.bounds.bytes_max) {
        return tl::unexpected(detail::history_error(
            source, 1, "more than " + std::to_string(options.bounds.bytes_max) + " bytes"));
    }
    text = without_mark(text);
    return options.form == history_form::edn ? detail::parse_history_edn(text, source, options)
                                             : detail::parse_history_json(text, source, options);
}

history_form form_of(std::string_view text) {
    text = without_mark(text);
    const auto skip_blanks = [&] {
        const auto at = text.find_first_not_of(" \t\r\n,");
        text.remove_prefix(at == std::string_view::npos ? text.size() : at);
    };
    skip_blanks();
    if (text.starts_with('#') || text.starts_with(';')) return history_form::edn;
    if (text.starts_with('[') || text.starts_with('(')) {
        text.remove_prefix(1);
        skip_blanks();
    }
    if (text.starts_with('#')) return history_form::edn;
    if (!text.starts_with('{')) return history_form::json_lines;
    text.remove_prefix(1);
    skip_blanks();
    return text.starts_with(':') ? history_form::edn : history_form::json_lines;
}

}  // namespace partita
