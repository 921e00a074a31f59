#pragma once

#include <string>
#include <string_view>

#include "database.hpp"

namespace partita::detail::store {

/// The one id that begins with `prefix`, which is 4 to 64 hexadecimal digits of either case.
/// bad_input, not_found, or conflict with the first candidates, each abbreviated to what tells it
/// from the next.
[[nodiscard]] result<std::string> resolve_prefix(const database&, std::string_view prefix);

}  // namespace partita::detail::store
