#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <partita/models/sequential_model.hpp>

#include "relation_values.hpp"

namespace partita::detail {

/// A first-in first-out queue: `enqueue v`, and `dequeue`, which gives nothing from an empty one.
class queue_model {
   public:
    using state = std::vector<std::uint32_t>;  // numbers of values, the oldest first
    struct operation {
        bool enqueue = false;
        bool known = false;
        std::uint32_t value = 0;  // 0: nothing
    };
    static constexpr const char* noun = "the queue";

    explicit queue_model(const client_history& = {}) { numbers_(history_value{}); }
    static std::string wrong(const client_operation&);

    operation prepare(const client_operation&);
    static history_value partition(const client_operation& each) { return each.key; }
    [[nodiscard]] state initial() const { return {}; }
    [[nodiscard]] std::optional<state> step(const state&, const operation&) const;
    /// From an empty queue nothing can be taken.
    [[nodiscard]] bool read_only(const operation& each) const {
        return !each.enqueue && each.known && each.value == 0;
    }
    [[nodiscard]] std::optional<history_value> answer(const state&, const operation&) const;
    [[nodiscard]] std::string describe(const state&) const;

   private:
    value_numbers numbers_;
};

/// A set: `add v`, `remove v`, `contains v`, and `read` of all. Where no operation reads all of a
/// set, each element is a part of its own.
class set_model {
   public:
    using state = std::vector<std::uint32_t>;  // numbers of elements, ascending
    struct operation {
        enum class kind : std::uint8_t { add, remove, contains, read };
        kind is = kind::read;
        bool known = false;
        std::optional<bool> answer;  // add: it is new; remove: it was there
        std::uint32_t element = 0;
        state all;
    };
    static constexpr const char* noun = "the set";

    explicit set_model(const client_history& = {});
    static std::string wrong(const client_operation&);

    operation prepare(const client_operation&);
    [[nodiscard]] history_value partition(const client_operation&) const;
    [[nodiscard]] state initial() const { return {}; }
    [[nodiscard]] std::optional<state> step(const state&, const operation&) const;
    [[nodiscard]] bool read_only(const operation&) const;
    [[nodiscard]] std::optional<history_value> answer(const state&, const operation&) const;
    [[nodiscard]] std::string describe(const state&) const;

   private:
    value_numbers numbers_;
    std::set<history_value> read_whole_;  // keys
};

}  // namespace partita::detail
