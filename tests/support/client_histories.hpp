#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <partita/models/client_history.hpp>

namespace partita::test {

template <std::integral Number>
history_value value(Number number) {
    return {static_cast<std::int64_t>(number)};
}
inline history_value value(const char* text) { return {std::string(text)}; }
inline history_value list(history_values values) { return {std::move(values)}; }
inline history_value numbers(const std::vector<std::int64_t>& each) {
    history_values values;
    for (const std::int64_t number : each) values.push_back(value(number));
    return list(values);
}
inline const history_value nothing{};

/// Writes a history down, one operation after the other unless told otherwise; an operation's line
/// is its number from 1.
class history_writer {
   public:
    history_writer& add(std::int64_t process, std::string function, history_value key,
                        history_value argument, history_value result,
                        response_kind outcome = response_kind::ok) {
        const std::uint64_t at = 10 * (operations_.size() + 1);
        operations_.push_back({.process = process,
                               .function = std::move(function),
                               .key = std::move(key),
                               .argument = std::move(argument),
                               .result = std::move(result),
                               .outcome = outcome,
                               .invoked = at,
                               .line = operations_.size() + 1});
        if (outcome != response_kind::unknown) operations_.back().responded = at + 5;
        return *this;
    }
    history_writer& write(std::int64_t process, const char* key, std::int64_t written,
                          response_kind outcome = response_kind::ok) {
        return add(process, "write", value(key), value(written), nothing, outcome);
    }
    history_writer& read(std::int64_t process, const char* key, history_value result) {
        return add(process, "read", value(key), nothing, std::move(result));
    }
    history_writer& read(std::int64_t process, const char* key, std::int64_t result) {
        return read(process, key, value(result));
    }
    /// When the last operation was invoked and answered.
    history_writer& during(std::uint64_t invoked, std::uint64_t responded) {
        operations_.back().invoked = invoked;
        operations_.back().responded = responded;
        return *this;
    }
    [[nodiscard]] const client_history& done() const { return operations_; }
    operator const client_history&() const { return operations_; }

   private:
    client_history operations_;
};

/// The same numbers from the same seed, everywhere (a linear congruence; Knuth's constants).
class dice {
   public:
    explicit dice(std::uint64_t seed) : state_(seed * 2 + 1) {}
    /// From 0 to sides - 1.
    std::size_t operator()(std::size_t sides) {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::size_t>((state_ >> 33U) % sides);
    }
    bool chance(std::size_t percent) { return (*this)(100) < percent; }

   private:
    std::uint64_t state_;
};

}  // namespace partita::test
