#include <algorithm>
#include <charconv>
#include <optional>

#include "history_events.hpp"

namespace partita::detail {
namespace {

/// Reads the EDN that Jepsen writes (github.com/edn-format/edn): nil, booleans, numbers, strings,
/// characters, keywords, symbols, lists, vectors, sets, maps, tagged values and comments. Functions
/// return false after an error, which is noted with its line.
class edn_reader {
   public:
    edn_reader(std::string_view text, std::string_view source, const history_options& options)
        : text_(text), source_(source), options_(options), builder_(source, options.keyed_values) {}

    result<client_history> read() {
        skip_tags();
        const bool in_list = peek() == '[' || peek() == '(';
        const char closing = peek() == '(' ? ')' : ']';
        if (in_list) ++at_;
        for (skip_tags(); at_ < text_.size(); skip_tags()) {
            if (in_list && peek() == closing) {
                ++at_;
                skip_blanks();
                if (at_ < text_.size()) refuse("something behind the end of the vector");
                break;
            }
            if (!read_event()) break;
        }
        if (error_) return tl::unexpected(*error_);
        return builder_.take();
    }

   private:
    // ---- characters ----

    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool refuse(const std::string& why) {
        if (!error_) error_ = history_error(source_, line(), why);
        return false;
    }
    bool refuse_size() {
        return refuse("a form of more than " + std::to_string(options_.bounds.event_bytes_max) +
                      " bytes");
    }
    std::size_t line() {
        line_ += static_cast<std::size_t>(
            std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                       text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
        counted_ = at_;
        return line_;
    }
    /// Commas are blanks in EDN.
    void skip_blanks() {
        while (at_ < text_.size()) {
            if (text_[at_] == ';') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (std::string_view(" \t\r\n,").find(text_[at_]) != std::string_view::npos) {
                ++at_;
            } else {
                return;
            }
        }
    }
    /// `#jepsen.history.Op {...}` means the map.
    void skip_tags() {
        skip_blanks();
        while (peek() == '#' && at_ + 1 < text_.size() && text_[at_ + 1] != '{' &&
               text_[at_ + 1] != '_' && text_[at_ + 1] != '#') {
            at_ = std::min(text_.find_first_of(" \t\r\n,{[(\"", at_), text_.size());
            skip_blanks();
        }
    }
    std::string_view take_word() {
        const auto end = std::min(text_.find_first_of(" \t\r\n,;{}[]()\"", at_), text_.size());
        const std::string_view word = text_.substr(at_, end - at_);
        at_ = end;
        return word;
    }

    // ---- values ----

    /// A value that may be any EDN, with `kept` saying whether it must be one of a history.
    bool read_value(history_value& to, bool kept, std::size_t depth) {
        skip_tags();
        if (depth > options_.bounds.depth_max) {
            return refuse("values in values, deeper than " +
                          std::to_string(options_.bounds.depth_max));
        }
        if (at_ - form_begin_ > options_.bounds.event_bytes_max) return refuse_size();
        switch (peek()) {
            case '\0':
                return refuse("the end of the file within a form");
            case '"':
                return read_string(to);
            case '[':
                return read_list(to, ']', kept, depth);
            case '(':
                return read_list(to, ')', kept, depth);
            case '{':
                return kept ? refuse("expected a value, found a map") : skip_map(depth);
            case '#':
                return read_dispatch(to, kept, depth);
            case ']':
            case ')':
            case '}':
                return refuse(std::string("a ") + peek() + " that closes nothing");
            default:
                return read_atom(to, kept);
        }
    }

    bool read_string(history_value& to) {
        std::string made;
        for (++at_; peek() != '"'; ++at_) {
            if (at_ >= text_.size()) return refuse("a text that no \" ends");
            if (made.size() > options_.bounds.event_bytes_max) return refuse_size();
            if (peek() != '\\') {
                made += peek();
                continue;
            }
            ++at_;
            const char letter = peek();
            made += letter == 'n' ? '\n' : letter == 't' ? '\t' : letter == 'r' ? '\r' : letter;
        }
        ++at_;
        to = {std::move(made)};
        return true;
    }

    bool read_list(history_value& to, char closing, bool kept, std::size_t depth) {
        history_values made;
        ++at_;
        for (skip_blanks(); peek() != closing; skip_blanks()) {
            history_value each;
            if (!read_value(each, kept, depth + 1)) return false;
            made.push_back(std::move(each));
        }
        ++at_;
        to = {std::move(made)};
        return true;
    }

    /// A set, or a value that a `#_` says to leave out.
    bool read_dispatch(history_value& to, bool kept, std::size_t depth) {
        if (text_.substr(at_).starts_with("#{")) {
            ++at_;
            if (!read_list(to, '}', kept, depth)) return false;
            auto& members = std::get<history_values>(to.is);
            std::sort(members.begin(), members.end());
            return true;
        }
        if (text_.substr(at_).starts_with("##")) {
            const std::string found(take_word());
            return !kept || refuse("expected a whole number, found " + found);
        }
        at_ += 2;
        history_value left_out;
        return read_value(left_out, false, depth + 1) && read_value(to, kept, depth + 1);
    }

    bool skip_map(std::size_t depth) {
        ++at_;
        for (skip_blanks(); peek() != '}'; skip_blanks()) {
            history_value ignored;
            if (!read_value(ignored, false, depth + 1)) return false;
        }
        ++at_;
        return true;
    }

    bool read_atom(history_value& to, bool kept) {
        const std::string_view word = take_word();
        if (word.empty()) return refuse("expected a value");
        if (word == "nil") {
            to = {};
        } else if (word == "true" || word == "false") {
            to = {word == "true"};
        } else if (word.front() == ':') {
            to = {std::string(word.substr(1))};
        } else if (is_number(word)) {
            return read_number(word, to, kept);
        } else {
            to = {std::string(word)};
        }
        return true;
    }

    static bool is_number(std::string_view word) {
        if (word.front() == '-' || word.front() == '+') word.remove_prefix(1);
        return !word.empty() && word.front() >= '0' && word.front() <= '9';
    }

    bool read_number(std::string_view word, history_value& to, bool kept) {
        std::string_view digits = word;
        if (digits.front() == '+') digits.remove_prefix(1);
        if (digits.ends_with('N')) digits.remove_suffix(1);
        std::int64_t value = 0;
        const auto [end, code] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (code == std::errc() && end == digits.data() + digits.size()) {
            to = {value};
            return true;
        }
        return !kept || refuse("expected a whole number of 64 bits, found " +
                               std::string(word.substr(0, 40)));
    }

    // ---- events ----

    bool read_event() {
        form_begin_ = at_;
        if (peek() != '{') return refuse("expected a map such as {:process 0, :type :invoke, ...}");
        history_event event;
        event.line = line();
        ++at_;
        for (skip_blanks(); peek() != '}'; skip_blanks()) {
            history_value key;
            if (!read_value(key, false, 1) || !read_entry(key, event)) return false;
        }
        ++at_;
        if (auto added = builder_.add(std::move(event)); !added) {
            error_ = added.error();
            return false;
        }
        return true;
    }

    bool read_entry(const history_value& key, history_event& event) {
        const std::string name = key.text() != nullptr ? *key.text() : std::string();
        if (name == "process") {
            history_value process;
            event.has_process = true;
            if (!read_value(process, false, 1)) return false;
            if (const auto* number = process.number()) event.process = *number;
            return true;
        }
        if (name == "type") return read_text(name, event.type);
        if (name == "f") return read_text(name, event.function);
        if (name == "key") return read_value(event.key, true, 1);
        // What a nemesis says may be anything; so the process should stand before the value, as it
        // does where Jepsen writes, or else the value must be one.
        const bool kept = !event.has_process || event.process;
        if (name == "value") return read_value(event.value, kept, 1);
        if (name == "result") return read_value(event.result.emplace(), kept, 1);
        history_value ignored;
        return read_value(ignored, false, 1);
    }

    bool read_text(const std::string& name, std::string& to) {
        history_value value;
        if (!read_value(value, false, 1)) return false;
        if (value.text() == nullptr) {
            return refuse(":" + name + ": expected a keyword, found " + to_text(value));
        }
        to = *value.text();
        return true;
    }

    std::string_view text_;
    std::string source_;
    const history_options& options_;
    history_builder builder_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t counted_ = 0;  // bytes whose lines are in line_
    std::size_t form_begin_ = 0;
    std::optional<error> error_;
};

}  // namespace

result<client_history> parse_history_edn(std::string_view text, std::string_view source,
                                         const history_options& options) {
    return edn_reader(text, source, options).read();
}

}  // namespace partita::detail
