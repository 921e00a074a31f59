#pragma once

#include <cstdint>
#include <string_view>

#include <partita/runtime/ids.hpp>
#include <partita/runtime/message.hpp>

namespace partita::detail {

/// The message type with that hash: the one this program has if it has it, else one that prints as
/// its size and bears the name that a peer said, or its hash. Good for ever, on any thread.
[[nodiscard]] const message_type& type_with(std::uint64_t hash);
/// A peer says what the type is called. Requires: hash == name_hash(name).
void name_type(std::uint64_t hash, std::string_view name);

/// A channel whose name lives for ever. What strangers say is bounded by the caller.
[[nodiscard]] channel lasting_channel(std::string_view name);

}  // namespace partita::detail
