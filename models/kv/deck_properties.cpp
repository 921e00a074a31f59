#include <algorithm>
#include <string_view>

#include <partita/schedules/codec.hpp>

#include "commands.hpp"
#include "properties.hpp"

namespace partita::kv {
namespace {

bool writes(const operation& each, const std::string& key) {
    return (each.command.name == "write" || each.command.name == "delete") &&
           each.command.arguments[0] == key;
}

std::string value_written(const operation& each) {
    return each.command.name == "delete" ? std::string(not_found) : each.command.arguments[1];
}

bool overlap(const operation& one, const operation& other) {
    return one.invoked_position < other.responded_position &&
           other.invoked_position < one.responded_position;
}

/// What the model expects of a read, and whether it can tell: of writes of one time it cannot.
struct expectation {
    std::string value{not_found};
    bool certain = true;
};

expectation expected_of(const operation& read, const history& all) {
    const std::string& key = read.command.arguments[0];
    const operation* last = nullptr;
    for (const operation& each : all) {
        if (!writes(each, key)) continue;
        if (overlap(each, read)) return {{}, false};
        if (each.response.kind != response_kind::ok ||
            each.responded_position > read.invoked_position)
            continue;
        if (last == nullptr || each.responded_position > last->responded_position) last = &each;
    }
    if (last == nullptr) return {};
    const bool alone = std::none_of(all.begin(), all.end(), [&](const operation& each) {
        return &each != last && writes(each, key) && overlap(each, *last);
    });
    return {value_written(*last), alone};
}

std::string_view kind_of_difference(const operation& read, const history& all) {
    for (const operation& each : all) {
        if (!writes(each, read.command.arguments[0]) || value_written(each) != read.response.value)
            continue;
        return each.response.kind == response_kind::unknown ? "unacknowledged write visible"
                                                            : "stale read";
    }
    return read.response.value == not_found ? "stale read" : "value never written";
}

/// The times at which the network was partitioned.
struct cut_time {
    time_point begin;
    time_point end = time_point::max();
};

std::vector<cut_time> cuts_in(const trace& of) {
    std::vector<cut_time> all;
    const auto end_all = [&](time_point now) {
        for (cut_time& each : all) each.end = std::min(each.end, now);
    };
    for (const traced_event& each : of.events()) {
        if (each.kind != event_kind::fault) continue;
        const std::string_view text = of.text(each);
        const auto says = [&](std::string_view words) { return text.starts_with(words); };
        if (says("fault partition") || says("fault one_way")) all.push_back({each.at});
        // One end of several is taken for the end of all: less is called unavailable then.
        if (says("fault end partition") || says("fault end one_way") || says("fault heal") ||
            says("fault resolve_all"))
            end_all(each.at);
    }
    return all;
}

}  // namespace

std::optional<finding> reads_give_acknowledged(const evidence& seen) {
    for (const operation& each : seen.history) {
        if (each.command.name != "read" || each.response.kind != response_kind::ok) continue;
        const expectation expected = expected_of(each, seen.history);
        if (!expected.certain || each.response.value == expected.value) continue;
        return finding{std::string(kind_of_difference(each, seen.history)),
                       "'" + to_text(step{each.command}) + "' gave " + each.response.value +
                           " where " + expected.value + " was acknowledged last"};
    }
    return std::nullopt;
}

std::optional<finding> available_when_partitioned(const evidence& seen) {
    const std::vector<cut_time> cuts = cuts_in(seen.trace);
    for (const operation& each : seen.history) {
        if (each.command.name != "read" || each.response != response::unknown("timeout")) continue;
        for (const cut_time& cut : cuts) {
            if (cut.begin > each.responded || cut.end < each.invoked) continue;
            return finding{"no quorum", "'" + to_text(step{each.command}) +
                                            "' timed out while the network was partitioned"};
        }
    }
    return std::nullopt;
}

}  // namespace partita::kv
