#include <charconv>
#include <limits>

#include <partita/schedules/codec.hpp>

#include "duration_units.hpp"
#include "lexer_quote.hpp"
#include "site_words.hpp"

namespace partita {
namespace {

using detail::duration_units;

constexpr auto nanoseconds_max =
    static_cast<std::uint64_t>(std::numeric_limits<std::chrono::nanoseconds::rep>::max());

/// The largest unit that divides the count; zero is told in seconds, where everybody looks for it.
std::size_t widest_unit_of(std::uint64_t count) {
    if (count == 0) {
        return *detail::duration_unit_of("s");
    }
    std::size_t unit = duration_units.size() - 1;
    while (count % duration_units[unit].nanoseconds != 0) {
        --unit;
    }
    return unit;
}

tl::unexpected<error> out_of_range(std::string_view text) {
    return fail(
        error_code::bad_input,
        "expected a duration of at most 2^63 - 1 nanoseconds, found " + detail::shown(text));
}

}  // namespace

std::string to_text(std::chrono::nanoseconds duration) {
    if (duration.count() < 0) {
        return std::to_string(duration.count()) + "ns";
    }
    const auto count = static_cast<std::uint64_t>(duration.count());
    const auto& unit = duration_units[widest_unit_of(count)];
    return std::to_string(count / unit.nanoseconds).append(unit.name);
}

result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
    std::uint64_t count = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, count);
    const auto unit = detail::duration_unit_of({stop, static_cast<std::size_t>(end - stop)});
    if (code == std::errc::invalid_argument || !unit) {
        return fail(error_code::bad_input,
                    "expected a duration such as 1500ms (units ns, us, ms, s, m, h), found " +
                        detail::shown(text));
    }
    const auto scale = duration_units[*unit].nanoseconds;
    if (code == std::errc::result_out_of_range || count > nanoseconds_max / scale) {
        return out_of_range(text);
    }
    return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(count * scale));
}

}  // namespace partita
