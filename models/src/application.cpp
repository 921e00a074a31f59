#include <partita/models/application.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <partita/schedules/codec.hpp>
#include <partita/sim/latency.hpp>
#include <partita/sim/link_model.hpp>

namespace partita {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

result<void> check_parameter(const application& of, const parameter& declared,
                             const std::string& value) {
    const auto wrong = [&](const std::string& expected) {
        return fail(error_code::bad_input, "application " + of.name + ": " + declared.name + "=" +
                                               value + ": expected " + expected);
    };
    if (declared.name == "nodes") {
        const auto count = number_in(value);
        if (!count || *count < of.nodes_least || *count > of.nodes_most) {
            return wrong("a number from " + std::to_string(of.nodes_least) + " to " +
                         std::to_string(of.nodes_most));
        }
    } else if (declared.name == "seed") {
        if (!number_in(value)) return wrong("a number from 0 to 18446744073709551615");
    } else if (declared.name == "latency") {
        if (const auto model = parse_latency(value); !model) return tl::unexpected(model.error());
    } else if (declared.name == "bandwidth") {
        if (const auto rate = parse_bandwidth(value); !rate) return tl::unexpected(rate.error());
    } else if (declared.name == "window" || declared.name == "queue") {
        const auto count = parse_byte_count(declared.name, value);
        if (!count) return tl::unexpected(count.error());
    } else if (!declared.choices.empty() &&
               std::find(declared.choices.begin(), declared.choices.end(), value) ==
                   declared.choices.end()) {
        return wrong("one of " + joined(declared.choices));
    }
    return {};
}

}  // namespace

const std::string& settings::value(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end())
        throw std::out_of_range("parameter " + std::string(name) + " is not declared");
    return found->second;
}

std::uint64_t settings::number(std::string_view name) const {
    const auto read = number_in(value(name));
    if (!read) throw std::invalid_argument("parameter " + std::string(name) + " is not a number");
    return *read;
}

const command_definition* application::find_command(std::string_view wanted) const {
    const auto found =
        std::find_if(commands.begin(), commands.end(),
                     [&](const command_definition& each) { return each.name == wanted; });
    return found == commands.end() ? nullptr : &*found;
}

std::vector<std::string> application::custom_fault_names() const {
    std::vector<std::string> names;
    for (const auto& [custom, apply] : custom_faults) names.push_back(custom);
    return names;
}

application_builder& application_builder::workload(const std::vector<std::string>& lines) {
    std::string text = "app " + made_.name + "\n";
    for (const std::string& line : lines) text += line + "\n";
    const auto read = parse_schedule(text, "workload of " + made_.name);
    if (!read) throw std::invalid_argument(read.error().message);
    made_.workload = read->steps;
    return *this;
}

application_builder& application_builder::sometimes(std::string name, std::string about,
                                                    std::function<bool(const evidence&)> check) {
    if (made_.occurrences.size() == 64) {
        throw std::invalid_argument("sometimes '" + name + "' of " + made_.name +
                                    ": expected at most 64 of them");
    }
    made_.occurrences.push_back({std::move(name), std::move(about), std::move(check)});
    return *this;
}

application_builder& application_builder::channel(channel_options declared) {
    const auto wrong = [&](const std::string& expected) {
        return std::invalid_argument("channel '" + declared.name + "' of " + made_.name +
                                     ": expected " + expected);
    };
    if (declared.parallelism < 1 || declared.parallelism > 64) {
        throw wrong("parallelism from 1 to 64");
    }
    if (declared.compression < 0 || declared.compression > 19) {
        throw wrong("compression from 0 to 19");
    }
    if (declared.send_window < duration{0}) throw wrong("a send window of 0 or more");
    made_.channels.push_back(std::move(declared));
    return *this;
}

std::vector<parameter> common_parameters(const application& of) {
    return {{"nodes", std::to_string(of.nodes_usual), "how many nodes, n1 to nN", {}},
            {"seed", "0", "of all randomness in the world", {}},
            {"latency",
             "1ms",
             "per link: 1ms, uniform:1ms..5ms, exponential:1ms+4ms, pareto:1ms*1.5..10s",
             {}},
            {"bandwidth", "unlimited", "of each connection: 100MB/s or the like", {}},
            {"window", "unlimited", "bytes under way unacknowledged, of each connection: 64KB", {}},
            {"queue", "unlimited", "bytes that may wait for each connection: 256MB", {}},
            {"overlay",
             "none",
             "who connects to whom: none (all, from the start), or joined at n1 by gossip",
             {"none", "full-mesh", "client-server", "static"}}};
}

schedule undisturbed(const application& of, std::map<std::string, std::string> parameters) {
    return {{of.name, std::move(parameters)}, of.workload, {}};
}

result<settings> settings_of(const application& of, const application_reference& reference) {
    std::vector<parameter> declared = common_parameters(of);
    declared.insert(declared.end(), of.parameters.begin(), of.parameters.end());
    std::map<std::string, std::string, std::less<>> values;
    std::vector<std::string> names;
    for (const parameter& each : declared) {
        values[each.name] = each.usual;
        names.push_back(each.name);
    }
    for (const auto& [name, value] : reference.parameters) {
        const auto found =
            std::find_if(declared.begin(), declared.end(),
                         [&wanted = name](const parameter& each) { return each.name == wanted; });
        if (found == declared.end()) {
            return fail(error_code::unknown_name, "application " + of.name + " has no parameter '" +
                                                      name + "': expected one of " + joined(names));
        }
        if (auto checked = check_parameter(of, *found, value); !checked)
            return tl::unexpected(checked.error());
        values[name] = value;
    }
    return settings(std::move(values));
}

overlay_factory overlay_of(const settings& of) {
    if (of.is("overlay", "none")) return {};
    overlay_options made;
    made.contacts = {contact_named("n1")};
    if (of.is("overlay", "client-server")) made.kind = overlay_kind::client_server;
    if (of.is("overlay", "static")) made.kind = overlay_kind::static_links;
    return [made](const peer_spec& self, std::uint64_t incarnation) {
        overlay_options mine = made;
        if (made.kind == overlay_kind::client_server) {
            mine.role = self.id == node_id("n1") ? overlay_role::server : overlay_role::client;
        }
        return make_overlay(mine, self, incarnation);
    };
}

std::vector<node_id> nodes_of(const settings& of) {
    std::vector<node_id> all;
    for (std::uint64_t number = 1; number <= of.number("nodes"); ++number) {
        all.emplace_back("n" + std::to_string(number));
    }
    return all;
}

}  // namespace partita
