#pragma once

#include <cstddef>

namespace partita::detail {

/// Asks for memory that will be used soon; never faults, whatever the address.
inline void prefetch(const void* memory, std::size_t bytes) {
    constexpr std::size_t line_bytes = 64;
    for (std::size_t at = 0; at < bytes; at += line_bytes) {
        __builtin_prefetch(static_cast<const char*>(memory) + at);
    }
}

}  // namespace partita::detail
