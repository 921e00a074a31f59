#include <charconv>
#include <optional>

#include <partita/schedules/codec.hpp>

#include "lexer.hpp"
#include "lexer_quote.hpp"
#include "site_words.hpp"
#include "text_codec_rules.hpp"

namespace partita {
namespace detail {
namespace {

bool is_bare(const word& given, std::string_view text) {
    return given.kind == word_kind::bare && given.text == text;
}

/// Reads a text line by line. Every read_ function takes the words of one line, adds to the
/// schedule and returns true, or notes the first error and returns false.
class text_parser {
   public:
    text_parser(std::string_view text, std::string_view source, const parse_bounds& bounds)
        : rest_(text), place_{source, 0}, bounds_(bounds) {}

    result<located_schedule> read() {
        if (rest_.size() > bounds_.bytes_max) {
            return fail_at({place_.source, 1}, 1,
                           "more than " + std::to_string(bounds_.bytes_max) + " bytes");
        }
        if (rest_.starts_with("\xef\xbb\xbf")) {
            rest_.remove_prefix(3);  // the byte order mark that some editors write
        }
        while (!rest_.empty()) {
            if (!read_line(take_line())) {
                return tl::unexpected(*error_);
            }
        }
        if (!app_line_) {
            ++place_.line;
            refuse(1, "expected `app NAME`, found the end of the text");
            return tl::unexpected(*error_);
        }
        return located_schedule{std::move(schedule_), std::move(step_lines_),
                                std::move(deviation_lines_)};
    }

   private:
    using words = std::vector<word>;

    bool refuse(std::size_t column, const std::string& message,
                error_code code = error_code::bad_input) {
        error_ = fail_at(place_, column, message, code).value();
        return false;
    }

    std::string_view take_line() {
        ++place_.line;
        const auto end = rest_.find('\n');
        auto line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        return line;
    }

    bool read_line(std::string_view line) {
        const auto found = words_of(line, place_, bounds_.words_max);
        if (!found) {
            error_ = found.error();
            return false;
        }
        end_column_ = line.size() + 1;
        if (found->empty()) {
            return true;
        }
        if (!check_braces(*found) || !read_directive(*found)) {
            return false;
        }
        step_lines_.resize(schedule_.steps.size(), place_.line);
        deviation_lines_.resize(schedule_.deviations.size(), place_.line);
        return true;
    }

    bool check_braces(const words& given) {
        std::vector<std::size_t> open;
        for (const auto& each : given) {
            if (each.kind == word_kind::open_brace) {
                open.push_back(each.column);
            } else if (each.kind == word_kind::close_brace) {
                if (open.empty()) {
                    return refuse(each.column,
                                  "a } that no { opens (as a plain word it stands in quotes)");
                }
                open.pop_back();
            }
        }
        return open.empty() ||
               refuse(open.back(),
                      "a { that no } closes on this line (as a plain word it stands in quotes)");
    }

    bool read_directive(const words& given) {
        const auto& first = given[0];
        if (is_bare(first, "partita")) {
            return read_version(given);
        }
        version_may_stand_ = false;
        if (is_bare(first, "app")) {
            return read_app(given);
        }
        if (!app_line_) {
            return refuse(first.column,
                          "expected `app NAME` before all other lines, found " + shown(first.text));
        }
        return read_step_or_deviation(given);
    }

    bool read_step_or_deviation(const words& given) {
        const bool is_wait = is_bare(given[0], "wait");
        const bool is_fault = is_bare(given[0], "fault");
        for (std::size_t index = 0; index < given.size(); ++index) {
            if (given[index].kind != word_kind::ordinal) {
                continue;
            }
            return is_wait || is_fault ? refuse_ordinal(given[index])
                                       : read_deviation(given, index);
        }
        if (schedule_.steps.size() == bounds_.steps_max) {
            return refuse(given[0].column,
                          "more than " + std::to_string(bounds_.steps_max) + " steps");
        }
        return is_wait                      ? read_wait(given)
               : is_fault                   ? read_fault(given)
               : is_bare(given[0], "await") ? read_await(given)
               : is_bare(given[0], "check") ? read_check(given)
                                            : read_command(given);
    }

