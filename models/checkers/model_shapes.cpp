#include "model_shapes.hpp"

namespace partita::detail {

std::string unknown_function(const client_operation& each, const std::string& expected) {
    return "unknown function " + each.function + "; expected " + expected;
}

std::string wrong_argument(const client_operation& each, const std::string& expected) {
    return each.function + " of " + to_text(each.argument) + "; expected " + expected;
}

std::string wrong_result(const client_operation& each, const std::string& expected) {
    return each.function + " answered " + to_text(each.result) + "; expected " + expected;
}

std::string wrong_read(const client_operation& each) {
    return each.argument.nothing() ? "" : wrong_argument(each, "no argument");
}

std::string wrong_flag(const client_operation& each) {
    const bool shaped = each.outcome != response_kind::ok || each.result.nothing() ||
                        std::holds_alternative<bool>(each.result.is);
    return shaped ? "" : wrong_result(each, "true, false or nothing");
}

bool says_no(const history_value& flag) {
    const auto* truth = std::get_if<bool>(&flag.is);
    return truth != nullptr && !*truth;
}

}  // namespace partita::detail
