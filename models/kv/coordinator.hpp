#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "messages.hpp"
#include "node_view.hpp"

namespace partita::kv {

/// Reads and writes for the clients of its node, with quorums (Gifford 1979), as in Dynamo: asks
/// all owners, answers once so many have answered. With atomic=on every read stores what it found
/// at a quorum of writes first, and every write asks a quorum of reads for the last timestamp
/// (Attiya, Bar-Noy, Dolev 1995; for several writers Lynch, Shvartsman 1997). A
/// client is told that the time is over, and never that nothing happened.
class coordinator {
   public:
    using accepts = messages<client_read, client_write, object_found, object_stored, late_replicas,
                             operation_over>;

    explicit coordinator(shared_view view) : view_(std::move(view)) {}

    void on_message(context&, const client_read&);
    void on_message(context&, const client_write&);
    void on_message(context&, const object_found&);
    void on_message(context&, const object_stored&);
    void on_message(context&, const late_replicas&);
    void on_message(context&, const operation_over&);

   private:
    struct open_operation {
        operation_number id;
        caller client;
        std::string key;
        std::vector<node_id> owners{};
        std::optional<client_write> write{};  // none: a read

        std::set<node_id> heard{};  // whose object is known
        std::vector<std::pair<node_id, object>> answers{};
        object found{};  // as the reader folds them

        bool storing = false;
        object content{};            // to be stored
        std::set<node_id> stored{};  // owners that have it, or whose stand-in has
        std::size_t acknowledged = 0;
        std::size_t needed = 0;
        std::map<node_id, node_id> stand_ins{};  // for which owner, who

        bool answered = false;
        timer_id late{};
        timer_id over{};
    };
    using operations = std::map<std::uint64_t, open_operation>;

    [[nodiscard]] bool has(bug which) const { return view_->options.planted == which; }
    [[nodiscard]] operations::iterator find(const operation_number&);
    open_operation& begin(context&, const std::string& key);
    void ask(context&, open_operation&);
    void decide(context&, open_operation&);
    void write_back(context&, open_operation&);
    void write(context&, open_operation&, std::int64_t seen);
    void put(context&, open_operation&);
    void answer(context&, open_operation&);
    void finish_if_complete(context&, operations::iterator);
    void repair_stale(context&, const open_operation&);
    void hint(context&, open_operation&, node_id absent, node_id at);
    [[nodiscard]] timestamp stamp(context&, std::int64_t seen);

    shared_view view_;
    std::uint64_t last_number_ = 0;
    std::int64_t last_time_ = 0;
    operations open_;
    std::map<std::string, version_vector> known_;  // what clients here have seen or written
};

}  // namespace partita::kv
