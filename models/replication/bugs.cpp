#include "bugs.hpp"

#include <partita/models/replication.hpp>

namespace partita::replication {
namespace {

const std::vector<planted_bug> planted{
    {"P1", "early-commit", "a write is answered and seen once the primary has it",
     "Partisan protocols/alsberg_day.erl", R"(app primary-backup variant=acked bug=early-commit
n1 write x 1
omit n1 -> n2 replicate #1
)"},
    {"P2", "arrival-order", "a backup takes entries as they arrive, whatever their place",
     "Partisan protocols/alsberg_day.erl", R"(app primary-backup variant=acked bug=arrival-order
n3 write x 1 &
n1 write y 2
omit n1 -> n2 replicate #1
)"},
    {"P3", "retry-overwrites", "an entry that comes again is done again, over newer ones",
     "Partisan protocols/alsberg_day_acked.erl",
     R"(app primary-backup variant=acked bug=retry-overwrites
n1 write x 1
omit n2 -> n1 replicated #1
)"},
    {"P4", "one-retry", "the timer of the retries is not set again",
     "Partisan protocols/alsberg_day_acked.erl",
     R"(app primary-backup variant=acked bug=one-retry
fault send_omission n1
n1 write x 1
)"},
    {"P5", "never-forgotten", "a write that was completed by a retry stays open",
     "Partisan protocols/alsberg_day_acked.erl",
     R"(app primary-backup variant=acked bug=never-forgotten
n1 write x 1
omit n1 -> n2 replicate #1
)"},
    {"P6", "no-recheck", "who is left after a change of view has all, but nobody looks",
     "Partisan protocols/alsberg_day_acked_membership.erl",
     R"(app primary-backup variant=membership bug=no-recheck
n1 write x 1
crash n3 at receive n1 -> n3 replicate #1
)"},
    {"P7", "split-brain", "a candidate that is not answered goes on alone",
     "Partisan protocols/alsberg_day_acked_membership.erl; Alsberg and Day 1976",
     R"(app primary-backup variant=membership bug=split-brain
fault partition { n1 } { n2 n3 }
n1 read x
n2 write x 1
)"},
    {"P8", "no-transfer", "a new primary begins with its own log, whatever others have",
     "Partisan protocols/alsberg_day_acked_membership.erl",
     R"(app primary-backup variant=membership bug=no-transfer
n1 write x 1
n2 write x 2
isolate n1 at send n1 -> n2 replicate #1
)"},
    {"P9", "acks-alone", "the primary drops silent members and acknowledges alone",
     "Alvaro et al., Lineage-driven Fault Injection, 2015, figure 10 (Kafka)",
     R"(app primary-backup variant=membership bug=acks-alone
fault receive_omission n1
n2 read x
n1 write x 1
)"},
    {"P13", "duplicate-acks", "acknowledgements are counted, not who gave them", "well known",
     R"(app primary-backup variant=acked bug=duplicate-acks
n1 write x 1 &
n1 write x 2
omit n1 -> n2 replicate #1
)"},
    {"R10", "unconfirmed-read", "a primary answers reads without asking whether it still is one",
     "deventlab/d-engine#381", R"(app primary-backup variant=membership bug=unconfirmed-read
n1 write x 1
fault send_omission n1
n2 read x
)"},
    {"C4", "double-apply", "a request that is passed on again gets a second place", "well known",
     R"(app primary-backup variant=acked bug=double-apply
n1 write x 1
omit n1 -> n2 replicate #1
)"},
};

}  // namespace

bug_family bugs() {
    return {primary_backup(),
            usual_faults(),
            {"primary-backup variant=plain", "primary-backup variant=acked",
             "primary-backup variant=membership"},
            planted};
}

}  // namespace partita::replication
