#include <nlohmann/json.hpp>

#include <partita/schedules/codec.hpp>

#include "json_codec_builder.hpp"
#include "json_codec_bytes.hpp"
#include "json_codec_reader.hpp"

namespace partita {
namespace {

using detail::to_json_string;
using nlohmann::json;

json json_of(const std::vector<std::string>& words) {
    auto list = json::array();
    for (const auto& word : words) {
        list.push_back(to_json_string(word));
    }
    return list;
}

json json_of(const application_reference& given) {
    auto parameters = json::object();
    for (const auto& [key, value] : given.parameters) {
        parameters[to_json_string(key)] = to_json_string(value);
    }
    return {{"name", to_json_string(given.name)}, {"parameters", std::move(parameters)}};
}

json json_of(const command& given) {
    json made{{"node", to_json_string(given.node)},
              {"name", to_json_string(given.name)},
              {"arguments", json_of(given.arguments)}};
    if (given.background) made["background"] = true;
    return {{"command", std::move(made)}};
}

json json_of(const fault_step& given) {
    return {
        {"fault", {{"name", to_json_string(given.name)}, {"arguments", json_of(given.arguments)}}}};
}

json json_of(const wait_step& given) { return {{"wait_ns", given.duration.count()}}; }
json json_of(const await_step&) { return {{"await", true}}; }
json json_of(const check_step& given) { return {{"check", to_json_string(given.property)}}; }

json json_of(const deviation& given) {
    return {{"action", to_json_string(given.action)},
            {"site", to_json_string(given.site.text())},
            {"arguments", json_of(given.arguments)}};
}

}  // namespace

std::string to_json(const schedule& given) {
    auto steps = json::array();
    for (const auto& each : given.steps) {
        steps.push_back(
            std::visit([](const auto& alternative) { return json_of(alternative); }, each));
    }
    auto deviations = json::array();
    for (const auto& each : given.deviations) {
        deviations.push_back(json_of(each));
    }
    return json{{"partita_schedule", schedule_version},
                {"application", json_of(given.application)},
                {"steps", std::move(steps)},
                {"deviations", std::move(deviations)}}
        .dump();
}

result<schedule> parse_schedule_json(std::string_view text, std::string_view source,
                                     const parse_bounds& bounds) {
    return detail::build_json(text, source, bounds).and_then([&](const json& root) {
        return detail::read_schedule(root, source);
    });
}

}  // namespace partita
