#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rapidcheck/Gen.h>

#include <partita/faults/fault.hpp>
#include <partita/faults/site_action.hpp>
#include <partita/models/history.hpp>
#include <partita/runtime/channel_options.hpp>
#include <partita/runtime/node.hpp>
#include <partita/schedules/result.hpp>
#include <partita/schedules/schedule.hpp>
#include <partita/schedules/worklist.hpp>
#include <partita/sim/trace.hpp>

namespace partita {

/// A parameter of an application: `app skeen-3pc nodes=4 variant=february-2019`.
struct parameter {
    std::string name;
    std::string usual{};                 ///< the value when it is not given
    std::string about{};                 ///< one line for `partita list`
    std::vector<std::string> choices{};  ///< the values allowed; empty: any word
};

/// The parameters of one trial, defaults filled in and checked. Besides an application's own there
/// are `nodes` (how many), `seed` (of all randomness in the world), `latency` (see parse_latency),
/// and of each connection `bandwidth`, `window` and `queue` (see link_model).
class settings {
   public:
    settings() = default;
    explicit settings(std::map<std::string, std::string, std::less<>> values)
        : values_(std::move(values)) {}
    /// Requires: the application declares that parameter.
    [[nodiscard]] const std::string& value(std::string_view name) const;
    [[nodiscard]] std::uint64_t number(std::string_view name) const;
    [[nodiscard]] bool is(std::string_view name, std::string_view wanted) const {
        return value(name) == wanted;
    }

   private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// What a property looks at once a trial has settled.
struct evidence {
    const partita::settings& settings;
    const partita::history& history;
    const partita::trace& trace;
    const std::vector<node_id>& nodes;    ///< all, in order
    const std::vector<node_id>& crashed;  ///< that crashed at least once
    bool quiescent = true;                ///< nothing was left to happen
};

/// What is wrong: a short fixed phrase that equal failures share, and what happened this time.
struct finding {
    std::string kind;
    std::string explanation;
};

/// Something that must hold of every trial.
struct property {
    std::string name;
    std::string about;
    std::function<std::optional<finding>(const evidence&)> check;
    /// Whether it is checked at the end of a trial with these settings; null: always. A check step,
    /// or asking for it by name, checks it anyway.
    std::function<bool(const settings&)> usual{};
};

/// Something that ought to happen in some trials of a search; if it never does, the search has
/// tested less than it seems.
struct occurrence {
    std::string name;
    std::string about;
    /// Whether it happened in this trial. Null: whether an actor noted reached{name}.
    std::function<bool(const evidence&)> check{};
};

class live_trial;

/// A command of an application: how it runs, and what the abstract model makes of it. The state is
/// the application's own type behind std::any; application_builder::command fills these in from
/// typed functions.
struct command_definition {
    std::string name;
    std::string usage{};  ///< `broadcast VALUE`
    std::string about{};
    std::size_t arguments_least = 0;
    std::size_t arguments_most = 0;
    bool on_node = true;  ///< `n1 write x 1`, not `join n1 n2`
    /// Runs as a fiber actor on the command's node.
    std::function<response(fiber_context&, const command&)> run{};
    /// Arguments for a random workload; null: the command is only written by hand.
    std::function<rc::Gen<std::vector<std::string>>()> arguments{};
    std::function<bool(const std::any& state, const command&)> precondition{};
    std::function<void(std::any& state, const command&, const response&)> next_state{};
    std::function<std::optional<finding>(const std::any& state, const command&, const response&)>
        postcondition{};
    /// How a scenario shows the response, with the state as the response found it. Null: the value
    /// (`OK` when there is none), `FAIL, why`, `TIMEOUT`, or `UNKNOWN, why`.
    std::function<std::string(const std::any& state, const command&, const response&)> show{};
    /// For a command of the whole cluster: the number, from 0, of the argument that names the node
    /// it runs on, which must exist. None: it runs on the first node.
    std::optional<std::size_t> node_argument{};
};

/// Bounds of one trial; hitting one is the verdict `inconclusive`, never a hang.
struct trial_bounds {
    std::uint64_t events_max = 1'000'000;
    std::size_t pending_max = 1'000'000;
    std::size_t mailbox_max = 1'000'000;
    duration command_max = std::chrono::minutes(1);  ///< virtual time until a command must respond
    duration settle_max = std::chrono::seconds(30);  ///< virtual time after the last step
};

class application_builder;

/// A distributed program under test with its model: how a node starts, which commands exist, what
/// must hold. An immutable value; its functions must be pure but for what they do through the
/// context they are given, and may be called from several threads at once, each with worlds of its
/// own.
struct application {
    std::string name;
    std::string about;
    std::vector<parameter> parameters;
    std::size_t nodes_least = 1;
    std::size_t nodes_most = 1'000;
    std::size_t nodes_usual = 3;
    /// Spawns the actors of one node; called at its start and at each restart.
    std::function<void(node&, const settings&)> start;
    /// Of every node. A channel that is not declared has the default options.
    std::vector<channel_options> channels;
    std::vector<command_definition> commands;
    /// The steps of the undisturbed schedule.
    std::vector<step> workload;
    /// More of the workload, as code: runs after the steps of the schedule, which may be none. It
    /// must be a function of what the trial tells it.
    std::function<void(live_trial&)> script{};
    /// How many commands a random workload has at most.
    std::size_t commands_most = 1;
    /// How many commands of a random workload may be under way at once; from 2, some begin in the
    /// background.
    std::size_t clients_most = 1;
    std::any initial_state;
    std::vector<property> properties;
    std::vector<occurrence> occurrences;  ///< at most 64
    std::vector<message_rewrite> rewrites;
    /// Faults of the application's own, `fault NAME words...`, applied to a running node.
    std::map<std::string,
             std::function<result<void>(node&, const std::vector<std::string>&, bool ends)>>
        custom_faults;
    trial_bounds bounds;
    /// For the worklist search: what a person noted about the protocol, and the message types that
    /// are never omitted for their own sake.
    struct worklist_notes {
        worklist_protocol protocol;
        std::vector<std::string> background;
    };
    std::optional<worklist_notes> annotations;

