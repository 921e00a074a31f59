#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// JSON as the program prints it for machines: without blanks, in the order written.
namespace partita::cli {

/// A text in quotes. Bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string json_quoted(std::string_view);

class json_object {
   public:
    json_object& text(std::string_view key, std::string_view);
    json_object& number(std::string_view key, std::uint64_t);
    json_object& signed_number(std::string_view key, std::int64_t);
    json_object& real(std::string_view key, double);  ///< with three decimals
    json_object& flag(std::string_view key, bool);
    /// `value` is JSON already.
    json_object& raw(std::string_view key, std::string_view value);
    [[nodiscard]] std::string done() const { return "{" + members_ + "}"; }

   private:
    std::string members_;
};

/// Of values that are JSON already.
[[nodiscard]] std::string json_array(const std::vector<std::string>& values);
[[nodiscard]] std::string json_texts(const std::vector<std::string>& texts);
[[nodiscard]] std::string json_numbers(const std::vector<std::uint64_t>& numbers);

/// Sixteen hexadecimal digits, as everywhere a trace hash is shown.
[[nodiscard]] std::string hex_digits(std::uint64_t);

}  // namespace partita::cli
