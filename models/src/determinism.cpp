#include <partita/models/perturbation.hpp>
#include <partita/models/run.hpp>

namespace partita {
namespace {

/// How often a trial is run again: a comparison of two addresses comes out as before every other
/// time.
constexpr std::uint64_t shakes = 12;

}  // namespace

std::optional<divergence> check_determinism(const application& of, const schedule& from) {
    const outcome first = run(of, from, {.record_sites = false});
    for (std::uint64_t seed = 1; seed <= shakes; ++seed) {
        // So many that what a trial allocates first does not use them up.
        const shaken_heap shaken({.seed = seed, .blocks = 96});
        const outcome again = run(of, from, {.record_sites = false});
        if (first.trace_hash != again.trace_hash) return first_divergence(first.trace, again.trace);
    }
    return std::nullopt;
}

}  // namespace partita
