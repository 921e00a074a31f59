#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <partita/models/numbered_object.hpp>

#include "relation_values.hpp"

namespace partita::detail {

/// A map: `get`, `put v`, `append text` by key; `read` and `write` mean get and put.
class kv_model {
   public:
    /// Empty: nothing. A text: `s` and the text. Any other value: `v` and its number.
    using state = std::string;
    struct operation {
        enum class kind : std::uint8_t { get, put, append };
        kind is = kind::get;
        bool known = false;
        std::string value;  // as a state; of an append: the text
    };
    static constexpr const char* noun = "the value";

    explicit kv_model(const client_history& = {}) {}
    static std::string wrong(const client_operation&);

    operation prepare(const client_operation&);
    static history_value partition(const client_operation& each) { return each.key; }
    [[nodiscard]] state initial() const { return {}; }
    [[nodiscard]] std::optional<state> step(const state&, const operation&) const;
    [[nodiscard]] bool read_only(const operation& each) const {
        return each.is == operation::kind::get;
    }
    [[nodiscard]] std::vector<observation<state>> observe(const std::vector<operation>&) const;
    [[nodiscard]] std::optional<history_value> answer(const state&, const operation&) const;
    [[nodiscard]] std::string describe(const state&) const;

   private:
    [[nodiscard]] state encoded(const history_value&);
    [[nodiscard]] history_value decoded(const state&) const;

    value_numbers numbers_;
};

/// What reads tell of the states around appends: where a text that was read is made of the texts
/// that were put and appended in one way only, each of these whose text is nobody else's was that
/// piece of it.
class append_observer {
   public:
    explicit append_observer(const std::vector<kv_model::operation>&);
    [[nodiscard]] std::vector<observation<kv_model::state>> observe();

   private:
    struct text_hash {
        std::size_t operator()(std::string_view text) const { return hash_of_state(text); }
    };
    /// A text that was put or appended, and by which operations.
    struct piece {
        std::vector<std::size_t> puts;
        std::vector<std::size_t> appends;
    };
    /// A place in the text at hand: in how many ways (at most 2) what is before it is made of
    /// pieces, and the last of them.
    struct boundary {
        std::uint8_t ways = 0;
        bool walked = false;
        std::size_t length = 0;
        const piece* last = nullptr;
    };

    void add(std::size_t operation);
    void divide(std::string_view read, std::size_t kept);
    void extend(std::string_view read, std::size_t from, std::size_t kept);
    void walk_back(std::string_view read);
    void tell(std::string_view read, std::size_t end);

    const std::vector<kv_model::operation>& all_;
    std::vector<observation<kv_model::state>> seen_;
    std::unordered_map<std::string_view, piece, text_hash> pieces_;  // order: looked up only
    std::vector<std::size_t> lengths_;                               // of pieces, ascending
    std::vector<std::string_view> reads_;                            // each once, in order
    std::vector<boundary> boundaries_;
    bool ambiguous_ = false;
};

}  // namespace partita::detail
