#include <gtest/gtest.h>

#include <charconv>
#include <iostream>

#include "program.hpp"

namespace {

/// Takes `--soak-seconds=N`; false when it is no such thing.
bool take_seconds(std::string_view argument) {
    constexpr std::string_view flag = "--soak-seconds=";
    if (!argument.starts_with(flag)) return false;
    argument.remove_prefix(flag.size());
    int seconds = 0;
    const auto read = std::from_chars(argument.data(), argument.data() + argument.size(), seconds);
    if (read.ec != std::errc() || read.ptr != argument.data() + argument.size() || seconds < 1) {
        return false;
    }
    partita::parity::soak_time = std::chrono::seconds(seconds);
    return true;
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    if (!words.empty() && words.front() == "--node") {
        return partita::parity::live_until_killed({words.begin() + 1, words.end()});
    }
    ::testing::InitGoogleTest(&count, arguments);
    for (int at = 1; at < count; ++at) {
        if (take_seconds(arguments[at])) continue;
        std::cerr << arguments[at] << ": expected --soak-seconds=N, N from 1\n";
        return 2;
    }
    return RUN_ALL_TESTS();
}
