#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <partita/runtime/context_access.hpp>
#include <partita/runtime/node.hpp>
#include <partita/runtime/server.hpp>

namespace partita {

/// An event changes no state. `stay_for(10s)`: and a new state timeout begins.
struct stay_tag {};
inline constexpr stay_tag stay{};
struct stay_for {
    duration timeout;
};
/// The event is kept, and comes again each time a state is entered, until something else is made
/// of it.
struct postpone_tag {};
inline constexpr postpone_tag postpone{};

/// What an event leads to: `return state::open;`, or `return {state::open, 10s};` with a state
/// timeout, `return stay;`, `return stay_for{1s};` or `return postpone;`.
template <typename State>
class next {
   public:
    template <std::convertible_to<State> To>
    next(To&& state) : to_(State(std::forward<To>(state))) {}
    template <std::convertible_to<State> To>
    next(To&& state, duration timeout) : to_(State(std::forward<To>(state))), timeout_(timeout) {}
    next(stay_tag) {}
    next(stay_for kept) : timeout_(kept.timeout) {}
    next(postpone_tag) : postponed_(true) {}

    [[nodiscard]] bool postponed() const { return postponed_; }
    [[nodiscard]] const std::optional<State>& to() const { return to_; }
    [[nodiscard]] std::optional<duration> timeout() const { return timeout_; }

   private:
    std::optional<State> to_;
    std::optional<duration> timeout_;
    bool postponed_ = false;
};

namespace detail {
/// A state machine to itself. Of an earlier state when the number is not the last.
struct state_timeout {
    std::uint64_t number = 0;
};
PARTITA_MESSAGE(state_timeout, number)
}  // namespace detail

/// A handler actor that is in one state at a time, after gen_statem. The machine is a plain class:
///
///     struct door {
///         enum class state { closed, open, locked };     // begins in the first
///         using events = messages<push, lock, unlock>;
///         next<state> on_event(context&, state now, const push&);   // one for each event
///         next<state> on_timeout(context&, state now);              // if it uses state timeouts
///         void on_enter(context&, state now);                       // optional
///     };
///     here.spawn<state_machine<door>>("door", arguments of its constructor...);
///
/// Or `state` is a std::variant of types, which may hold data; then on_event(context&, open&, const
/// push&) is given the one it is in and may alter it, and an event for which that state has no
/// function changes nothing. Returning a state enters it, also when it is the same one: its entry
/// action runs, its timeout begins (and that of before ends), then postponed events come again, the
/// oldest first. Events are answered with self.reply(self.caller(), ...), postponed ones too.
template <typename Machine>
class state_machine {
   public:
    using state = typename Machine::state;
    using events = typename Machine::events;
    using accepts = detail::joined_t<events, messages<detail::state_timeout>>;
    /// One more, and the machine ends.
    static constexpr std::size_t postponed_max = 10'000;

    template <typename... Arguments>
    explicit state_machine(Arguments&&... arguments)
        : machine_{std::forward<Arguments>(arguments)...} {}

    void on_start(context& self) {
        if constexpr (requires { machine_.on_start(self); }) machine_.on_start(self);
        run_entry_action(self);
    }

    template <described Event>
    void on_message(context& self, const Event& event) {
        const next<state> answer = handle(self, event);
        if (!answer.postponed()) return proceed(self, answer);
        if (postponed_.size() == postponed_max) return self.exit("too many postponed events");
        postponed_.push_back({self.sender(), self.caller(),
                              [this, event](context& then) { return handle(then, event); }});
    }

    void on_message(context& self, const detail::state_timeout& due) {
        if (due.number != last_timeout_) return;
        if constexpr (is_typed) {
            proceed(self, std::visit(
                              [&](auto& now) -> next<state> {
                                  if constexpr (requires { machine_.on_timeout(self, now); }) {
                                      return machine_.on_timeout(self, now);
                                  } else {
                                      return stay;
                                  }
                              },
                              now_));
        } else if constexpr (requires { machine_.on_timeout(self, now_); }) {
            proceed(self, machine_.on_timeout(self, now_));
        }
    }

   private:
    static constexpr bool is_typed = detail::is_variant<state>;
    struct postponed_event {
        actor_id sender;
        partita::caller caller;
        std::function<next<state>(context&)> handle;
    };

    template <typename Event>
    [[nodiscard]] next<state> handle(context& self, const Event& event) {
        if constexpr (is_typed) {
            return std::visit(
                [&](auto& now) -> next<state> {
                    if constexpr (requires { machine_.on_event(self, now, event); }) {
                        return machine_.on_event(self, now, event);
                    } else {
                        return stay;
                    }
                },
                now_);
        } else {
            return machine_.on_event(self, now_, event);
        }
    }

    /// Each round makes one postponed event less, so it comes to an end.
    void proceed(context& self, const next<state>& first) {
        enter(self, first);
        if (!first.to()) return;
        for (std::size_t at = 0; at < postponed_.size() && !detail::context_access::ended(self);) {
            const postponed_event& old = postponed_[at];
            detail::context_access::set_origin(self, old.sender, old.caller);
            const next<state> answer = old.handle(self);
            if (answer.postponed()) {
                ++at;
                continue;
            }
            postponed_.erase(postponed_.begin() + static_cast<std::ptrdiff_t>(at));
            enter(self, answer);
            if (answer.to()) at = 0;
        }
    }

    void enter(context& self, const next<state>& answer) {
        if (answer.to() || answer.timeout()) {
            self.cancel(timeout_);
            ++last_timeout_;
        }
        if (answer.timeout()) {
            timeout_ = self.send_after(*answer.timeout(), detail::state_timeout{last_timeout_});
        }
        if (!answer.to()) return;
        now_ = *answer.to();
        run_entry_action(self);
    }

    void run_entry_action(context& self) {
        const auto run = [&](auto& now) {
            if constexpr (requires { machine_.on_enter(self, now); }) machine_.on_enter(self, now);
        };
        if constexpr (is_typed) {
            std::visit(run, now_);
        } else {
            run(now_);
        }
    }

    Machine machine_;
    state now_{};
    timer_id timeout_;
    std::uint64_t last_timeout_ = 0;
    std::vector<postponed_event> postponed_;
};

}  // namespace partita
