#include <partita/sim/latency.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace partita {
namespace {

// Binary logarithms and powers in fixed point with 32 fractional bits, by repeated squaring (Knuth,
// TAOCP 1, 1.2.2 exercise 28). The C library's functions may differ in the last bit between
// systems, and one bit is another trace.
constexpr int fraction_bits = 32;
__extension__ using wide = unsigned __int128;

/// log2 of x >= 1.
std::uint64_t log2_fixed(std::uint64_t x) {
    const int whole = 63 - __builtin_clzll(x);
    std::uint64_t mantissa = x << (63 - whole);  // in [1, 2) with 63 fractional bits
    std::uint64_t result = static_cast<std::uint64_t>(whole) << fraction_bits;
    for (int bit = fraction_bits - 1; bit >= 0; --bit) {
        const wide square = static_cast<wide>(mantissa) * mantissa;  // 126 fractional bits
        if (square >> 127 != 0) {
            result |= std::uint64_t{1} << bit;
            mantissa = static_cast<std::uint64_t>(square >> 64);
        } else {
            mantissa = static_cast<std::uint64_t>(square >> 63);
        }
    }
    return result;
}

/// 2 to the power of `exponent` (32 fractional bits), with 32 fractional bits; saturates.
std::uint64_t exp2_fixed(std::uint64_t exponent) {
    const std::uint64_t whole = exponent >> fraction_bits;
    if (whole >= 31) return UINT64_MAX;
    // roots[k] = 2^(2^-(k+1)) with 62 fractional bits, each the square root of the one before.
    static constexpr auto roots = [] {
        std::array<std::uint64_t, fraction_bits> table{};
        wide value = wide{2} << 62;
        for (auto& root : table) {
            wide low = wide{1} << 62;
            wide high = value;
            while (high - low > 1) {
                const wide middle = (low + high) / 2;
                (middle * middle <= (value << 62) ? low : high) = middle;
            }
            root = static_cast<std::uint64_t>(low);
            value = low;
        }
        return table;
    }();
    wide result = wide{1} << 62;
    for (int bit = 0; bit < fraction_bits; ++bit) {
        if ((exponent >> (fraction_bits - 1 - bit)) & 1) {
            result = (result * roots[static_cast<std::size_t>(bit)]) >> 62;
        }
    }
    return static_cast<std::uint64_t>(result >> (62 - fraction_bits)) << whole;
}

/// -log2(U) for U uniform in (0, 1], with 32 fractional bits.
std::uint64_t negative_log2_uniform(random_source& random) {
    const std::uint64_t draw = std::max<std::uint64_t>(random.next(), 1);
    return (std::uint64_t{64} << fraction_bits) - log2_fixed(draw);
}

duration scaled(duration unit, std::uint64_t factor) {
    const wide product = static_cast<wide>(static_cast<std::uint64_t>(unit.count())) * factor;
    const wide cut = std::min(product >> fraction_bits, static_cast<wide>(INT64_MAX / 4));
    return duration(static_cast<std::int64_t>(cut));
}

duration sample_of(const constant_latency& model, random_source&) { return model.time; }

duration sample_of(const uniform_latency& model, random_source& random) {
    return duration(random.between(model.least.count(), model.most.count()));
}

duration sample_of(const exponential_latency& model, random_source& random) {
    constexpr std::uint64_t ln2 = 2977044472ULL;  // ln 2 with 32 fractional bits
    const std::uint64_t bits = negative_log2_uniform(random);
    const auto natural =
        static_cast<std::uint64_t>((static_cast<wide>(bits) * ln2) >> fraction_bits);
    return model.least + scaled(model.mean, natural);
}

duration sample_of(const pareto_latency& model, random_source& random) {
    const std::uint64_t exponent = negative_log2_uniform(random) * 10 / model.shape_tenths;
    return std::min(scaled(model.least, exp2_fixed(exponent)), model.most);
}

// ---- text --------------------------------------------------------------------------------------

struct unit {
    std::string_view name;
    std::int64_t nanoseconds;
};
constexpr std::array units{unit{"s", 1'000'000'000}, unit{"ms", 1'000'000}, unit{"us", 1'000},
                           unit{"ns", 1}};

/// Takes a duration off the front of `text`.
std::optional<duration> take_duration(std::string_view& text) {
    std::int64_t count = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (status != std::errc{} || count < 0) return std::nullopt;
    std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const unit& each : {units[1], units[2], units[3], units[0]}) {
        if (!rest.starts_with(each.name)) continue;
        constexpr std::int64_t longest = 3'600'000'000'000'000;  // 1,000 hours
        if (count > longest / each.nanoseconds) return std::nullopt;
        text = rest.substr(each.name.size());
        return duration(count * each.nanoseconds);
    }
    return std::nullopt;
}

bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

/// `1.5` as 15 tenths.
std::optional<std::uint32_t> take_tenths(std::string_view& text) {
    std::uint32_t whole = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (status != std::errc{} || whole > 100) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::uint32_t tenths = 0;
    if (take(text, ".")) {
        if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
        tenths = static_cast<std::uint32_t>(text[0] - '0');
        text.remove_prefix(1);
    }
    return whole * 10 + tenths;
}

std::optional<latency_model> model_in(std::string_view text) {
    std::optional<latency_model> model;
    if (take(text, "uniform:")) {
        const auto least = take_duration(text);
        if (!least || !take(text, "..")) return std::nullopt;
        const auto most = take_duration(text);
        if (!most || *most < *least) return std::nullopt;
        model = uniform_latency{*least, *most};
    } else if (take(text, "exponential:")) {
        const auto least = take_duration(text);
        if (!least || !take(text, "+")) return std::nullopt;
        const auto mean = take_duration(text);
        if (!mean) return std::nullopt;
        model = exponential_latency{*least, *mean};
    } else if (take(text, "pareto:")) {
        const auto least = take_duration(text);
        if (!least || !take(text, "*")) return std::nullopt;
        const auto shape = take_tenths(text);
        if (!shape || *shape < 11 || *shape > 1'000 || !take(text, "..")) return std::nullopt;
        const auto most = take_duration(text);
        if (!most || *most < *least) return std::nullopt;
        model = pareto_latency{*least, *shape, *most};
    } else if (const auto time = take_duration(text)) {
        model = constant_latency{*time};
    }
    if (!text.empty()) return std::nullopt;
    return model;
}

std::string text_of(duration time) {
    for (const unit& each : units) {
        if (time.count() % each.nanoseconds == 0) {
            return std::to_string(time.count() / each.nanoseconds) + std::string(each.name);
        }
    }
    return {};
}

std::string text_of(const constant_latency& model) { return text_of(model.time); }
std::string text_of(const uniform_latency& model) {
    return "uniform:" + text_of(model.least) + ".." + text_of(model.most);
}
std::string text_of(const exponential_latency& model) {
    return "exponential:" + text_of(model.least) + "+" + text_of(model.mean);
}
std::string text_of(const pareto_latency& model) {
    return "pareto:" + text_of(model.least) + "*" + std::to_string(model.shape_tenths / 10) + "." +
           std::to_string(model.shape_tenths % 10) + ".." + text_of(model.most);
}

}  // namespace

duration sample(const latency_model& model, random_source& random) {
    return std::visit([&](const auto& kind) { return sample_of(kind, random); }, model);
}

result<latency_model> parse_latency(std::string_view text) {
    if (const auto model = model_in(text)) return *model;
    return fail(
        error_code::bad_input,
        "latency '" + std::string(text) +
            "': expected 1ms, uniform:1ms..5ms, exponential:1ms+4ms or pareto:1ms*1.5..10s");
}

std::string to_text(const latency_model& model) {
    return std::visit([](const auto& kind) { return text_of(kind); }, model);
}

}  // namespace partita
