#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/schedules/trial.hpp>

/// Small executable models of the three commitment protocols that Partisan ships: lampson_2pc,
/// bernstein_ctp and skeen_3pc. They know only message omission, take one broadcast from node 1,
/// which also participates, and share nothing with the simulator: an independent oracle for what
/// searches must count. A message takes 1 ms; one to the sender itself takes none and is neither
/// traced nor lost. Timers: coordinator 1,000 ms, participant 2,000 ms. The property is reliable
/// broadcast's.
namespace partita::oracle {

enum class protocol {
    two_phase,             ///< a participant has no timer: it blocks
    cooperative,           ///< 2PC; a participant in doubt asks all the others, once
    three_phase,           ///< a precommitted participant commits by itself, a prepared one aborts
    three_phase_february,  ///< as of 26 February 2019, see commit_run::participant_timer
};

enum class message : std::uint8_t {
    prepare,
    prepared,
    precommit,
    precommit_ack,
    commit,
    commit_ack,
    abort,
    abort_ack,
    decision_request,
    decision,
};
inline constexpr std::array<std::string_view, 10> message_names = {
    "prepare",    "prepared", "precommit", "precommit_ack",    "commit",
    "commit_ack", "abort",    "abort_ack", "decision_request", "decision"};

struct sent_line {
    message type = message::prepare;
    int source = 0;
    int destination = 0;
    int ordinal = 0;
    site_id site;
    bool omitted = false;
};

inline std::string_view name_of(message type) {
    return message_names[static_cast<std::size_t>(type)];
}
inline std::string node_name(int node) { return "n" + std::to_string(node); }

inline std::string label_of(const sent_line& line) {
    return node_name(line.source) + " -> " + node_name(line.destination) + " " +
           std::string(name_of(line.type)) + " #" + std::to_string(line.ordinal);
}

/// One run: construct, then read.
class commit_run {
   public:
    static constexpr int nodes_max = 8;

    commit_run(protocol kind, int nodes, const decision_set& omissions)
        : kind_(kind), nodes_(nodes), omissions_(omissions) {
        begin_broadcast();
        while (!events_.empty()) {
            const event next = events_.top();
            events_.pop();
            now_ = next.at_ms;
            handle(next);
        }
    }

    [[nodiscard]] partita::verdict verdict() const {
        const int delivered = std::popcount(delivered_);
        const bool holds = reply_ == reply::ok      ? delivered == nodes_
                           : reply_ == reply::error ? delivered == 0
                                                    : false;
        return holds ? verdict::holds : verdict::violated;
    }
    [[nodiscard]] std::uint64_t trace_hash() const { return hash_; }
    [[nodiscard]] std::uint32_t met() const { return met_; }
    [[nodiscard]] const std::vector<sent_line>& lines() const { return lines_; }
    /// Where the lines after the last omitted one begin.
    [[nodiscard]] std::size_t offers_begin() const { return offers_begin_; }

   private:
    using node_set = std::uint32_t;
    enum class reply { none, ok, error };
    enum class status : std::uint8_t { no_record, prepared, precommit, commit, abort };
    enum class phase : std::uint8_t {
        preparing,
        authorized,
        finalizing,
        committing,
        aborting,
        gone,
    };
    enum class action : std::uint8_t { receive, coordinator_timer, participant_timer };

    struct event {
        int at_ms = 0;
        int order = 0;
        action what = action::receive;
        message type = message::prepare;
        std::uint8_t source = 0;
        std::uint8_t destination = 0;
        status value = status::no_record;  ///< of a decision; no_record: uncertain
        bool operator>(const event& other) const {
            return at_ms != other.at_ms ? at_ms > other.at_ms : order > other.order;
        }
    };
    struct participant {
        status state = status::no_record;
        node_set uncertain = 0;
    };

    [[nodiscard]] node_set everyone() const { return ((1u << nodes_) - 1) << 1; }
    [[nodiscard]] participant& at(int node) {
        return participants_[static_cast<std::size_t>(node)];
    }

    void schedule_event(event next, int delay_ms) {
        next.at_ms = now_ + delay_ms;
        next.order = order_++;
        events_.push(next);
    }
    void set_timer(action what, int node, int delay_ms) {
        schedule_event({.what = what, .destination = static_cast<std::uint8_t>(node)}, delay_ms);
    }

