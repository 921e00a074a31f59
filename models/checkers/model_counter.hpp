#pragma once

#include <optional>
#include <string>
#include <vector>

#include <partita/models/sequential_model.hpp>

namespace partita::detail {

/// Counters by key, from 0: `add n` and `read`. Beyond 64 bits a counter wraps.
class counter_model {
   public:
    using state = std::int64_t;
    struct operation {
        bool add = false;
        bool known = false;
        std::int64_t number = 0;
    };
    static constexpr const char* noun = "the counter";

    explicit counter_model(const client_history& = {}) {}
    static std::string wrong(const client_operation&);

    operation prepare(const client_operation&) const;
    static history_value partition(const client_operation& each) { return each.key; }
    [[nodiscard]] state initial() const { return 0; }
    [[nodiscard]] std::optional<state> step(const state&, const operation&) const;
    [[nodiscard]] bool read_only(const operation& each) const { return !each.add; }
    [[nodiscard]] std::optional<history_value> answer(const state&, const operation&) const;
    [[nodiscard]] std::string describe(const state& of) const { return std::to_string(of); }
};

/// Locks by key: `acquire` and `release`. An acquire is refused while anybody holds the lock, its
/// own process too; a release is refused unless its process holds it.
class lock_model {
   public:
    struct state {
        bool held = false;
        std::int64_t holder = 0;
        friend bool operator==(const state&, const state&) = default;
    };
    struct operation {
        bool acquire = false;
        bool known = false;
        bool refused = false;
        std::int64_t process = 0;
    };
    static constexpr const char* noun = "the lock";
    static constexpr bool looks_at_process = true;

    explicit lock_model(const client_history& = {}) {}
    static std::string wrong(const client_operation&);

    operation prepare(const client_operation&) const;
    static history_value partition(const client_operation& each) { return each.key; }
    [[nodiscard]] state initial() const { return {}; }
    [[nodiscard]] std::optional<state> step(const state&, const operation&) const;
    [[nodiscard]] bool read_only(const operation& each) const { return each.refused; }
    [[nodiscard]] std::vector<observation<state>> observe(const std::vector<operation>&) const;
    [[nodiscard]] std::optional<history_value> answer(const state&, const operation&) const;
    [[nodiscard]] std::string describe(const state&) const;
    [[nodiscard]] std::uint64_t hash(const state& of) const {
        return of.held ? static_cast<std::uint64_t>(of.holder) * 2 + 1 : 0;
    }

   private:
    /// The state in which an operation is not refused.
    static state wanted(const operation& by) {
        return by.acquire ? state{} : state{true, by.process};
    }
    static state left_by(const operation& by) {
        return by.acquire ? state{true, by.process} : state{};
    }
};

}  // namespace partita::detail
