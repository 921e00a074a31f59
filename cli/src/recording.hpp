#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <partita/models/run.hpp>

namespace partita::cli {

/// One event of a node as a recording keeps it. The empty texts of events without a message are not
/// written.
struct recorded_event {
    time_point at;  ///< since the start
    event_kind kind = event_kind::note;
    std::string source;       ///< node
    std::string destination;  ///< node
    std::string channel;
    std::string type;
    std::uint64_t ordinal = 0;
    std::vector<std::byte> payload;
    std::string text;
};

struct recorded_node {
    std::string name;
    std::vector<recorded_event> events;
};

struct recorded_response {
    std::string command;
    std::string response;
};

/// What happened when a schedule was run on real nodes: enough to do it again in simulation.
struct recording {
    partita::schedule schedule;
    partita::verdict verdict = partita::verdict::holds;
    std::optional<partita::violation> violation;
    std::vector<time_point> step_times;  ///< see recorded_network
    std::vector<recorded_response> responses;
    std::vector<recorded_node> nodes;
};

/// What a recording keeps of a trial.
[[nodiscard]] recording recording_of(const schedule&, const outcome&,
                                     const std::vector<node_id>& nodes,
                                     std::vector<time_point> step_times);

/// The file form: JSON, with payloads in hexadecimal digits.
///
///     {"partita_recording":1,"schedule":{..},"verdict":"..","violation":null,
///      "step_times_ns":[..],"responses":[{"command":"..","response":".."}],
///      "nodes":[{"node":"n1","events":[{"at_ns":..,"kind":"send","source":"n1",
///        "destination":"n2","channel":"","type":"prepare","ordinal":1,"payload":"2a00"}]}]}
[[nodiscard]] std::string to_json(const recording&);
/// Whether a file that begins so is meant to be a recording.
[[nodiscard]] bool is_recording(std::string_view text);
/// Throws failure: `rec.json:3:7: expected ...` or `rec.json: $.nodes[1].events[3].kind: ...`.
[[nodiscard]] recording parse_recording(std::string_view text, const std::string& source);

}  // namespace partita::cli
