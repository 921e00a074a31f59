#include "lexer.hpp"

#include <optional>

#include "lexer_quote.hpp"
#include "lexer_utf8.hpp"
#include "site_words.hpp"

namespace partita::detail {

tl::unexpected<error> fail_at(const line_place& place, std::size_t column,
                              const std::string& message, error_code code) {
    return fail(code, std::string(place.source) + ':' + std::to_string(place.line) + ':' +
                          std::to_string(column) + ": " + message);
}

namespace {

std::optional<unsigned> hex_value(char letter) {
    if (is_digit(letter)) {
        return static_cast<unsigned>(letter - '0');
    }
    const char lower = static_cast<char>(letter | 0x20);
    return lower >= 'a' && lower <= 'f' ? std::optional{static_cast<unsigned>(lower - 'a' + 10)}
                                        : std::nullopt;
}

/// Reads one line from left to right. Every read_ function appends to words_ and returns true, or
/// notes the first error and returns false.
class line_lexer {
   public:
    line_lexer(std::string_view line, const line_place& place, std::size_t words_max)
        : line_(line), place_(place), words_max_(words_max) {}

    result<std::vector<word>> words() {
        for (std::size_t count = 1; more(); ++count) {
            const bool read = count > words_max_ ? refuse_word() : read_word(count);
            if (!read) {
                return tl::unexpected(*error_);
            }
        }
        return std::move(words_);
    }

   private:
    [[nodiscard]] bool at_end() const { return at_ == line_.size(); }
    [[nodiscard]] bool next_is(char letter) const { return !at_end() && line_[at_] == letter; }
    [[nodiscard]] bool next_is_digit(std::size_t ahead) const {
        return at_ + ahead < line_.size() && is_digit(line_[at_ + ahead]);
    }

    bool refuse(std::size_t at, const std::string& message) {
        error_ = fail_at(place_, at + 1, message).value();
        return false;
    }

    bool refuse_word() {
        return refuse(at_, "more than " + std::to_string(words_max_) + " words in one line");
    }

    bool push(word_kind kind, std::string text, std::size_t begin) {
        words_.push_back({kind, std::move(text), begin + 1});
        return true;
    }

    /// Skips blanks; false at the end of the line or at a comment.
    bool more() {
        while (!at_end() && is_blank(line_[at_])) {
            ++at_;
        }
        return !at_end() && (line_[at_] != '#' || next_is_digit(1));
    }

    bool read_word(std::size_t count) {
        const bool parameter =
            count > 2 && words_[0].kind == word_kind::bare && words_[0].text == "app";
        if (parameter) {
            return read_parameter();
        }
        switch (line_[at_]) {
            case '{':
            case '}':
                return read_brace();
            case '#':
                return read_ordinal();
            case '@':
                return words_.empty() ? read_node() : read_plain();
            default:
                return read_plain();
        }
    }

    bool read_plain() { return (next_is('"') ? read_quoted() : read_bare(false)) && ends_here(); }

    /// A quoted word ends at a blank or a brace, not where the next thing happens to begin.
    bool ends_here() {
        if (at_end() || is_blank(line_[at_]) || next_is('{') || next_is('}')) {
            return true;
        }
        return refuse(
            at_, "expected a blank after the closing quote, found " + shown(line_.substr(at_, 1)));
    }

    bool read_brace() {
        const bool opens = next_is('{');
        ++at_;
        return push(opens ? word_kind::open_brace : word_kind::close_brace, opens ? "{" : "}",
                    at_ - 1);
    }

    bool read_ordinal() {
        const auto begin = at_++;
        while (!at_end() && !is_blank(line_[at_]) && !next_is('{') && !next_is('}')) {
            ++at_;
        }
        auto text = std::string(line_.substr(begin, at_ - begin));
        if (auto number = parse_ordinal(text); !number) {
            return refuse(begin, number.error().message);
        }
        return push(word_kind::ordinal, std::move(text), begin);
    }

    bool read_node() {
        const auto begin = at_++;
        if (at_end() || is_blank(line_[at_])) {
            return refuse(at_, "expected a node name directly after @");
        }
        if (!read_plain()) {
            return false;
        }
        words_.back().kind = word_kind::node;
        words_.back().column = begin + 1;
        return true;
    }

