#include "bugs.hpp"

#include <partita/models/atomic_commit.hpp>
#include <partita/models/commit.hpp>

namespace partita::commit {
namespace {

/// Without pauses and reordering, which break nothing that these do not, so that each of them comes
/// more often.
fault_plan faults_of_hunt() {
    fault_plan plan;
    for (const fault_kind each : {fault_kind::omission, fault_kind::delay, fault_kind::duplication,
                                  fault_kind::partition, fault_kind::crash}) {
        plan.allow(each);
    }
    return plan;
}

const std::vector<planted_bug> planted{
    {"T3", "late-vote", "a vote that comes after the abort still counts",
     "Partisan protocols/lampson_2pc.erl, bernstein_ctp.erl, skeen_3pc.erl",
     R"(app atomic-commit bug=late-vote
n1 commit 42
delay n3 -> n1 vote_cast #1 by 1s
)"},
    {"T4", "forgotten-abort", "who has aborted answers as if in doubt",
     "Partisan protocols/bernstein_ctp.erl", R"(app atomic-commit bug=forgotten-abort
n1 commit 42
crash n1 at send n1 -> n3 vote_request #1
)"},
    {"T5", "waits-for-unknown", "who has not voted does not abort when asked",
     "Partisan protocols/bernstein_ctp.erl", R"(app atomic-commit bug=waits-for-unknown
n1 commit 42
crash n1 at send n1 -> n3 vote_request #1
)"},
    {"T6", "one-question", "a participant in doubt asks once; with resend=off it has to ask",
     "Partisan protocols/bernstein_ctp.erl", R"(app atomic-commit resend=off bug=one-question
n1 commit 42
omit n1 -> n3 decision_order #1
omit n3 -> n1 decision_question #1
omit n3 -> n2 decision_question #1
)"},
    {"T8", "reused-number", "the number of the last transaction is only in memory",
     "Partisan protocols/skeen_3pc.erl (never counts)", R"(app atomic-commit bug=reused-number
n1 commit 1
fault crash n1
fault restart n1
n1 commit 2
)"},
    {"T9", "vote-in-memory", "a participant votes yes before that is on disk",
     "MartinKalema/horizontal-scaling-convex#101", R"(app atomic-commit bug=vote-in-memory
n1 commit 42
fault crash n2
fault restart n2
)"},
    {"T10", "hasty-recovery", "a coordinator that restarts aborts what it had committed, too",
     "citusdata/citus#1030, scalar-labs/scalardb#2135", R"(app atomic-commit bug=hasty-recovery
n1 commit 42
fault crash n1
fault restart n1
)"},
    {"T11", "unforced-decision", "a decision is sent before it is on disk",
     "Bernstein, Hadzilacos and Goodman 1987, 7.4: the rule it breaks",
     R"(app atomic-commit bug=unforced-decision
n1 commit 42
fault crash n1
fault restart n1
)"},
    {"T12", "impatient", "a participant that voted yes aborts when it hears nothing", "well known",
     R"(app atomic-commit bug=impatient
n1 commit 42
delay n1 -> n3 decision_order #1 by 2s
)"},
    {"T13", "majority-commits", "when the votes are due a majority is enough", "well known",
     R"(app atomic-commit bug=majority-commits
n1 commit 42
omit n1 -> n3 vote_request #1
)"},
    {"T14", "counted-votes", "votes are counted, not who cast them", "well known",
     R"(app atomic-commit bug=counted-votes
n1 commit 42 no=n3
duplicate n2 -> n1 vote_cast #1
)"},
    {"T15", "shared-timer", "the timer of one transaction aborts all that wait for votes",
     "well known", R"(app atomic-commit bug=shared-timer
n1 commit 1
n1 commit 2
delay n3 -> n1 vote_cast #2 by 1s
)"},
};

}  // namespace

bug_family bugs() {
    return {
        atomic_commit(), faults_of_hunt(), {"atomic-commit", "atomic-commit resend=off"}, planted};
}

bug_family blocking_bugs() {
    return {atomic_commit(),
            faults_of_hunt(),
            {},
            {{"T1", "blocking",
              "not a mistake: two-phase commit blocks when its coordinator stays down",
              "Skeen, Nonblocking Commit Protocols, 1981; atomix/atomix#360",
              R"(app atomic-commit require=nonblocking
n1 commit 42
crash n1 at receive n3 -> n1 vote_cast #1
)"}}};
}

bug_family lampson_bugs() {
    return {lampson_2pc(),
            fault_plan::of(fault_kind::omission),
            {},
            {{"T2", "commit-sent-once", "the caller is told ok, and no commit is sent again",
              "Partisan protocols/lampson_2pc.erl",
              "app lampson-2pc nodes=4\nn1 broadcast 42\nomit n1 -> n3 commit #1\n"}}};
}

bug_family skeen_bugs() {
    return {skeen_3pc(),
            fault_plan::of(fault_kind::omission).allow(fault_kind::partition),
            {},
            {{"T7", "timeouts-decide",
              "on timeout a prepared participant aborts, one told to "
              "precommit commits: messages that are lost make both happen",
              "Partisan protocols/skeen_3pc.erl; Alvaro et al. 2015, figure 9",
              "app skeen-3pc nodes=4\nn1 broadcast 42\n"
              "isolate n1 at send n1 -> n3 precommit #1 for 1s\n"}}};
}

}  // namespace partita::commit
