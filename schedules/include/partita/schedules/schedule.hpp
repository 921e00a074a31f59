#pragma once

#include <chrono>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <partita/schedules/site.hpp>

namespace partita {

/// Which application a schedule is for, and with which parameters: `app lampson-2pc nodes=4`. A
/// parameter that is absent has the application's default.
struct application_reference {
    std::string name;
    std::map<std::string, std::string> parameters;
    bool operator==(const application_reference&) const = default;
};

/// A step of the workload that the application declares: `n1 write x 1`, `join n1 n2`. `node` is
/// empty for a command of the whole cluster.
struct command {
    std::string node;
    std::string name;
    std::vector<std::string> arguments;
    /// The next step does not wait for its response: `n1 write x 1 &`.
    bool background = false;
    bool operator==(const command&) const = default;
};

/// A fault begun or ended between two commands: `fault partition { n1 } { n2 n3 }`,
/// `fault resolve_all`. Braces are arguments of their own; what the words mean is known to faults/.
struct fault_step {
    std::string name;
    std::vector<std::string> arguments;
    bool operator==(const fault_step&) const = default;
};

/// Virtual time that passes between two steps: `wait 2s`. Never negative.
struct wait_step {
    std::chrono::nanoseconds duration{0};
    bool operator==(const wait_step&) const = default;
};

/// Every command in the background must have responded before the next step: `await`.
struct await_step {
    bool operator==(const await_step&) const = default;
};

/// A property of the application that must hold here already, of what happened so far: `check
/// linearizable`.
struct check_step {
    std::string property;
    bool operator==(const check_step&) const = default;
};

using step = std::variant<command, fault_step, wait_step, await_step, check_step>;

/// An answer other than the undisturbed one at one site: `omit n1 -> n2 commit #1`,
/// `delay n1 -> n2 commit #1 by 3s`. The action and the words behind the ordinal belong to faults/.
struct deviation {
    std::string action;
    site_label site;
    std::vector<std::string> arguments;
    bool operator==(const deviation&) const = default;
    auto operator<=>(const deviation&) const = default;
};

/// All that a trial needs besides the application: the workload, and the few places where the world
/// departs from the undisturbed run. Plain data; it knows nothing of networks. Two schedules that
/// compare equal give the same trial, in every process and build.
struct schedule {
    application_reference application;
    std::vector<step> steps;
    std::vector<deviation> deviations;
    bool operator==(const schedule&) const = default;
};

/// The version of the text and JSON forms that this build writes, and the newest it reads.
inline constexpr int schedule_version = 1;

/// Sorts the deviations by site and action and drops exact repetitions: the form that is stored and
/// digested, so that the order in which a search met the sites does not matter.
[[nodiscard]] schedule canonical(schedule);

/// Deviations and fault steps: what a shrink removes.
[[nodiscard]] std::size_t fault_count(const schedule&);

}  // namespace partita
