#include <partita/schedules/codec.hpp>

#include "lexer_quote.hpp"
#include "site_words.hpp"
#include "text_codec_rules.hpp"

namespace partita {
namespace detail {

bool is_reserved(std::string_view first_word) {
    return first_word == "partita" || first_word == "app" || first_word == "wait" ||
           first_word == "await" || first_word == "check" || first_word == "fault" ||
           first_word == arrow || names_node(first_word);
}

bool braces_pair(const std::vector<std::string>& words) {
    std::size_t depth = 0;
    for (const auto& word : words) {
        if (word == "}" && depth == 0) {
            return false;
        }
        depth += word == "{" ? 1U : 0U;
        depth -= word == "}" ? 1U : 0U;
    }
    return depth == 0;
}

namespace {

/// What an argument list may hold bare besides plain words.
struct bare_words {
    bool arrows = true;
    bool ordinals = false;
};

void append_arguments(std::string& line, const std::vector<std::string>& words, bare_words bare) {
    const bool paired = braces_pair(words);
    for (const auto& word : words) {
        const bool brace = paired && (word == "{" || word == "}");
        const bool ordinal = bare.ordinals && ordinal_of(word);
        line += ' ';
        const bool in_quotes = (!bare.arrows && word == arrow) || word == background_mark;
        line += brace || ordinal ? word : in_quotes ? quoted(word) : written(word);
    }
}

/// A name at the start of a line: in quotes when, bare, it would be something else there.
std::string written_first(std::string_view name) {
    const bool taken = is_reserved(name) || name.starts_with('@');
    return taken ? quoted(name) : written(name);
}

std::string line_of(const command& given) {
    std::string line;
    if (given.node.empty()) {
        line = written_first(given.name);
    } else {
        const auto node = written(given.node);
        line = (names_node(given.node) ? node : '@' + node) + ' ' + written(given.name);
    }
    append_arguments(line, given.arguments, {.arrows = !given.node.empty()});
    if (given.background) line.append(" ").append(background_mark);
    return line;
}

std::string line_of(const fault_step& given) {
    auto line = "fault " + written(given.name);
    append_arguments(line, given.arguments, {});
    return line;
}

std::string line_of(const wait_step& given) { return "wait " + to_text(given.duration); }
std::string line_of(const await_step&) { return "await"; }
std::string line_of(const check_step& given) { return "check " + written(given.property); }

/// A value may hold `=`, for only the first one divides; a key may not.
std::string line_of(const application_reference& given) {
    const auto written_before_equals = [](const std::string& word) {
        return word.find('=') == std::string::npos ? written(word) : quoted(word);
    };
    auto line = "app " + written_before_equals(given.name);
    for (const auto& [key, value] : given.parameters) {
        line += ' ' + written_before_equals(key) + '=' + written(value);
    }
    return line;
}

}  // namespace
}  // namespace detail

std::string to_text(const step& given) {
    return std::visit([](const auto& each) { return detail::line_of(each); }, given);
}

std::string to_text(const deviation& given) {
    auto line = detail::written_first(given.action);
    std::string_view rest = given.site.text();
    for (auto word = detail::take_word(rest); !word.empty(); word = detail::take_word(rest)) {
        const bool is_ordinal = rest.empty() && detail::ordinal_of(word);
        line += ' ';
        line += is_ordinal ? std::string(word) : detail::written(word);
    }
    detail::append_arguments(line, given.arguments, {.ordinals = true});
    return line;
}

std::string to_text(const schedule& given) {
    auto text = "partita schedule " + std::to_string(schedule_version) + '\n' +
                detail::line_of(given.application) + '\n';
    for (const auto& each : given.steps) {
        text.append(to_text(each)).append(1, '\n');
    }
    for (const auto& each : given.deviations) {
        text.append(to_text(each)).append(1, '\n');
    }
    return text;
}

}  // namespace partita