    bool refuse_ordinal(const word& ordinal) {
        return refuse(ordinal.column, "only a deviation has an ordinal; write \"" + ordinal.text +
                                          "\" in quotes, or a blank after # for a comment");
    }

    bool read_version(const words& given) {
        if (!version_may_stand_) {
            return refuse(given[0].column, "expected the version line before all others, and once");
        }
        version_may_stand_ = false;
        if (given.size() != 3 || given[1].text != "schedule") {
            return refuse(given[0].column,
                          "expected `partita schedule " + std::to_string(schedule_version) + '`');
        }
        return check_version(given[2]);
    }

    bool check_version(const word& given) {
        int version = 0;
        const auto* const end = given.text.data() + given.text.size();
        const auto [stop, code] = std::from_chars(given.text.data(), end, version);
        if (code == std::errc::invalid_argument || stop != end || version < 0 ||
            (code == std::errc{} && version == 0)) {
            return refuse(given.column,
                          "expected a version number from 1, found " + shown(given.text));
        }
        if (code != std::errc{} || version > schedule_version) {
            return refuse(given.column,
                          "version " + given.text.substr(0, 20) + " is newer than " +
                              std::to_string(schedule_version) +
                              ", the newest that this build reads",
                          error_code::unsupported);
        }
        return true;
    }

    bool read_app(const words& given) {
        if (app_line_) {
            return refuse(given[0].column,
                          "a second `app` line; the first is line " + std::to_string(*app_line_));
        }
        if (given.size() < 2) {
            return refuse(end_column_, "expected the name of an application after `app`");
        }
        if (given[1].kind == word_kind::bare && given[1].text.find('=') != std::string::npos) {
            return refuse(
                given[1].column,
                "expected the name of an application before the parameter " + shown(given[1].text));
        }
        if (!check_name(given[1], "the name of an application")) {
            return false;
        }
        app_line_ = place_.line;
        schedule_.application.name = given[1].text;
        return read_parameters(given);
    }

    bool read_parameters(const words& given) {
        for (std::size_t index = 2; index < given.size(); index += 3) {
            const auto& key = given[index];
            const auto& value = given[index + 2];  // behind the `=`
            if (!schedule_.application.parameters.emplace(key.text, value.text).second) {
                return refuse(key.column, "the parameter " + shown(key.text) + " is given twice");
            }
        }
        return true;
    }

    /// A name is a bare or a quoted word; an ordinal or a brace in its place is a slip.
    bool check_name(const word& given, const std::string& what) {
        return given.kind == word_kind::bare || given.kind == word_kind::quoted ||
               refuse(given.column, "expected " + what + ", found " + shown(given.text));
    }

    bool read_wait(const words& given) {
        if (given.size() != 2) {
            const auto column = given.size() < 2 ? end_column_ : given[2].column;
            return refuse(column, "expected `wait` and one duration such as 1500ms");
        }
        const auto duration = parse_duration(given[1].text);
        if (!duration) {
            return refuse(given[1].column, duration.error().message);
        }
        schedule_.steps.emplace_back(wait_step{*duration});
        return true;
    }

    bool read_await(const words& given) {
        if (given.size() != 1) {
            return refuse(given[1].column, "expected nothing after `await`");
        }
        schedule_.steps.emplace_back(await_step{});
        return true;
    }

    bool read_check(const words& given) {
        if (given.size() != 2) {
            const auto column = given.size() < 2 ? end_column_ : given[2].column;
            return refuse(column, "expected `check` and the name of one property");
        }
        if (!check_name(given[1], "the name of a property")) {
            return false;
        }
        schedule_.steps.emplace_back(check_step{given[1].text});
        return true;
    }

