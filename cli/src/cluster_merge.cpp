#include "cluster_merge.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace partita::cli {
namespace {

/// What names a message between nodes in all processes.
using identity =
    std::tuple<node_id, node_id, std::uint64_t /*channel*/, std::uint64_t /*type*/, std::uint64_t>;

std::optional<identity> identity_of(const traced_event& event) {
    if (event.type == nullptr || event.ordinal == 0) return std::nullopt;
    return identity{event.source.node, event.destination.node, event.channel.hash, event.type->hash,
                    event.ordinal};
}

bool ends_message(event_kind kind) {
    return kind == event_kind::deliver || kind == event_kind::drop;
}

/// An event with its place in what was taken down.
struct entry {
    time_point at;
    std::size_t stream = 0;
    const trace* of = nullptr;
    const traced_event* event = nullptr;
    std::string_view reason{};  ///< of a loss that nobody took down
};

class merger {
   public:
    merger(const trace& own, const std::vector<const trace*>& lives, time_point begin) {
        add(own, time_point{});
        for (const trace* each : lives) add(*each, begin);
        for (const entry& each : entries_) take_down(each);
        put_behind_their_sends();
        add_losses(own);
        std::stable_sort(entries_.begin(), entries_.end(),
                         [](const entry& one, const entry& other) { return one.at < other.at; });
    }

    [[nodiscard]] trace whole() {
        trace merged;
        for (const entry& each : entries_) append(each, merged);
        return merged;
    }

   private:
    void add(const trace& of, time_point begin) {
        for (const traced_event& each : of.events()) {
            entries_.push_back({time_point(each.at - begin), streams_, &of, &each});
        }
        ++streams_;
    }

    void take_down(const entry& each) {
        const auto which = identity_of(*each.event);
        if (!which) return;
        if (each.event->kind == event_kind::send) sends_.emplace(*which, each);
        if (ends_message(each.event->kind)) ended_[*which] = true;
    }

    /// The clock is the same for all processes; this is for those of several processors that
    /// differ by a few nanoseconds.
    void put_behind_their_sends() {
        std::vector<time_point> latest(streams_);
        for (entry& each : entries_) {
            const auto which = identity_of(*each.event);
            if (which && ends_message(each.event->kind)) {
                const auto sent = sends_.find(*which);
                if (sent != sends_.end()) {
                    each.at = std::max(each.at, sent->second.at + duration{1});
                }
            }
            each.at = latest[each.stream] = std::max(each.at, latest[each.stream]);
        }
    }

    void add_losses(const trace& own) {
        for (const auto& [which, sent] : sends_) {
            if (ended_.contains(which)) continue;
            const auto lost = lost_at(own, std::get<1>(which), sent.at);
            if (lost) entries_.push_back({*lost, streams_, sent.of, sent.event, "node down"});
        }
    }

    /// When a message for that node was lost with the node, if it was.
    [[nodiscard]] static std::optional<time_point> lost_at(const trace& own, node_id to,
                                                           time_point sent) {
        bool down = false;
        for (const traced_event& each : own.events()) {
            if (each.node != to) continue;
            if (each.at >= sent && down) return sent;
            if (each.kind == event_kind::crash && each.at >= sent) return each.at;
            if (each.kind == event_kind::crash) down = true;
            if (each.kind == event_kind::restart) down = false;
        }
        return down ? std::optional(sent) : std::nullopt;
    }

    void append(const entry& each, trace& to) {
        const traced_event& from = *each.event;
        envelope message;
        message.source = from.source;
        message.destination = from.destination;
        message.type = from.type;
        message.channel = from.channel;
        message.ordinal = from.ordinal;
        message.payload.assign(each.of->payload(from));
        trace_event made{from.kind, each.at, from.node, from.actor, nullptr, {}, {}};
        made.text = each.of->text(from);
        if (!each.reason.empty()) {
            made = {event_kind::drop, each.at, from.destination.node, from.destination, nullptr, {},
                    each.reason};
        }
        if (from.type != nullptr || from.source.valid()) made.message = &message;
        made.cause = cause_of(each, made.kind);
        const event_id id = to.append(made);
        numbers_[{each.stream, from.id.value}] = id;
        if (made.kind != event_kind::send) return;
        if (const auto which = identity_of(from)) sent_as_[*which] = id;
    }

    [[nodiscard]] event_id cause_of(const entry& each, event_kind kind) const {
        if (const auto which = identity_of(*each.event); which && ends_message(kind)) {
            const auto sent = sent_as_.find(*which);
            if (sent != sent_as_.end()) return sent->second;
        }
        const auto local = numbers_.find({each.stream, each.event->cause.value});
        return local == numbers_.end() ? event_id{} : local->second;
    }

    std::vector<entry> entries_;
    std::size_t streams_ = 0;
    std::map<identity, entry> sends_;
    std::map<identity, bool> ended_;
    std::map<std::pair<std::size_t, std::uint64_t>, event_id> numbers_;
    std::map<identity, event_id> sent_as_;
};

}  // namespace

trace merge(const trace& own, const std::vector<const trace*>& lives, time_point begin) {
    return merger(own, lives, begin).whole();
}

}  // namespace partita::cli
