#pragma once

#include <cstddef>
#include <vector>

namespace partita {

/// Stacks for fibers, carved out of large mappings and used again: one mapping and guard page a stack
/// would cost 13 us each and end at the kernel's limit of mappings (about 65,000). The first
/// `guarded_max` stacks have a guard page below them; all have a canary that is checked at every
/// switch. Used by one thread; outlives every fiber on its stacks.
class stack_pool {
   public:
    struct options {
        std::size_t stack_bytes = 64 * 1024;  ///< a multiple of the page size, at least 16 KiB
        std::size_t guarded_max = 4'096;
    };
    struct stack {
        std::byte* bottom = nullptr;
        std::size_t bytes = 0;
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
    options options_;
    std::vector<std::byte*> slabs_;
    std::vector<stack> free_;
    std::size_t made_ = 0;
};

}  // namespace partita
