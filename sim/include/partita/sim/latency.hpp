#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <partita/runtime/ids.hpp>
#include <partita/runtime/random_source.hpp>
#include <partita/schedules/result.hpp>

namespace partita {

/// How long a message takes from node to node. All are computed in integers, so that a latency is
/// the same on every machine; all but the constant draw from the link's own seeded stream.
struct constant_latency {
    duration time{std::chrono::milliseconds(1)};
    bool operator==(const constant_latency&) const = default;
};
/// Uniform in [least, most].
struct uniform_latency {
    duration least{};
    duration most{};
    bool operator==(const uniform_latency&) const = default;
};
/// `least` plus an exponential time of that mean.
struct exponential_latency {
    duration least{};
    duration mean{};
    bool operator==(const exponential_latency&) const = default;
};
/// Heavy-tailed: Pareto with scale `least` and shape `shape_tenths` / 10 (11 to 1000), cut at
/// `most`.
struct pareto_latency {
    duration least{};
    std::uint32_t shape_tenths = 15;
    duration most{std::chrono::seconds(10)};
    bool operator==(const pareto_latency&) const = default;
};
using latency_model =
    std::variant<constant_latency, uniform_latency, exponential_latency, pareto_latency>;

/// One latency, 0 or more.
[[nodiscard]] duration sample(const latency_model&, random_source&);

/// `1ms`, `uniform:1ms..5ms`, `exponential:1ms+4ms` (least + mean), `pareto:1ms*1.5..10s` (scale,
/// shape, cut). Durations need a unit: ns, us, ms or s.
[[nodiscard]] result<latency_model> parse_latency(std::string_view);
[[nodiscard]] std::string to_text(const latency_model&);

}  // namespace partita
