#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <partita/runtime/message.hpp>
#include <partita/runtime/trace_event.hpp>

namespace partita {

/// How much of what happens a trace keeps. The hash is the same for all.
enum class trace_detail : std::uint8_t {
    notes,   ///< notes, commands, faults, failures and bounds
    events,  ///< every event, without message contents
    full,    ///< every event with its payload
};

/// One event as a trace keeps it.
struct traced_event {
    event_kind kind = event_kind::note;
    event_id id;  ///< its number in the whole trace, kept or not
    event_id cause;
    time_point at;
    node_id node;
    actor_id actor;
    // Of the message, if the event is one of a message.
    const message_type* type = nullptr;
    actor_id source;
    actor_id destination;
    partita::channel channel;
    std::uint64_t ordinal = 0;
    std::uint32_t text_at = 0;
    std::uint32_t text_size = 0;
    std::uint32_t payload_at = 0;
    std::uint32_t payload_size = 0;
};

/// What happened in a trial, in order, with causal edges: an event's causes are `cause` and the
/// event before it on its node. The rolling hash takes in every event, kept or not, with names,
/// times and contents, and nothing that differs between processes or builds.
class trace {
   public:
    explicit trace(trace_detail detail = trace_detail::full) : detail_(detail) {}

    event_id append(const trace_event&);
    void clear(trace_detail);

    [[nodiscard]] std::uint64_t hash() const;
    /// How many events happened.
    [[nodiscard]] std::uint64_t size() const { return count_; }
    [[nodiscard]] trace_detail detail() const { return detail_; }
    [[nodiscard]] std::span<const traced_event> events() const { return events_; }
    [[nodiscard]] std::string_view text(const traced_event&) const;
    [[nodiscard]] std::span<const std::byte> payload(const traced_event&) const;
    /// The message with its field names, or its type when the content was not kept.
    [[nodiscard]] std::string message_text(const traced_event&) const;
    /// One line: time, node, kind, message, text.
    [[nodiscard]] std::string line(const traced_event&) const;

    /// The notes of type T in order: who said it, when, what.
    template <described T>
    struct noted {
        node_id node;
        time_point at;
        T value;
    };
    template <described T>
    [[nodiscard]] std::vector<noted<T>> notes() const {
        std::vector<noted<T>> found;
        for (const traced_event& event : events_) {
            if (event.kind != event_kind::note || event.type->hash != message_type_of<T>.hash)
                continue;
            T value{};
            if (decode(payload(event), value))
                found.push_back({event.node, event.at, std::move(value)});
        }
        return found;
    }

   private:
    void keep(const trace_event&);

    trace_detail detail_;
    std::uint64_t hash_ = 0x7061727469746121ULL;
    std::uint64_t count_ = 0;
    std::vector<traced_event> events_;
    std::string texts_;
    std::vector<std::byte> payloads_;
};

/// The first place where two traces of what should be one trial differ: its event number and the
/// two events as lines ("(nothing)" where one trace ended). Nothing when they are equal.
struct divergence {
    std::uint64_t event = 0;
    std::string first;
    std::string second;
};
/// Requires: both traces were kept with trace_detail::full.
[[nodiscard]] std::optional<divergence> first_divergence(const trace&, const trace&);

}  // namespace partita