    [[nodiscard]] const command_definition* find_command(std::string_view) const;
    [[nodiscard]] std::vector<std::string> custom_fault_names() const;
};

/// The parameters that every application has, with this one's defaults.
[[nodiscard]] std::vector<parameter> common_parameters(const application&);

/// A schedule of this application with its usual workload and no deviations.
[[nodiscard]] schedule undisturbed(const application&,
                                   std::map<std::string, std::string> parameters = {});

/// The parameters of a reference, with defaults, or what is wrong with them.
[[nodiscard]] result<settings> settings_of(const application&, const application_reference&);

/// What the parameter `overlay` asks for: empty for `none`; else all join at n1, which is the
/// server of `client-server`.
[[nodiscard]] overlay_factory overlay_of(const settings&);

/// The nodes of a trial: n1, n2, ...
[[nodiscard]] std::vector<node_id> nodes_of(const settings&);

/// Whether `run` can make sense of a schedule: application, parameters, commands, nodes, faults and
/// actions exist. The error names the step or deviation and what was expected.
[[nodiscard]] result<void> check_schedule(const application&, const schedule&);

/// Writes an application step by step; see define_application.
class application_builder {
   public:
    explicit application_builder(std::string name) { made_.name = std::move(name); }

    application_builder& about(std::string text) {
        made_.about = std::move(text);
        return *this;
    }
    struct node_range {
        std::size_t least = 1;
        std::size_t most = 1'000;
        std::size_t usual = 3;
    };
    application_builder& nodes(const node_range& range) {
        made_.nodes_least = range.least;
        made_.nodes_most = range.most;
        made_.nodes_usual = range.usual;
        return *this;
    }
    application_builder& option(parameter declared) {
        made_.parameters.push_back(std::move(declared));
        return *this;
    }
    application_builder& on_start(std::function<void(node&, const settings&)> start) {
        made_.start = std::move(start);
        return *this;
    }
    /// Declares a channel for every node. Throws std::invalid_argument for options out of range.
    application_builder& channel(channel_options declared);
    /// The abstract state at the beginning, of any copyable type; commands and their conditions get
    /// it.
    template <typename State>
    application_builder& model(State initial) {
        made_.initial_state = std::move(initial);
        return *this;
    }
    application_builder& command(command_definition declared) {
        made_.commands.push_back(std::move(declared));
        return *this;
    }
    /// The steps of the undisturbed schedule, as lines of the text form.
    application_builder& workload(const std::vector<std::string>& lines);
    application_builder& commands_most(std::size_t count) {
        made_.commands_most = count;
        return *this;
    }
    application_builder& clients_most(std::size_t count) {
        made_.clients_most = count;
        return *this;
    }
    application_builder& always(std::string name, std::string about,
                                std::function<std::optional<finding>(const evidence&)> check) {
        made_.properties.push_back({std::move(name), std::move(about), std::move(check), {}});
        return *this;
    }
    /// Something that a search ought to see in some of its trials. Throws std::invalid_argument for
    /// the 65th.
    application_builder& sometimes(std::string name, std::string about,
                                   std::function<bool(const evidence&)> check);
    /// A place in the code, `self.note(reached{name})`, that a search ought to reach.
    application_builder& reachable(std::string name, std::string about) {
        return sometimes(std::move(name), std::move(about), nullptr);
    }
    application_builder& script(std::function<void(live_trial&)> body) {
        made_.script = std::move(body);
        return *this;
    }
    /// A typed corruption: `rewrite n1 -> n2 prepared #1 as NAME`.
    template <described Message>
    application_builder& rewrite(std::string name, std::function<void(Message&)> alter) {
        made_.rewrites.push_back({std::move(name), message_type_of<Message>.hash,
                                  [alter = std::move(alter)](std::span<const std::byte> bytes) {
                                      payload altered;
                                      Message message{};
                                      if (!decode(bytes, message)) {
                                          altered.assign(bytes);
                                          return altered;
                                      }
                                      alter(message);
                                      encode(altered, message);
                                      return altered;
                                  }});
        return *this;
    }
    application_builder& custom_fault(
        std::string name,
        std::function<result<void>(node&, const std::vector<std::string>&, bool)> apply) {
        made_.custom_faults[std::move(name)] = std::move(apply);
        return *this;
    }
    application_builder& bounds(const trial_bounds& bounds) {
        made_.bounds = bounds;
        return *this;
    }
    application_builder& annotate(application::worklist_notes annotations) {
        made_.annotations = std::move(annotations);
        return *this;
    }
    operator application() const { return made_; }

