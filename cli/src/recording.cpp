#include "recording.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <partita/schedules/codec.hpp>

#include "failure.hpp"
#include "json.hpp"
#include "outcome_text.hpp"
#include "recording_json.hpp"

namespace partita::cli {
namespace {

constexpr int recording_version = 1;

/// Events that say what a node was told and did; all others follow from these.
constexpr std::array kept_kinds{event_kind::send,   event_kind::deliver, event_kind::fire,
                                event_kind::drop,   event_kind::crash,   event_kind::restart,
                                event_kind::pause,  event_kind::resume,  event_kind::note,
                                event_kind::invoke, event_kind::respond, event_kind::rewrite,
                                event_kind::delay,  event_kind::failure};

bool is_kept(event_kind kind) {
    return std::find(kept_kinds.begin(), kept_kinds.end(), kind) != kept_kinds.end();
}

recorded_event recorded(const trace& of, const traced_event& event) {
    recorded_event made;
    made.at = event.at;
    made.kind = event.kind;
    made.text = of.text(event);
    if (event.type == nullptr) return made;
    made.type = event.type->name;
    made.channel = event.channel.name;
    made.ordinal = event.ordinal;
    if (event.kind != event_kind::note) {
        made.source = event.source.node.name();
        made.destination = event.destination.node.name();
    }
    const auto payload = of.payload(event);
    made.payload.assign(payload.begin(), payload.end());
    return made;
}

/// A command begins for its node when its actor is spawned there, a little after it was invoked.
void move_to_spawns(const trace& of, const schedule& from, std::vector<time_point>& times) {
    for (std::size_t at = 0; at < times.size() && at < from.steps.size(); ++at) {
        if (!std::holds_alternative<command>(from.steps[at])) continue;
        const time_point next = at + 1 < times.size() ? times[at + 1] : time_point::max();
        for (const traced_event& each : of.events()) {
            const bool is_its = each.kind == event_kind::spawn && each.at >= times[at] &&
                                each.at < next && of.text(each).starts_with("command ");
            if (!is_its) continue;
            times[at] = each.at;
            break;
        }
    }
}

// ---- writing -----------------------------------------------------------------------------------

std::string hex_of(const std::vector<std::byte>& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte each : bytes) {
        text += digits[std::to_integer<std::size_t>(each) >> 4];
        text += digits[std::to_integer<std::size_t>(each) & 15];
    }
    return text;
}

std::string event_json(const recorded_event& of) {
    json_object made;
    made.signed_number("at_ns", of.at.time_since_epoch().count()).text("kind", to_text(of.kind));
    if (!of.type.empty()) {
        made.text("source", of.source).text("destination", of.destination);
        made.text("channel", of.channel).text("type", of.type).number("ordinal", of.ordinal);
        made.text("payload", hex_of(of.payload));
    }
    if (!of.text.empty()) made.text("text", of.text);
    return made.done();
}

std::string node_json(const recorded_node& of) {
    std::vector<std::string> events;
    for (const recorded_event& each : of.events) events.push_back(event_json(each));
    return json_object{}.text("node", of.name).raw("events", json_array(events)).done();
}

// ---- reading -----------------------------------------------------------------------------------

event_kind kind_in(const json_value& from) {
    for (const event_kind each : kept_kinds) {
        if (to_text(each) == from.text()) return each;
    }
    from.refuse("the kind of an event: send, deliver, ...");
}

std::vector<std::byte> bytes_in(const json_value& from) {
    const std::string& text = from.text();
    const auto digit = [&](char letter) {
        const std::size_t value = std::string_view("0123456789abcdef").find(letter);
        if (value == std::string_view::npos) from.refuse("hexadecimal digits");
        return value;
    };
    if (text.size() % 2 != 0) from.refuse("an even number of hexadecimal digits");
    std::vector<std::byte> made;
    for (std::size_t at = 0; at < text.size(); at += 2) {
        made.push_back(static_cast<std::byte>(digit(text[at]) << 4 | digit(text[at + 1])));
    }
    return made;
}

time_point time_in(const json_value& from) {
    return time_point(duration(static_cast<std::int64_t>(from.count())));
}

recorded_event event_in(const json_value& from) {
    recorded_event made;
    made.at = time_in(from.member("at_ns"));
    made.kind = kind_in(from.member("kind"));
    if (const json_value* text = from.find("text")) made.text = text->text();
    if (from.find("type") == nullptr) return made;
    made.type = from.member("type").text();
    made.source = from.member("source").text();
    made.destination = from.member("destination").text();
    made.channel = from.member("channel").text();
    made.ordinal = from.member("ordinal").count();
    made.payload = bytes_in(from.member("payload"));
    return made;
}

recorded_node node_in(const json_value& from) {
    recorded_node made{from.member("node").text(), {}};
    for (const json_value& each : from.member("events").items()) {
        made.events.push_back(event_in(each));
    }
    return made;
}

verdict verdict_in(const json_value& from) {
    for (const verdict each : {verdict::holds, verdict::violated, verdict::inconclusive}) {
        if (to_text(each) == from.text()) return each;
    }
    from.refuse("holds, violated or inconclusive");
}

std::optional<violation> violation_in(const json_value& from) {
    if (from.is_null()) return std::nullopt;
    return violation{from.member("property").text(), from.member("kind").text(),
                     from.member("explanation").text()};
}

}  // namespace

