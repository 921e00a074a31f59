#include <partita/models/stock.hpp>

#include <partita/models/atomic_commit.hpp>
#include <partita/models/causal_broadcast.hpp>
#include <partita/models/commit.hpp>
#include <partita/models/crdt.hpp>
#include <partita/models/gossip.hpp>
#include <partita/models/kv.hpp>
#include <partita/models/raft.hpp>
#include <partita/models/replication.hpp>

namespace partita {

std::vector<application> stock_applications() {
    return {
        commit::lampson_2pc(),
        commit::bernstein_ctp(),
        commit::skeen_3pc(),
        commit::atomic_commit(),
        replication::primary_backup(),
        gossip::demers(),
        causal_broadcast::bss(),
        crdt::replicated(),
        raft::service(),
        kv::store(),
    };
}

}  // namespace partita
