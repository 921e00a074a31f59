#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace partita::test {

/// Trace hashes of fixed schedules: debug, release, g++ and clang++ builds must all give these. A
/// change here says that traces changed; it must be meant.
inline constexpr std::pair<std::string_view, std::uint64_t> golden_hashes[] = {
    {"app lampson-2pc nodes=4\nn1 broadcast 42\n", 9559370012842663109ULL},
    {"app lampson-2pc nodes=4\nn1 broadcast 42\nomit n1 -> n2 commit #1\n",
     16040381637811889179ULL},
    {"app skeen-3pc nodes=3\nn1 broadcast 42\ncrash n2 at receive n1 -> n2 commit #1 for 5s\n",
     85100185840940111ULL},
    {"app bernstein-ctp nodes=3 latency=pareto:1ms*1.5..10s seed=7\nn1 broadcast 42\n",
     11356881044985215833ULL},
    {"app relay nodes=3\nfault duplication n1\nfault reordering n1\nfault corruption n1\nn1 put 1\n"
     "n1 tell 2\nn1 tell 3\nfault pause n2\nwait 1s\nfault resume n2\nn1 put 4\n",
     6917570414397291102ULL},
};

}  // namespace partita::test
