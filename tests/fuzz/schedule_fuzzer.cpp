#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <partita/schedules/codec.hpp>

namespace {

/// Stops the fuzzer with the input at hand.
void require(bool holds, const char* what, const std::string& detail) {
    if (!holds) {
        std::fprintf(stderr, "schedule_fuzzer: %s: %s\n", what, detail.c_str());
        std::abort();
    }
}

/// An error is one printable line that begins with the source.
void check_error(const partita::error& error) {
    const auto is_control = [](char letter) {
        return static_cast<unsigned char>(letter) < ' ' || letter == 0x7f;
    };
    const auto& text = error.message;
    require(text.starts_with("s:"), "an error without its source", text);
    require(std::none_of(text.begin(), text.end(), is_control), "an error that is no line", text);
    require(!text.ends_with('.') || text.ends_with("..."), "an error that ends in a full stop",
            text);
}

/// What was read survives both forms, and both are canonical.
void check_schedule(const partita::schedule& given) {
    const auto text = to_text(given);
    const auto json = to_json(given);
    const auto from_text = partita::parse_schedule(text, "s");
    const auto from_json = partita::parse_schedule_json(json, "s");
    require(from_text && *from_text == given, "lost in the text form", text);
    require(from_json && *from_json == given, "lost in JSON", json);
    require(to_text(*from_json) == text && to_json(*from_text) == json, "not canonical", text);
}

void check(const partita::result<partita::schedule>& parsed) {
    parsed ? check_schedule(*parsed) : check_error(parsed.error());
}

}  // namespace

/// Reads any bytes as a schedule, as text and as JSON.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check(partita::parse_schedule(input, "s"));
    check(partita::parse_schedule_json(input, "s"));
    return 0;
}
