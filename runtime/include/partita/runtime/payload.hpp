#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include <partita/runtime/blob.hpp>

namespace partita {

/// The encoded bytes of a message: what the wire carries and what corruption flips bits of. Small
/// payloads live inside, larger ones in a block aligned for fast copies. Large blobs are attached
/// rather than copied; who asks for the bytes gets them in one piece all the same.
class payload {
   public:
    static constexpr std::size_t inline_capacity = 72;
    /// Blobs from this size on are attached.
    static constexpr std::size_t attached_bytes_min = 4 * 1024;

    /// A blob that stands behind the first `position` bytes of those that are not attached.
    struct attachment {
        std::size_t position = 0;
        blob content;
    };

    payload() = default;
    payload(payload&& other) noexcept { take(other); }
    payload& operator=(payload&& other) noexcept {
        if (this != &other) take(other);
        return *this;
    }
    payload(const payload& other) { copy(other); }
    payload& operator=(const payload& other) {
        if (this != &other) copy(other);
        return *this;
    }
    ~payload() = default;

    [[nodiscard]] std::span<const std::byte> bytes() const {
        if (attached_) flatten();
        return {data(), size_};
    }
    /// To be changed in place: nobody else's bytes.
    [[nodiscard]] std::span<std::byte> bytes() {
        if (attached_) flatten();
        if (large_ && large_->shared()) grow(size_);
        return {data(), size_};
    }
    [[nodiscard]] std::size_t size() const { return size_ + (attached_ ? attached_bytes() : 0); }
    void clear() {
        size_ = 0;
        attached_.reset();
        if (large_ && (large_->shared() || large_->capacity() > kept_capacity_max)) forget_block();
    }
    void assign(std::span<const std::byte> bytes) {
        clear();
        append(bytes.data(), bytes.size());
    }
    void append(const void* source, std::size_t count) {
        if (count == 0) return;
        if (size_ + count > capacity_) [[unlikely]]
            grow(size_ + count);
        std::memcpy(data() + size_, source, count);
        size_ += count;
    }
    void append(const blob&);

    /// The first `size` bytes of a block become the payload, uncopied.
    void adopt(detail::block_ref block, std::size_t size);

    // For those that can do without one piece.

    /// All bytes but the attached ones.
    [[nodiscard]] std::span<const std::byte> unattached() const { return {data(), size_}; }
    [[nodiscard]] std::span<const attachment> attachments() const {
        return attached_ ? std::span<const attachment>(*attached_) : std::span<const attachment>();
    }
    /// The block that the unattached bytes are in; none for small payloads.
    [[nodiscard]] const detail::block_ref& block() const { return large_; }

   private:
    static constexpr std::size_t kept_capacity_max = 64 * 1024;

    [[nodiscard]] std::byte* data() const { return large_ ? large_->data() : small_; }
    void grow(std::size_t needed) const;
    void flatten() const;
    void forget_block() {
        large_ = {};
        capacity_ = inline_capacity;
    }
    [[nodiscard]] std::size_t attached_bytes() const;
    void copy(const payload&);
    void take(payload&) noexcept;

    // Flattening changes the form, not the value, hence mutable.
    mutable std::size_t size_ = 0;  // without attachments
    mutable std::size_t capacity_ = inline_capacity;
    mutable detail::block_ref large_;
    mutable std::unique_ptr<std::vector<attachment>> attached_;
    mutable std::byte small_[inline_capacity];
};

/// A 64-bit digest of bytes, equal on every machine; not for adversaries.
[[nodiscard]] std::uint64_t digest_of(std::span<const std::byte>);

}  // namespace partita
