#include "options.hpp"

#include <algorithm>

namespace partita::causal_broadcast {
namespace {

// In the order of the enumeration.
const std::vector<std::string> names{
    "none",         "fifo-only", "receipt-counts", "overwritten-clock", "clock-forgotten",
    "gaps-allowed", "told-once"};

}  // namespace

bug bug_of(const settings& with) {
    const auto found = std::find(names.begin(), names.end(), with.value("bug"));
    return static_cast<bug>(found - names.begin());
}

parameter bug_parameter() { return {"bug", "none", "a mistake on purpose", names}; }

}  // namespace partita::causal_broadcast
