#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <partita/corpus/counterexample.hpp>

namespace partita::detail::store {

inline constexpr std::size_t id_length = 64;

/// What the id is made of: an object of application, kind, property and the canonical schedule.
[[nodiscard]] nlohmann::json content_of(const counterexample&);
/// Sorted keys, no blanks; what is no UTF-8 is replaced.
[[nodiscard]] std::string compact_text(const nlohmann::json&);
/// The id that the content of a counterexample has, whatever its `id` says.
[[nodiscard]] std::string id_of(const counterexample&);

/// What keeps a counterexample from being one: an id that is not its content's (both are named), a
/// verdict of `holds`, a signature of another form. Empty when nothing does.
[[nodiscard]] std::string fault_in(const counterexample&);

/// The enum value whose to_text is `text`; false when there is none.
[[nodiscard]] bool parse_status(std::string_view text, counterexample_status&);
[[nodiscard]] bool parse_verdict(std::string_view text, verdict&);

}  // namespace partita::detail::store
