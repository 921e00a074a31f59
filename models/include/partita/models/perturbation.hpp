#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

/// Two ways to lay a process out differently between two runs of one trial. A trial is a function
/// of its schedule, so nothing of this may show in its trace; if it does, the application leaks.
namespace partita {

/// Leaves the allocator's free lists in another order than it found them, so that code whose
/// effects hang on addresses shows itself. Holds some blocks for as long as it lives.
class shaken_heap {
   public:
    struct options {
        std::uint64_t seed = 0x70657274757262ULL;
        std::size_t bytes_max = 1'024;  ///< of the largest block; sizes go up in steps of 16
        std::size_t blocks = 24;        ///< of each size; one in five is held
    };
    shaken_heap() : shaken_heap(options{}) {}
    explicit shaken_heap(const options&);

   private:
    std::vector<std::unique_ptr<std::byte[]>> kept_;
};

/// How std::hash treats strings on this thread (libstdc++ on 64-bit machines; elsewhere nothing
/// changes). All give equal values for equal strings for as long as the mode stays.
enum class string_hashing : std::uint8_t {
    remembered,  ///< as usual, and the string is noted as one hashed outside trials; the default
    usual,       ///< as usual
    shaken,      ///< other values, but for strings that were noted
};

/// Sets the mode of this thread for as long as it lives. Under `shaken`, a container keyed by
/// strings is iterated in another order. One that was filled under another mode is no longer
/// searched right: strings hashed before main() are noted and keep their values, so that tables
/// made there work; for all others, run the trial in a process that has been under the one mode
/// since its start.
class string_hashing_mode {
   public:
    explicit string_hashing_mode(string_hashing);
    ~string_hashing_mode();
    string_hashing_mode(const string_hashing_mode&) = delete;
    string_hashing_mode& operator=(const string_hashing_mode&) = delete;

   private:
    string_hashing before_;
};

}  // namespace partita
