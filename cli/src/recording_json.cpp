#include "recording_json.hpp"

#include <algorithm>
#include <charconv>

#include "failure.hpp"

namespace partita::cli {
namespace {

constexpr std::size_t depth_max = 32;

void append_utf8(std::string& to, std::uint32_t letter) {
    const auto put = [&](std::uint32_t byte) { to += static_cast<char>(byte); };
    if (letter < 0x80) return put(letter);
    if (letter < 0x800) {
        put(0xc0 | letter >> 6);
    } else if (letter < 0x10000) {
        put(0xe0 | letter >> 12);
        put(0x80 | (letter >> 6 & 0x3f));
    } else {
        put(0xf0 | letter >> 18);
        put(0x80 | (letter >> 12 & 0x3f));
        put(0x80 | (letter >> 6 & 0x3f));
    }
    put(0x80 | (letter & 0x3f));
}

}  // namespace

/// Reads one text from its begin to its end.
class json_parser {
   public:
    json_parser(std::string_view text, const std::string& source) : text_(text), source_(source) {}

    [[nodiscard]] json_value whole() {
        json_value made = value(source_ + ": $", 0);
        skip_blanks();
        if (at_ != text_.size()) refuse("the end of the file");
        return made;
    }

   private:
    [[noreturn]] void refuse(const std::string& expected) const {
        const std::string_view before = text_.substr(0, at_);
        const auto line = 1 + std::count(before.begin(), before.end(), '\n');
        const std::size_t begin = before.rfind('\n') + 1;  // npos + 1 is 0
        throw failure(source_ + ":" + std::to_string(line) + ":" + std::to_string(at_ - begin + 1) +
                      ": expected " + expected);
    }
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
    [[nodiscard]] bool take(char letter) {
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != letter) return false;
        ++at_;
        return true;
    }
    [[nodiscard]] bool take(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }

    [[nodiscard]] json_value value(const std::string& path, std::size_t depth) {
        if (depth == depth_max) refuse("fewer levels");
        skip_blanks();
        json_value made;
        made.path_ = path;
        const std::size_t begin = at_;
        if (take('{')) {
            members(made, depth);
        } else if (take('[')) {
            items(made, depth);
        } else if (take('"')) {
            made.form_ = json_value::form::text;
            made.text_ = text();
        } else if (take(std::string_view("null"))) {
            made.form_ = json_value::form::null;
        } else if (take(std::string_view("true")) || take(std::string_view("false"))) {
            made.form_ = json_value::form::flag;
        } else {
            made.form_ = json_value::form::number;
            made.number_ = number();
        }
        made.raw_ = text_.substr(begin, at_ - begin);
        return made;
    }

    void members(json_value& into, std::size_t depth) {
        into.form_ = json_value::form::object;
        if (take('}')) return;
        do {
            if (!take('"')) refuse("a key in quotes");
            std::string key = text();
            if (!take(':')) refuse("':'");
            if (into.find(key) != nullptr) refuse("each key once, not '" + key + "' again");
            json_value member = value(into.path_ + "." + key, depth + 1);
            into.members_.emplace_back(std::move(key), std::move(member));
        } while (take(','));
        if (!take('}')) refuse("',' or '}'");
    }

    void items(json_value& into, std::size_t depth) {
        into.form_ = json_value::form::array;
        if (take(']')) return;
        do {
            const std::string place = "[" + std::to_string(into.items_.size()) + "]";
            into.items_.push_back(value(into.path_ + place, depth + 1));
        } while (take(','));
        if (!take(']')) refuse("',' or ']'");
    }

    [[nodiscard]] std::int64_t number() {
        std::int64_t read = 0;
        const char* const end = text_.data() + text_.size();
        const auto [stop, status] = std::from_chars(text_.data() + at_, end, read);
        if (status != std::errc{}) refuse("a value");
        at_ = static_cast<std::size_t>(stop - text_.data());
        if (at_ < text_.size() && std::string_view(".eE").find(text_[at_]) != std::string::npos) {
            refuse("an integer");
        }
        return read;
    }

    [[nodiscard]] std::string text() {
        std::string made;
        for (;;) {
            const std::size_t plain = text_.find_first_of("\"\\", at_);
            if (plain == std::string_view::npos) refuse("a '\"' that ends the text");
            made += text_.substr(at_, plain - at_);
            at_ = plain + 1;
            if (text_[plain] == '"') return made;
            escape(made);
        }
    }

    void escape(std::string& into) {
        if (at_ == text_.size()) refuse("an escape");
        const char letter = text_[at_++];
        constexpr std::string_view plain = "\"\\/bfnrt";
        constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
        if (const std::size_t which = plain.find(letter); which != std::string_view::npos) {
            into += meant[which];
        } else if (letter == 'u') {
            std::uint32_t code = four_digits();
            const bool is_high = code >= 0xd800 && code < 0xdc00;
            if (is_high && take(std::string_view("\\u"))) {
                code = 0x10000 + ((code - 0xd800) << 10) + ((four_digits() - 0xdc00) & 0x3ff);
            }
            append_utf8(into, code);
        } else {
            refuse("an escape");
        }
    }

    [[nodiscard]] std::uint32_t four_digits() {
        std::uint32_t code = 0;
        const std::string_view digits = text_.substr(at_, 4);
        const char* const end = digits.data() + digits.size();
        const auto [stop, status] = std::from_chars(digits.data(), end, code, 16);
        if (digits.size() != 4 || status != std::errc{} || stop != end) {
            refuse("four hexadecimal digits");
        }
        at_ += 4;
        return code;
    }

    std::string_view text_;
    const std::string& source_;
    std::size_t at_ = 0;
};

json_value json_value::parse(std::string_view text, const std::string& source) {
    return json_parser(text, source).whole();
}

void json_value::refuse(const std::string& expected) const {
    throw failure(path_ + ": expected " + expected);
}

void json_value::expect(form wanted, const char* expected) const {
    if (form_ != wanted) refuse(expected);
}

const std::string& json_value::text() const {
    expect(form::text, "a text");
    return text_;
}

std::int64_t json_value::number() const {
    expect(form::number, "an integer");
    return number_;
}

std::uint64_t json_value::count() const {
    if (number() < 0) refuse("a number of 0 or more");
    return static_cast<std::uint64_t>(number_);
}

const std::vector<json_value>& json_value::items() const {
    expect(form::array, "an array");
    return items_;
}

const json_value* json_value::find(std::string_view key) const {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [key](const auto& each) { return each.first == key; });
    return found == members_.end() ? nullptr : &found->second;
}

const json_value& json_value::member(std::string_view key) const {
    expect(form::object, "an object");
    const json_value* const found = find(key);
    if (found == nullptr) refuse("a member '" + std::string(key) + "'");
    return *found;
}

}  // namespace partita::cli
