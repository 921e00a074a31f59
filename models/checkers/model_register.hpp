#pragma once

#include <optional>
#include <string>
#include <vector>

#include <partita/models/sequential_model.hpp>

#include "relation_values.hpp"

namespace partita::detail {

/// Registers by key: `read`, `write v`, and with `cas [from, to]` where `swaps`. A key that was not
/// written yet holds nothing.
class register_model {
   public:
    using state = std::uint32_t;  // the number of a value
    struct operation {
        enum class kind : std::uint8_t { read, write, swap };
        kind is = kind::read;
        bool known = false;    // how it ended
        bool refused = false;  // a swap
        std::uint32_t from = 0;
        std::uint32_t to = 0;  // a read: what it gave
    };
    static constexpr const char* noun = "the register";

    explicit register_model(const client_history& = {}) { numbers_(history_value{}); }
    /// What an operation should look like; empty where it does.
    static std::string wrong(const client_operation&, bool swaps);

    operation prepare(const client_operation&);
    static history_value partition(const client_operation& each) { return each.key; }
    [[nodiscard]] state initial() const { return 0; }
    [[nodiscard]] std::optional<state> step(const state&, const operation&) const;
    [[nodiscard]] bool read_only(const operation&) const;
    [[nodiscard]] std::vector<observation<state>> observe(const std::vector<operation>&) const;
    [[nodiscard]] std::optional<history_value> answer(const state&, const operation&) const;
    [[nodiscard]] std::string describe(const state& of) const { return to_text(numbers_[of]); }

   private:
    value_numbers numbers_;
};

}  // namespace partita::detail
