#include <algorithm>
#include <charconv>
#include <optional>

#include "history_events.hpp"

namespace partita::detail {
namespace {

constexpr std::string_view blanks = " \t\r\n,";  // commas are, in EDN

/// RFC 3629, section 4: no overlong forms, no surrogates, nothing past U+10FFFF.
bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto byte = [&](std::size_t at) {
            return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
        };
        const unsigned lead = byte(0);
        const std::size_t size = lead < 0x80   ? 1
                                 : lead < 0xc2 ? 0
                                 : lead < 0xe0 ? 2
                                 : lead < 0xf0 ? 3
                                 : lead < 0xf5 ? 4
                                               : 0;
        const unsigned least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        const unsigned most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (size == 0 || (size > 1 && (byte(1) < least || byte(1) > most))) return false;
        for (std::size_t at = 2; at < size; ++at) {
            if ((byte(at) & 0xc0U) != 0x80) return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

/// A UTF-16 unit as UTF-8; of a surrogate as bytes that are none.
void append_unit(std::string& to, unsigned unit) {
    const auto put = [&](unsigned byte) { to += static_cast<char>(byte); };
    if (unit < 0x80) return put(unit);
    if (unit < 0x800) {
        put(0xc0U | unit >> 6U);
    } else {
        put(0xe0U | unit >> 12U);
        put(0x80U | (unit >> 6U & 0x3fU));
    }
    put(0x80U | (unit & 0x3fU));
}

/// Reads the EDN that Jepsen writes (github.com/edn-format/edn): nil, booleans, numbers, strings,
/// characters, keywords, symbols, lists, vectors, sets, maps, tagged values, comments and `#_`.
/// Functions return false after an error, which is noted with its line. What is EDN but no value of
/// a history is noted as odd: an error only where a client says it.
class edn_reader {
   public:
    edn_reader(std::string_view text, std::string_view source, const history_options& options)
        : text_(text), source_(source), options_(options), builder_(source, options.keyed_values) {}

    result<client_history> read() {
        skip_tags();
        const bool in_list = peek() == '[' || peek() == '(';
        const char closing = peek() == '(' ? ')' : ']';
        const std::size_t begun = line();
        if (in_list) ++at_;
        for (skip_tags(); at_ < text_.size() && !error_; skip_tags()) {
            if (in_list && peek() == closing) return finish();
            if (!read_event()) break;
        }
        if (in_list) refuse_at(begun, "a list of events that nothing closes");
        return outcome();
    }

   private:
    result<client_history> outcome() {
        if (error_) return tl::unexpected(*error_);
        return builder_.take();
    }
    result<client_history> finish() {
        ++at_;
        skip_blanks();
        if (at_ < text_.size()) refuse("something behind the end of the list of events");
        return outcome();
    }

    // ---- characters ----

    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool refuse_at(std::size_t line, const std::string& why) {
        if (!error_) error_ = history_error(source_, line, why);
        return false;
    }
    bool refuse(const std::string& why) { return refuse_at(line(), why); }
    bool refuse_size() {
        return refuse("a form of more than " + std::to_string(options_.bounds.event_bytes_max) +
                      " bytes");
    }
    bool is_too_large(std::size_t bytes) const { return bytes > options_.bounds.event_bytes_max; }
    /// Something that is no value of a history; nothing stands for it.
    bool odd(const std::string& why) {
        if (odd_.empty()) odd_ = why;
        return true;
    }
    std::size_t line() {
        const auto end = std::min(at_, text_.size());
        line_ += static_cast<std::size_t>(
            std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                       text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
        counted_ = end;
        return line_;
    }
    void skip_blanks() {
        while (at_ < text_.size() && !error_) {
            if (text_[at_] == ';') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (blanks.find(text_[at_]) != std::string_view::npos) {
                ++at_;
            } else if (text_.substr(at_).starts_with("#_")) {
                skip_left_out();
            } else {
                return;
            }
        }
    }
    /// `#_` and the value behind it.
    void skip_left_out() {
        if (depth_ == 0 && !in_event_) begin_form();
        at_ += 2;
        const std::string before = odd_;
        history_value left_out;
        if (enter() && read_value(left_out)) --depth_;
        odd_ = before;
    }
    /// `#jepsen.history.Op {...}` means the map.
    void skip_tags() {
        skip_blanks();
        while (!error_ && peek() == '#' && !text_.substr(at_).starts_with("#{") &&
               !text_.substr(at_).starts_with("##")) {
            (void)take_word();
            skip_blanks();
            if (at_ >= text_.size()) refuse("a tag with nothing behind it");
        }
    }
    /// Up to what cannot be in a word; behind `\` any character can.
    std::string_view take_word() {
        const std::size_t from = peek() == '\\' ? at_ + 2 : at_;
        const auto end = std::min(text_.find_first_of(" \t\r\n,;{}[]()\"", from), text_.size());
        const std::string_view word = text_.substr(at_, end - at_);
        at_ = end;
        return word;
    }

    // ---- values ----

    bool enter() {
        return ++depth_ <= options_.bounds.depth_max ||
               refuse("values in values, deeper than " + std::to_string(options_.bounds.depth_max));
    }

    /// Any EDN.
    bool read_value(history_value& to) {
        skip_tags();
        if (error_) return false;
        if (at_ >= text_.size()) return refuse_at(form_line_, "a form that nothing closes");
        if (is_too_large(at_ - form_begin_)) return refuse_size();
        switch (peek()) {
            case '"':
                return read_string(to);
            case '[':
                return read_list(to, ']');
            case '(':
                return read_list(to, ')');
            case '{':
                return skip_map() && odd("expected a value, found a map");
            case '#':
                return read_dispatch(to);
            case ']':
            case ')':
            case '}':
                return refuse(std::string("expected a value, found ") + peek());
            default:
                return read_atom(to);
        }
    }

    bool read_string(history_value& to) {
        const std::size_t begun = line();
        std::string made;
        for (++at_; peek() != '"'; ++at_) {
            if (at_ >= text_.size()) return refuse_at(begun, "a text that no \" ends");
            if (is_too_large(made.size())) return refuse_size();
            if (peek() != '\\') {
                made += peek();
            } else if (!read_escape(made)) {
                return false;
            }
        }
        ++at_;
        if (!is_utf8(made)) return refuse_at(begun, "a text that is not UTF-8");
        to = {std::move(made)};
        return true;
    }

    bool read_escape(std::string& made) {
        constexpr std::string_view letters = "ntrbf\"\\";
        constexpr std::string_view meanings = "\n\t\r\b\f\"\\";
        ++at_;
        if (peek() == 'u') {
            const std::string_view digits = text_.substr(at_ + 1, 4);
            unsigned unit = 0;
            const auto [end, code] =
                std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
            if (code != std::errc() || end != digits.data() + 4) {
                return refuse("\\u: expected four hexadecimal digits");
            }
            append_unit(made, unit);
            at_ += 4;
            return true;
        }
        const auto known = at_ < text_.size() ? letters.find(peek()) : std::string_view::npos;
        if (known == std::string_view::npos) {
            return refuse("\\ in a text: expected one of n, t, r, b, f, u, \" and \\ behind it");
        }
        made += meanings[known];
        return true;
    }

    bool read_list(history_value& to, char closing) {
        history_values made;
        if (!enter()) return false;
        ++at_;
        for (skip_blanks(); peek() != closing; skip_blanks()) {
            history_value each;
            if (!read_value(each)) return false;
            made.push_back(std::move(each));
        }
        ++at_;
        --depth_;
        to = {std::move(made)};
        return !error_;
    }

    /// A set, or a number such as ##Inf.
    bool read_dispatch(history_value& to) {
        if (text_.substr(at_).starts_with("##")) return odd(expected_number(take_word()));
        ++at_;
        if (!read_list(to, '}')) return false;
        auto& members = std::get<history_values>(to.is);
        std::sort(members.begin(), members.end());
        return true;
    }

    bool skip_map() {
        if (!enter()) return false;
        ++at_;
        for (skip_blanks(); peek() != '}'; skip_blanks()) {
            history_value key;
            history_value ignored;
            if (!read_value(key) || !read_value(ignored)) return false;
        }
        ++at_;
        --depth_;
        return !error_;
    }

    bool read_atom(history_value& to) {
        const std::string_view word = take_word();
        if (is_too_large(word.size())) return refuse_size();
        const bool has_control = std::any_of(word.begin(), word.end(), [](char letter) {
            return static_cast<unsigned char>(letter) < ' ';
        });
        if (has_control || !is_utf8(word)) return refuse("bytes that are no word of UTF-8");
        if (word == "nil") {
            to = {};
        } else if (word == "true" || word == "false") {
            to = {word == "true"};
        } else if (word.front() == ':') {
            to = {std::string(word.substr(1))};
        } else if (is_number(word)) {
            return read_number(word, to);
        } else {
            to = {std::string(word)};
        }
        return true;
    }

    static bool is_number(std::string_view word) {
        if (word.front() == '-' || word.front() == '+') word.remove_prefix(1);
        return !word.empty() && word.front() >= '0' && word.front() <= '9';
    }

    static std::string expected_number(std::string_view found) {
        return "expected a whole number of 64 bits, found " + std::string(found.substr(0, 40));
    }

    bool read_number(std::string_view word, history_value& to) {
        std::string_view digits = word;
        if (digits.front() == '+') digits.remove_prefix(1);
        if (digits.ends_with('N')) digits.remove_suffix(1);
        std::int64_t value = 0;
        const auto [end, code] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (code != std::errc() || end != digits.data() + digits.size()) {
            return odd(expected_number(word));
        }
        to = {value};
        return true;
    }

    // ---- events ----

    void begin_form() {
        form_begin_ = at_;
        form_line_ = line();
    }

    bool read_event() {
        begin_form();
        if (peek() != '{') return refuse("expected a map such as {:process 0, :type :invoke, ...}");
        history_event event;
        event.line = form_line_;
        in_event_ = true;
        ++at_;
        for (skip_blanks(); peek() != '}'; skip_blanks()) {
            const bool is_name = peek() != '"';  // else JSON would read as a history of nobody
            history_value key;
            if (!read_value(key) || !read_entry(is_name ? key : history_value(), event)) {
                return false;
            }
        }
        if (error_) return false;
        ++at_;
        in_event_ = false;
        if (auto added = builder_.add(std::move(event)); !added) {
            error_ = added.error();
            return false;
        }
        return true;
    }

    bool read_entry(const history_value& key, history_event& event) {
        const std::string name = key.text() != nullptr ? *key.text() : std::string();
        history_value value;
        odd_.clear();
        if (!read_value(value)) return false;
        if (!is_entry(name)) return true;
        auto put = put_entry(event, name, std::move(value), {odd_, line()});
        return put || refuse(put.error());
    }

    std::string_view text_;
    std::string source_;
    const history_options& options_;
    history_builder builder_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t counted_ = 0;     // bytes whose lines are in line_
    std::size_t form_begin_ = 0;  // of the event, or of what `#_` leaves out between events
    std::size_t form_line_ = 1;
    std::size_t depth_ = 0;  // below the event
    bool in_event_ = false;
    std::string odd_;  // of the value at hand
    std::optional<error> error_;
};

}  // namespace

result<client_history> parse_history_edn(std::string_view text, std::string_view source,
                                         const history_options& options) {
    return edn_reader(text, source, options).read();
}

}  // namespace partita::detail
