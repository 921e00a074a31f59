#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace partita {

/// The encoded bytes of a message: what the wire carries and what corruption flips bits of. Small
/// payloads live inside; larger ones own one block, aligned for fast copies.
class payload {
   public:
    static constexpr std::size_t inline_capacity = 72;

    payload() = default;
    payload(payload&&) noexcept = default;
    payload& operator=(payload&&) noexcept = default;
    payload(const payload& other) { assign(other.bytes()); }
    payload& operator=(const payload& other) {
        if (this != &other) assign(other.bytes());
        return *this;
    }
    ~payload() = default;

    [[nodiscard]] std::span<const std::byte> bytes() const { return {data(), size_}; }
    [[nodiscard]] std::span<std::byte> bytes() { return {data(), size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }
    void clear() { size_ = 0; }
    void assign(std::span<const std::byte> bytes) {
        clear();
        append(bytes.data(), bytes.size());
    }
    void append(const void* source, std::size_t count) {
        if (count == 0) return;
        if (size_ + count > capacity_) grow(size_ + count);
        std::memcpy(data() + size_, source, count);
        size_ += count;
    }

   private:
    [[nodiscard]] std::byte* data() { return large_ ? large_.get() : small_; }
    [[nodiscard]] const std::byte* data() const { return large_ ? large_.get() : small_; }
    void grow(std::size_t needed);

    std::size_t size_ = 0;
    std::size_t capacity_ = inline_capacity;
    std::unique_ptr<std::byte[]> large_;
    std::byte small_[inline_capacity];
};

/// A 64-bit digest of bytes, equal on every machine; not for adversaries.
[[nodiscard]] std::uint64_t digest_of(std::span<const std::byte>);

}  // namespace partita
