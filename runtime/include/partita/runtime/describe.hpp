#pragma once

#include <string_view>
#include <tuple>
#include <type_traits>

/// PARTITA_MESSAGE(type, fields...) beside a plain struct, in its namespace, makes it a message: it
/// can be encoded, sent, received and printed with its field names. The same line makes a struct
/// usable as a field of a message.
///
///     struct prepare { transaction id; int value = 0; };
///     PARTITA_MESSAGE(prepare, id, value)
///
/// Fields may be integers, bool, enums, floating point, std::string, described structs, and vector,
/// array, map, set, optional and pair of these.
#define PARTITA_MESSAGE(Type, ...)                                                  \
    [[maybe_unused]] constexpr auto partita_fields(const Type*) {                   \
        return std::make_tuple(__VA_OPT__(PARTITA_DETAIL_EACH(Type, __VA_ARGS__))); \
    }                                                                               \
    [[maybe_unused]] constexpr std::string_view partita_name(const Type*) { return #Type; }

#define PARTITA_DETAIL_PARENS ()
#define PARTITA_DETAIL_EXPAND(...) \
    PARTITA_DETAIL_EXPAND3(PARTITA_DETAIL_EXPAND3(PARTITA_DETAIL_EXPAND3(__VA_ARGS__)))
#define PARTITA_DETAIL_EXPAND3(...) \
    PARTITA_DETAIL_EXPAND2(PARTITA_DETAIL_EXPAND2(PARTITA_DETAIL_EXPAND2(__VA_ARGS__)))
#define PARTITA_DETAIL_EXPAND2(...) \
    PARTITA_DETAIL_EXPAND1(PARTITA_DETAIL_EXPAND1(PARTITA_DETAIL_EXPAND1(__VA_ARGS__)))
#define PARTITA_DETAIL_EXPAND1(...) __VA_ARGS__
#define PARTITA_DETAIL_EACH(Type, ...) PARTITA_DETAIL_EXPAND(PARTITA_DETAIL_STEP(Type, __VA_ARGS__))
#define PARTITA_DETAIL_STEP(Type, Name, ...)      \
    ::partita::field_of<Type>(#Name, &Type::Name) \
        __VA_OPT__(, PARTITA_DETAIL_AGAIN PARTITA_DETAIL_PARENS(Type, __VA_ARGS__))
#define PARTITA_DETAIL_AGAIN() PARTITA_DETAIL_STEP

namespace partita {

/// One field of a described struct.
template <typename Struct, typename Member>
struct field {
    std::string_view name;
    Member Struct::*member;
};

template <typename Struct, typename Member>
[[nodiscard]] constexpr field<Struct, Member> field_of(std::string_view name,
                                                       Member Struct::*member) {
    return {name, member};
}

/// A struct with a PARTITA_MESSAGE line.
template <typename T>
concept described = requires(const T* none) {
    partita_fields(none);
    partita_name(none);
};

/// Calls `visit(name, value)` for each field in order of declaration.
template <typename T, typename Visit>
requires described<std::remove_const_t<T>>
constexpr void for_each_field(T& value, Visit&& visit) {
    std::apply([&](const auto&... fields) { (visit(fields.name, value.*(fields.member)), ...); },
               partita_fields(static_cast<const T*>(nullptr)));
}

}  // namespace partita
