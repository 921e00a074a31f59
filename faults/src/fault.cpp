#include <partita/faults/fault.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <partita/schedules/codec.hpp>

namespace partita {
namespace {

template <class... Cases>
struct overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
overloaded(Cases...) -> overloaded<Cases...>;

constexpr std::array<std::string_view, fault_kinds> kind_names{
    "omission",  "delay", "reordering", "duplication", "corruption",
    "partition", "crash", "pause",      "custom"};

std::optional<node_id> optional_node(std::string_view name) {
    if (name.empty()) return std::nullopt;
    return node_id(name);
}

std::vector<node_id> ids(std::initializer_list<std::string_view> names) {
    std::vector<node_id> all;
    for (const std::string_view name : names) all.emplace_back(name);
    return all;
}

}  // namespace

std::string_view to_text(fault_kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

result<fault_kind> parse_fault_kind(std::string_view text) {
    for (std::size_t at = 0; at < kind_names.size(); ++at) {
        if (kind_names[at] == text) return static_cast<fault_kind>(at);
    }
    std::string known;
    for (const std::string_view name : kind_names)
        known += (known.empty() ? "" : ", ") + std::string(name);
    return fail(error_code::unknown_name,
                "unknown fault kind '" + std::string(text) + "': expected one of " + known);
}

fault_kind kind_of(const fault& it) {
    return std::visit(overloaded{[](const omission_fault&) { return fault_kind::omission; },
                                 [](const delay_fault&) { return fault_kind::delay; },
                                 [](const reordering_fault&) { return fault_kind::reordering; },
                                 [](const duplication_fault&) { return fault_kind::duplication; },
                                 [](const corruption_fault&) { return fault_kind::corruption; },
                                 [](const partition_fault&) { return fault_kind::partition; },
                                 [](const crash_fault&) { return fault_kind::crash; },
                                 [](const pause_fault&) { return fault_kind::pause; },
                                 [](const heal_fault&) { return fault_kind::partition; },
                                 [](const resolve_all_fault&) { return fault_kind::partition; },
                                 [](const custom_fault&) { return fault_kind::custom; }},
                      it.what);
}

fault omission(std::string_view node) { return {omission_fault{flow::both, node_id(node), {}}}; }
fault send_omission(std::string_view node, std::string_view peer) {
    return {omission_fault{flow::send, node_id(node), optional_node(peer)}};
}
fault receive_omission(std::string_view node, std::string_view peer) {
    return {omission_fault{flow::receive, node_id(node), optional_node(peer)}};
}
fault egress_delay(std::string_view node, std::string_view peer, duration by) {
    return {delay_fault{flow::send, node_id(node), optional_node(peer), by}};
}
fault ingress_delay(std::string_view node, std::string_view peer, duration by) {
    return {delay_fault{flow::receive, node_id(node), optional_node(peer), by}};
}
fault link_delay(std::string_view node, std::string_view peer, duration by) {
    return {delay_fault{flow::both, node_id(node), optional_node(peer), by}};
}
fault reordering(std::string_view node, duration window) {
    return {reordering_fault{node_id(node), {}, window}};
}
fault duplication(std::string_view node, std::string_view peer) {
    return {duplication_fault{node_id(node), optional_node(peer)}};
}
fault corruption(std::string_view node, std::string_view peer) {
    return {corruption_fault{node_id(node), optional_node(peer), {}}};
}
fault partition(std::initializer_list<std::string_view> one,
                std::initializer_list<std::string_view> other) {
    return {partition_fault{{ids(one), ids(other)}, false}};
}
fault one_way_partition(std::initializer_list<std::string_view> from,
                        std::initializer_list<std::string_view> to) {
    return {partition_fault{{ids(from), ids(to)}, true}};
}
fault crash(std::string_view node) { return {crash_fault{node_id(node)}}; }
fault restart(std::string_view node) { return {crash_fault{node_id(node)}, true}; }
fault pause(std::string_view node) { return {pause_fault{node_id(node)}}; }
fault resume(std::string_view node) { return {pause_fault{node_id(node)}, true}; }
fault heal() { return {heal_fault{}}; }
fault resolve_all() { return {resolve_all_fault{false}}; }
fault resolve_all_with_crash() { return {resolve_all_fault{true}}; }
fault end(fault begun) {
    begun.ends = true;
    return begun;
}

std::vector<node_id> cut_off_by(const partition_fault& cut) {
    std::size_t largest = 0;
    for (std::size_t at = 0; at < cut.groups.size(); ++at) {
        if (cut.groups[at].size() >= cut.groups[largest].size()) largest = at;
    }
    std::vector<node_id> all;
    for (std::size_t at = 0; at < cut.groups.size(); ++at) {
        if (at != largest) all.insert(all.end(), cut.groups[at].begin(), cut.groups[at].end());
    }
    return all;
}

std::vector<node_id> nodes_of(const fault& it) {
    std::vector<node_id> all;
    std::visit(
        [&](const auto& what) {
            if constexpr (requires { what.node; }) all.push_back(what.node);
            if constexpr (requires { what.peer; }) {
                if (what.peer) all.push_back(*what.peer);
            }
            if constexpr (requires { what.groups; }) {
                for (const auto& group : what.groups)
                    all.insert(all.end(), group.begin(), group.end());
            }
        },
        it.what);
    return all;
}

// ---- text --------------------------------------------------------------------------------------

namespace {

using words = std::vector<std::string>;

struct step_writer {
    words out;
    void node(node_id id) { out.push_back(id.name()); }
    void peer(const std::optional<node_id>& id) {
        if (id) node(*id);
    }
    void time(duration value) { out.push_back(to_text(value)); }
};

std::string_view omission_name(flow way) {
    return way == flow::both   ? "omission"
           : way == flow::send ? "send_omission"
                               : "receive_omission";
}
std::string_view delay_name(flow way) {
    return way == flow::both ? "link_delay" : way == flow::send ? "egress_delay" : "ingress_delay";
}

/// The fault's name; its arguments go to the writer.
std::string write(const fault& it, step_writer& to) {
    return std::visit(
        overloaded{[&](const omission_fault& what) {
                       to.node(what.node);
                       to.peer(what.peer);
                       return std::string(omission_name(what.way));
                   },
                   [&](const delay_fault& what) {
                       to.node(what.node);
                       to.peer(what.peer);
                       to.time(what.by);
                       return std::string(delay_name(what.way));
                   },
                   [&](const reordering_fault& what) {
                       to.node(what.node);
                       to.peer(what.peer);
                       to.time(what.window);
                       return std::string("reordering");
                   },
                   [&](const duplication_fault& what) {
                       to.node(what.node);
                       to.peer(what.peer);
                       return std::string("duplication");
                   },
                   [&](const corruption_fault& what) {
                       to.node(what.node);
                       to.peer(what.peer);
                       if (what.bit)
                           to.out.insert(to.out.end(), {"bit", std::to_string(*what.bit)});
                       return std::string("corruption");
                   },
                   [&](const partition_fault& what) {
                       for (const auto& group : what.groups) {
                           to.out.emplace_back("{");
                           for (const node_id id : group) to.node(id);
                           to.out.emplace_back("}");
                       }
                       return std::string(what.one_way ? "one_way" : "partition");
                   },
                   [&](const crash_fault& what) {
                       to.node(what.node);
                       return std::string(it.ends ? "restart" : "crash");
                   },
                   [&](const pause_fault& what) {
                       to.node(what.node);
                       return std::string(it.ends ? "resume" : "pause");
                   },
                   [&](const heal_fault&) { return std::string("heal"); },
                   [&](const resolve_all_fault& what) {
                       return std::string(what.crash ? "resolve_all_with_crash" : "resolve_all");
                   },
                   [&](const custom_fault& what) {
                       to.out = what.arguments;
                       return what.name;
                   }},
        it.what);
}

/// Whether the end of such a fault is written `fault end NAME ...`, not by a name of its own.
bool ends_by_word(const fault& it) {
    return !std::holds_alternative<crash_fault>(it.what) &&
           !std::holds_alternative<pause_fault>(it.what);
}

}  // namespace

fault_step to_step(const fault& it) {
    step_writer writer;
    std::string name = write(it, writer);
    if (it.ends && ends_by_word(it)) {
        writer.out.insert(writer.out.begin(), std::move(name));
        return {"end", std::move(writer.out)};
    }
    return {std::move(name), std::move(writer.out)};
}

namespace {

/// Reads the arguments of one fault; `failed` keeps the first thing that was wrong.
class step_reader {
   public:
    step_reader(std::string name, std::span<const std::string> arguments)
        : name_(std::move(name)), rest_(arguments) {}

    [[nodiscard]] bool more() const { return !rest_.empty(); }
    [[nodiscard]] std::string_view next() const {
        return rest_.empty() ? std::string_view{} : rest_.front();
    }
    void skip() { rest_ = rest_.subspan(1); }

    node_id node() {
        if (rest_.empty() || !is_node(next())) {
            complain("expected a node such as n1");
            return {};
        }
        const node_id id(next());
        skip();
        return id;
    }
    std::optional<node_id> peer() {
        if (!is_node(next())) return std::nullopt;
        return node();
    }
    duration time(duration otherwise) {
        if (rest_.empty()) return otherwise;
        const auto read = parse_duration(next());
        if (!read) {
            complain("expected a duration such as 500ms");
            return otherwise;
        }
        skip();
        return *read;
    }
    std::optional<std::uint64_t> bit() {
        if (next() != "bit") return std::nullopt;
        skip();
        if (next().empty() || next().size() > 18 ||
            !std::all_of(next().begin(), next().end(),
                         [](char c) { return c >= '0' && c <= '9'; })) {
            complain("expected a number after 'bit'");
            return std::nullopt;
        }
        const std::uint64_t value = std::stoull(std::string(next()));
        skip();
        return value;
    }
    std::vector<std::vector<node_id>> groups() {
        std::vector<std::vector<node_id>> all;
        while (next() == "{") {
            skip();
            std::vector<node_id> group;
            while (more() && next() != "}" && problem_.empty()) group.push_back(node());
            if (next() != "}") complain("expected '}'");
            if (!problem_.empty()) return all;
            skip();
            all.push_back(std::move(group));
        }
        if (all.size() < 2) complain("expected at least two groups such as { n1 } { n2 n3 }");
        return all;
    }
    void complain(std::string_view what) {
        if (problem_.empty()) {
            problem_ =
                "fault " + name_ + ": " + std::string(what) +
                (rest_.empty() ? ", found nothing more" : ", found '" + std::string(next()) + "'");
        }
    }
    [[nodiscard]] result<fault> finish(fault read) {
        if (problem_.empty() && more()) complain("expected nothing more");
        if (!problem_.empty()) return fail(error_code::bad_input, problem_);
        return read;
    }

   private:
    [[nodiscard]] static bool is_node(std::string_view word) {
        return word.size() >= 2 && word[0] == 'n' && word[1] != '0' &&
               std::all_of(word.begin() + 1, word.end(),
                           [](char c) { return c >= '0' && c <= '9'; });
    }
    std::string name_;
    std::span<const std::string> rest_;
    std::string problem_;
};

std::optional<fault> read_fault(const std::string& name, step_reader& from) {
    if (name == "omission" || name == "send_omission" || name == "receive_omission") {
        const flow way = name == "omission" ? flow::both
                         : name[0] == 's'   ? flow::send
                                            : flow::receive;
        const node_id node = from.node();
        return fault{omission_fault{way, node, from.peer()}};
    }
    if (name == "egress_delay" || name == "ingress_delay" || name == "link_delay") {
        const flow way = name[0] == 'l' ? flow::both : name[0] == 'e' ? flow::send : flow::receive;
        delay_fault what{way, from.node(), {}, delay_fault{}.by};
        what.peer = from.peer();
        what.by = from.time(what.by);
        return fault{what};
    }
    if (name == "reordering") {
        reordering_fault what{from.node(), {}, reordering_fault{}.window};
        what.peer = from.peer();
        what.window = from.time(what.window);
        return fault{what};
    }
    if (name == "duplication") {
        const node_id node = from.node();
        return fault{duplication_fault{node, from.peer()}};
    }
    if (name == "corruption") {
        corruption_fault what{from.node(), {}, {}};
        what.peer = from.peer();
        what.bit = from.bit();
        return fault{what};
    }
    if (name == "partition" || name == "one_way")
        return fault{partition_fault{from.groups(), name == "one_way"}};
    if (name == "crash" || name == "restart")
        return fault{crash_fault{from.node()}, name == "restart"};
    if (name == "pause" || name == "resume")
        return fault{pause_fault{from.node()}, name == "resume"};
    if (name == "heal") return heal();
    if (name == "resolve_all") return resolve_all();
    if (name == "resolve_all_with_crash") return resolve_all_with_crash();
    return std::nullopt;
}

constexpr std::string_view known_faults =
    "omission, send_omission, receive_omission, egress_delay, ingress_delay, link_delay, "
    "reordering, "
    "duplication, corruption, partition, one_way, crash, restart, pause, resume, heal, "
    "resolve_all, "
    "resolve_all_with_crash";

}  // namespace

result<fault> parse_fault(const fault_step& from, const std::vector<std::string>& custom) {
    std::string name = from.name;
    std::span<const std::string> arguments = from.arguments;
    const bool ends = name == "end";
    if (ends) {
        if (arguments.empty())
            return fail(error_code::bad_input, "fault end: expected the fault that ends");
        name = arguments.front();
        arguments = arguments.subspan(1);
    }
    step_reader reader(name, arguments);
    if (std::optional<fault> read = read_fault(name, reader)) {
        if (ends && !ends_by_word(*read)) {
            return fail(error_code::bad_input,
                        "fault end " + name + ": write 'restart' or 'resume' instead");
        }
        if (ends && (std::holds_alternative<heal_fault>(read->what) ||
                     std::holds_alternative<resolve_all_fault>(read->what))) {
            return fail(error_code::bad_input,
                        "fault end " + name + ": expected a fault that lasts");
        }
        read->ends = read->ends || ends;
        return reader.finish(std::move(*read));
    }
    if (std::find(custom.begin(), custom.end(), name) != custom.end()) {
        return fault{custom_fault{name, words(arguments.begin(), arguments.end())}, ends};
    }
    std::string known(known_faults);
    for (const std::string& own : custom) known += ", " + own;
    return fail(error_code::unknown_name, "unknown fault '" + name + "': expected one of " + known);
}

}  // namespace partita
