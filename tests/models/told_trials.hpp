#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>

namespace partita::test {

inline schedule parsed(const std::string& text) {
    auto made = parse_schedule(text);
    if (!made) throw std::runtime_error(made.error().message);
    return *std::move(made);
}

inline std::string in_words(const outcome& of) {
    return of.violation ? of.violation->property + ": " + of.violation->explanation
                        : "no violation";
}

/// What the commands of a trial gave, in order.
inline std::vector<std::string> responses(const outcome& of) {
    std::vector<std::string> all;
    for (const operation& each : of.history) all.push_back(shown(each.response));
    return all;
}

}  // namespace partita::test
