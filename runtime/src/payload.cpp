#include <partita/runtime/payload.hpp>

#include <algorithm>
#include <bit>
#include <utility>

#include <partita/runtime/ids.hpp>

namespace partita {

void payload::grow(std::size_t needed) const {
    const std::size_t wanted = needed > capacity_ ? std::max(needed, capacity_ * 2) : needed;
    detail::block_ref block(detail::memory_block::make(std::max(wanted, inline_capacity)));
    if (size_ != 0) std::memcpy(block->data(), data(), size_);
    capacity_ = block->capacity();
    large_ = std::move(block);
}

void payload::append(const blob& content) {
    if (content.size() < attached_bytes_min) return append(content.bytes().data(), content.size());
    if (!attached_) attached_ = std::make_unique<std::vector<attachment>>();
    attached_->push_back({size_, content});
}

void payload::adopt(detail::block_ref block, std::size_t size) {
    attached_.reset();
    capacity_ = block->capacity();
    large_ = std::move(block);
    size_ = size;
}

std::size_t payload::attached_bytes() const {
    std::size_t bytes = 0;
    for (const attachment& each : *attached_) bytes += each.content.size();
    return bytes;
}

void payload::flatten() const {
    const std::unique_ptr<std::vector<attachment>> pieces = std::move(attached_);
    payload whole;
    std::size_t bytes = size_;
    for (const attachment& each : *pieces) bytes += each.content.size();
    whole.grow(bytes);
    std::size_t done = 0;
    for (const attachment& each : *pieces) {
        whole.append(data() + done, each.position - done);
        whole.append(each.content.bytes().data(), each.content.size());
        done = each.position;
    }
    whole.append(data() + done, size_ - done);
    size_ = whole.size_;
    capacity_ = whole.capacity_;
    large_ = std::move(whole.large_);
}

void payload::copy(const payload& other) {
    clear();
    append(other.data(), other.size_);
    if (other.attached_) attached_ = std::make_unique<std::vector<attachment>>(*other.attached_);
}

void payload::take(payload& other) noexcept {
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, inline_capacity);
    large_ = std::move(other.large_);
    attached_ = std::move(other.attached_);
    if (!large_) std::memcpy(small_, other.small_, size_);
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
