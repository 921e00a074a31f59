#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace partita {
namespace detail {

/// Memory for bytes with a count of its owners, aligned for fast copies. Blocks of 64 KiB and more
/// are kept when the last owner lets go and handed out again: touching 8 MB of fresh memory costs
/// ten times what copying them does. May be let go of on any thread.
class memory_block {
   public:
    static constexpr std::size_t alignment = 64;

    /// Of at least that many bytes, with one owner. Throws std::bad_alloc.
    [[nodiscard]] static memory_block* make(std::size_t bytes);
    /// What is kept for reuse at most, in bytes, over all threads.
    static constexpr std::size_t kept_bytes_max = std::size_t{256} << 20;

    [[nodiscard]] std::byte* data() {
        return reinterpret_cast<std::byte*>(this) + alignment;  // the header takes one line
    }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    [[nodiscard]] bool shared() const { return owners_.load(std::memory_order_acquire) != 1; }
    void add_owner() { owners_.fetch_add(1, std::memory_order_relaxed); }
    void remove_owner() {
        if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) recycle();
    }

   private:
    friend class block_store;
    explicit memory_block(std::size_t capacity) : capacity_(capacity) {}
    void recycle();

    std::atomic<std::uint32_t> owners_{1};
    std::size_t capacity_;
};

/// One owner of a block, or none.
class block_ref {
   public:
    block_ref() = default;
    /// Takes over the ownership that memory_block::make gave.
    explicit block_ref(memory_block* made) : block_(made) {}
    block_ref(const block_ref& other) : block_(other.block_) {
        if (block_ != nullptr) block_->add_owner();
    }
    block_ref(block_ref&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    block_ref& operator=(block_ref other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~block_ref() {
        if (block_ != nullptr) block_->remove_owner();
    }
    [[nodiscard]] memory_block* operator->() const { return block_; }
    explicit operator bool() const { return block_ != nullptr; }

   private:
    memory_block* block_ = nullptr;
};

}  // namespace detail

/// Immutable bytes that are shared, not copied: the field type for large values in a message. It
/// travels like a std::string, but neither sending nor receiving copies its bytes. Cheap to copy;
/// may be used on any thread.
class blob {
   public:
    blob() = default;
    /// Copies once.
    explicit blob(std::span<const std::byte> bytes);
    explicit blob(std::string_view text) : blob(std::as_bytes(std::span(text))) {}
    /// Shares part of a block.
    blob(detail::block_ref block, std::span<const std::byte> part)
        : block_(std::move(block)), bytes_(part) {}

    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] std::string_view text() const {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }
    /// Part of it, sharing the memory. Requires: offset + count <= size().
    [[nodiscard]] blob part(std::size_t offset, std::size_t count) const {
        return {block_, bytes_.subspan(offset, count)};
    }
    friend bool operator==(const blob& left, const blob& right) {
        return left.text() == right.text();
    }

   private:
    detail::block_ref block_;
    std::span<const std::byte> bytes_;
};

}  // namespace partita
