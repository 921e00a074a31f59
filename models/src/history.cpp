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

std::string shown(const response& answer) {
    switch (answer.kind) {
        case response_kind::ok:
            return answer.value.empty() ? "OK" : answer.value;
        case response_kind::fail:
            return answer.value.empty() ? "FAIL" : "FAIL, " + answer.value;
        case response_kind::unknown:
            break;
    }
    return answer.value == "timeout" ? "TIMEOUT" : "UNKNOWN, " + answer.value;
}

}  // namespace partita
