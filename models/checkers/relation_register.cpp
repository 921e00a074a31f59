#include "relation_register.hpp"

#include <algorithm>
#include <map>

namespace partita::detail {

namespace {

constexpr std::uint32_t none = register_event::none;

bool is_read(const client_operation& of) { return of.function == "read" || of.function == "get"; }
bool is_write(const client_operation& of) { return of.function == "write" || of.function == "put"; }

/// Builds the view in three passes: who wrote what, who read what, and in which order.
class register_reader {
   public:
    register_reader(const client_history& history, step_meter& meter)
        : history_(history), meter_(meter), event_of_(history.size(), none) {
        view_.history = &history;
    }

    result<register_view> run() {
        for (std::size_t at = 0; at < history_.size(); ++at) {
            if (auto read = take(at); !read) return tl::unexpected(read.error());
        }
        find_sources();
        if (view_.impossible_read) return std::move(view_);
        find_last();
        for (std::size_t at = 0; at < history_.size(); ++at) {
            if (happened(at)) add(at);
        }
        return std::move(view_);
    }

   private:
    struct access {
        std::uint32_t key = 0;
        bool write = false;
        std::size_t source = SIZE_MAX;  ///< of a read: the write operation
        bool read = false;              ///< of a write: by anyone
    };

    result<void> take(std::size_t at) {
        const client_operation& of = history_[at];
        meter_.spend();
        if (!is_read(of) && !is_write(of)) {
            return unreadable(history_, at, "no function `" + of.function + "`; read or write");
        }
        accesses_.push_back({keys_(of.key), is_write(of)});
        if (is_write(of)) return take_write(at);
        if (!of.argument.nothing()) return unreadable(history_, at, "a read takes no argument");
        return {};
    }

    result<void> take_write(std::size_t at) {
        const client_operation& of = history_[at];
        if (of.argument.nothing()) {
            return unreadable(history_, at, "a write of nothing, which is the initial value");
        }
        auto& writes = of.outcome == response_kind::fail ? failed_ : written_;
        const auto [first, fresh] = writes.try_emplace({accesses_[at].key, of.argument}, at);
        if (fresh || of.outcome == response_kind::fail) return {};
        return unreadable(history_, at,
                          "writes " + to_text(of.argument) + " again, after " +
                              place(history_, first->second) +
                              "; each value may be written once, so that reads tell who wrote it");
    }

    void find_sources() {
        for (std::size_t at = 0; at < history_.size() && !view_.impossible_read; ++at) {
            const client_operation& of = history_[at];
            if (accesses_[at].write || of.outcome != response_kind::ok || of.result.nothing()) {
                continue;
            }
            const auto found = written_.find({accesses_[at].key, of.result});
            if (found == written_.end()) {
                view_.impossible_read = impossible(at);
            } else {
                accesses_[at].source = found->second;
                accesses_[found->second].read = true;
            }
        }
    }

    check_outcome impossible(std::size_t read) {
        quotation quote(history_);
        const auto failed = failed_.find({accesses_[read].key, history_[read].result});
        if (failed == failed_.end()) {
            return violated("read of a value never written",
                            quote(read) + " returned a value that nobody wrote", {read}, meter_);
        }
        return violated("read of a failed write",
                        quote(read) + " returned what " + quote(failed->second) +
                            " wrote, which is said not to have happened",
                        {read, failed->second}, meter_);
    }

    [[nodiscard]] bool happened(std::size_t at) const {
        if (history_[at].outcome == response_kind::ok) return true;
        return accesses_[at].write && accesses_[at].read &&
               history_[at].outcome == response_kind::unknown;
    }

    void find_last() {
        for (std::size_t at = 0; at < history_.size(); ++at) {
            if (happened(at)) last_of_[history_[at].process] = at;
        }
    }

    void add(std::size_t at) {
        const auto number = static_cast<std::uint32_t>(view_.events.size());
        const std::int64_t process = history_[at].process;
        auto [latest, first] = latest_.try_emplace(process, none);
        register_event event{.operation = at,
                             .key = accesses_[at].key,
                             .write = accesses_[at].write,
                             .before = latest->second};
        const bool floats =
            history_[at].outcome == response_kind::unknown && last_of_.at(process) != at;
        event.chain = floats ? new_chain() : chain_of(process);
        event.position = static_cast<std::uint32_t>(view_.chains[event.chain].size());
        view_.chains[event.chain].push_back(number);
        if (!floats) latest->second = number;
        event_of_[at] = number;
        view_.events.push_back(event);
        if (event.write) add_write(event, number);
        link(number);
    }

    /// A read may stand before what it read, in a broken history: so sources are linked from both
    /// ends, whichever comes last.
    void link(std::uint32_t number) {
        register_event& event = view_.events[number];
        const std::size_t source = accesses_[event.operation].source;
        if (!event.write && source != SIZE_MAX) {
            if (event_of_[source] == none) {
                waiting_[source].push_back(number);
            } else {
                event.source = event_of_[source];
            }
        }
        const auto waiting = waiting_.find(event.operation);
        if (waiting == waiting_.end()) return;
        for (const std::uint32_t read : waiting->second) view_.events[read].source = number;
    }

    void add_write(const register_event& event, std::uint32_t number) {
        view_.writers.resize(keys_.size());
        auto& writers = view_.writers[event.key];
        const auto [at, fresh] = writer_at_.try_emplace({event.key, event.chain}, writers.size());
        if (fresh) writers.push_back({event.chain, {}});
        writers[at->second].writes.push_back(number);
    }

    std::uint32_t new_chain() {
        view_.chains.emplace_back();
        return static_cast<std::uint32_t>(view_.chains.size()) - 1;
    }
    std::uint32_t chain_of(std::int64_t process) {
        const auto found = chain_of_.find(process);
        if (found != chain_of_.end()) return found->second;
        return chain_of_[process] = new_chain();
    }

    const client_history& history_;
    step_meter& meter_;
    register_view view_;
    value_numbers keys_;
    std::vector<access> accesses_;  // by operation
    keyed_values<std::size_t> written_;
    keyed_values<std::size_t> failed_;
    std::vector<std::uint32_t> event_of_;  // by operation
    std::map<std::int64_t, std::size_t> last_of_;
    std::map<std::int64_t, std::uint32_t> latest_;
    std::map<std::int64_t, std::uint32_t> chain_of_;
    std::map<std::size_t, std::vector<std::uint32_t>> waiting_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> writer_at_;
};

}  // namespace

result<register_view> view_registers(const client_history& history, step_meter& meter) {
    auto view = register_reader(history, meter).run();
    if (!view) return view;
    std::size_t keys = 0;
    for (const register_event& each : view->events)
        keys = std::max<std::size_t>(keys, each.key + 1);
    view->writers.resize(std::max(keys, view->writers.size()));
    return view;
}

std::uint32_t last_write(const register_view& view, const register_view::writer& writer,
                         std::uint32_t seen) {
    const auto past = std::partition_point(
        writer.writes.begin(), writer.writes.end(),
        [&](std::uint32_t write) { return view.events[write].position < seen; });
    return past == writer.writes.begin() ? register_event::none : *(past - 1);
}

}  // namespace partita::detail
