#pragma once

#include <cstdint>
#include <set>
#include <string>

#include <rapidcheck/gen/Arbitrary.h>
#include <rapidcheck/gen/Create.h>

#include <partita/models/application.hpp>
#include <partita/models/explore.hpp>
#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>
#include <small_world.hpp>

namespace partita::test {

struct put {
    std::int64_t value = 0;
};
PARTITA_MESSAGE(put, value)
struct stored {
    std::int64_t value = 0;
};
PARTITA_MESSAGE(stored, value)

/// Notes each put it gets, and says so to who sent it.
struct store {
    using accepts = messages<put>;
    void on_message(context& self, const put& got) {
        self.note(number{got.value});
        self.reply(self.caller(), stored{got.value});
    }
};

/// The smallest application with something to lose: `n1 put VALUE` calls the store of n2, for 1 s;
/// `n1 tell VALUE` casts to it. It answers ok, or is unknown ("timeout").
[[nodiscard]] inline application_builder relay_application() {
    command_definition puts;
    puts.name = "put";
    puts.usage = "put VALUE";
    puts.arguments_least = puts.arguments_most = 1;
    puts.run = [](fiber_context& self, const command& it) {
        const auto told =
            self.call<stored>(at("n2", "store"), put{std::stoll(it.arguments[0])}, 1s);
        return told ? response::ok(std::to_string(told->value)) : response::unknown("timeout");
    };
    puts.arguments = [] { return rc::gen::just(std::vector<std::string>{"7"}); };
    command_definition tells = puts;
    tells.name = "tell";
    tells.usage = "tell VALUE";
    tells.arguments = nullptr;
    tells.run = [](fiber_context& self, const command& it) {
        self.send(at("n2", "store"), put{std::stoll(it.arguments[0])});
        return response::ok();
    };
    return define_application("relay")
        .nodes({.least = 2, .most = 5, .usual = 2})
        .on_start([](node& here, const settings&) { here.spawn<store>("store"); })
        .command(puts)
        .command(tells)
        .workload({"n1 put 7"})
        .rewrite<put>("negative", [](put& altered) { altered.value = -altered.value; });
}

/// The schedule that these lines spell.
[[nodiscard]] inline schedule schedule_of(const std::string& text) {
    return parse_schedule(text).value();
}

/// The numbers that n2 stored, with the virtual milliseconds at which it did.
[[nodiscard]] inline std::vector<std::pair<std::int64_t, std::int64_t>> stored_at(
    const outcome& of) {
    std::vector<std::pair<std::int64_t, std::int64_t>> all;
    for (const auto& each : of.trace.notes<number>()) {
        all.emplace_back(each.value.value, each.at.time_since_epoch() / 1ms);
    }
    return all;
}

}  // namespace partita::test
