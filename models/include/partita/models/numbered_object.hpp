#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>

#include <partita/models/sequential_model.hpp>

namespace partita::detail {

/// One object of a history as searches see it: its states and operations are numbers, so that the
/// search is compiled once and states are compared once. A number stays valid for the object's
/// life.
class numbered_object {
   public:
    static constexpr std::uint32_t none = UINT32_MAX;
    static constexpr std::uint32_t initial = 0;

    /// An observation in numbers.
    struct observed {
        std::uint32_t before = none;
        std::uint32_t after = none;
        bool leads_anywhere = true;
        std::vector<std::uint32_t> perhaps;
    };

    virtual ~numbered_object() = default;

    /// The number of one more operation.
    virtual std::uint32_t add(const client_operation&) = 0;
    /// The state that an operation leads to from a state; none where it cannot take effect there.
    virtual std::uint32_t step(std::uint32_t state, std::uint32_t operation) = 0;
    [[nodiscard]] virtual bool read_only(std::uint32_t operation) const = 0;
    /// In the order of the operations; empty where the model observes nothing.
    virtual std::vector<observed> observe(const std::vector<std::uint32_t>& operations) = 0;
    [[nodiscard]] virtual std::optional<history_value> answer(std::uint32_t state,
                                                              std::uint32_t operation) const = 0;
    /// Empty where the model has no words for it.
    [[nodiscard]] virtual std::string describe(std::uint32_t state) const = 0;

    /// About how much memory the states take.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

   protected:
    void grow(std::size_t bytes) { bytes_ += bytes; }

   private:
    std::size_t bytes_ = 0;
};

/// The finalizer of SplitMix64: spreads every bit of `from` over the result.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t from) {
    from += 0x9E3779B97F4A7C15U;
    from = (from ^ (from >> 30U)) * 0xBF58476D1CE4E5B9U;
    from = (from ^ (from >> 27U)) * 0x94D049BB133111EBU;
    return from ^ (from >> 31U);
}

/// The same on every machine of one byte order, which std::hash need not be.
[[nodiscard]] inline std::uint64_t hash_of_state(std::string_view text) {
    std::uint64_t hash = mixed(text.size());
    for (; text.size() >= sizeof hash; text.remove_prefix(sizeof hash)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        hash = (std::rotl(hash, 27) ^ word) * 0x9E3779B97F4A7C15U;
    }
    std::uint64_t rest = 0;
    if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
    return mixed(hash ^ rest);
}
[[nodiscard]] std::uint64_t hash_of_state(const history_value&);
template <typename State>
[[nodiscard]] std::uint64_t hash_of_state(const State& state) {
    if constexpr (std::is_integral_v<State> || std::is_enum_v<State>) {
        return mixed(static_cast<std::uint64_t>(state));
    } else if constexpr (std::is_convertible_v<const State&, std::string_view>) {
        return hash_of_state(std::string_view(state));
    } else if constexpr (requires { std::hash<State>{}(state); }) {
        return mixed(std::hash<State>{}(state));
    } else {
        static_assert(std::ranges::input_range<const State>,
                      "a model whose state is no number, text or range of these needs "
                      "std::uint64_t hash(const state&) const");
        std::uint64_t hash = 0;
        for (const auto& each : state) hash = mixed(hash ^ hash_of_state(each));
        return hash;
    }
}

template <typename State>
[[nodiscard]] std::size_t bytes_of_state(const State& state) {
    if constexpr (std::ranges::sized_range<const State>) {
        using element = std::ranges::range_value_t<const State>;
        return sizeof(State) + std::ranges::size(state) * sizeof(element);
    } else {
        return sizeof(State);
    }
}

/// Values by number, each once.
template <typename State>
class state_table {
   public:
    [[nodiscard]] const State& operator[](std::uint32_t number) const { return states_[number]; }
    [[nodiscard]] std::size_t size() const { return states_.size(); }

    std::uint32_t number(State state, std::uint64_t hash) {
        if (states_.size() * 2 >= slots_.size()) widen();
        std::size_t at = hash & (slots_.size() - 1);
        for (; slots_[at] != numbered_object::none; at = (at + 1) & (slots_.size() - 1)) {
            const std::uint32_t there = slots_[at];
            if (hashes_[there] == hash && states_[there] == state) return there;
        }
        slots_[at] = static_cast<std::uint32_t>(states_.size());
        states_.push_back(std::move(state));
        hashes_.push_back(hash);
        return slots_[at];
    }

   private:
    void widen() {
        slots_.assign(std::max<std::size_t>(16, slots_.size() * 2), numbered_object::none);
        for (std::uint32_t each = 0; each < hashes_.size(); ++each) {
            std::size_t at = hashes_[each] & (slots_.size() - 1);
            while (slots_[at] != numbered_object::none) at = (at + 1) & (slots_.size() - 1);
            slots_[at] = each;
        }
    }

    std::vector<State> states_;
    std::vector<std::uint64_t> hashes_;
    std::vector<std::uint32_t> slots_;  // open addressing, a power of two, at most half full
};

