#pragma once

#include <string>
#include <string_view>

#include <partita/schedules/result.hpp>

namespace partita::detail {

/// The place of a value in a JSON document, `$.steps[3].command.node`: a list from the value up to
/// the root, so that walking down costs nothing until an error has to be told.
struct json_path {
    const json_path* parent = nullptr;  ///< null at the root
    std::string_view key;               ///< of a value in an object
    std::size_t index = 0;              ///< of a value in an array
    bool in_array = false;

    [[nodiscard]] json_path at(std::string_view key_below) const {
        return {this, key_below, 0, false};
    }
    [[nodiscard]] json_path at(std::size_t index_below) const {
        return {this, {}, index_below, true};
    }
};

[[nodiscard]] std::string to_text(const json_path&);

/// One step of a path: `.key` or `["odd key"]`; `[3]`.
[[nodiscard]] std::string path_step(std::string_view key);
[[nodiscard]] std::string path_step(std::size_t index);

/// The error `source: $.path: message`.
[[nodiscard]] tl::unexpected<error> fail_at(std::string_view source, const std::string& path,
                                            const std::string& message,
                                            error_code = error_code::bad_input);

}  // namespace partita::detail
