#include <partita/runtime/actor_text.hpp>

#include <charconv>
#include <cstdint>

namespace partita {
namespace {

constexpr int incarnation_shift = 40;
constexpr std::uint64_t ordinal_mask = (1ULL << incarnation_shift) - 1;
constexpr std::uint64_t digest_bit = 1ULL << 63;  // of node_id and of names

std::optional<std::uint64_t> number_in(std::string_view text, int base) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, value, base);
    if (failed != std::errc{} || stop != end || text.empty()) return std::nullopt;
    return value;
}

std::optional<node_id> node_in(std::string_view name) {
    if (name.empty()) return std::nullopt;
    if (name.front() != '#') return node_id(name);
    const auto digest = number_in(name.substr(1), 16);
    if (!digest) return std::nullopt;
    return node_id::from_bits(digest_bit | *digest);
}

/// `3.17`
std::optional<std::uint64_t> spawned_in(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto incarnation = number_in(text.substr(0, dot), 10);
    const auto ordinal = number_in(text.substr(dot + 1), 10);
    if (!incarnation || !ordinal || *ordinal == 0 || *ordinal > ordinal_mask) return std::nullopt;
    if (*incarnation >= digest_bit >> incarnation_shift) return std::nullopt;
    return *incarnation << incarnation_shift | *ordinal;
}

}  // namespace

std::string to_text(actor_id who) {
    std::string text = who.node.name() + "/";
    if (!who.is_named()) {
        return text + std::to_string(who.local >> incarnation_shift) + "." +
               std::to_string(who.local & ordinal_mask);
    }
    char digits[16];
    const std::uint64_t digest = who.local & ~actor_id::named_bit;
    text += '@';
    return text.append(digits, std::to_chars(digits, digits + sizeof digits, digest, 16).ptr);
}

std::optional<actor_id> parse_actor(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || slash + 1 == text.size()) return std::nullopt;
    const auto where = node_in(text.substr(0, slash));
    const std::string_view who = text.substr(slash + 1);
    if (!where) return std::nullopt;
    std::optional<std::uint64_t> local;
    if (who.front() == '@') {
        local = number_in(who.substr(1), 16);
        if (local) local = *local | actor_id::named_bit;
    } else if (who.front() >= '0' && who.front() <= '9') {
        local = spawned_in(who);
    } else {
        return actor_id::named(*where, who);
    }
    if (!local) return std::nullopt;
    return actor_id{*where, *local};
}

}  // namespace partita
