#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

namespace partita::cli {

/// A path without its extension as GoogleTest wants names: of letters, digits and underscores.
[[nodiscard]] inline std::string test_name(std::filesystem::path file) {
    std::string name = file.replace_extension().string();
    const auto is_plain = [](char letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
               (letter >= 'A' && letter <= 'Z');
    };
    std::replace_if(
        name.begin(), name.end(), [&](char letter) { return !is_plain(letter); }, '_');
    return name;
}

}  // namespace partita::cli
