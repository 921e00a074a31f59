// Whatever bytes stand in a history from outside, reading it gives operations that make sense or
// one line of error, and what was read, a checker judges or refuses. The first byte says how: the
// form, whether values are keyed, and which checker.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include <partita/models/check.hpp>
#include <partita/models/history_codec.hpp>

namespace {

using namespace partita;

void require(bool holds) {
    if (!holds) std::abort();
}

bool is_line(std::string_view text) {
    return !text.empty() && std::none_of(text.begin(), text.end(),
                                         [](unsigned char letter) { return letter < ' '; });
}

history_options options_of(unsigned how) {
    history_options options;
    options.form = how % 2 == 0 ? history_form::json_lines : history_form::edn;
    options.keyed_values = how / 2 % 2 != 0;
    options.bounds = {1 << 16, 1 << 12, 8};
    return options;
}

/// Invocations in order, and of one process one after the other.
void check_history(const client_history& of) {
    std::map<std::int64_t, std::uint64_t> busy_until;
    std::uint64_t before = 0;
    for (const client_operation& each : of) {
        require(each.invoked > before && each.responded > each.invoked && each.line > 0);
        require(each.outcome != response_kind::unknown ||
                each.responded == client_operation::never);
        before = each.invoked;
        auto& busy = busy_until[each.process];
        require(busy < each.invoked);
        busy = each.responded == client_operation::never ? each.invoked : each.responded;
        require(!to_text(each).empty());
    }
}

void judge(const client_history& of, const history_checker& by) {
    const auto found = by.check(of, {.steps_max = 10'000, .memory_bytes_max = 1 << 26});
    if (!found) return require(!found.error().message.empty());
    for (const auto* indices : {&found->evidence, &found->witness}) {
        for (const std::size_t index : *indices) require(index < of.size());
    }
    require(found->verdict == verdict::holds ||
            !(found->kind.empty() || found->explanation.empty()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    (void)form_of(text);
    const auto read = parse_history(text, "s", options_of(bytes[0]));
    if (!read) {
        require(read.error().message.starts_with("s:") && is_line(read.error().message));
        return 0;
    }
    check_history(*read);
    const auto& checkers = history_checkers();
    const std::size_t chosen = bytes[0] / 4;
    if (chosen < checkers.size()) judge(*read, checkers[chosen]);
    return 0;
}