    void send(message type, int source, int destination, status value = status::no_record) {
        const event arrival{.type = type,
                            .source = static_cast<std::uint8_t>(source),
                            .destination = static_cast<std::uint8_t>(destination),
                            .value = value};
        if (source == destination) {
            schedule_event(arrival, 0);
        } else if (!trace(type, source, destination, value)) {
            schedule_event(arrival, 1);
        }
    }
    void send_to(node_set destinations, message type, int source,
                 status value = status::no_record) {
        for (int node = 1; node <= nodes_; ++node) {
            if ((destinations >> node & 1) != 0) {
                send(type, source, node, value);
            }
        }
    }

    /// Writes the line of a message; true when it is omitted.
    bool trace(message type, int source, int destination, status value) {
        sent_line line;
        line.type = type;
        line.source = source;
        line.destination = destination;
        const auto kind = static_cast<std::size_t>(type);
        line.ordinal =
            ++ordinals_[kind][static_cast<std::size_t>(source * nodes_max + destination)];
        line.site = site_hasher{}
                        .hashed(name_hash(source))
                        .hashed(arrow_)
                        .hashed(name_hash(destination))
                        .hashed(type_hashes_[kind])
                        .ordinal(static_cast<std::uint64_t>(line.ordinal))
                        .id();
        for (const decision& omission : omissions_) {
            line.omitted = line.omitted || omission.site == line.site;
        }
        lines_.push_back(line);
        if (line.omitted) {
            ++met_;
            offers_begin_ = lines_.size();
        }
        remember(line.site.value ^ (line.omitted ? 1u : 0u));
        remember(static_cast<std::uint64_t>(value));
        return line.omitted;
    }
    void remember(std::uint64_t bits) {
        hash_ = (hash_ ^ bits) * 0x100000001b3ULL;
        hash_ ^= hash_ >> 29;
    }

