#include "history_events.hpp"

namespace partita {
namespace detail {
namespace {

std::string process_text(std::int64_t process) { return "process " + std::to_string(process); }

}  // namespace

error history_error(std::string_view source, std::size_t line, std::string_view why) {
    return {error_code::bad_input,
            std::string(source) + ":" + std::to_string(line) + ": " + std::string(why)};
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
    if (it.type.empty()) return refuse(it.line, "expected a type: invoke, ok, fail or info");
    if (it.function.empty()) return refuse(it.line, "expected a function f");
    if (auto split = split_key(it); !split) return split;
    ++position_;
    if (it.type == "invoke") return invoke(std::move(it));
    if (it.type == "ok" || it.type == "fail" || it.type == "info") return respond(std::move(it));
    return refuse(it.line, "type: expected invoke, ok, fail or info, found " + it.type);
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
        return refuse(it.line, "a response to '" + it.function + "', but " +
                                   process_text(*it.process) + " invoked '" + begun.function +
                                   "' on line " + std::to_string(begun.line));
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

result<client_history> parse_history(std::string_view text, std::string_view source,
                                     const history_options& options) {
    if (text.size() > options.bounds.bytes_max) {
        return tl::unexpected(detail::history_error(
            source, 1, "more than " + std::to_string(options.bounds.bytes_max) + " bytes"));
    }
    return options.form == history_form::edn ? detail::parse_history_edn(text, source, options)
                                             : detail::parse_history_json(text, source, options);
}

history_form form_of(std::string_view text) {
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
