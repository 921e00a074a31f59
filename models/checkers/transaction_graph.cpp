#include "transaction_graph.hpp"

#include <algorithm>
#include <map>

namespace partita::detail {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t unseen = transaction_append::unseen;
constexpr std::size_t pairs_max = 10'000;

class edge_finder {
   public:
    edge_finder(const transaction_view& view, const version_orders& orders, step_meter& meter)
        : view_(view), orders_(orders), meter_(meter) {}

    std::vector<graph_edge> run(edge_kinds kinds) {
        for (std::uint32_t key = 0; key < orders_.by_key.size(); ++key) {
            if (!orders_.unusable[key]) order_writes(key);
        }
        if ((kinds & (write_read | read_write)) != 0) order_reads();
        order_unseen(kinds);
        if ((kinds & process_order) != 0) order_processes();
        if ((kinds & real_time) != 0) order_times();
        return std::move(edges_);
    }

   private:
    void add(std::uint32_t from, std::uint32_t to, edge_kinds kind, std::uint32_t reason) {
        meter_.spend();
        if (from != to) edges_.push_back({from, to, kind, reason});
    }
    [[nodiscard]] const transaction_append& append(std::uint32_t number) const {
        return view_.appends[number];
    }
    [[nodiscard]] bool committed(std::uint32_t number) const {
        return view_.committed[append(number).transaction];
    }

    void order_writes(std::uint32_t key) {
        std::uint32_t before = none;
        for (const std::uint32_t number : orders_.by_key[key]) {
            if (!committed(number)) continue;
            if (before != none) {
                add(append(before).transaction, append(number).transaction, write_write, number);
            }
            before = number;
        }
    }

    void order_reads() {
        for (const transaction_read& read : view_.reads) {
            const std::vector<std::uint32_t>& order = orders_.by_key[read.key];
            const std::size_t seen = read.list->size();
            if (orders_.unusable[read.key]) continue;
            if (seen > 0 && committed(order[seen - 1])) {
                const std::uint32_t last = order[seen - 1];
                add(append(last).transaction, read.transaction, write_read, last);
            }
            const auto missed =
                std::find_if(order.begin() + static_cast<std::ptrdiff_t>(seen), order.end(),
                             [&](std::uint32_t each) { return committed(each); });
            if (missed == order.end()) continue;
            add(read.transaction, append(*missed).transaction, read_write, *missed);
        }
    }

    /// Committed appends that nobody saw come after what was seen, and whoever saw all that was
    /// seen missed them.
    void order_unseen(edge_kinds kinds) {
        std::map<std::uint32_t, std::vector<std::uint32_t>> appends;
        for (std::uint32_t number = 0; number < view_.appends.size(); ++number) {
            const std::uint32_t key = append(number).key;
            if (append(number).position != unseen || !committed(number)) continue;
            if (!orders_.unusable[key]) appends[key].push_back(number);
        }
        std::map<std::uint32_t, std::vector<std::uint32_t>> readers;
        for (const transaction_read& read : view_.reads) {
            const bool all = read.list->size() == orders_.by_key[read.key].size();
            if (all && !orders_.unusable[read.key]) readers[read.key].push_back(read.transaction);
        }
        for (const auto& [key, unread] : appends) {
            follow_last(key, unread);
            if ((kinds & read_write) != 0) miss(readers[key], unread);
        }
    }
    void follow_last(std::uint32_t key, const std::vector<std::uint32_t>& unread) {
        const std::uint32_t last = last_committed(key);
        for (const std::uint32_t number : unread) {
            if (last == none) return;
            add(append(last).transaction, append(number).transaction, write_write, number);
        }
    }
    void miss(const std::vector<std::uint32_t>& readers, const std::vector<std::uint32_t>& unread) {
        std::size_t pairs = 0;
        for (const std::uint32_t reader : readers) {
            for (const std::uint32_t number : unread) {
                if (pairs++ == pairs_max) return;
                add(reader, append(number).transaction, read_write, number);
            }
        }
    }
    [[nodiscard]] std::uint32_t last_committed(std::uint32_t key) const {
        const std::vector<std::uint32_t>& order = orders_.by_key[key];
        const auto last = std::find_if(order.rbegin(), order.rend(),
                                       [&](std::uint32_t each) { return committed(each); });
        return last == order.rend() ? none : *last;
    }

