#pragma once

#include <cstddef>
#include <vector>

namespace partita {

/// Stacks for fibers, carved out of large mappings and used again: one mapping and guard page a
/// stack would cost 13 us each and end at the kernel's limit of mappings (about 65,000). The first
/// `guarded_max` stacks have a guard page below them; the others have a canary that is checked at
/// every switch. Used by one thread; outlives every fiber on its stacks.
///
/// Neighbouring stacks begin at different offsets within a page and a page's distance apart from a
/// power of two, so that the few hot lines at the top of ten thousand stacks do not all fall into
/// the same sets of the caches.
class stack_pool {
   public:
    struct options {
        std::size_t stack_bytes = 64 * 1024;  ///< a multiple of the page size, 16 KiB to 16 MiB
        std::size_t guarded_max = 16'384;
    };
    struct stack {
        std::byte* bottom = nullptr;
        std::size_t bytes = 0;
        std::byte* canary = nullptr;  ///< null: a guard page does its work
    };

    stack_pool() : stack_pool(options{}) {}
    explicit stack_pool(const options&);
    ~stack_pool();
    stack_pool(const stack_pool&) = delete;
    stack_pool& operator=(const stack_pool&) = delete;

    /// Throws std::bad_alloc when the system gives no more memory.
    [[nodiscard]] stack take();
    void give_back(stack) noexcept;
    /// False: the fiber ran over the end of its stack, and memory below may be damaged.
    [[nodiscard]] static bool intact(const stack&);

   private:
    void map_slab();
    [[nodiscard]] stack carve(std::byte* place, std::size_t number) const;

    options options_;
    std::size_t page_bytes_;
    std::size_t stride_;  // from stack to stack
    std::vector<std::byte*> slabs_;
    std::vector<stack> free_;
    std::size_t made_ = 0;
};

}  // namespace partita