    bool read_fault(const words& given) {
        if (given.size() < 2) {
            return refuse(end_column_, "expected the name of a fault after `fault`");
        }
        if (!check_name(given[1], "the name of a fault")) {
            return false;
        }
        schedule_.steps.emplace_back(fault_step{given[1].text, texts(given, 2, given.size())});
        return true;
    }

    bool read_command(const words& given) {
        const auto& first = given[0];
        const bool has_node = first.kind == word_kind::node ||
                              (first.kind == word_kind::bare && names_node(first.text));
        if (has_node && given.size() < 2) {
            return refuse(end_column_, "expected a command after the node " + shown(first.text));
        }
        if (!check_name(given[has_node ? 1 : 0], "a command") ||
            (!has_node && !check_arrows(given))) {
            return false;
        }
        const auto node = has_node ? first.text : std::string{};
        const std::size_t name = has_node ? 1 : 0;
        const bool background = given.size() > name + 1 && is_bare(given.back(), background_mark);
        const std::size_t end = given.size() - (background ? 1 : 0);
        schedule_.steps.emplace_back(
            command{node, given[name].text, texts(given, name + 1, end), background});
        return true;
    }

    /// An arrow in a line without a node is a deviation that lost its ordinal, hardly ever a
    /// command.
    bool check_arrows(const words& given) {
        for (const auto& each : given) {
            if (is_bare(each, arrow)) {
                return refuse(end_column_,
                              "expected an ordinal such as #1 after the site (in a command -> "
                              "stands in quotes)");
            }
        }
        return true;
    }

    bool read_deviation(const words& given, std::size_t ordinal) {
        if (schedule_.deviations.size() == bounds_.deviations_max) {
            return refuse(given[0].column,
                          "more than " + std::to_string(bounds_.deviations_max) + " deviations");
        }
        if (!check_action(given[0])) {
            return false;
        }
        std::string site;
        for (std::size_t index = 1; index <= ordinal; ++index) {
            if (!append_site_word(site, given[index])) {
                return false;
            }
        }
        schedule_.deviations.push_back(
            {given[0].text, site_label(site), texts(given, ordinal + 1, given.size())});
        return true;
    }

    bool check_action(const word& given) {
        const bool is_node = given.kind == word_kind::node ||
                             (given.kind == word_kind::bare && names_node(given.text));
        if (is_node || given.kind == word_kind::ordinal) {
            return refuse(given.column, "expected an action such as omit before the site, found " +
                                            shown(given.text) +
                                            " (in a command #1 stands in quotes)");
        }
        return check_name(given, "an action such as omit");
    }

    bool append_site_word(std::string& site, const word& given) {
        if (given.text.empty() || given.text.find_first_of(" \t") != std::string::npos) {
            return refuse(given.column,
                          "expected a word of a site, without blanks and not empty, found " +
                              shown(given.text));
        }
        site.append(site.empty() ? "" : " ").append(given.text);
        return true;
    }

    static std::vector<std::string> texts(const words& given, std::size_t begin, std::size_t end) {
        std::vector<std::string> list;
        list.reserve(end - begin);
        for (auto index = begin; index < end; ++index) {
            list.push_back(given[index].text);
        }
        return list;
    }

    std::string_view rest_;
    line_place place_;
    parse_bounds bounds_;
    std::size_t end_column_ = 1;
    bool version_may_stand_ = true;
    std::optional<std::size_t> app_line_;
    schedule schedule_;
    std::vector<std::size_t> step_lines_;
    std::vector<std::size_t> deviation_lines_;
    std::optional<error> error_;
};

}  // namespace
}  // namespace detail

result<schedule> parse_schedule(std::string_view text, std::string_view source,
                                const parse_bounds& bounds) {
    return locate_schedule(text, source, bounds).map([](located_schedule&& read) {
        return std::move(read.schedule);
    });
}

result<located_schedule> locate_schedule(std::string_view text, std::string_view source,
                                         const parse_bounds& bounds) {
    return detail::text_parser(text, source, bounds).read();
}

}  // namespace partita