    void order_processes() {
        std::map<std::int64_t, std::uint32_t> last;
        for (std::uint32_t at = 0; at < view_.committed.size(); ++at) {
            if (!view_.committed[at]) continue;
            const auto [before, fresh] = last.try_emplace((*view_.history)[at].process, none);
            if (before->second != none) add(before->second, at, process_order, none);
            if (view_.outcome(at) == response_kind::ok) before->second = at;
        }
    }

    /// Each transaction follows those that ended last before it began: what these follow it follows
    /// through them. There are never more of them than processes.
    void order_times() {
        const client_history& history = *view_.history;
        std::vector<std::uint32_t> begun;
        std::vector<std::uint32_t> ended;
        for (std::uint32_t at = 0; at < view_.committed.size(); ++at) {
            if (!view_.committed[at]) continue;
            begun.push_back(at);
            if (view_.outcome(at) == response_kind::ok) ended.push_back(at);
        }
        std::stable_sort(begun.begin(), begun.end(), [&](std::uint32_t a, std::uint32_t b) {
            return history[a].invoked < history[b].invoked;
        });
        std::stable_sort(ended.begin(), ended.end(), [&](std::uint32_t a, std::uint32_t b) {
            return history[a].responded < history[b].responded;
        });
        std::vector<std::uint32_t> latest;
        auto next = ended.begin();
        for (const std::uint32_t at : begun) {
            for (; next != ended.end() && history[*next].responded < history[at].invoked; ++next) {
                std::erase_if(latest, [&](std::uint32_t each) {
                    return history[each].responded < history[*next].invoked;
                });
                latest.push_back(*next);
            }
            for (const std::uint32_t before : latest) add(before, at, real_time, none);
        }
    }

    const transaction_view& view_;
    const version_orders& orders_;
    step_meter& meter_;
    std::vector<graph_edge> edges_;
};

/// Names the transactions of a cycle T1, T2, ... in the order in which they come.
class cycle_words {
   public:
    cycle_words(const transaction_view& view, const version_orders& orders)
        : view_(view), orders_(orders) {}

    std::string operator()(const std::vector<graph_edge>& cycle) {
        std::string text;
        quotation quote(*view_.history);
        for (const graph_edge& edge : cycle) {
            if (!names_.try_emplace(edge.from, names_.size() + 1).second) continue;
            text += name(edge.from) + " is " + quote(edge.from) + ". ";
        }
        for (std::size_t at = 0; at < cycle.size(); ++at) {
            const graph_edge& edge = cycle[at];
            text += at + 1 == cycle.size() ? "However, " : "";
            text += name(edge.from) + " < " + name(edge.to) + ", because " + because(edge);
            text += at + 1 == cycle.size() ? ": a contradiction" : ". ";
        }
        return text;
    }

   private:
    [[nodiscard]] std::string name(std::uint32_t transaction) const {
        return "T" + std::to_string(names_.at(transaction));
    }
    [[nodiscard]] std::string because(const graph_edge& edge) const {
        const std::string from = name(edge.from);
        const std::string to = name(edge.to);
        if (edge.kind == process_order) {
            const std::int64_t process = (*view_.history)[edge.to].process;
            return "process " + std::to_string(process) + " did " + from + " before " + to;
        }
        if (edge.kind == real_time) return from + " had ended when " + to + " began";
        const transaction_append& append = view_.appends[edge.reason];
        const std::string what = "'s append of " + to_key(view_, append);
        if (edge.kind == write_read) return to + " observed " + from + what;
        if (edge.kind == read_write) return from + " did not observe " + to + what;
        return to + what + " came after " + from + "'s append of " + before(append, edge.from);
    }
    /// The last element before it that the transaction appended.
    [[nodiscard]] std::string before(const transaction_append& append,
                                     std::uint32_t transaction) const {
        const std::vector<std::uint32_t>& order = orders_.by_key[append.key];
        std::size_t at = append.position == unseen ? order.size() : append.position;
        while (at > 0 && view_.appends[order[at - 1]].transaction != transaction) --at;
        return at == 0 ? "an element" : to_text(*view_.appends[order[at - 1]].value);
    }

    const transaction_view& view_;
    const version_orders& orders_;
    std::map<std::uint32_t, std::size_t> names_;
};

}  // namespace

std::vector<graph_edge> transaction_edges(const transaction_view& view,
                                          const version_orders& orders, edge_kinds kinds,
                                          step_meter& meter) {
    return edge_finder(view, orders, meter).run(kinds);
}

std::string explained_transactions(const transaction_view& view, const version_orders& orders,
                                   const std::vector<graph_edge>& cycle) {
    return cycle_words(view, orders)(cycle);
}

}  // namespace partita::detail
