#include "recording_replay.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <partita/schedules/codec.hpp>

#include "failure.hpp"
#include "json.hpp"
#include "outcome_text.hpp"
#include "site_check.hpp"
#include "terminal.hpp"
#include "worker_talk.hpp"

namespace partita::cli {
namespace {

constexpr const char* what_may_differ =
    "what may differ: a timer and a message that come within a few hundred microseconds of each\n"
    "other; nodes that did not start at one instant; threads and clocks of the application's own\n";

// ---- what the network did ----------------------------------------------------------------------

using identity = std::tuple<node_id, node_id, std::uint64_t /*channel*/, std::uint64_t /*type*/,
                            std::uint64_t /*ordinal*/>;

std::optional<identity> identity_of(const recorded_event& event) {
    if (event.ordinal == 0 || event.source == event.destination) return std::nullopt;
    return identity{node_id(event.source), node_id(event.destination), channel(event.channel).hash,
                    name_hash(event.type), event.ordinal};
}

/// Reasons of a loss at a message's destination that the simulator cannot find by itself: a fault
/// that began with a step, or a node that was down.
bool is_lost_before_its_node(const std::string& reason) {
    return reason == "receive omission" || reason == "node down" || reason == "connection lost";
}

/// An actor got it, and would have none of it: so it will again.
bool follows_delivery(const std::string& reason) {
    return reason == "not accepted by the actor" || reason == "does not decode";
}

struct known_fate {
    std::vector<time_point> arrivals;
    std::size_t next = 0;  // of them
    std::string reason;
    std::optional<payload> content;
};

/// What became of each message, as world_options::fate asks for it.
class recorded_fates {
   public:
    explicit recorded_fates(const recording& from) {
        for (const deviation& each : from.schedule.deviations) {
            copies_are_made_ = copies_are_made_ || each.action == "duplicate";
        }
        for (const recorded_node& each : from.nodes) take_down(each);
    }

    [[nodiscard]] std::optional<message_fate> of(const envelope& message) {
        if (message.source.node == message.destination.node) return of_local(message);
        const auto found =
            fates_.find(identity{message.source.node, message.destination.node,
                                 message.channel.hash, message.type->hash, message.ordinal});
        if (found == fates_.end()) return std::nullopt;
        known_fate& known = found->second;
        message_fate fate{{}, known.reason, known.content};
        // Where the schedule itself makes copies, each asks for its own arrival.
        const std::size_t most = copies_are_made_ ? known.next + 1 : known.arrivals.size();
        while (known.next < std::min(most, known.arrivals.size())) {
            fate.arrivals.push_back(known.arrivals[known.next++]);
        }
        return fate;
    }

   private:
    /// Those of one type on one node arrive in the order in which they were sent.
    [[nodiscard]] std::optional<message_fate> of_local(const envelope& message) {
        if (message.type == nullptr) return std::nullopt;
        const auto found = locals_.find({message.source.node, message.type->hash});
        if (found == locals_.end() || found->second.empty()) return std::nullopt;
        message_fate fate{{found->second.front()}, {}, {}};
        found->second.pop_front();
        return fate;
    }

    void take_down(const recorded_node& node) {
        std::set<identity> stalled;
        for (const recorded_event& each : node.events) {
            const auto which = identity_of(each);
            const bool at_source = each.source == node.name;
            const bool tells_nothing =
                each.kind == event_kind::send || (each.kind == event_kind::delay && at_source);
            if (!which) take_down_local(each);
            if (!which || tells_nothing) continue;
            known_fate& known = fates_[*which];
            if (each.kind == event_kind::rewrite) {
                known.content.emplace().assign(each.payload);
            } else if (each.kind == event_kind::drop &&
                       (at_source || is_lost_before_its_node(each.text))) {
                known.reason = each.text;
            } else if (each.kind == event_kind::delay) {
                // The pause that it stopped at will delay it again.
                if (each.text != "paused") continue;
                known.arrivals.push_back(apart(each.at));
                stalled.insert(*which);
            } else if (is_arrival(each) && stalled.erase(*which) == 0) {
                known.arrivals.push_back(apart(each.at));
            }
        }
        last_ = {};
    }

    void take_down_local(const recorded_event& each) {
        if (each.type.empty() || each.source.empty() || !is_arrival(each)) return;
        locals_[{node_id(each.source), name_hash(each.type)}].push_back(apart(each.at));
    }

    /// In simulation events of one instant happen in another order: so no two do.
    [[nodiscard]] time_point apart(time_point at) {
        return last_ = std::max(at, later(last_, duration{1}));
    }

