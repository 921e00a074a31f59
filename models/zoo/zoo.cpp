#include <partita/models/zoo.hpp>

#include <partita/schedules/codec.hpp>

#include "../causal/bugs.hpp"
#include "../commit/bugs.hpp"
#include "../crdt/bugs.hpp"
#include "../gossip/bugs.hpp"
#include "../kv/bugs.hpp"
#include "../raft/bugs.hpp"
#include "../replication/bugs.hpp"

namespace partita {

const std::vector<bug_family>& zoo() {
    static const std::vector<bug_family> all{commit::bugs(),
                                             commit::blocking_bugs(),
                                             commit::lampson_bugs(),
                                             commit::skeen_bugs(),
                                             replication::bugs(),
                                             gossip::bugs(),
                                             causal_broadcast::bugs(),
                                             crdt::bugs(),
                                             raft::bugs(),
                                             kv::bugs(),
                                             kv::bugs_of_repair()};
    return all;
}

schedule least_schedule(const planted_bug& of) {
    auto read = parse_schedule(of.schedule, of.id + " " + of.name);
    if (!read) throw std::invalid_argument(read.error().message);
    return canonical(std::move(*read));
}

std::size_t size_of(const schedule& of) { return of.steps.size() + of.deviations.size(); }

}  // namespace partita
