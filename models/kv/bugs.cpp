#include "bugs.hpp"

#include <partita/models/kv.hpp>

namespace partita::kv {
bug_family bugs() {
    return {
        .application = store(),
        .plan = usual_faults(),
        .correct = {"kv", "kv atomic=on", "kv atomic=on r=1 w=3"},
        .bugs =
            {
                {"P13", "duplicate-acks", "a quorum counts answers, not who gave them", "folklore",
                 "app kv atomic=on r=1 w=3 bug=duplicate-acks\n"
                 "fault duplication n2\n"
                 "n1 write x 1\n"
                 "n3 read x\n"
                 "omit n1 -> n3 put_object #1\n"},
                {"P9", "shrinking-quorum",
                 "a write is content with the replicas that answer in half the timeout",
                 "Kafka replication as in Alvaro et al., Lineage-driven fault injection, 2015, "
                 "figure 10",
                 "app kv atomic=on bug=shrinking-quorum\n"
                 "n1 write x 1\n"
                 "n2 read x\n"
                 "isolate n1 at receive n2 -> n1 object_found #1 for 2s\n"},
                {"P10", "no-write-back", "a read does not store what it found before it answers",
                 "Attiya, Bar-Noy and Dolev, Sharing memory robustly, 1995",
                 "app kv atomic=on bug=no-write-back repair=off handoff=off exchange=off\n"
                 "n1 write x 1\n"
                 "n1 read x\n"
                 "n2 read x\n"
                 "omit n1 -> n2 put_object #1\n"
                 "omit n1 -> n3 put_object #1\n"},
                {"P11", "no-query", "a writer asks nobody for the last timestamp",
                 "Lynch and Shvartsman, Robust emulation of shared memory, 1997",
                 "app kv atomic=on bug=no-query\n"
                 "n2 write x 1\n"
                 "n1 write x 2\n"
                 "n3 read x\n"},
                {"G1", "no-tombstone", "a delete only erases",
                 "Demers et al., Epidemic algorithms, 1987, section 2; scylladb/scylladb#14991",
                 "app kv bug=no-tombstone\n"
                 "n1 write x 1\n"
                 "n1 delete x\n"},
                {"KV1", "no-sync", "a write is acknowledged before it is on disk",
                 "Pillai et al., All file systems are not created equal, 2014",
                 "app kv replicas=1 r=1 w=1 bug=no-sync\n"
                 "n1 write x 1\n"
                 "fault crash n2\n"
                 "fault restart n2\n"},
            },
    };
}

bug_family bugs_of_repair() {
    return {
        .application = store(),
        .plan = usual_faults().allow(fault_kind::crash, 0),
        .correct = {"kv exchange=off consistency=eventual"},
        .bugs =
            {
                {"P3", "blind-repair", "a read repair overwrites whatever is there",
                 "Partisan, protocols/alsberg_day_acked.erl",
                 "app kv bug=blind-repair exchange=off consistency=eventual\n"
                 "n2 read x &\n"
                 "n3 write x 1\n"
                 "n1 delete x\n"},
                {"KV2", "forgetful-hint", "what is kept for an absent replica is sent once",
                 "DeCandia et al., Dynamo, 2007, section 4.6",
                 "app kv bug=forgetful-hint exchange=off consistency=eventual\n"
                 "fault partition { n3 } { n1 n2 }\n"
                 "n1 write x 1\n"
                 "wait 10s\n"},
            },
    };
}

}  // namespace partita::kv
