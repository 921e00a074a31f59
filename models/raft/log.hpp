#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <partita/runtime/context.hpp>
#include <partita/runtime/message.hpp>

namespace partita::raft {

using term_number = std::uint64_t;  ///< from 1; 0 = before the first election
using log_index = std::uint64_t;    ///< from 1; 0 = before the first entry
using configuration = std::set<node_id>;

/// What a client wants of the registers. Its sender is a session of one request: however often it
/// comes, it is done once (thesis, 6.3).
enum class request_kind : std::uint8_t { read, write, append };
struct request {
    actor_id client;
    request_kind kind = request_kind::read;
    std::string key;
    std::string value;
    bool operator==(const request&) const = default;
};
PARTITA_MESSAGE(request, client, kind, key, value)

enum class entry_kind : std::uint8_t { nothing, request, members };
/// One entry of the log. A request changes the registers, members the configuration.
struct entry {
    term_number term = 0;
    entry_kind kind = entry_kind::nothing;
    raft::request request;
    configuration members;
    bool operator==(const entry&) const = default;
};
PARTITA_MESSAGE(entry, term, kind, request, members)

/// The entries of one server, from index 1. Nothing is ever compacted: a trial is short.
class log {
   public:
    log() = default;
    explicit log(std::vector<entry> entries) : entries_(std::move(entries)) {}

    [[nodiscard]] log_index last() const { return entries_.size(); }
    [[nodiscard]] const std::vector<entry>& entries() const { return entries_; }
    /// Requires: 1 <= at <= last().
    [[nodiscard]] const entry& at(log_index at) const { return entries_[at - 1]; }
    /// 0 where there is no entry.
    [[nodiscard]] term_number term_at(log_index at) const {
        return at == 0 || at > last() ? 0 : entries_[at - 1].term;
    }
    [[nodiscard]] term_number last_term() const { return term_at(last()); }
    /// Whether all up to there is as in the log that it comes from (the log matching property).
    [[nodiscard]] bool matches(log_index at, term_number term) const {
        return at <= last() && term_at(at) == term;
    }
    /// The last entry with members at or before `limit`; 0 = none.
    [[nodiscard]] log_index members_before(log_index limit) const;

    void append(entry fresh) { entries_.push_back(std::move(fresh)); }
    /// Forgets the entry there and all after it.
    void cut(log_index from) { entries_.resize(from - 1); }

   private:
    std::vector<entry> entries_;
};

/// The end of a log. Of two, the later term wins, then the longer log (paper, 5.4.1).
struct log_end {
    term_number term = 0;
    log_index index = 0;
    auto operator<=>(const log_end&) const = default;
};
PARTITA_MESSAGE(log_end, term, index)
[[nodiscard]] inline log_end end_of(const log& of) { return {of.last_term(), of.last()}; }

/// What a server must not forget besides its log.
struct ballot {
    term_number term = 0;
    node_id voted_for;
    bool operator==(const ballot&) const = default;
};
PARTITA_MESSAGE(ballot, term, voted_for)

}  // namespace partita::raft
