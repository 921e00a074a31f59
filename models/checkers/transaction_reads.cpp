#include <algorithm>
#include <map>

#include "transaction_orders.hpp"

namespace partita::detail {

namespace {

constexpr std::uint32_t unseen = transaction_append::unseen;

class read_checker {
   public:
    read_checker(const transaction_view& view, const version_orders& orders, step_meter& meter)
        : view_(view),
          orders_(orders),
          meter_(meter),
          first_failed_(orders.by_key.size(), unseen) {}

    std::vector<transaction_anomaly> run() {
        for (std::uint32_t key = 0; key < orders_.by_key.size(); ++key) find_failed(key);
        for (std::uint32_t at = 0; at < view_.first_read.size() - 1; ++at) {
            check_inside(at);
            if (meter_.spent()) return std::move(found_);
        }
        for (const transaction_read& read : view_.reads) {
            meter_.spend();
            if (!read.compatible || orders_.by_key[read.key].empty()) continue;
            check_aborted(read);
            check_intermediate(read);
        }
        find_lost_updates();
        return std::move(found_);
    }

   private:
    using micro_states = std::map<std::uint32_t, history_values>;

    /// The first append of a failed transaction that was seen, and whether others built upon it.
    void find_failed(std::uint32_t key) {
        const std::vector<std::uint32_t>& order = orders_.by_key[key];
        for (std::uint32_t at = 0; at < order.size(); ++at) {
            const transaction_append& append = view_.appends[order[at]];
            const bool failed = view_.outcome(append.transaction) == response_kind::fail;
            if (failed && first_failed_[key] == unseen) first_failed_[key] = at;
            if (failed || first_failed_[key] == unseen) continue;
            const transaction_append& dirty = view_.appends[order[first_failed_[key]]];
            report("dirty update", {append.transaction, dirty.transaction}, [&](quotation& quote) {
                return quote(append.transaction) + " appended " + to_key(view_, append) +
                       " after " + to_text(*dirty.value) + ", which " + quote(dirty.transaction) +
                       " appended and took back";
            });
            return;
        }
    }

    void check_aborted(const transaction_read& read) {
        const std::uint32_t failed = first_failed_[read.key];
        if (failed == unseen || failed >= read.list->size()) return;
        const transaction_append& append = view_.appends[orders_.by_key[read.key][failed]];
        report("G1a", {read.transaction, append.transaction}, [&](quotation& quote) {
            return quote(read.transaction) + " observed the append of " + to_key(view_, append) +
                   " by " + quote(append.transaction) + ", which failed: an aborted read";
        });
    }

    void check_intermediate(const transaction_read& read) {
        if (read.list->empty()) return;
        const transaction_append& append =
            view_.appends[orders_.by_key[read.key][read.list->size() - 1]];
        if (append.last || append.transaction == read.transaction) return;
        report("G1b", {read.transaction, append.transaction}, [&](quotation& quote) {
            return quote(read.transaction) + " observed the append of " + to_key(view_, append) +
                   " by " + quote(append.transaction) +
                   " but not what that appended next: an intermediate read";
        });
    }

    /// Plays one transaction: what it read and appended itself must be in what it reads next.
    void check_inside(std::uint32_t transaction) {
        std::map<std::uint32_t, const history_values*> lists;  // as last read, by key
        micro_states own;                                      // appended since then, by key
        std::uint32_t append = view_.first_append[transaction];
        for (std::uint32_t at = view_.first_read[transaction];
             at < view_.first_read[transaction + 1]; ++at) {
            const transaction_read& read = view_.reads[at];
            for (; append < view_.first_append[transaction + 1] &&
                   view_.appends[append].micro < read.micro;
                 ++append) {
                own[view_.appends[append].key].push_back(*view_.appends[append].value);
            }
            check_own_future(read, append);
            check_own_past(read, lists[read.key], own[read.key]);
            lists[read.key] = read.list;
            own[read.key].clear();
        }
    }

    void check_own_past(const transaction_read& read, const history_values* list,
                        const history_values& own) {
        const history_values& seen = *read.list;
        meter_.spend(1 + own.size());
        const bool ends =
            seen.size() >= own.size() && std::equal(own.rbegin(), own.rend(), seen.rbegin());
        const bool begins = !list || (seen.size() == list->size() + own.size() &&
                                      std::equal(list->begin(), list->end(), seen.begin()));
        if (ends && begins) return;
        report("internal", {read.transaction}, [&](quotation& quote) {
            return quote(read.transaction) + " observed " + shortened(to_text({*read.list})) +
                   " in " + to_text(view_.keys[read.key]) +
                   ", which is not what it had read and appended there itself";
        });
    }

    void check_own_future(const transaction_read& read, std::uint32_t next) {
        for (; next < view_.first_append[read.transaction + 1]; ++next) {
            const transaction_append& append = view_.appends[next];
            if (append.key != read.key || append.position >= read.list->size()) continue;
            if (!read.compatible) continue;
            report("future read", {read.transaction}, [&](quotation& quote) {
                return quote(read.transaction) + " observed its own append of " +
                       to_key(view_, append) + " before it did it";
            });
        }
    }

    /// Two that read the same version of a key and then append to it: neither saw the other.
    void find_lost_updates() {
        std::map<std::pair<std::uint32_t, std::size_t>, std::uint32_t> updates;
        for (const transaction_read& read : view_.reads) {
            if (!read.compatible || !updates_key(read)) continue;
            const std::uint32_t first =
                updates.try_emplace({read.key, read.list->size()}, read.transaction).first->second;
            if (first == read.transaction) continue;
            report("lost update", {read.transaction, first}, [&](quotation& quote) {
                return quote(read.transaction) + " and " + quote(first) + " both observed " +
                       shortened(to_text({*read.list})) + " in " + to_text(view_.keys[read.key]) +
                       " and then appended to it: one update was lost on the other";
            });
        }
    }
    [[nodiscard]] bool updates_key(const transaction_read& read) const {
        bool updates = false;
        for (std::uint32_t at = view_.first_append[read.transaction];
             at < view_.first_append[read.transaction + 1]; ++at) {
            const transaction_append& append = view_.appends[at];
            if (append.key != read.key) continue;
            if (append.micro < read.micro) return false;
            updates = true;
        }
        return updates;
    }

    template <typename Words>
    void report(const char* kind, const std::vector<std::size_t>& evidence, Words words) {
        const bool known = std::any_of(found_.begin(), found_.end(),
                                       [&](const auto& each) { return each.kind == kind; });
        if (known) return;
        quotation quote(*view_.history);
        found_.push_back({kind, words(quote), evidence});
    }

    const transaction_view& view_;
    const version_orders& orders_;
    step_meter& meter_;
    std::vector<std::uint32_t> first_failed_;  // by key, its position in the order
    std::vector<transaction_anomaly> found_;
};

}  // namespace

std::vector<transaction_anomaly> find_read_anomalies(const transaction_view& view,
                                                     const version_orders& orders,
                                                     step_meter& meter) {
    return read_checker(view, orders, meter).run();
}

}  // namespace partita::detail
