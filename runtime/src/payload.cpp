#include <partita/runtime/payload.hpp>

#include <algorithm>
#include <bit>

#include <partita/runtime/ids.hpp>

namespace partita {

void payload::grow(std::size_t needed) {
    const std::size_t capacity = std::max(needed, capacity_ * 2);
    auto block = std::make_unique_for_overwrite<std::byte[]>(capacity);
    std::memcpy(block.get(), data(), size_);
    large_ = std::move(block);
    capacity_ = capacity;
}

namespace {

/// Bytes as a little-endian word, whatever the machine's own order.
std::uint64_t word_at(const std::byte* bytes, std::size_t count) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, count);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

}  // namespace

std::uint64_t digest_of(std::span<const std::byte> bytes) {
    constexpr std::uint64_t multiplier = 0x9fb21c651e98df25ULL;
    std::uint64_t hash = bytes.size() * multiplier;
    const std::byte* at = bytes.data();
    for (const std::byte* const end = at + bytes.size() / 8 * 8; at != end; at += 8) {
        hash = (hash ^ word_at(at, 8)) * multiplier;
        hash ^= hash >> 29;
    }
    if (bytes.size() % 8 != 0) hash = (hash ^ word_at(at, bytes.size() % 8)) * multiplier;
    return mix_bits(hash);
}

}  // namespace partita
