#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <partita/runtime/context.hpp>

#include "messages.hpp"
#include "options.hpp"

namespace partita::replication {

/// One replica: stands for the clients of its node, and is backup or primary as the view says. What
/// it acknowledges is on disk. Timers run only while there is something to wait for.
///
/// Invariant: a view has a majority of all nodes, and a node that joined an epoch obeys no earlier
/// one. So whoever a majority joins hears of every entry that all members of a view had, and the
/// log of the latest view, the longest of these, has them all.
class replica {
   public:
    using accepts = messages<client_write, client_read, forward, answered, replicate, replicated,
                             confirm, confirmed, probe, alive, join_epoch, epoch_joined, install,
                             installed, forward_again, retry, elect, enough_joined>;

    replica(const replica_options& options, std::vector<node_id> nodes, std::uint64_t life)
        : options_(options), nodes_(std::move(nodes)), life_(life) {}

    void on_start(context&);

    // Of clients, and for them: replica.cpp.
    void on_message(context&, const client_write&);
    void on_message(context&, const client_read&);
    void on_message(context&, const answered&);
    void on_message(context&, const forward_again&);

    // Of primary and backups: replica.cpp.
    void on_message(context&, const forward&);
    void on_message(context&, const replicate&);
    void on_message(context&, const replicated&);
    void on_message(context&, const confirm&);
    void on_message(context&, const confirmed&);
    void on_message(context&, const retry&);

    // Of views: view_change.cpp.
    void on_message(context&, const probe&);
    void on_message(context&, const alive&);
    void on_message(context&, const join_epoch&);
    void on_message(context&, const epoch_joined&);
    void on_message(context&, const enough_joined&);
    void on_message(context&, const install&);
    void on_message(context&, const installed&);
    void on_message(context&, const elect&);

   private:
    struct pending_request {
        caller client;
        forward what;
        int tries = 0;
    };
    struct open_write {
        std::vector<node_id> replies;
        bool retried = false;
    };
    struct open_read {
        std::string key;
        std::set<node_id> confirmers;
    };
    struct candidacy {
        std::uint64_t epoch = 0;
        std::map<node_id, replica_state> joined;
    };

    [[nodiscard]] bool has(bug which) const { return options_.planted == which; }
    [[nodiscard]] std::size_t majority() const { return nodes_.size() / 2 + 1; }
    /// I am the primary, as far as I know.
    [[nodiscard]] bool leads(const context& self) const {
        return state_.now.primary == self.node() && !restless();
    }
    /// Joined an epoch that has no view yet.
    [[nodiscard]] bool restless() const { return state_.promised > state_.now.epoch; }
    [[nodiscard]] std::uint64_t last_place() const {
        return state_.log.empty() ? 0 : state_.log.back().place;
    }
    [[nodiscard]] std::set<node_id> others(const context&) const;
    [[nodiscard]] std::set<node_id> backups(const context&) const;
    [[nodiscard]] std::string value_of(const std::string& key) const;
    [[nodiscard]] bool obeys(context&, std::uint64_t epoch);
    void save(context&);

    void begin(context&, forward);
    void pass_on(context&, const forward&);
    void pass_on_all(context&);
    void serve(context&, const forward&);
    void serve_write(context&, const forward&);
    void serve_read(context&, const forward&);
    void answer(context&, const request_number&, std::string value);
    void count_reply(node_id from, std::uint64_t place);
    void complete(context&);
    void finish_reads(context&);
    [[nodiscard]] bool send_again(context&, node_id to);
    void arm_retry(context&);

    [[nodiscard]] std::uint64_t next_epoch(const context&, std::uint64_t above) const;
    void step_down();
    void begin_election(context&, std::uint64_t above);
    void form_view(context&);
    void open_log();
    void drop_silent(context&);
    void arm_election(context&);

    replica_options options_;
    std::vector<node_id> nodes_;
    std::uint64_t life_;
    replica_state state_;

    std::uint64_t last_number_ = 0;
    std::map<std::uint64_t, pending_request> pending_;

    // Of a primary.
    std::map<std::uint64_t, open_write> writes_;  // by place
    std::map<request_number, open_read> reads_;
    std::uint64_t served_from_ = 0;  // reads wait until this place is committed
    std::set<node_id> installed_;    // who has the view
    std::map<node_id, int> silent_;  // how many retries it has not answered
    bool retry_armed_ = false;

    std::optional<candidacy> candidacy_;
    std::uint64_t heard_of_ = 0;  // the latest epoch
    bool election_armed_ = false;
};

}  // namespace partita::replication