    [[nodiscard]] static bool is_arrival(const recorded_event& of) {
        return of.kind == event_kind::deliver ||
               (of.kind == event_kind::drop && !follows_delivery(of.text));
    }

    time_point last_{};  // of the arrivals at one node
    std::map<std::pair<node_id, std::uint64_t /*type*/>, std::deque<time_point>> locals_;
    std::map<identity, known_fate> fates_;
    bool copies_are_made_ = false;
};

// ---- comparing ---------------------------------------------------------------------------------

bool is_compared(const recorded_event& event) {
    return event.kind == event_kind::send || event.kind == event_kind::deliver ||
           event.kind == event_kind::fire || event.kind == event_kind::note;
}

std::vector<const recorded_event*> compared_events(const recorded_node& of) {
    std::vector<const recorded_event*> all;
    for (const recorded_event& each : of.events) {
        if (is_compared(each)) all.push_back(&each);
    }
    return all;
}

bool equal(const recorded_event& one, const recorded_event& other) {
    return one.kind == other.kind && one.type == other.type && one.source == other.source &&
           one.destination == other.destination && one.channel == other.channel &&
           one.ordinal == other.ordinal && digest_of(one.payload) == digest_of(other.payload);
}

std::string content_text(const recorded_event& of) {
    if (of.type.empty()) return "wake";
    const message_type* const type = find_message_type(name_hash(of.type));
    return type != nullptr ? type->print(of.payload) : of.type;
}

std::string event_text(const recorded_event& of) {
    std::string text(to_text(of.kind));
    if (!of.source.empty() && of.source != of.destination) {
        text += " " + of.source + " -> " + of.destination;
    }
    if (!of.channel.empty()) text += " on " + of.channel;
    text += " " + content_text(of);
    if (of.ordinal != 0) text += " #" + std::to_string(of.ordinal);
    const auto micros = of.at.time_since_epoch().count() / 1'000;
    std::string digits = std::to_string(micros % 1'000);
    digits.insert(0, 3 - digits.size(), '0');
    return text + " at " + std::to_string(micros / 1'000) + "." + digits + " ms";
}

constexpr const char* nothing = "(nothing)";

std::optional<recording_difference> first_difference(const recorded_node& one,
                                                     const recorded_node& other) {
    const auto left = compared_events(one);
    const auto right = compared_events(other);
    for (std::size_t at = 0; at < std::max(left.size(), right.size()); ++at) {
        const bool both = at < left.size() && at < right.size();
        if (both && equal(*left[at], *right[at])) continue;
        return recording_difference{one.name + ", event " + std::to_string(at + 1),
                                    at < left.size() ? event_text(*left[at]) : nothing,
                                    at < right.size() ? event_text(*right[at]) : nothing};
    }
    return std::nullopt;
}

std::string verdict_text(const recording& of) {
    std::string text(to_text(of.verdict));
    if (of.violation) text += ": " + of.violation->property + " (" + of.violation->kind + ")";
    return text;
}

void compare_responses(const recording& one, const recording& other,
                       std::vector<recording_difference>& into) {
    const auto text_at = [](const recording& of, std::size_t at) -> std::string {
        if (at >= of.responses.size()) return nothing;
        return of.responses[at].command + " : " + of.responses[at].response;
    };
    for (std::size_t at = 0; at < std::max(one.responses.size(), other.responses.size()); ++at) {
        if (text_at(one, at) == text_at(other, at)) continue;
        into.push_back(
            {"response " + std::to_string(at + 1), text_at(one, at), text_at(other, at)});
        return;
    }
}

// ---- telling -----------------------------------------------------------------------------------

std::string text_of(const compared_recordings& of, const recording& from) {
    if (of.differences.empty()) {
        return "equal: " + std::to_string(of.events) + " events on " +
               std::to_string(from.nodes.size()) + " nodes\n";
    }
    std::string text = "diverged from the recording\n";
    for (const recording_difference& each : of.differences) {
        text += each.where + ":\n    recorded: " + each.recorded +
                "\n    replayed: " + each.replayed + "\n";
    }
    return text + what_may_differ;
}

std::string json_text(const compared_recordings& of, const outcome& done, const recording& from,
                      bool with_trace) {
    std::vector<std::string> differences;
    for (const recording_difference& each : of.differences) {
        differences.push_back(json_object{}
                                  .text("where", each.where)
                                  .text("recorded", each.recorded)
                                  .text("replayed", each.replayed)
                                  .done());
    }
    json_object made;
    made.text("application", from.schedule.application.name);
    made.flag("equal", of.differences.empty()).number("events", of.events);
    made.number("nodes", from.nodes.size()).raw("differences", json_array(differences));
    made.text("verdict", to_text(done.verdict)).raw("violation", json_of(done.violation));
    made.text("trace_hash", hex_digits(done.trace_hash)).raw("history", json_of(done.history));
    made.raw("schedule", to_json(from.schedule));
    if (with_trace) made.raw("trace", json_of(done.trace));
    return made.done() + "\n";
}

struct told_replay {
    std::string text;
    int code = 0;
};

told_replay replay_here(const application& of, const recording& from,
                        const recording_replay_options& options, const table_options& table) {
    const outcome done = run_again(of, from);
    const settings with = need(settings_of(of, from.schedule.application));
    const compared_recordings found =
        compare(from, recording_of(from.schedule, done, nodes_of(with), {}));
    told_replay told;
    told.code = found.differences.empty() ? exit_code_of(done.verdict)
                                          : static_cast<int>(exit_code::nondeterministic);
    if (options.json) {
        told.text = json_text(found, done, from, options.trace);
        return told;
    }
    told.text = indented(from.schedule);
    if (options.trace) {
        told.text += table_of(of, from.schedule, done.trace, table);
    }
    told.text += in_words(done, from.schedule) + text_of(found, from);
    return told;
}

void check(const application& of, const recording& from, const std::string& source) {
    auto checked = check_schedule(of, from.schedule);
    if (checked) checked = check_nodes(of, from.schedule);
    if (!checked) throw failure(source + ": $.schedule: " + checked.error().message);
    const auto nodes = nodes_of(need(settings_of(of, from.schedule.application)));
    for (std::size_t at = 0; at < std::max(nodes.size(), from.nodes.size()); ++at) {
        const std::string wanted = at < nodes.size() ? nodes[at].name() : "no more nodes";
        if (at >= from.nodes.size() || wanted != from.nodes[at].name) {
            throw failure(source + ": $.nodes[" + std::to_string(at) + "]: expected " + wanted);
        }
    }
}

}  // namespace

compared_recordings compare(const recording& recorded, const recording& replayed) {
    compared_recordings made;
    for (std::size_t at = 0; at < recorded.nodes.size() && at < replayed.nodes.size(); ++at) {
        made.events += compared_events(recorded.nodes[at]).size();
        auto found = first_difference(recorded.nodes[at], replayed.nodes[at]);
        if (found) made.differences.push_back(std::move(*found));
    }
    compare_responses(recorded, replayed, made.differences);
    if (verdict_text(recorded) != verdict_text(replayed)) {
        made.differences.push_back({"verdict", verdict_text(recorded), verdict_text(replayed)});
    }
    return made;
}

outcome run_again(const application& of, const recording& from) {
    recorded_fates fates(from);
    recorded_network network;
    network.fate = [&fates](const envelope& message) { return fates.of(message); };
    network.step_times = from.step_times;
    run_options options;
    options.recorded = &network;
    return run(of, from.schedule, options);
}

int replay_recording(const session& in, const std::string& text, const std::string& source,
                     const recording_replay_options& options) {
    const recording from = parse_recording(text, source);
    const auto found = find_application(in, from.schedule.application.name);
    if (!found) throw failure(source + ": " + found.error().message);
    const application& of = **found;
    check(of, from, source);
    const table_options table = table_for_output(options.no_color);  // its output is a pipe
    worker_talk talk(
        [&](pipe_end& pipe, heartbeat&) {
            const told_replay told = replay_here(of, from, options, table);
            std::vector<std::byte> bytes;
            frame_writer writer(bytes);
            writer.put(told.code);
            writer.put_text(told.text);
            writer.finish();
            (void)pipe.write_all(bytes);
        },
        options.watchdog);
    if (const auto frame = talk.next()) {
        frame_reader reader(*frame);
        const int code = reader.take<int>();
        print(std::string(reader.take_text()));
        return code;
    }
    const violation wrong = violation_of(talk.end(), options.watchdog);
    const bool as_recorded = from.violation && from.violation->kind == wrong.kind;
    if (options.json) {
        print(json_object{}.flag("equal", as_recorded).raw("violation", json_of(wrong)).done() +
              "\n");
    } else {
        print(in_words(verdict::violated, wrong));
        if (!as_recorded) print("diverged from the recording: " + verdict_text(from) + "\n");
    }
    return as_recorded ? exit_code::violated : exit_code::nondeterministic;
}

}  // namespace partita::cli
