#pragma once

#include <cstddef>

// AddressSanitizer and ThreadSanitizer must be told of every switch between stacks; without them
// these calls are nothing.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PARTITA_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define PARTITA_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define PARTITA_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define PARTITA_TSAN 1
#endif

#if defined(PARTITA_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(PARTITA_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace partita::detail {

inline void unpoison([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(PARTITA_ASAN)
    __asan_unpoison_memory_region(memory, bytes);
#endif
}

/// One side of a pair of stacks that switch to each other.
struct switch_record {
    void* fake_stack = nullptr;          // this side's, while the other runs
    const void* other_bottom = nullptr;  // the resumer's stack, learnt on arrival
    std::size_t other_bytes = 0;
    void* own_fiber = nullptr;
    void* other_fiber = nullptr;
};

inline void before_switch_to([[maybe_unused]] switch_record& record,
                             [[maybe_unused]] const void* bottom,
                             [[maybe_unused]] std::size_t bytes,
                             [[maybe_unused]] bool leaving_for_good, [[maybe_unused]] void* fiber) {
#if defined(PARTITA_ASAN)
    __sanitizer_start_switch_fiber(leaving_for_good ? nullptr : &record.fake_stack, bottom, bytes);
#endif
#if defined(PARTITA_TSAN)
    __tsan_switch_to_fiber(fiber, 0);
#endif
}

inline void after_switch([[maybe_unused]] switch_record& record,
                         [[maybe_unused]] const void** from_bottom,
                         [[maybe_unused]] std::size_t* from_bytes) {
#if defined(PARTITA_ASAN)
    __sanitizer_finish_switch_fiber(record.fake_stack, from_bottom, from_bytes);
#endif
}

[[nodiscard]] inline void* make_tsan_fiber() {
#if defined(PARTITA_TSAN)
    return __tsan_create_fiber(0);
#else
    return nullptr;
#endif
}
[[nodiscard]] inline void* current_tsan_fiber() {
#if defined(PARTITA_TSAN)
    return __tsan_get_current_fiber();
#else
    return nullptr;
#endif
}
inline void destroy_tsan_fiber([[maybe_unused]] void* fiber) {
#if defined(PARTITA_TSAN)
    if (fiber != nullptr) __tsan_destroy_fiber(fiber);
#endif
}

}  // namespace partita::detail
