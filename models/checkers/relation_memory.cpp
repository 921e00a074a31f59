#include <algorithm>
#include <map>
#include <utility>

#include "relation_causal.hpp"

namespace partita::detail {

namespace {

constexpr std::uint32_t none = register_event::none;

/// Causal memory for one process, after Bouajjani et al. (POPL 2017, section 5): the least relation
/// that has the causal order, is transitive, and puts a write before the one whose value the
/// process read when the former had already happened before that read. The process' operations can
/// be explained unless that relation has a cycle, or a write before a read of the initial value.
///
/// What happened before the k-th own operation is downward closed, so it is a clock: for each chain
/// a number of events. New orders between writes make clocks grow, until nothing changes.
class process_memory {
   public:
    process_memory(const register_view& view, const causal_clocks& clocks,
                   const std::vector<std::uint32_t>& own, step_meter& meter)
        : view_(view), own_(own), clocks_(clocks), width_(view.chains.size()), meter_(meter) {
        past_.reserve(own.size() * width_);
        for (const std::uint32_t event : own) {
            past_.insert(past_.end(), clocks.of(event), clocks.of(event) + width_);
        }
    }

    check_outcome check() {
        for (bool changed = true; changed;) {
            changed = observe();
            if (initial_after_write_ != none) break;
            changed = spread() || changed;
            if (meter_.spent()) return gave_up(meter_);
        }
        return initial_after_write_ == none ? check_order() : report_initial();
    }

   private:
    /// The newest write of a chain to the key of `later` that must come before it, and who says so.
    struct predecessor {
        std::uint32_t write = none;
        std::uint32_t read = none;
    };

    std::uint32_t* past(std::size_t own) { return past_.data() + own * width_; }

    /// Goes through the own operations in order: the past grows along it, and reads order writes.
    /// Before the first whose past grew since, nothing is new.
    bool observe() {
        bool changed = false;
        std::size_t at = std::exchange(first_grown_, own_.size());
        for (; at < own_.size() && !meter_.spent(); ++at) {
            if (at > 0) changed = raise(past(at), past(at - 1)) || changed;
            if (!view_.events[own_[at]].write) changed = order_writes(at) || changed;
            if (initial_after_write_ != none) return true;
        }
        return changed;
    }

    bool order_writes(std::size_t at) {
        const register_event& read = view_.events[own_[at]];
        bool changed = false;
        for (const register_view::writer& writer : view_.writers[read.key]) {
            meter_.spend();
            const std::uint32_t known = last_write(view_, writer, past(at)[writer.chain]);
            if (known == none || known == read.source) continue;
            if (read.source == none) {
                initial_after_write_ = known;
                initial_read_ = own_[at];
                return true;
            }
            predecessor& newest = before_[{read.source, writer.chain}];
            if (newest.write != none &&
                view_.events[newest.write].position >= view_.events[known].position) {
                continue;
            }
            newest = {known, own_[at]};
            changed = true;
        }
        return changed;
    }

    /// Whoever knows of a write knows of what comes before it.
    bool spread() {
        bool changed = false;
        for (const auto& [later, earlier] : before_) {
            const std::size_t first = first_to_know(later.first);
            meter_.spend();
            if (!raise(past(first), clocks_.of(earlier.write))) continue;
            first_grown_ = std::min(first_grown_, first);
            changed = true;
        }
        return changed;
    }
    std::size_t first_to_know(std::uint32_t write) {
        const register_event& event = view_.events[write];
        std::size_t low = 0;
        for (std::size_t high = own_.size() - 1; low < high;) {
            const std::size_t middle = (low + high) / 2;
            if (past(middle)[event.chain] > event.position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
    bool raise(std::uint32_t* clock, const std::uint32_t* other) {
        bool changed = false;
        meter_.spend(clock_steps(width_));
        for (std::size_t chain = 0; chain < width_; ++chain) {
            changed = changed || clock[chain] < other[chain];
            clock[chain] = std::max(clock[chain], other[chain]);
        }
        return changed;
    }

    [[nodiscard]] std::vector<graph_edge> all_edges() const {
        std::vector<graph_edge> edges = causal_edges(view_);
        for (const auto& [later, earlier] : before_) {
            edges.push_back({earlier.write, later.first, overwritten, earlier.read});
        }
        return edges;
    }

    check_outcome check_order() {
        const relation_graph graph(view_.events.size(), all_edges());
        const auto cycle = short_cycle(graph, overwritten, meter_);
        if (meter_.spent()) return gave_up(meter_);
        if (cycle.empty()) return holds(meter_);
        quotation quote(*view_.history);
        return violated("no order of writes for a process",
                        "No order of the writes explains what process " + process() + " read. " +
                            explained_cycle(view_, cycle, quote),
                        cycle_evidence(view_, cycle), meter_);
    }
    check_outcome report_initial() {
        return initial_read(view_, initial_read_, initial_after_write_, all_edges(), meter_);
    }
    [[nodiscard]] std::string process() const {
        const std::size_t operation = view_.events[own_.front()].operation;
        return std::to_string((*view_.history)[operation].process);
    }

    const register_view& view_;
    const std::vector<std::uint32_t>& own_;
    const causal_clocks& clocks_;
    std::size_t width_;
    step_meter& meter_;
    std::size_t first_grown_ = 0;
    std::vector<std::uint32_t> past_;  // a clock for each own operation
    std::map<std::pair<std::uint32_t, std::uint32_t>, predecessor> before_;
    std::uint32_t initial_after_write_ = none;
    std::uint32_t initial_read_ = none;
};

}  // namespace

check_outcome check_memory(const register_view& view, const causal_clocks& clocks,
                           step_meter& meter) {
    if (!meter.reserve(std::uint64_t{sizeof(std::uint32_t)} * view.events.size() *
                       view.chains.size())) {
        return gave_up(meter);
    }
    for (const std::vector<std::uint32_t>& own : view.chains) {
        const bool reads = std::any_of(
            own.begin(), own.end(), [&](std::uint32_t event) { return !view.events[event].write; });
        if (!reads) continue;
        check_outcome found = process_memory(view, clocks, own, meter).check();
        if (found.verdict != verdict::holds) return found;
    }
    return holds(meter);
}

}  // namespace partita::detail
