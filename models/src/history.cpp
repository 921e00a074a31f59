#include <partita/models/history.hpp>

namespace partita {

std::string_view to_text(response_kind kind) {
    switch (kind) {
        case response_kind::ok:
            return "ok";
        case response_kind::fail:
            return "fail";
        case response_kind::unknown:
            return "unknown";
    }
    return "unknown";
}

std::string to_text(const response& answer) {
    std::string text(to_text(answer.kind));
    if (!answer.value.empty()) text += " " + answer.value;
    return text;
}

}  // namespace partita