    bool read_parameter() {
        const auto begin = at_;
        if (!(next_is('"') ? read_quoted() : read_bare(true))) {
            return false;
        }
        if (begin == at_) {
            return refuse(
                at_, "expected a parameter such as nodes=3, found " + shown(line_.substr(at_, 1)));
        }
        if (!next_is('=')) {
            return refuse(at_,
                          "expected = directly after the parameter " + shown(words_.back().text));
        }
        push(word_kind::equals, "=", at_++);
        if (at_end() || is_blank(line_[at_])) {
            return refuse(at_, "expected a value directly after =, at least \"\"");
        }
        return read_plain();
    }

    bool read_bare(bool stops_at_equals) {
        const auto begin = at_;
        while (!at_end() && !is_blank(line_[at_]) && !next_is('{') && !next_is('}') &&
               !(stops_at_equals && next_is('='))) {
            const auto size = utf8_sequence_size(line_, at_);
            if (!bare_allows(size)) {
                return false;
            }
            at_ += size;
        }
        return push(word_kind::bare, std::string(line_.substr(begin, at_ - begin)), begin);
    }

    bool bare_allows(std::size_t size) {
        const auto letter = line_.substr(at_, 1);
        if (size == 0) {
            return refuse(at_,
                          "expected UTF-8; other bytes stand only in quotes, as \\xHH, found " +
                              shown(letter));
        }
        if (is_control(letter[0])) {
            return refuse(
                at_, "control characters stand only in quotes, as \\xHH, found " + shown(letter));
        }
        if (letter == "\"") {
            return refuse(at_, "a quote stands only at the start and the end of a word");
        }
        if (letter == "#") {
            return refuse(at_, "expected a blank before # (a word with # in it stands in quotes)");
        }
        return true;
    }

    bool read_quoted() {
        const auto begin = at_++;
        std::string text;
        while (!next_is('"')) {
            if (at_end()) {
                return refuse(begin, "the quote that begins here is not closed on this line");
            }
            if (!(next_is('\\') ? read_escape(text) : read_quoted_letter(text))) {
                return false;
            }
        }
        ++at_;
        return push(word_kind::quoted, std::move(text), begin);
    }

    bool read_quoted_letter(std::string& text) {
        const char letter = line_[at_];
        if (is_control(letter) && letter != '\t') {
            return refuse(
                at_, "control characters stand in quotes as \\xHH, found " + shown({&letter, 1}));
        }
        text.push_back(letter);
        ++at_;
        return true;
    }

    bool read_escape(std::string& text) {
        const auto begin = at_++;
        const char letter = at_end() ? '\0' : line_[at_++];
        switch (letter) {
            case '"':
            case '\\':
                text.push_back(letter);
                return true;
            case 'n':
                text.push_back('\n');
                return true;
            case 't':
                text.push_back('\t');
                return true;
            case 'x':
                return read_hex(text, begin);
            default:
                break;
        }
        return refuse(begin, "expected one of \\\" \\\\ \\n \\t \\xHH, found " +
                                 shown(line_.substr(begin, at_ - begin)));
    }

    bool read_hex(std::string& text, std::size_t begin) {
        const auto digits = line_.substr(at_, 2);
        const auto high = digits.size() == 2 ? hex_value(digits[0]) : std::nullopt;
        const auto low = digits.size() == 2 ? hex_value(digits[1]) : std::nullopt;
        if (!high || !low) {
            return refuse(begin,
                          "expected two hexadecimal digits after \\x, found " + shown(digits));
        }
        text.push_back(static_cast<char>(*high << 4U | *low));
        at_ += 2;
        return true;
    }

    std::string_view line_;
    line_place place_;
    std::size_t words_max_;
    std::size_t at_ = 0;
    std::vector<word> words_;
    std::optional<error> error_;
};

}  // namespace

result<std::vector<word>> words_of(std::string_view line, const line_place& place,
                                   std::size_t words_max) {
    return line_lexer(line, place, words_max).words();
}

}  // namespace partita::detail
