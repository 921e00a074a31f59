#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace partita::detail {

/// A number in a word that a shrink may make smaller: an integer (`7`, `-3`) or a duration
/// (`250us`), written without leading zeros.
struct quantity {
    bool negative = false;
    std::uint64_t count = 0;
    std::optional<std::size_t> unit;  ///< an index into duration_units; absent: an integer
};

[[nodiscard]] std::optional<quantity> quantity_of(std::string_view word);
[[nodiscard]] std::string to_text(const quantity&);

/// The two single steps towards zero; nothing at zero. Halving rounds towards zero and keeps the
/// unit, but one of a unit becomes half of it in the next finer one: 3s, 1s, 500ms. Both make the
/// number strictly nearer to zero, so no sequence of them is endless.
[[nodiscard]] std::optional<quantity> halved(const quantity&);
[[nodiscard]] std::optional<quantity> one_less(const quantity&);

}  // namespace partita::detail
