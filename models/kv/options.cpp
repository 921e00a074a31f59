#include "options.hpp"

#include <algorithm>

#include <partita/schedules/codec.hpp>

namespace partita::kv {
namespace {

bug bug_named(std::string_view name) {
    for (const planted_bug& each : planted_bugs()) {
        if (each.name == name) return each.which;
    }
    return bug::none;
}

std::vector<std::string> bug_names() {
    std::vector<std::string> names;
    for (const planted_bug& each : planted_bugs()) names.emplace_back(each.name);
    return names;
}

const std::vector<std::string> few{"1", "2", "3", "4", "5"};
const std::vector<std::string> on_off{"on", "off"};

}  // namespace

const std::vector<planted_bug>& planted_bugs() {
    static const std::vector<planted_bug> all{
        {bug::none, "none", "the store as it should be"},
        {bug::duplicate_acks, "duplicate-acks",
         "a quorum counts answers, not who gave them. r=1 w=3, `fault duplication n2`, a write at "
         "n1 that n3 does not get, a read at n3: stale"},
        {bug::shrinking_quorum, "shrinking-quorum",
         "a write is content with the replicas that answer in half the timeout. A partition, a "
         "write in the minority, a read in the majority: stale"},
        {bug::no_write_back, "no-write-back",
         "atomic=on: a read does not store what it found before it answers. A write that times out "
         "at one replica, a read there, a read elsewhere: new, then old"},
        {bug::no_query, "no-query",
         "atomic=on: a writer counts by itself and asks nobody. n2 write x 1, n1 write x 2: the "
         "second is lost, and no fault needed"},
        {bug::blind_repair, "blind-repair",
         "a read repair overwrites whatever is there. A write that misses n3, a read whose repair "
         "is late, a write, a read at n3: the older value is back"},
        {bug::forgetful_hint, "forgetful-hint",
         "what is kept for an absent replica is sent once. exchange=off, a write while n3 is cut "
         "off for longer than the timeout, heal: n3 never gets it"},
        {bug::hasty_hand_over, "hasty-hand-over",
         "a node that is no owner any more forgets at once. r=1 w=1 replicas=1, a write, a leave "
         "whose hand_over is lost: so is the write"},
        {bug::no_tombstone, "no-tombstone",
         "a delete only erases. A delete that misses n3: what n3 has comes back to all"},
        {bug::no_sync, "no-sync",
         "a write is acknowledged before it is on disk. replicas=1 r=1 w=1, a write, crash, "
         "restart: not found"},
    };
    return all;
}

store_options options_of(const settings& with) {
    store_options made;
    made.replicas = with.number("replicas");
    made.read_quorum = with.number("r");
    made.write_quorum = with.number("w");
    made.partitions = with.number("ring");
    made.timeout = *parse_duration(with.value("timeout"));
    made.versions = with.is("versions", "vectors") ? versioning::vectors : versioning::timestamps;
    made.atomic = with.is("atomic", "on");
    made.repair = with.is("repair", "on");
    made.handoff = with.is("handoff", "on");
    made.exchange = with.is("exchange", "on");
    made.durable = with.is("storage", "durable");
    made.checksum = with.is("checksum", "on");
    made.joined = with.is("joined", "all");
    made.planted = bug_named(with.value("bug"));
    return made;
}

std::vector<parameter> store_parameters() {
    return {
        {"replicas", "3", "how many nodes hold a key (N)", few},
        {"r", "2", "replicas that must answer a read", few},
        {"w", "2", "replicas that must acknowledge a write", few},
        {"ring", "16", "partitions of the ring", {"8", "16", "32", "64", "128"}},
        {"timeout", "4s", "until a client gives up", {"500ms", "1s", "2s", "4s", "10s"}},
        {"versions",
         "timestamps",
         "the last writer wins, or siblings by version vectors",
         {"timestamps", "vectors"}},
        {"atomic",
         "off",
         "reads write back what they found, writes ask for the last timestamp first (ABD)",
         {"off", "on"}},
        {"repair", "on", "a read sends what it found to replicas that have less", on_off},
        {"handoff", "on", "writes for an absent replica are kept, and sent when it is back",
         on_off},
        {"exchange", "on", "replicas compare what they hold after changes", on_off},
        {"storage", "durable", "what a crash leaves of a node's data", {"durable", "memory"}},
        {"checksum", "off", "versions bear a checksum; damaged ones are ignored", {"off", "on"}},
        {"joined", "all", "who is in the ring at first: all, or each in its own", {"all", "none"}},
        {"consistency",
         "promised",
         "what is checked; promised: what the other parameters promise",
         {"promised", "eventual", "causal", "sessions", "sequential", "strong", "deck"}},
        {"bug", "none", "a mistake on purpose", bug_names()},
    };
}

}  // namespace partita::kv
