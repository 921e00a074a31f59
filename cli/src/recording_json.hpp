#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace partita::cli {

/// A value read from JSON, with what is needed to say what is wrong with it.
class json_value {
   public:
    enum class form : std::uint8_t { null, flag, number, text, array, object };

    /// The whole of `text`; throws failure with `source`, line and column. At most 32 levels deep;
    /// numbers are integers of 64 bits.
    [[nodiscard]] static json_value parse(std::string_view text, const std::string& source);

    // These throw failure with the path of the value: `rec.json: $.nodes[1]: expected a text`.
    [[nodiscard]] const std::string& text() const;
    [[nodiscard]] std::int64_t number() const;
    [[nodiscard]] std::uint64_t count() const;  ///< a number of 0 or more
    [[nodiscard]] const std::vector<json_value>& items() const;
    [[nodiscard]] const json_value& member(std::string_view key) const;
    /// Null where an object has no such member.
    [[nodiscard]] const json_value* find(std::string_view key) const;
    [[nodiscard]] bool is_null() const { return form_ == form::null; }
    /// As it stood in the text, which must still live.
    [[nodiscard]] std::string_view source_text() const { return raw_; }
    /// Throws failure: this value is not what was expected.
    [[noreturn]] void refuse(const std::string& expected) const;

   private:
    friend class json_parser;
    void expect(form, const char* expected) const;

    form form_ = form::null;
    std::string path_;  // with the source
    std::string text_;
    std::int64_t number_ = 0;
    std::vector<json_value> items_;
    std::vector<std::pair<std::string, json_value>> members_;
    std::string_view raw_;
};

}  // namespace partita::cli
