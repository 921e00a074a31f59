#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <partita/models/application.hpp>

#include "versions.hpp"

namespace partita::kv {

/// A mistake in the store on purpose, one or two lines each, so that a search has something to
/// find; see planted_bugs().
enum class bug : std::uint8_t {
    none,
    duplicate_acks,
    shrinking_quorum,
    no_write_back,
    no_query,
    blind_repair,
    forgetful_hint,
    hasty_hand_over,
    no_tombstone,
    no_sync,
};

/// What `bug=NAME` means, and the least that shows it.
struct planted_bug {
    bug which = bug::none;
    std::string_view name;
    std::string_view about;
};
[[nodiscard]] const std::vector<planted_bug>& planted_bugs();

/// The parameters of a store, read once when a node starts.
struct store_options {
    std::size_t replicas = 3;
    std::size_t read_quorum = 2;
    std::size_t write_quorum = 2;
    std::size_t partitions = 16;
    duration timeout{};
    versioning versions = versioning::timestamps;
    bool atomic = false;
    bool repair = true;
    bool handoff = true;
    bool exchange = true;
    bool durable = true;
    bool checksum = false;
    bool joined = true;
    bug planted = bug::none;
};
[[nodiscard]] store_options options_of(const settings&);

/// Any quorum of reads has a node of any quorum of writes.
[[nodiscard]] inline bool quorums_meet(const store_options& of) {
    return of.read_quorum + of.write_quorum > of.replicas;
}

/// The declarations of all these parameters.
[[nodiscard]] std::vector<parameter> store_parameters();

}  // namespace partita::kv
