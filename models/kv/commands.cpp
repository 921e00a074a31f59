#include "commands.hpp"

#include <algorithm>

#include <rapidcheck/gen/Container.h>
#include <rapidcheck/gen/Create.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>
#include <rapidcheck/gen/Transform.h>
#include <rapidcheck/gen/Tuple.h>

#include <partita/models/arguments.hpp>
#include <partita/runtime/context.hpp>

#include "messages.hpp"
#include "node_view.hpp"

namespace partita::kv {
namespace {

// ---- what clients do ---------------------------------------------------------------------------

/// The coordinator, on the same node, always answers, and knows how long it may take. This is only
/// more than any `timeout`.
constexpr duration patience = std::chrono::seconds(20);
/// For news of the ring to reach everybody, and for the keys to move.
constexpr duration ring_patience = std::chrono::seconds(4);

response run_read(fiber_context& self, const command& it) {
    const auto found = self.call<client_value, client_timeout>(
        self.local(coordinator_name), client_read{it.arguments[0]}, patience);
    if (!found || std::holds_alternative<client_timeout>(*found))
        return response::unknown("timeout");
    return response::ok(text_of(std::get<client_value>(*found).found));
}

response write_through(fiber_context& self, const client_write& asked) {
    const auto done =
        self.call<client_done, client_timeout>(self.local(coordinator_name), asked, patience);
    if (!done || std::holds_alternative<client_timeout>(*done)) return response::unknown("timeout");
    return response::ok();
}

response run_write(fiber_context& self, const command& it) {
    return write_through(self, {it.arguments[0], it.arguments[1], false});
}

response run_delete(fiber_context& self, const command& it) {
    return write_through(self, {it.arguments[0], {}, true});
}

response run_echo(fiber_context&, const command& it) { return response::ok(it.arguments[0]); }

// ---- the ring ----------------------------------------------------------------------------------

/// Everybody who is to know knows, and has handed over what it had to.
response spread(fiber_context& self, const roster& members, node_id besides) {
    std::set<node_id> told = members.members();
    told.insert(besides);
    std::vector<actor_id> all;
    for (const node_id each : told) all.push_back(actor_id::named(each, replica_name));
    for (const auto& each : self.multicall<ring_members>(all, ring_changed{members}, ring_patience,
                                                         {.monitored = false})) {
        if (!each.answer) return response::unknown("timeout");
    }
    return response::ok();
}

response run_join(fiber_context& self, const command& it) {
    const auto admitted =
        self.call<ring_members>(actor_id::named(node_id(it.arguments[0]), replica_name),
                                admit_node{self.node()}, ring_patience);
    if (!admitted) return response::unknown("timeout");
    return spread(self, admitted->members, self.node());
}

response run_leave(fiber_context& self, const command&) {
    const auto retired =
        self.call<ring_members>(self.local(replica_name), retire_node{self.node()}, ring_patience);
    if (!retired) return response::unknown("timeout");
    if (retired->members.has(self.node())) return response::fail("the last member");
    return spread(self, retired->members, self.node());
}

// ---- the abstract model ------------------------------------------------------------------------

void note_write(told& state, const command& it, const response& answer) {
    told_of_key& key = state.keys[it.arguments[0]];
    const std::string value = it.name == "delete" ? std::string(not_found) : it.arguments[1];
    if (it.name == "write") state.used.insert(value);
    if (answer.kind == response_kind::unknown) key.perhaps.insert(value);
    if (answer.kind == response_kind::ok) key.acknowledged = value;
}

/// Few keys, so that operations meet; x most of all.
rc::Gen<std::string> keys() { return rc::gen::weightedElement<std::string>({{4, "x"}, {1, "y"}}); }

argument_generator a_key() {
    return [] {
        return rc::gen::map(
            keys(), [](std::string key) { return std::vector<std::string>{std::move(key)}; });
    };
}

argument_generator a_key_and_a_value() {
    return [] {
        return rc::gen::map(
            rc::gen::pair(keys(), rc::gen::inRange(1, 100)),
            [](const std::pair<std::string, int>& drawn) {
                return std::vector<std::string>{drawn.first, std::to_string(drawn.second)};
            });
    };
}

bool is_new(const told& state, const command& it) { return !state.used.contains(it.arguments[1]); }

bool is_there(const told& state, const command& it) {
    const auto found = state.keys.find(it.arguments[0]);
    return found != state.keys.end() && found->second.acknowledged &&
           found->second.acknowledged != not_found;
}

command_definition ring_command(std::string name, std::string usage, std::string about,
                                std::size_t arguments, std::size_t node_argument) {
    command_definition made;
    made.name = std::move(name);
    made.usage = std::move(usage);
    made.about = std::move(about);
    made.arguments_least = made.arguments_most = arguments;
    made.on_node = false;
    made.node_argument = node_argument;
    return made;
}

}  // namespace

std::string text_of(const object& of) {
    std::set<std::string> values;
    for (const version& each : of.siblings) {
        if (!each.deleted) values.insert(each.value);
    }
    std::string text;
    for (const std::string& each : values) text += (text.empty() ? "" : " | ") + each;
    return values.empty() ? std::string(not_found) : text;
}

std::string shown_read(const told& state, const command& it, const response& answer) {
    if (answer.kind != response_kind::ok) return shown(answer);
    const auto found = state.keys.find(it.arguments[0]);
    const told_of_key told = found == state.keys.end() ? told_of_key{} : found->second;
    const auto differs = [&](const std::string& expected) {
        return "FAIL, {" + expected + ", " + answer.value + "}";
    };
    if (it.arguments.size() > 1 && it.arguments[1] != answer.value) return differs(it.arguments[1]);
    if (told.acknowledged == answer.value) return answer.value == not_found ? answer.value : "OK";
    const bool siblings = answer.value.find(" | ") != std::string::npos;
    if (!told.acknowledged || told.perhaps.contains(answer.value) || siblings) return answer.value;
    return differs(*told.acknowledged);
}

std::vector<command_definition> store_commands() {
    std::vector<command_definition> all;
    all.push_back({.name = "read",
                   .usage = "read KEY [EXPECTED]",
                   .about = "the value of KEY; a scenario says FAIL when it is not EXPECTED",
                   .arguments_least = 1,
                   .arguments_most = 2,
                   .run = run_read,
                   .arguments = a_key(),
                   .show = shown_as<told>(shown_read)});
    all.push_back({.name = "write",
                   .usage = "write KEY VALUE",
                   .about = "VALUE is what KEY holds from now on",
                   .arguments_least = 2,
                   .arguments_most = 2,
                   .run = run_write,
                   .arguments = a_key_and_a_value(),
                   .precondition = when<told>(is_new),
                   .next_state = then<told>(note_write)});
    all.push_back({.name = "delete",
                   .usage = "delete KEY",
                   .about = "KEY holds nothing from now on",
                   .arguments_least = 1,
                   .arguments_most = 1,
                   .run = run_delete,
                   .arguments = a_key(),
                   .precondition = when<told>(is_there),
                   .next_state = then<told>(note_write)});
    all.push_back({.name = "echo",
                   .usage = "echo TEXT",
                   .about = "says TEXT: whether the node answers at all",
                   .arguments_least = 1,
                   .arguments_most = 1,
                   .run = run_echo});
    all.push_back(ring_command("join", "join A B", "B joins the ring of A", 2, 1));
    all.back().run = run_join;
    all.push_back(
        ring_command("leave", "leave A", "A leaves the ring, and hands its keys over", 1, 0));
    all.back().run = run_leave;
    return all;
}

}  // namespace partita::kv
