#include "bugs.hpp"

#include <partita/models/crdt.hpp>

namespace partita::crdt {
namespace {

constexpr const char* survey = "Shapiro, Preguiça, Baquero, Zawirski, RR-7506 (2011)";

std::vector<std::string> correct() {
    std::vector<std::string> all;
    for (const char* type : {"g-counter", "pn-counter", "g-set", "or-set", "lww-register"}) {
        for (const char* transport : {"state", "op"})
            all.push_back("crdt type=" + std::string(type) + " transport=" + transport);
    }
    return all;
}

}  // namespace

bug_family bugs() {
    return {
        replicated(),
        usual_faults(std::chrono::milliseconds(10)),
        correct(),
        {{"D1", "applied-twice", "an update that comes once more is applied once more",
          "sourcenetwork/defradb.rs#847, alex-shapiro/ditto#69",
          "app crdt type=g-counter transport=op bug=applied-twice nodes=2\n"
          "n1 increment 1\n"
          "duplicate n1 -> n2 operation_is #1\n"},
         {"D2", "merge-by-sum", "merging counters adds them up",
          std::string(survey) + ", section 3.1.1: why a merge takes the maximum",
          "app crdt type=g-counter transport=state bug=merge-by-sum nodes=3\n"
          "n1 increment 1\n"},
         {"D3", "remove-all-tags", "a remove takes away adds that it did not see",
          std::string(survey) + ", specification 15: only the tags observed at the source",
          "app crdt type=or-set transport=op bug=remove-all-tags nodes=2\n"
          "n1 add a\n"
          "n2 add a\n"
          "n1 remove a\n"},
         {"D4", "no-causal-order", "an update is not held back for those of third nodes",
          "elem-azar-unis/CRDT-Redis#1, #2; RR-7506, specification 15: needs causal delivery",
          "app crdt type=or-set transport=op bug=no-causal-order nodes=3\n"
          "n1 add a\n"
          "wait 20ms\n"
          "n2 remove a\n"
          "omit n1 -> n3 operation_is #1\n"},
         {"D5", "local-clock", "a write is stamped by a clock that hears of no other",
          "Lamport 1978, rule IR2; RR-7506, specification 8: timestamps consistent with causality",
          "app crdt type=lww-register transport=state bug=local-clock nodes=2\n"
          "n2 write 1\n"
          "wait 20ms\n"
          "n1 write 2\n"},
         {"G8", "no-tie-break", "of two writes with one timestamp each replica keeps its own",
          std::string(survey) + ", specification 8: timestamps are unique",
          "app crdt type=lww-register transport=state bug=no-tie-break nodes=2\n"
          "n1 write 1\n"
          "n2 write 2\n"},
         {"D6", "one-map", "a decrement makes the node's own entry smaller",
          std::string(survey) + ", section 3.1.3: why a PN-counter has two vectors",
          "app crdt type=pn-counter transport=state bug=one-map nodes=2\n"
          "n1 decrement 1\n"},
         {"K5", "dots-forgotten", "a node that comes back counts its updates from 1 again",
          "Bieniusa et al. 2012, section 4: dots are unique",
          "app crdt type=or-set transport=state bug=dots-forgotten nodes=2\n"
          "n1 add a\n"
          "fault crash n1\n"
          "fault restart n1\n"
          "n1 add b\n"}}};
}

}  // namespace partita::crdt
