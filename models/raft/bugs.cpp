#include "bugs.hpp"

#include <partita/models/raft.hpp>

namespace partita::raft {
namespace {

std::vector<switched_bug> of_elections() {
    return {
        {bug::ballot_in_memory,
         {"R2", "ballot-in-memory", "neither the term nor the vote is on the disk",
          "paper, figure 2; datatechnology/cornerstone#65, wenweihu86/raft-java#57",
          "app raft nodes=3 bug=ballot-in-memory\n"
          "n1 remove n1\n"
          "crash n1 at send n1 -> n3 append #2 for 1ms\n"}},
        {bug::vote_reset,
         {"R3", "vote-reset", "who learns of a leader forgets whom it voted for in this term",
          "camunda/camunda#5356",
          "app raft nodes=3 bug=vote-reset\n"
          "fault ingress_delay n3 2s\n"
          "n3 read x &\n"
          "n3 campaign\n"}},
        {bug::own_vote_twice,
         {"R4", "own-vote-twice", "a candidate counts its own vote twice", "ktoso/akka-raft#50",
          "app raft nodes=3 bug=own-vote-twice\n"
          "n1 campaign &\n"
          "n2 campaign\n"}},
        {bug::any_log_wins,
         {"R17", "any-log-wins", "a vote goes to a candidate whose log lacks what the voter's has",
          "paper, 5.4.1",
          "app raft nodes=3 bug=any-log-wins\n"
          "n1 append x c\n"
          "delay n1 -> n2 append #1 by 208ms\n"}},
    };
}

std::vector<switched_bug> of_replication() {
    return {
        {bug::commit_by_counting,
         {"R1", "commit-by-counting",
          "an entry of an earlier term is committed once a majority has it",
          "paper, 5.4.2 and figure 8; logcabin/logcabin#44, canonical/raft#220",
          "app raft nodes=3 bug=commit-by-counting\n"
          "n1 campaign\n"
          "n1 write x a &\n"
          "n3 campaign\n"
          "n3 write x b &\n"
          "n1 campaign\n"
          "wait 10ms\n"
          "n3 campaign\n"
          "n3 campaign\n"
          "crash n3 at receive n1 -> n3 request_vote #2 for 5ms\n"
          "omit n1 -> n2 append #5\n"}},
        {bug::blind_cut,
         {"R14", "blind-cut", "an append cuts the log off even where it agrees",
          "paper, 5.3: only if an existing entry conflicts",
          "app raft nodes=3 bug=blind-cut\n"
          "n2 append x a\n"
          "delay n2 -> n1 append #2 by 38ms\n"}},
        {bug::commit_past_match,
         {"R15", "commit-past-match",
          "a follower commits what the leader has, beyond where their logs are known to agree",
          "paper, figure 2: min(leaderCommit, index of last new entry)",
          "app raft nodes=3 bug=commit-past-match\n"
          "n2 read x\n"
          "fault egress_delay n2 237ms\n"
          "n1 write x a\n"}},
        {bug::log_in_memory,
         {"R18", "log-in-memory", "an entry is acknowledged before it is on the disk",
          "paper, figure 2: updated on stable storage before responding",
          "app raft nodes=3 bug=log-in-memory\n"
          "n1 remove n3\n"
          "fault crash n1\n"
          "fault restart n1\n"}},
    };
}

std::vector<switched_bug> of_members() {
    return {
        {bug::early_change,
         {"R5", "early-change",
          "members change before the leader has committed an entry of its own term",
          "Ongaro, raft-dev, 2015; atomix/copycat#23, baidu/braft#182",
          "app raft nodes=4 bug=early-change\n"
          "n1 campaign\n"
          "n1 remove n4 &\n"
          "n2 campaign\n"
          "n2 remove n1\n"
          "n1 campaign\n"
          "omit n2 -> n3 append #2\n"}},
        {bug::two_changes,
         {"R19", "two-changes", "members change while the change before is not committed",
          "thesis, 4.1",
          "app raft nodes=3 bug=two-changes\n"
          "n1 remove n3 &\n"
          "n1 remove n2\n"
          "n2 campaign\n"}},
        {bug::committed_members_only,
         {"R6", "committed-members-only",
          "a candidate goes by the committed members and not by those in its log",
          "thesis, 4.1; eBay/NuRaft#67, andy-yx-chen/jraft#1",
          "app raft nodes=3 bug=committed-members-only\n"
          "n1 remove n3\n"
          "n1 remove n2\n"}},
    };
}

std::vector<switched_bug> of_clients() {
    return {
        {bug::early_read,
         {"R9", "early-read", "a leader reads before it has committed an entry of its own term",
          "thesis, 6.4; etcd-io/etcd#7331, tikv/tikv#6340",
          "app raft nodes=3 bug=early-read\n"
          "n2 write x a\n"
          "n1 campaign\n"
          "n1 read x\n"}},
        {bug::unconfirmed_read,
         {"R10", "unconfirmed-read", "a leader reads without making sure that it still leads",
          "thesis, 6.4; deventlab/d-engine#381",
          "app raft nodes=3 bug=unconfirmed-read\n"
          "n1 write x a\n"
          "fault partition { n1 } { n2 n3 }\n"
          "n2 write x b\n"
          "n1 read x\n"}},
        {bug::no_sessions,
         {"R20", "no-sessions", "a request that comes again is done again", "thesis, 6.3",
          "app raft nodes=3 bug=no-sessions\n"
          "n1 write x a\n"
          "n2 append x b\n"
          "n3 read x\n"
          "duplicate n2 -> n1 client_request #1\n"}},
    };
}

std::vector<switched_bug> all_bugs() {
    std::vector<switched_bug> all;
    for (auto* const some : {of_elections, of_replication, of_members, of_clients}) {
        for (switched_bug& each : some()) all.push_back(std::move(each));
    }
    return all;
}

/// Any two servers may fail. A process that crashes is often back before anybody notices.
fault_plan plan() {
    fault_plan made = usual_faults(std::chrono::milliseconds(5));
    made.tolerance = 2;
    return made;
}

}  // namespace

const std::vector<switched_bug>& switched_bugs() {
    static const std::vector<switched_bug> all = all_bugs();
    return all;
}

bug_family bugs() {
    bug_family family{service(), plan(), {"raft nodes=3", "raft nodes=5"}, {}};
    for (const switched_bug& each : switched_bugs()) family.bugs.push_back(each.what);
    return family;
}

}  // namespace partita::raft
