#include <partita/models/perturbation.hpp>

#include <array>
#include <atomic>
#include <cstring>
#include <functional>

#include <partita/runtime/random_source.hpp>

namespace partita {
namespace {

thread_local string_hashing mode = string_hashing::remembered;

/// The strings hashed outside trials, by two bits each (a Bloom filter): one too many is left as it
/// is now and then, none too few.
constinit std::array<std::atomic<std::uint64_t>, 1'024> noted{};

constexpr std::size_t bits_noted = noted.size() * 64;

void note(std::size_t hash) {
    for (const std::size_t bit : {hash % bits_noted, (hash >> 32) % bits_noted}) {
        noted[bit / 64].fetch_or(std::uint64_t{1} << (bit % 64), std::memory_order_relaxed);
    }
}

bool is_noted(std::size_t hash) {
    for (const std::size_t bit : {hash % bits_noted, (hash >> 32) % bits_noted}) {
        const std::uint64_t word = noted[bit / 64].load(std::memory_order_relaxed);
        if ((word >> (bit % 64) & 1) == 0) return false;
    }
    return true;
}

}  // namespace

shaken_heap::shaken_heap(const options& with) {
    random_source order(with.seed);
    for (std::size_t bytes = 16; bytes <= with.bytes_max; bytes += 16) {
        std::vector<std::unique_ptr<std::byte[]>> blocks;
        for (std::size_t count = 0; count < with.blocks; ++count) {
            blocks.push_back(std::make_unique<std::byte[]>(bytes));
        }
        order.shuffle(blocks);
        for (std::size_t count = 0; count < with.blocks / 5; ++count) {
            kept_.push_back(std::move(blocks.back()));
            blocks.pop_back();
        }
    }
}

string_hashing_mode::string_hashing_mode(string_hashing wanted) : before_(mode) { mode = wanted; }

string_hashing_mode::~string_hashing_mode() { mode = before_; }

}  // namespace partita

#if defined(__GLIBCXX__) && __SIZEOF_SIZE_T__ == 8

namespace {

constexpr std::size_t multiplier = 0xc6a4a7935bd1e995ULL;

std::size_t shift_mix(std::size_t value) { return value ^ (value >> 47); }

/// Austin Appleby's MurmurHashUnaligned2, as in libstdc++-v3/libsupc++/hash_bytes.cc.
std::size_t murmur(const char* bytes, std::size_t size, std::size_t seed) {
    std::size_t hash = seed ^ (size * multiplier);
    for (; size >= 8; bytes += 8, size -= 8) {
        std::size_t word = 0;
        std::memcpy(&word, bytes, 8);
        hash = (hash ^ (shift_mix(word * multiplier) * multiplier)) * multiplier;
    }
    if (size != 0) {
        std::size_t rest = 0;
        std::memcpy(&rest, bytes, size);  // little-endian, as the original's byte by byte
        hash = (hash ^ rest) * multiplier;
    }
    return shift_mix(shift_mix(hash) * multiplier);
}

}  // namespace

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

// Every hash of a string in libstdc++ ends here, in a function that its headers only declare and
// its shared object defines. A definition in the program takes precedence over one in a shared
// object, for the callers inside that object too. Weak, because libstdc++.a brings its own when it
// is linked statically, and then keeps the usual hashes. The values are libstdc++'s own unless
// shaken.
std::size_t std::_Hash_bytes(const void*, std::size_t, std::size_t) __attribute__((weak));

std::size_t std::_Hash_bytes(const void* bytes, std::size_t size, std::size_t seed) {
    const std::size_t hash = murmur(static_cast<const char*>(bytes), size, seed);
    if (partita::mode == partita::string_hashing::usual) return hash;
    if (partita::mode == partita::string_hashing::remembered) {
        partita::note(hash);
        return hash;
    }
    return partita::is_noted(hash) ? hash : shift_mix(hash * multiplier);
}

#endif
