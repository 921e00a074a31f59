#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include <partita/runtime/context.hpp>

namespace partita::detail {

/// What the stock actors (supervisor, server, state_machine) may do to their own context, and
/// applications may not.
struct context_access {
    /// Ends the actor for exactly that reason.
    static void end(context&, std::string_view reason);
    /// What actors linked with it throw ends them, and is no failure of the application; nor is
    /// what those throw that are spawned while it is the one who starts others.
    static void tolerate_exceptions(context&);
    [[nodiscard]] static actor_id exchange_starting(context&, actor_id);
    [[nodiscard]] static bool ended(const context&);
    /// What is handled from now on came from these.
    static void set_origin(context&, actor_id sender, const partita::caller&);
};

/// "linked: REASON", with one prefix however long the chain.
[[nodiscard]] std::string over_a_link(std::string_view reason);

template <typename... Lists>
struct joined;
template <typename... Types>
struct joined<messages<Types...>> {
    using type = messages<Types...>;
};
template <typename... First, typename... Second, typename... Rest>
struct joined<messages<First...>, messages<Second...>, Rest...> {
    using type = typename joined<messages<First..., Second...>, Rest...>::type;
};
/// All types of several lists of messages.
template <typename... Lists>
using joined_t = typename joined<Lists...>::type;

template <typename Type, typename List>
inline constexpr bool lists = false;
template <typename Type, typename... Types>
inline constexpr bool lists<Type, messages<Types...>> = (std::is_same_v<Type, Types> || ...);

}  // namespace partita::detail
