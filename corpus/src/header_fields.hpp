#pragma once

#include <span>
#include <string>
#include <string_view>

#include <partita/corpus/counterexample.hpp>

namespace partita::detail::store {

/// One `# key: value` line of a counterexample's text form.
struct header_field {
    std::string_view key;
    std::string (*print)(const counterexample&);
    /// Takes the value over; false when it is not `expected`.
    bool (*read)(counterexample&, std::string&& value);
    std::string_view expected;
};

/// The lines of the header, in the order in which they are written.
[[nodiscard]] std::span<const header_field> header_fields();

}  // namespace partita::detail::store
