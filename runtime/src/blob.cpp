#include <partita/runtime/blob.hpp>

#include <bit>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <vector>

namespace partita {
namespace detail {

/// The large blocks that nobody owns, by capacity.
class block_store {
   public:
    static constexpr std::size_t kept_bytes_min = 64 * 1024;

    /// Never destroyed: blocks may be let go of while the program ends.
    [[nodiscard]] static block_store& shared() {
        static block_store& store = *new block_store;
        return store;
    }

    /// Up to a quarter more than asked for, so that sizes that differ a little share blocks.
    [[nodiscard]] static std::size_t capacity_for(std::size_t bytes) {
        if (bytes < kept_bytes_min) return (bytes + 63) / 64 * 64;
        const std::size_t step = std::bit_floor(bytes) / 4;
        return (bytes + step - 1) / step * step;
    }

    [[nodiscard]] memory_block* take(std::size_t capacity) {
        const std::lock_guard guard(mutex_);
        const auto found = free_.find(capacity);
        if (found == free_.end() || found->second.empty()) return nullptr;
        memory_block* block = found->second.back();
        found->second.pop_back();
        kept_bytes_ -= capacity;
        block->owners_.store(1, std::memory_order_relaxed);
        return block;
    }

    [[nodiscard]] bool keep(memory_block* block) {
        const std::lock_guard guard(mutex_);
        if (kept_bytes_ + block->capacity() > memory_block::kept_bytes_max) return false;
        free_[block->capacity()].push_back(block);
        kept_bytes_ += block->capacity();
        return true;
    }

    [[nodiscard]] static memory_block* allocate(std::size_t capacity) {
        void* memory = ::operator new(memory_block::alignment + capacity,
                                      std::align_val_t{memory_block::alignment});
        return new (memory) memory_block(capacity);
    }
    static void release(memory_block* block) {
        block->~memory_block();
        ::operator delete(block, std::align_val_t{memory_block::alignment});
    }

   private:
    std::mutex mutex_;
    std::map<std::size_t, std::vector<memory_block*>> free_;
    std::size_t kept_bytes_ = 0;
};

memory_block* memory_block::make(std::size_t bytes) {
    static_assert(sizeof(memory_block) <= alignment);
    const std::size_t capacity = block_store::capacity_for(bytes);
    if (capacity >= block_store::kept_bytes_min) {
        if (memory_block* kept = block_store::shared().take(capacity)) return kept;
    }
    return block_store::allocate(capacity);
}

void memory_block::recycle() {
    const bool kept = capacity_ >= block_store::kept_bytes_min && block_store::shared().keep(this);
    if (!kept) block_store::release(this);
}

}  // namespace detail

blob::blob(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    block_ = detail::block_ref(detail::memory_block::make(bytes.size()));
    std::memcpy(block_->data(), bytes.data(), bytes.size());
    bytes_ = {block_->data(), bytes.size()};
}

}  // namespace partita
