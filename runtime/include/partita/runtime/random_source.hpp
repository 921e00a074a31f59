#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <partita/runtime/ids.hpp>

namespace partita {

/// A stream of random numbers (splitmix64), the same on every machine: the standard distributions
/// are not, so it brings its own. Copyable plain state of eight bytes.
class random_source {
   public:
    explicit random_source(std::uint64_t seed) : state_(seed) {}

    [[nodiscard]] std::uint64_t next() {
        const std::uint64_t bits = mix_bits(state_);
        state_ += 0x9e3779b97f4a7c15ULL;
        return bits;
    }
    /// Uniform in [0, count). Requires: count > 0. By multiplication (Lemire, TOMACS 2019), without
    /// the rejection step: the bias is below count / 2^64.
    [[nodiscard]] std::uint64_t below(std::uint64_t count) {
        __extension__ using wide = unsigned __int128;
        return static_cast<std::uint64_t>((static_cast<wide>(next()) * count) >> 64);
    }
    /// Uniform in [low, high]. Requires: low <= high.
    [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high) {
        const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) +
                                         (span == 0 ? next() : below(span)));
    }
    /// True `parts` times in `whole`. Requires: whole > 0.
    [[nodiscard]] bool chance(std::uint64_t parts, std::uint64_t whole) {
        return below(whole) < parts;
    }
    /// Fisher-Yates.
    template <typename T>
    void shuffle(std::vector<T>& values) {
        for (std::size_t left = values.size(); left > 1; --left) {
            std::swap(values[left - 1], values[below(left)]);
        }
    }

   private:
    std::uint64_t state_;
};

}  // namespace partita
