#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <partita/runtime/context_access.hpp>
#include <partita/runtime/node.hpp>

namespace partita {
namespace detail {

template <typename>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <typename>
inline constexpr bool is_variant = false;
template <typename... Types>
inline constexpr bool is_variant<std::variant<Types...>> = true;

template <typename Implementation>
struct server_lists {
    static auto calls() {
        if constexpr (requires { typename Implementation::calls; }) {
            return typename Implementation::calls{};
        } else {
            return messages<>{};
        }
    }
    static auto casts() {
        if constexpr (requires { typename Implementation::casts; }) {
            return typename Implementation::casts{};
        } else {
            return messages<>{};
        }
    }
    static auto infos() {
        if constexpr (requires { typename Implementation::infos; }) {
            return typename Implementation::infos{};
        } else {
            return messages<>{};
        }
    }
};

}  // namespace detail

/// A handler actor that answers calls, after gen_server. The implementation is a plain class:
///
///     struct counter {
///         using calls = messages<add>;    // sum  on_call(context&, const add&)
///         using casts = messages<reset>;  // void on_cast(context&, const reset&)
///         using infos = messages<down>;   // void on_info(context&, const down&)
///         ...
///     };
///     here.spawn<server<counter>>("counter", arguments of its constructor...);
///
/// What on_call returns is the reply: a message, a variant of messages, or an optional of either.
/// Nothing (an empty optional, or void) defers it: keep self.caller(), and give it to self.reply
/// later. Casts are messages that others send, infos those that the runtime or a timer does;
/// casts, calls and infos may each be left out. on_start(context&) is called first, if there is
/// one. With on_stop(context&, std::string_view reason) it traps exits: that is called last, when
/// the server is asked to stop or a linked actor ended abnormally; not when it is killed, fails or
/// ends itself.
template <typename Implementation>
class server {
    using lists = detail::server_lists<Implementation>;
    using calls = decltype(lists::calls());
    using casts = decltype(lists::casts());
    using infos = decltype(lists::infos());
    static constexpr bool stops = requires(Implementation it, context& self, std::string_view why) {
        it.on_stop(self, why);
    };
    using exits = std::conditional_t<stops, messages<exited>, messages<>>;
    static_assert(!stops || !detail::lists<exited, infos>, "on_stop is what takes exits");

   public:
    using accepts = detail::joined_t<calls, casts, infos, exits>;

    template <typename... Arguments>
    explicit server(Arguments&&... arguments) : it_{std::forward<Arguments>(arguments)...} {}

    void on_start(context& self) {
        if constexpr (stops) self.trap_exits(true);
        if constexpr (requires { it_.on_start(self); }) it_.on_start(self);
    }

    template <described Message>
    void on_message(context& self, const Message& message) {
        if constexpr (detail::lists<Message, calls>) {
            answer(self, message);
        } else if constexpr (detail::lists<Message, casts>) {
            it_.on_cast(self, message);
        } else if constexpr (detail::lists<Message, infos>) {
            it_.on_info(self, message);
        } else {
            stop(self, message);
        }
    }

   private:
    template <typename Request>
    void answer(context& self, const Request& request) {
        if constexpr (std::is_void_v<decltype(it_.on_call(self, request))>) {
            it_.on_call(self, request);
        } else {
            const auto who = self.caller();
            reply(self, who, it_.on_call(self, request));
        }
    }
    template <typename Reply>
    void reply(context& self, const caller& who, const Reply& value) {
        if constexpr (detail::is_optional<Reply>) {
            if (value) reply(self, who, *value);
        } else if constexpr (detail::is_variant<Reply>) {
            std::visit([&](const auto& each) { self.reply(who, each); }, value);
        } else {
            self.reply(who, value);
        }
    }
    void stop(context& self, const exited& told) {
        if (!told.asked && told.reason == end_reason::normal) return;
        const std::string reason = told.asked ? told.reason : detail::over_a_link(told.reason);
        it_.on_stop(self, std::string_view(reason));
        detail::context_access::end(self, reason);
    }

    Implementation it_;
};

}  // namespace partita
