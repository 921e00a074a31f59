#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <partita/models/application.hpp>

#include "versions.hpp"

namespace partita::kv {

/// What a read gives of a key that was never written, or was deleted.
inline constexpr std::string_view not_found = "NOT FOUND";
/// A value as a client reads it; siblings as `1 | 2`.
[[nodiscard]] std::string text_of(const object&);

/// What the clients of a store have been told so far, of one key.
struct told_of_key {
    std::optional<std::string> acknowledged;  ///< by the last write, or not_found by a delete
    std::set<std::string> perhaps;            ///< by writes that nobody knows the outcome of
};
/// The abstract state of the application.
struct told {
    std::map<std::string, told_of_key> keys;
    std::set<std::string> used;  ///< values are told apart by equality, so each is written once
};

/// read, write, delete, echo, join, leave; clients give up after what `timeout` says.
[[nodiscard]] std::vector<command_definition> store_commands();

/// How a scenario shows a read: `OK` when it gives what was acknowledged last; the value itself
/// when nothing was, or a write of unknown outcome may have written it; else `FAIL, {1, -1}`,
/// what was to be expected and what came.
[[nodiscard]] std::string shown_read(const told&, const command&, const response&);

}  // namespace partita::kv
