#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include <partita/models/client_history.hpp>

namespace partita::detail {

/// Equal values have equal hashes, on every machine.
struct value_hash {
    std::size_t operator()(const history_value&) const;
};

/// Gives values small numbers, in the order in which they are first seen.
class value_numbers {
   public:
    std::uint32_t operator()(const history_value& value) {
        const auto [at, fresh] =
            numbers_.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
        if (fresh) values_.push_back(value);
        return at->second;
    }
    [[nodiscard]] const history_value& operator[](std::uint32_t number) const {
        return values_[number];
    }
    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(values_.size()); }

   private:
    std::unordered_map<history_value, std::uint32_t, value_hash> numbers_;  // order: looked up only
    std::vector<history_value> values_;
};

/// A value of a key.
struct keyed_value {
    std::uint32_t key = 0;
    history_value value;
    friend bool operator==(const keyed_value&, const keyed_value&) = default;
};
struct keyed_value_hash {
    std::size_t operator()(const keyed_value& each) const {
        return value_hash{}(each.value) * 1'099'511'628'211U + each.key;
    }
};
/// What is known of each value of each key.
template <typename T>
using keyed_values = std::unordered_map<keyed_value, T, keyed_value_hash>;  // order: looked up only

}  // namespace partita::detail
