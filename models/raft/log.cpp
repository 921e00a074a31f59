#include "log.hpp"

#include <algorithm>

namespace partita::raft {

log_index log::members_before(log_index limit) const {
    for (log_index at = std::min(limit, last()); at > 0; --at) {
        if (entries_[at - 1].kind == entry_kind::members) return at;
    }
    return 0;
}

}  // namespace partita::raft
