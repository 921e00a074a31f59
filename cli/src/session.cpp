#include "session.hpp"

#include <algorithm>

namespace partita::cli {

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all.append(all.empty() ? "" : ", ").append(word);
    return all;
}

result<const application*> find_application(const session& in, std::string_view name) {
    std::vector<std::string> names;
    for (const application& each : in.applications) {
        if (each.name == name) return &each;
        names.push_back(each.name);
    }
    return fail(error_code::unknown_name, "unknown application '" + std::string(name) +
                                              "': expected one of " + joined(names));
}

result<application> focused(const application& of, const std::string& property) {
    std::vector<std::string> names;
    for (const auto& each : of.properties) names.push_back(each.name);
    application made = of;
    std::erase_if(made.properties, [&](const auto& each) { return each.name != property; });
    for (auto& each : made.properties) each.usual = nullptr;
    if (!made.properties.empty()) return made;
    return fail(error_code::unknown_name, "unknown property '" + property + "' of application " +
                                              of.name + ": expected one of " + joined(names));
}

}  // namespace partita::cli