template <sequential_model Model>
class object_of final : public numbered_object {
   public:
    using state = typename Model::state;
    using operation = operation_of<Model>;

    explicit object_of(const Model& model) : model_(model) { number(model_.initial()); }

    std::uint32_t add(const client_operation& given) override {
        if constexpr (requires { model_.prepare(given); }) {
            operations_.push_back(model_.prepare(given));
        } else {
            operations_.push_back(given);
        }
        return static_cast<std::uint32_t>(operations_.size() - 1);
    }

    std::uint32_t step(std::uint32_t from, std::uint32_t by) override {
        if constexpr (std::is_trivially_copyable_v<state> && sizeof(state) <= 16) {
            return made(from, by);
        } else {
            if (remembered_.empty()) remembered_.resize(remembered_max);
            taken& slot = remembered_[mixed(std::uint64_t{from} << 32U | by) % remembered_max];
            if (slot.from != from || slot.by != by) slot = {from, by, made(from, by)};
            return slot.to;
        }
    }

    [[nodiscard]] bool read_only(std::uint32_t of) const override {
        if constexpr (requires { model_.read_only(operations_[of]); }) {
            return model_.read_only(operations_[of]);
        } else {
            return false;
        }
    }

    std::vector<observed> observe(const std::vector<std::uint32_t>& numbers) override {
        std::vector<observed> all;
        if constexpr (requires(const std::vector<operation>& some) { model_.observe(some); }) {
            all.reserve(numbers.size());
            if (numbers.size() == operations_.size()) {  // all there are: nothing to be copied
                auto seen = model_.observe(operations_);
                for (const std::uint32_t each : numbers) all.push_back(in_numbers(seen[each]));
            } else {
                std::vector<operation> chosen;
                chosen.reserve(numbers.size());
                for (const std::uint32_t each : numbers) chosen.push_back(operations_[each]);
                for (auto& each : model_.observe(chosen)) all.push_back(in_numbers(each));
            }
        }
        return all;
    }

    [[nodiscard]] std::optional<history_value> answer(std::uint32_t from,
                                                      std::uint32_t by) const override {
        if constexpr (requires { model_.answer(states_[from], operations_[by]); }) {
            return model_.answer(states_[from], operations_[by]);
        } else {
            return std::nullopt;
        }
    }

    [[nodiscard]] std::string describe(std::uint32_t of) const override {
        if constexpr (requires { model_.describe(states_[of]); }) {
            return model_.describe(states_[of]);
        } else {
            return {};
        }
    }

   private:
    static constexpr std::size_t remembered_max = 1'024;
    /// A step that was taken, so that a state that is long to copy is not made again.
    struct taken {
        std::uint32_t from = none;
        std::uint32_t by = none;
        std::uint32_t to = none;
    };

    std::uint32_t made(std::uint32_t from, std::uint32_t by) {
        auto next = model_.step(states_[from], operations_[by]);
        return next ? number(*std::move(next)) : none;
    }
    std::uint32_t number(state given) {
        const std::uint64_t hash = hash_of(given);
        const std::size_t before = states_.size();
        const std::uint32_t found = states_.number(std::move(given), hash);
        if (states_.size() > before) grow(bytes_of_state(states_[found]) + 4 * sizeof(hash));
        return found;
    }
    [[nodiscard]] std::uint64_t hash_of(const state& given) const {
        if constexpr (requires { model_.hash(given); }) {
            return mixed(model_.hash(given));
        } else {
            return hash_of_state(given);
        }
    }
    observed in_numbers(observation<state>& each) {
        observed made_of_it;
        if (each.before) made_of_it.before = number(*std::move(each.before));
        if (each.after) made_of_it.after = number(*std::move(each.after));
        made_of_it.leads_anywhere = each.leads_anywhere;
        for (state& one : each.perhaps) made_of_it.perhaps.push_back(number(std::move(one)));
        return made_of_it;
    }

    Model model_;
    std::vector<operation> operations_;
    state_table<state> states_;
    std::vector<taken> remembered_;
};

/// What a search needs of a model besides its objects.
struct model_family {
    std::function<std::unique_ptr<numbered_object>()> make;
    /// Empty: all operations are on one object.
    std::function<history_value(const client_operation&)> partition;
    bool looks_at_process = false;
    /// What the object of an operation without a key is called: "the queue".
    std::string noun = "the object";
};

template <sequential_model Model>
[[nodiscard]] model_family family_of(const Model& model) {
    model_family family;
    family.make = [model] { return std::make_unique<object_of<Model>>(model); };
    if constexpr (requires(const client_operation& each) { model.partition(each); }) {
        family.partition = [model](const client_operation& each) { return model.partition(each); };
    }
    if constexpr (requires { Model::looks_at_process; }) {
        family.looks_at_process = Model::looks_at_process;
    }
    if constexpr (requires { Model::noun; }) family.noun = Model::noun;
    return family;
}

}  // namespace partita::detail
