#include <partita/runtime/trace_event.hpp>

#include <array>

namespace partita {

std::string_view to_text(event_kind kind) {
    constexpr std::array<std::string_view, 19> names{
        "send",    "local",  "deliver", "fire",  "drop",    "delay", "duplicate",
        "rewrite", "spawn",  "exit",    "crash", "restart", "pause", "resume",
        "note",    "invoke", "respond", "fault", "failure"};
    const auto index = static_cast<std::size_t>(kind);
    return index < names.size() ? names[index] : "bound";
}

}  // namespace partita