recording recording_of(const schedule& from, const outcome& of, const std::vector<node_id>& nodes,
                       std::vector<time_point> step_times) {
    recording made{from, of.verdict, of.violation, std::move(step_times), {}, {}};
    move_to_spawns(of.trace, from, made.step_times);
    for (const operation& each : of.history) {
        made.responses.push_back({to_text(step{each.command}), to_text(each.response)});
    }
    for (const node_id id : nodes) {
        recorded_node& node = made.nodes.emplace_back();
        node.name = id.name();
        for (const traced_event& each : of.trace.events()) {
            if (each.node == id && is_kept(each.kind)) {
                node.events.push_back(recorded(of.trace, each));
            }
        }
    }
    return made;
}

std::string to_json(const recording& of) {
    std::vector<std::string> times;
    for (const time_point each : of.step_times) {
        times.push_back(std::to_string(each.time_since_epoch().count()));
    }
    std::vector<std::string> responses;
    for (const recorded_response& each : of.responses) {
        responses.push_back(
            json_object{}.text("command", each.command).text("response", each.response).done());
    }
    std::vector<std::string> nodes;
    for (const recorded_node& each : of.nodes) nodes.push_back(node_json(each));
    json_object made;
    made.number("partita_recording", recording_version).raw("schedule", to_json(of.schedule));
    made.text("verdict", to_text(of.verdict)).raw("violation", json_of(of.violation));
    made.raw("step_times_ns", json_array(times)).raw("responses", json_array(responses));
    return made.raw("nodes", json_array(nodes)).done() + "\n";
}

bool is_recording(std::string_view text) {
    constexpr std::string_view key = "\"partita_recording\"";
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blanks);
    const std::size_t at = text.find(key);
    if (begin == std::string_view::npos || text[begin] != '{') return false;
    if (at == std::string_view::npos) return false;
    const std::size_t next = text.find_first_not_of(blanks, at + key.size());
    // As a key: a schedule may well have a word of that name.
    return next == std::string_view::npos || text[next] == ':';
}

recording parse_recording(std::string_view text, const std::string& source) {
    const json_value all = json_value::parse(text, source);
    const json_value& version = all.member("partita_recording");
    if (version.number() != recording_version) {
        version.refuse("version " + std::to_string(recording_version) + ", which this build reads");
    }
    recording made;
    made.schedule =
        need(parse_schedule_json(all.member("schedule").source_text(), source + ": $.schedule"));
    made.verdict = verdict_in(all.member("verdict"));
    made.violation = violation_in(all.member("violation"));
    for (const json_value& each : all.member("step_times_ns").items()) {
        made.step_times.push_back(time_in(each));
    }
    if (made.step_times.size() > made.schedule.steps.size() + 1) {
        all.member("step_times_ns").refuse("at most one time for each step, and one for the end");
    }
    for (const json_value& each : all.member("responses").items()) {
        made.responses.push_back({each.member("command").text(), each.member("response").text()});
    }
    for (const json_value& each : all.member("nodes").items()) made.nodes.push_back(node_in(each));
    return made;
}

}  // namespace partita::cli
