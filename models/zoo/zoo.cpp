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

fault_plan usual_faults(duration restart_after) {
    fault_plan plan;
    for (const fault_kind each :
         {fault_kind::omission, fault_kind::delay, fault_kind::reordering, fault_kind::duplication,
          fault_kind::partition, fault_kind::crash, fault_kind::pause}) {
        (void)plan.allow(each);
    }
    plan.restart_after = restart_after;
    return plan;
}

schedule least_schedule(const planted_bug& of) {
    auto read = parse_schedule(of.schedule, of.id + " " + of.name);
    if (!read) throw std::invalid_argument(read.error().message);
    return canonical(std::move(*read));
}

std::size_t size_of(const schedule& of) { return of.steps.size() + of.deviations.size(); }

}  // namespace partita
