#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <partita/models/history_codec.hpp>

namespace partita::detail {

/// Why a value is none of a history (empty: it is one), and on which line (0: that of its event).
struct odd_value {
    std::string why;
    std::size_t line = 0;
};

/// One event of a history as its file says it; what is not there is nothing.
struct history_event {
    std::optional<std::int64_t> process;  ///< none: not a number, which means not a client
    bool has_process = false;
    std::string type;
    std::string function;
    history_value key;
    history_value value;
    std::optional<history_value> result;
    odd_value odd;       ///< the first; others than clients may say anything
    std::string seen{};  ///< names of entries, a blank behind each
    std::size_t line = 0;
};

/// Whether an entry of that name is looked at.
[[nodiscard]] bool is_entry(std::string_view name);
/// Puts the entry of that name where it belongs. The error is what is wrong with it.
[[nodiscard]] tl::expected<void, std::string> put_entry(history_event& to, const std::string& name,
                                                        history_value, odd_value);

/// Puts invocations and responses together.
class history_builder {
   public:
    history_builder(std::string_view source, bool keyed_values)
        : source_(source), keyed_values_(keyed_values) {}

    /// An error: the event cannot follow those before.
    [[nodiscard]] result<void> add(history_event);
    [[nodiscard]] client_history take() { return std::move(made_); }

   private:
    [[nodiscard]] tl::unexpected<error> refuse(std::size_t line, const std::string& why) const;
    [[nodiscard]] result<void> invoke(history_event&&);
    [[nodiscard]] result<void> respond(history_event&&);
    [[nodiscard]] result<void> split_key(history_event&) const;

    std::string source_;
    bool keyed_values_;
    client_history made_;
    std::map<std::int64_t, std::size_t> open_;  // by process
    std::uint64_t position_ = 0;
};

/// `SOURCE:LINE: why`.
[[nodiscard]] error history_error(std::string_view source, std::size_t line, std::string_view why);

[[nodiscard]] result<client_history> parse_history_json(std::string_view text,
                                                        std::string_view source,
                                                        const history_options&);
[[nodiscard]] result<client_history> parse_history_edn(std::string_view text,
                                                       std::string_view source,
                                                       const history_options&);

}  // namespace partita::detail
