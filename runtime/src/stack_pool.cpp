#include <partita/runtime/stack_pool.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <new>

#include "sanitizers.hpp"

namespace partita {
namespace {

constexpr std::size_t slab_bytes = 16u << 20;
constexpr std::uint64_t canary = 0x7061727469746121ULL;
constexpr std::size_t canary_words = 8;

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

/// Where the canary stands: at the low end, just above the guard page's place.
std::byte* canary_at(const stack_pool::stack& stack) { return stack.bottom + page_bytes(); }

}  // namespace

stack_pool::stack_pool(const options& wanted) : options_(wanted) {
    const std::size_t page = page_bytes();
    options_.stack_bytes = (std::max<std::size_t>(options_.stack_bytes, 16 * 1024) + page - 1) / page * page;
}

stack_pool::~stack_pool() {
    for (std::byte* slab : slabs_) munmap(slab, slab_bytes);
}

void stack_pool::map_slab() {
    // NORESERVE: a stack costs memory only where it is touched.
    void* const fresh = mmap(nullptr, slab_bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (fresh == MAP_FAILED) throw std::bad_alloc();
    madvise(fresh, slab_bytes, MADV_NOHUGEPAGE);
    auto* const slab = static_cast<std::byte*>(fresh);
    slabs_.push_back(slab);
    const std::size_t count = slab_bytes / options_.stack_bytes;
    free_.reserve(made_ + count);
    for (std::size_t at = count; at-- > 0;) {
        const stack carved{slab + at * options_.stack_bytes, options_.stack_bytes};
        if (made_ + at < options_.guarded_max) mprotect(carved.bottom, page_bytes(), PROT_NONE);
        free_.push_back(carved);
    }
    made_ += count;
}

stack_pool::stack stack_pool::take() {
    if (free_.empty()) map_slab();
    const stack taken = free_.back();
    free_.pop_back();
    for (std::size_t word = 0; word < canary_words; ++word) {
        std::memcpy(canary_at(taken) + word * sizeof canary, &canary, sizeof canary);
    }
    return taken;
}

void stack_pool::give_back(stack used) noexcept {
    detail::unpoison(used.bottom, used.bytes);
    free_.push_back(used);
}

bool stack_pool::intact(const stack& checked) {
    std::uint64_t word = 0;
    std::memcpy(&word, canary_at(checked) + (canary_words - 1) * sizeof canary, sizeof word);
    return word == canary;
}

}  // namespace partita
