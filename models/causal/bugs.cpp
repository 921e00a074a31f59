#include "bugs.hpp"

#include <partita/models/causal_broadcast.hpp>

namespace partita::causal_broadcast {

bug_family bugs() {
    return {bss(),
            usual_faults(std::chrono::milliseconds(10)),
            {"causal-broadcast nodes=3", "causal-broadcast nodes=4"},
            {{"K1", "fifo-only", "a message does not wait for those of third nodes",
              "Partisan, partisan_causality_backend: the received order buffer is discarded",
              "app causal-broadcast nodes=3 bug=fifo-only\n"
              "n1 broadcast 1\n"
              "n2 reply 2\n"
              "omit n1 -> n3 text #1\n"},
             {"K2", "receipt-counts", "what a message tells of third nodes counts as delivered",
              "Partisan, partisan_causality_backend: clocks of third nodes are merged on receipt",
              "app causal-broadcast nodes=3 bug=receipt-counts\n"
              "n1 broadcast 1\n"
              "n2 reply 2\n"
              "omit n1 -> n3 text #1\n"},
             {"K3", "overwritten-clock", "a delivered message's clock replaces that of the node",
              "DistributedClocks/GoVector#60, voldemort/voldemort#21",
              "app causal-broadcast nodes=2 bug=overwritten-clock\n"
              "n2 broadcast 1\n"
              "n2 reply 2 &\n"
              "n1 broadcast 3\n"},
             {"K5", "clock-forgotten", "a node that comes back has an empty clock",
              "Birman, Schiper, Stephenson 1991, section 5.1: a number is used once",
              "app causal-broadcast nodes=2 bug=clock-forgotten\n"
              "n1 broadcast 1\n"
              "crash n2 at send n2 -> n1 delivered_so_far #1 for 10ms\n"},
             {"K6", "gaps-allowed", "a later message of a sender is as good as the next",
              "Birman, Schiper, Stephenson 1991, section 5.1, rule 2: VT(m)[i] = VT(pj)[i] + 1",
              "app causal-broadcast nodes=2 bug=gaps-allowed\n"
              "n1 broadcast 1\n"
              "n1 broadcast 2\n"
              "omit n1 -> n2 text #1\n"},
             {"B1", "told-once", "the timer that sends again runs once",
              "n0-computer/iroh-gossip b65cdce: a timer that is not armed again",
              "app causal-broadcast nodes=2 bug=told-once\n"
              "n1 broadcast 1\n"
              "omit n1 -> n2 text #1\n"
              "omit n1 -> n2 text #2\n"}}};
}

}  // namespace partita::causal_broadcast
