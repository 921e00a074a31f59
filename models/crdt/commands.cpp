#include "commands.hpp"

#include <charconv>

#include <partita/models/arguments.hpp>
#include <partita/runtime/context.hpp>
#include <partita/schedules/codec.hpp>

#include "messages.hpp"

namespace partita::crdt {
namespace {

/// The replica of the own node answers at once, unless it is paused or down.
constexpr duration patience = std::chrono::seconds(20);

response update(fiber_context& self, request asked) {
    const auto done = self.call<client_done, client_refused>(
        self.local(replica_name), client_update{std::move(asked)}, patience);
    if (!done) return response::unknown("timeout");
    if (const auto* refused = std::get_if<client_refused>(&*done))
        return response::fail(refused->why);
    return response::ok();
}

std::function<response(fiber_context&, const command&)> of_value(update_kind what) {
    return [what](fiber_context& self, const command& it) {
        return update(self, {what, it.arguments[0], 0});
    };
}

/// Amounts are 1 to 1,000,000, so that no sum overflows.
std::function<response(fiber_context&, const command&)> of_amount(update_kind what) {
    return [what](fiber_context& self, const command& it) {
        std::int64_t amount = 0;
        const std::string& word = it.arguments[0];
        const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), amount);
        const bool whole = status == std::errc{} && end == word.data() + word.size();
        if (!whole || amount < 1 || amount > 1'000'000)
            return response::fail("expected 1 to 1000000");
        return update(self, {what, {}, amount});
    };
}

response read(fiber_context& self, const command&) {
    const auto found = self.call<client_value>(self.local(replica_name), client_read{}, patience);
    return found ? response::ok(found->value) : response::unknown("timeout");
}

response idle(fiber_context& self, const command& it) {
    const auto time = parse_duration(it.arguments[0]);
    if (!time) return response::fail("expected a duration, such as 20ms");
    self.sleep(*time);
    return response::ok();
}

command_definition with_one(std::string name, std::string word, std::string about,
                            std::function<response(fiber_context&, const command&)> run,
                            argument_generator arguments) {
    command_definition made;
    made.usage = name + " " + word;
    made.name = std::move(name);
    made.about = std::move(about);
    made.arguments_least = made.arguments_most = 1;
    made.run = std::move(run);
    made.arguments = std::move(arguments);
    return made;
}

}  // namespace

std::vector<command_definition> object_commands() {
    std::vector<command_definition> all;
    const auto amounts = one_integer(1, 9);
    const auto elements = one_of({"a", "a", "a", "b"});
    all.push_back(
        with_one("increment", "N", "counts N up", of_amount(update_kind::increment), amounts));
    all.push_back(
        with_one("decrement", "N", "counts N down", of_amount(update_kind::decrement), amounts));
    all.push_back(with_one("add", "V", "V is in the set", of_value(update_kind::add), elements));
    all.push_back(with_one("remove", "V", "V is no longer in the set, as far as is known here",
                           of_value(update_kind::remove), elements));
    all.push_back(with_one("write", "V", "the register holds V", of_value(update_kind::write),
                           one_integer(1, 99)));
    all.push_back({.name = "read",
                   .usage = "read",
                   .about = "the value that this replica has",
                   .run = read,
                   .arguments = no_arguments()});
    all.push_back(with_one("idle", "DURATION", "nothing for so long, so that news can spread", idle,
                           one_of({"2ms", "20ms", "1s"})));
    return all;
}

}  // namespace partita::crdt
