#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <partita/runtime/ids.hpp>

namespace partita {

/// An address as text, for logs, files and command lines: `n2/3.17` (incarnation and ordinal) or,
/// by name, `n2/@` and the digest of the name in hexadecimal digits. parse_actor reads it back.
/// (Traces show less of it, so as to be the same in every life.)
[[nodiscard]] std::string to_text(actor_id);

/// Reads what to_text writes; also `n2/kv`, whoever bears the name `kv` on n2, for names that begin
/// with neither a digit nor `@`. Nothing when it is no address.
[[nodiscard]] std::optional<actor_id> parse_actor(std::string_view);

}  // namespace partita
