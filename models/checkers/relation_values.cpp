#include "relation_values.hpp"

namespace partita::detail {

namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t more) {
    hash = (hash ^ more) * 0x9e37'79b9'7f4a'7c15U;
    return hash ^ (hash >> 29U);
}

std::uint64_t hashed(const history_value& value) {
    const std::uint64_t hash = value.is.index() + 1;
    if (const bool* truth = std::get_if<bool>(&value.is)) return mixed(hash, *truth ? 2 : 1);
    if (value.number()) return mixed(hash, static_cast<std::uint64_t>(*value.number()));
    std::uint64_t all = hash;
    if (value.text()) {
        for (const char letter : *value.text()) all = mixed(all, static_cast<std::uint8_t>(letter));
    } else if (value.list()) {
        for (const history_value& each : *value.list()) all = mixed(all, hashed(each));
    }
    return all;
}

}  // namespace

std::size_t value_hash::operator()(const history_value& value) const {
    return static_cast<std::size_t>(hashed(value));
}

}  // namespace partita::detail
