#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include <partita/models/run.hpp>

namespace partita {
namespace {

/// Leaves the allocator's free lists in another order than it found them, so that code whose effects
/// hang on addresses shows itself. Holds some blocks for as long as it lives.
class shaken_heap {
   public:
    shaken_heap() {
        random_source order(0x70657274757262ULL);
        for (std::size_t bytes = 16; bytes <= 1'024; bytes += 16) {
            std::vector<std::unique_ptr<std::byte[]>> blocks;
            for (int count = 0; count < 24; ++count) blocks.push_back(std::make_unique<std::byte[]>(bytes));
            order.shuffle(blocks);
            for (int count = 0; count < 5; ++count) {
                kept_.push_back(std::move(blocks.back()));
                blocks.pop_back();
            }
        }
    }

   private:
    std::vector<std::unique_ptr<std::byte[]>> kept_;
};

}  // namespace

std::optional<divergence> check_determinism(const application& of, const schedule& from) {
    const outcome first = run(of, from, {.record_sites = false});
    const shaken_heap shaken;
    const outcome second = run(of, from, {.record_sites = false});
    if (first.trace_hash == second.trace_hash) return std::nullopt;
    return first_divergence(first.trace, second.trace);
}

}  // namespace partita
