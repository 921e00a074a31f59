#include <partita/runtime/stack_pool.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

#include "sanitizers.hpp"

namespace partita {
namespace {

constexpr std::size_t stack_bytes_least = 16u << 10;
constexpr std::size_t stack_bytes_most = 16u << 20;
constexpr std::size_t slab_bytes = 17u << 20;  // one stack of the largest, 256 of the usual
constexpr std::uint64_t canary = 0x7061727469746121ULL;
constexpr std::size_t canary_words = 8;
constexpr std::size_t line_bytes = 64;
// Tops lie 24 to 64 lines above the start of a page, so that what a waiting fiber usually has on
// its stack, about a kilobyte, is on one page.
constexpr std::size_t colour_least = 24;
constexpr std::size_t colours = 41;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

}  // namespace

stack_pool::stack_pool(const options& wanted)
    : options_(wanted), page_bytes_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    options_.stack_bytes = rounded_up(
        std::clamp<std::size_t>(options_.stack_bytes, stack_bytes_least, stack_bytes_most),
        page_bytes_);
    // An odd number of pages; the last one is room for the colour.
    const std::size_t pages = options_.stack_bytes / page_bytes_ + 1;
    stride_ = (pages | 1) * page_bytes_;
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
    const std::size_t count = slab_bytes / stride_;
    free_.reserve(made_ + count);
    for (std::size_t at = count; at-- > 0;) free_.push_back(carve(slab + at * stride_, made_ + at));
    made_ += count;
}

/// Within its place a stack begins `colour` bytes in; its lowest page, or nearly that, is the guard
/// page's or lies below the canary.
stack_pool::stack stack_pool::carve(std::byte* place, std::size_t number) const {
    const std::size_t colour = (colour_least + number % colours) * line_bytes;
    stack carved{place + colour, options_.stack_bytes, nullptr};
    const bool guarded =
        number < options_.guarded_max && mprotect(place, page_bytes_, PROT_NONE) == 0;
    // Also when the kernel has no mapping left for a guard.
    if (!guarded) carved.canary = carved.bottom + page_bytes_;
    return carved;
}

stack_pool::stack stack_pool::take() {
    if (free_.empty()) map_slab();
    const stack taken = free_.back();
    free_.pop_back();
    // A guarded stack has no canary: it would be a page and a cache line more to touch.
    for (std::size_t word = 0; taken.canary != nullptr && word < canary_words; ++word) {
        std::memcpy(taken.canary + word * sizeof canary, &canary, sizeof canary);
    }
    return taken;
}

void stack_pool::give_back(stack used) noexcept {
    detail::unpoison(used.bottom, used.bytes);
    free_.push_back(used);
}

bool stack_pool::intact(const stack& checked) {
    if (checked.canary == nullptr) return true;
    std::uint64_t word = 0;
    std::memcpy(&word, checked.canary + (canary_words - 1) * sizeof canary, sizeof word);
    return word == canary;
}

}  // namespace partita
