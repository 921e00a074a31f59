#include <partita/sim/link_model.hpp>

#include <array>
#include <charconv>
#include <optional>

namespace partita {
namespace {

constexpr std::string_view no_limit = "unlimited";

struct unit {
    std::string_view name;
    std::uint64_t bytes;
};
constexpr std::array units{unit{"GB", 1'000'000'000}, unit{"MB", 1'000'000}, unit{"KB", 1'000},
                           unit{"B", 1}};

std::optional<std::uint64_t> count_in(std::string_view text, std::string_view per) {
    if (text == no_limit) return link_model::unlimited;
    std::uint64_t count = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (status != std::errc{} || count == 0) return std::nullopt;
    std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (!rest.ends_with(per)) return std::nullopt;
    rest.remove_suffix(per.size());
    for (const unit& each : units) {
        if (rest != each.name) continue;
        // The greatest number means that there is no limit.
        if (count > (link_model::unlimited - 1) / each.bytes) return std::nullopt;
        return count * each.bytes;
    }
    return std::nullopt;
}

std::string text_of(std::uint64_t count, std::string_view per) {
    if (count == link_model::unlimited) return std::string(no_limit);
    for (const unit& each : units) {
        if (count % each.bytes != 0) continue;
        return std::to_string(count / each.bytes).append(each.name).append(per);
    }
    return {};
}

}  // namespace

result<std::uint64_t> parse_bandwidth(std::string_view text) {
    if (const auto read = count_in(text, "/s")) return *read;
    return fail(error_code::bad_input,
                "bandwidth '" + std::string(text) +
                    "': expected 100MB/s or the like (B/s, KB/s, MB/s, GB/s), or unlimited");
}

result<std::uint64_t> parse_byte_count(std::string_view name, std::string_view text) {
    if (const auto read = count_in(text, "")) return *read;
    return fail(error_code::bad_input,
                std::string(name) + " '" + std::string(text) +
                    "': expected 64KB or the like (B, KB, MB, GB), or unlimited");
}

std::string bandwidth_text(std::uint64_t count) { return text_of(count, "/s"); }
std::string byte_count_text(std::uint64_t count) { return text_of(count, ""); }

}  // namespace partita
