#include <partita/schedules/trial.hpp>

namespace partita {

std::string_view to_text(verdict given) {
    switch (given) {
        case verdict::holds:
            return "holds";
        case verdict::violated:
            return "violated";
        case verdict::inconclusive:
            return "inconclusive";
    }
    return "inconclusive";
}

bool same_failure(const violation& left, const violation& right) {
    return left.property == right.property && left.kind == right.kind;
}

}  // namespace partita
