#include "common.hpp"

#include <partita/models/arguments.hpp>

namespace partita::commit {

command_definition broadcast_command(duration timeout) {
    command_definition made;
    made.name = "broadcast";
    made.usage = "broadcast VALUE";
    made.about = "delivers VALUE on every node, or on none";
    made.arguments_least = made.arguments_most = 1;
    made.run = [timeout](fiber_context& self, const command& it) {
        const auto told =
            self.call<ok, error>(self.local("commit"), broadcast{it.arguments[0]}, timeout);
        if (!told) return response::unknown("timeout");
        return std::holds_alternative<ok>(*told) ? response::ok() : response::fail("error");
    };
    made.arguments = one_integer(0, 999);
    // Values are told apart by equality alone, so each is broadcast once.
    made.precondition =
        when<std::set<std::string>>([](const std::set<std::string>& sent, const command& it) {
            return !sent.contains(it.arguments[0]);
        });
    made.next_state =
        then<std::set<std::string>>([](std::set<std::string>& sent, const command& it,
                                       const response&) { sent.insert(it.arguments[0]); });
    return made;
}

application_builder commit_application(std::string name, std::string about) {
    application_builder made = define_application(std::move(name));
    made.about(std::move(about))
        .nodes({.least = 2, .most = 16, .usual = 4})
        .model(std::set<std::string>{})
        .workload({"n1 broadcast 42"})
        .commands_most(2)
        .always("reliable-broadcast", "ok: every node delivered; failed: none did; never no answer",
                reliable_broadcast);
    return made;
}

type_annotation after(std::string type, std::vector<received_count> received) {
    return {std::move(type), std::move(received)};
}

}  // namespace partita::commit