    void answer(reply given) {
        if (reply_ == reply::none) {
            reply_ = given;
            remember(1'000 + static_cast<std::uint64_t>(given));
        }
    }
    void deliver(int node) {
        delivered_ |= 1u << node;
        remember(2'000 + static_cast<std::uint64_t>(node));
    }

    void begin_broadcast() {
        set_timer(action::coordinator_timer, 1, 1'000);
        send_to(everyone(), message::prepare, 1);
    }

    void handle(const event& next) {
        switch (next.what) {
            case action::receive:
                return receive(next);
            case action::coordinator_timer:
                return coordinator_timer();
            case action::participant_timer:
                return participant_timer(next.destination);
        }
    }

    void receive(const event& next) {
        const int self = next.destination;
        switch (next.type) {
            case message::prepare:
                return prepare(self);
            case message::precommit:
                return precommit(self);
            case message::commit:
                return commit(self);
            case message::abort:
                return abort(self);
            case message::prepared:
                return prepared(next.source);
            case message::precommit_ack:
                return precommit_ack(next.source);
            case message::commit_ack:
                return ack(committed_, next.source);
            case message::abort_ack:
                return ack(aborted_, next.source);
            case message::decision_request:
                return decision_request(self, next.source);
            case message::decision:
                return decide(self, next.source, next.value);
        }
    }

    // The coordinator, node 1.
    void prepared(int from) {
        prepared_ |= 1u << from;
        if (phase_ == phase::gone || prepared_ != everyone()) {
            return;
        }
        if (is_three_phase()) {
            phase_ = phase::authorized;
            send_to(everyone(), message::precommit, 1);
        } else {
            phase_ = phase::committing;
            answer(reply::ok);
            send_to(everyone(), message::commit, 1);
        }
    }
    void precommit_ack(int from) {
        precommitted_ |= 1u << from;
        if (phase_ != phase::gone && precommitted_ == everyone()) {
            phase_ = phase::finalizing;
            answer(reply::ok);
            send_to(everyone(), message::commit, 1);
        }
    }
    void ack(node_set& acks, int from) {
        acks |= 1u << from;
        if (acks == everyone()) {
            phase_ = phase::gone;
        }
    }
    void coordinator_timer() {
        const bool aborts = phase_ == phase::preparing ||
                            (phase_ == phase::authorized && kind_ == protocol::three_phase);
        if (aborts) {
            phase_ = phase::aborting;
            answer(reply::error);
            send_to(everyone(), message::abort, 1);
        }
    }

    // A participant.
    void prepare(int self) {
        at(self).state = status::prepared;
        if (kind_ != protocol::two_phase) {
            const int delay_ms = kind_ == protocol::three_phase_february ? 1'000 : 2'000;
            set_timer(action::participant_timer, self, delay_ms);
        }
        send(message::prepared, self, 1);
    }
    void precommit(int self) {
        at(self).state = status::precommit;
        send(message::precommit_ack, self, 1);
    }
    void commit(int self) {
        at(self).state = status::commit;
        deliver(self);
        send(message::commit_ack, self, 1);
    }
    void abort(int self) {
        at(self).state = status::no_record;
        send(message::abort_ack, self, 1);
    }

    /// The February version looks the transaction up in the coordinator's table, so that only node
    /// 1 finds one, whatever became of it unless all acknowledged; its questions lead nowhere.
    void participant_timer(int self) {
        switch (kind_) {
            case protocol::two_phase:
                return;
            case protocol::cooperative:
                return ask_when_in_doubt(self);
            case protocol::three_phase:
                return decide_alone(self);
            case protocol::three_phase_february:
                if (self == 1 && phase_ != phase::gone) {
                    send_to(everyone(), message::decision_request, self);
                }
                return;
        }
    }
    void ask_when_in_doubt(int self) {
        if (at(self).state == status::prepared) {
            send_to(everyone(), message::decision_request, self);
        }
    }
    void decide_alone(int self) {
        if (at(self).state == status::prepared) {
            at(self).state = status::abort;
        } else if (at(self).state == status::precommit) {
            at(self).state = status::commit;
            deliver(self);
        }
    }
    void decision_request(int self, int from) {
        const status state = at(self).state;
        const bool decided = state == status::commit || state == status::abort;
        send(message::decision, self, from, decided ? state : status::no_record);
    }
    void decide(int self, int from, status value) {
        participant& record = at(self);
        if (kind_ != protocol::cooperative || record.state != status::prepared) {
            return;
        }
        if (value == status::no_record) {
            record.uncertain |= 1u << from;
            return;
        }
        record.state = value;
        if (value == status::commit) {
            deliver(self);
        }
        send_to(std::exchange(record.uncertain, 0), message::decision, self, value);
    }

    [[nodiscard]] bool is_three_phase() const {
        return kind_ == protocol::three_phase || kind_ == protocol::three_phase_february;
    }
    static std::uint64_t name_hash(int node) {
        static const std::array<std::uint64_t, nodes_max> hashes = [] {
            std::array<std::uint64_t, nodes_max> made{};
            for (int number = 0; number < nodes_max; ++number) {
                made[static_cast<std::size_t>(number)] = site_hasher::hash_of(node_name(number));
            }
            return made;
        }();
        return hashes[static_cast<std::size_t>(node)];
    }
    static constexpr std::uint64_t arrow_ = site_hasher::hash_of("->");
    static constexpr std::array<std::uint64_t, 10> type_hashes_ = [] {
        std::array<std::uint64_t, 10> made{};
        for (std::size_t kind = 0; kind < made.size(); ++kind) {
            made[kind] = site_hasher::hash_of(message_names[kind]);
        }
        return made;
    }();

    protocol kind_;
    int nodes_;
    const decision_set& omissions_;

    std::priority_queue<event, std::vector<event>, std::greater<>> events_;
    int now_ = 0;
    int order_ = 0;

    std::array<participant, nodes_max> participants_{};
    node_set prepared_ = 0;
    node_set precommitted_ = 0;
    node_set committed_ = 0;
    node_set aborted_ = 0;
    phase phase_ = phase::preparing;

    reply reply_ = reply::none;
    node_set delivered_ = 0;
    std::array<std::array<std::uint8_t, nodes_max * nodes_max>, 10> ordinals_{};
    std::vector<sent_line> lines_;
    std::size_t offers_begin_ = 0;
    std::uint32_t met_ = 0;
    std::uint64_t hash_ = 0;
};

}  // namespace partita::oracle