   private:
    application made_;
};

/// Begins an application:
///
///     application counter = define_application("counter")
///         .nodes({.least = 2, .most = 9, .usual = 3})
///         .on_start([](node& here, const settings&) { here.spawn<replica>("counter"); })
///         .command({.name = "add", .run = add_one})
///         .workload({"n1 add"})
///         .always("converges", "all replicas agree in the end", replicas_agree);
[[nodiscard]] inline application_builder define_application(std::string name) {
    return application_builder(std::move(name));
}

/// Wraps conditions over the application's own state type for a command_definition.
template <typename State>
[[nodiscard]] std::function<bool(const std::any&, const command&)> when(
    std::function<bool(const State&, const command&)> condition) {
    return [condition = std::move(condition)](const std::any& state, const command& it) {
        return condition(std::any_cast<const State&>(state), it);
    };
}
template <typename State>
[[nodiscard]] std::function<void(std::any&, const command&, const response&)> then(
    std::function<void(State&, const command&, const response&)> change) {
    return
        [change = std::move(change)](std::any& state, const command& it, const response& answer) {
            change(std::any_cast<State&>(state), it, answer);
        };
}
template <typename State>
[[nodiscard]] std::function<std::string(const std::any&, const command&, const response&)> shown_as(
    std::function<std::string(const State&, const command&, const response&)> show) {
    return
        [show = std::move(show)](const std::any& state, const command& it, const response& answer) {
            return show(std::any_cast<const State&>(state), it, answer);
        };
}
template <typename State>
[[nodiscard]] std::function<std::optional<finding>(const std::any&, const command&,
                                                   const response&)>
must(std::function<std::optional<finding>(const State&, const command&, const response&)>
         condition) {
    return [condition = std::move(condition)](const std::any& state, const command& it,
                                              const response& answer) {
        return condition(std::any_cast<const State&>(state), it, answer);
    };
}

}  // namespace partita
