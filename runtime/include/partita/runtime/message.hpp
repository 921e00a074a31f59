#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <partita/runtime/wire.hpp>

namespace partita {

/// What the runtime knows of a message type: its name, and how to print its bytes. One constant a
/// type; compare by `hash`.
struct message_type {
    std::string_view name;
    std::uint64_t hash = 0;
    /// `commit{id: {coordinator: n1, number: 1}}`; bytes that are no such message print as their
    /// size.
    std::string (*print)(std::span<const std::byte>) = nullptr;
    [[nodiscard]] friend constexpr bool operator==(const message_type& left,
                                                   const message_type& right) {
        return left.hash == right.hash;
    }
};

namespace detail {

[[nodiscard]] std::string undecodable(std::string_view name, std::size_t size);

template <described T>
[[nodiscard]] std::string print_message(std::span<const std::byte> bytes) {
    constexpr std::string_view name = partita_name(static_cast<const T*>(nullptr));
    T value{};
    if (!partita::decode(bytes, value)) return undecodable(name, bytes.size());
    std::string text(name);
    if constexpr (wire<T>::has_fields) wire<T>::print(text, value);
    return text;
}

}  // namespace detail

template <described T>
inline constexpr message_type message_type_of{
    partita_name(static_cast<const T*>(nullptr)),
    name_hash(partita_name(static_cast<const T*>(nullptr))), &detail::print_message<T>};

/// The type with that hash, when some actor of this program sends or takes it; null otherwise.
[[nodiscard]] const message_type* find_message_type(std::uint64_t hash);

namespace detail {

bool register_message_type(const message_type&);

/// Naming `done` is enough for the type to be found by its hash from the program's start on.
template <described T>
struct registered_type {
    static inline const bool done = register_message_type(message_type_of<T>);
};

}  // namespace detail

/// A described value as text: `commit{id: {coordinator: n1, number: 1}}`.
template <described T>
[[nodiscard]] std::string to_text(const T& value) {
    std::string text(partita_name(static_cast<const T*>(nullptr)));
    if constexpr (wire<T>::has_fields) wire<T>::print(text, value);
    return text;
}

/// The message types an actor takes: `using accepts = messages<prepare, commit, abort>;`.
template <described... Types>
struct messages {};

}  // namespace partita
