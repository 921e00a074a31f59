#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include <rapidcheck.h>

#include <client_histories.hpp>

namespace partita::test {

/// What rapidcheck makes register histories of.
struct register_step {
    std::uint8_t process = 0;
    std::uint8_t key = 0;
    std::uint8_t kind = 0;
    std::uint8_t pick = 0;
};

/// A history with unique values in which reads return the value of any write to their key, mostly
/// of one that was before, or nothing.
inline client_history register_history(const std::vector<register_step>& steps,
                                       std::size_t processes) {
    history_writer made;
    constexpr std::array<const char*, 2> keys{"x", "y"};
    const auto is_write = [](const register_step& step) { return step.kind % 5 < 2; };
    for (std::size_t at = 0; at < steps.size(); ++at) {
        const register_step& step = steps[at];
        const auto process = static_cast<std::int64_t>(step.process % processes);
        const char* key = keys[step.key % 2];
        if (is_write(step)) {
            const bool unknown = step.kind % 25 == 0;
            made.write(process, key, static_cast<std::int64_t>(at),
                       unknown ? response_kind::unknown : response_kind::ok);
            continue;
        }
        std::vector<std::int64_t> written;
        for (std::size_t other = 0; other < steps.size(); ++other) {
            const bool may = other < at || step.pick % 16 == 0;
            if (may && is_write(steps[other]) && steps[other].key % 2 == step.key % 2) {
                written.push_back(static_cast<std::int64_t>(other));
            }
        }
        const std::size_t pick = (step.pick / 16U) % (written.size() + 1);
        made.read(process, key, pick == written.size() ? nothing : value(written[pick]));
    }
    return made.done();
}
inline std::vector<register_step> random_steps(dice& roll, std::size_t length) {
    std::vector<register_step> steps(length);
    for (register_step& step : steps) {
        step = {static_cast<std::uint8_t>(roll(256)), static_cast<std::uint8_t>(roll(256)),
                static_cast<std::uint8_t>(roll(250)), static_cast<std::uint8_t>(roll(256))};
    }
    return steps;
}

/// The relations of a register history, written down as their definitions say. Operations keep
/// their numbers; `real` are those that happened.
struct register_relations {
    explicit register_relations(const client_history& of) : history(of), source(of.size()) {
        const std::size_t size = of.size();
        before.assign(size, std::vector<bool>(size, false));
        std::set<std::size_t> read;
        for (std::size_t at = 0; at < size; ++at) {
            source[at] = size;
            for (std::size_t other = 0; other < size; ++other) {
                const bool wrote = is_read(at) && writes(other) && of[other].key == of[at].key &&
                                   of[other].argument == of[at].result;
                if (wrote) source[at] = other;
            }
            if (is_read(at) && source[at] < size) read.insert(source[at]);
        }
        for (std::size_t at = 0; at < size; ++at) {
            if (of[at].outcome == response_kind::ok || read.count(at) > 0) real.push_back(at);
        }
        for (const std::size_t at : real) {
            if (source[at] < size) before[source[at]][at] = true;
            for (const std::size_t later : real) {
                if (in_session(at, later)) before[at][later] = true;
            }
        }
        close(before);
    }

    [[nodiscard]] bool writes(std::size_t at) const { return history[at].function == "write"; }
    [[nodiscard]] bool is_read(std::size_t at) const { return !writes(at); }
    [[nodiscard]] bool same_key(std::size_t a, std::size_t b) const {
        return history[a].key == history[b].key;
    }
    /// An unknown write comes after what its process did before, but before nothing.
    [[nodiscard]] bool in_session(std::size_t first, std::size_t second) const {
        return first < second && history[first].process == history[second].process &&
               history[first].outcome == response_kind::ok;
    }
    [[nodiscard]] bool cyclic() const {
        return std::any_of(real.begin(), real.end(),
                           [&](std::size_t at) { return before[at][at]; });
    }
    static void close(std::vector<std::vector<bool>>& relation) {
        const std::size_t size = relation.size();
        for (std::size_t via = 0; via < size; ++via) {
            for (std::size_t from = 0; from < size; ++from) {
                for (std::size_t to = 0; to < size; ++to) {
                    if (relation[from][via] && relation[via][to]) relation[from][to] = true;
                }
            }
        }
    }

    const client_history& history;
    std::vector<std::size_t> source;  // of a read: its write, or as many as there are operations
    std::vector<std::size_t> real;
    std::vector<std::vector<bool>> before;
};

/// Whether some sequence of the operations keeps `before` and is legal for those that `answers`.
inline bool sequence_exists(const register_relations& of, const std::vector<std::size_t>& all,
                            const std::function<bool(std::size_t)>& answers) {
    std::vector<std::size_t> placed;
    std::map<history_value, std::size_t> last;
    const std::function<bool()> place = [&] {
        if (placed.size() == all.size()) return true;
        for (const std::size_t next : all) {
            const auto is_placed = [&](std::size_t at) {
                return std::find(placed.begin(), placed.end(), at) != placed.end();
            };
            if (is_placed(next)) continue;
            if (!std::all_of(all.begin(), all.end(), [&](std::size_t at) {
                    return !of.before[at][next] || is_placed(at);
                })) {
                continue;
            }
            const auto current = last.try_emplace(of.history[next].key, of.history.size()).first;
            const std::size_t saved = current->second;
            if (of.is_read(next) && answers(next) && saved != of.source[next]) continue;
            if (of.writes(next)) current->second = next;
            placed.push_back(next);
            if (place()) return true;
            placed.pop_back();
            last[of.history[next].key] = saved;
        }
        return false;
    };
    return place();
}

}  // namespace partita::test

namespace rc {
template <>
struct Arbitrary<partita::test::register_step> {
    static Gen<partita::test::register_step> arbitrary() {
        using step = partita::test::register_step;
        return gen::build<step>(gen::set(&step::process, gen::inRange<std::uint8_t>(0, 3)),
                                gen::set(&step::key, gen::inRange<std::uint8_t>(0, 2)),
                                gen::set(&step::kind, gen::inRange<std::uint8_t>(0, 25)),
                                gen::set(&step::pick, gen::inRange<std::uint8_t>(0, 255)));
    }
};
}  // namespace rc
