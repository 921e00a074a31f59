#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <ratio>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <partita/runtime/blob.hpp>
#include <partita/runtime/describe.hpp>
#include <partita/runtime/ids.hpp>
#include <partita/runtime/payload.hpp>

namespace partita {

/// Reads what wire<T>::write wrote. Never reads past the end; a failed read leaves `ok` false.
class wire_reader {
   public:
    explicit wire_reader(std::span<const std::byte> bytes) : rest_(bytes) {}
    /// Requires: the payload outlives the reader and does not change.
    explicit wire_reader(const payload& from)
        : rest_(from.unattached()), attached_(from.attachments()), source_(&from) {}
    [[nodiscard]] bool take(void* target, std::size_t count) {
        if (count > rest_.size() || (!attached_.empty() && count > before_attachment()))
            return false;
        if (count != 0) std::memcpy(target, rest_.data(), count);
        rest_ = rest_.subspan(count);
        return true;
    }
    /// The next bytes as a blob: shared when they are attached or in a block, else copied.
    [[nodiscard]] bool take(blob& target, std::size_t count);
    [[nodiscard]] std::size_t left() const {
        std::size_t bytes = rest_.size();
        for (const payload::attachment& each : attached_) bytes += each.content.size();
        return bytes;
    }

   private:
    [[nodiscard]] std::size_t before_attachment() const {
        const std::byte* const at = source_->unattached().data() + attached_.front().position;
        return static_cast<std::size_t>(at - rest_.data());
    }

    std::span<const std::byte> rest_;
    std::span<const payload::attachment> attached_;  // those not yet reached
    const payload* source_ = nullptr;
};

/// How a type travels: fixed-width little-endian scalars, lengths as 32 bits, fields in order of
/// declaration. `read` returns false for bytes that no value encodes to; it never throws and never
/// allocates more than a small multiple of the bytes given. Specialise it for a type of your own.
template <typename T>
struct wire;

template <typename T>
void encode(payload& to, const T& value) {
    wire<T>::write(to, value);
}

/// The value that exactly these bytes encode, or nothing.
template <typename T>
[[nodiscard]] bool decode(std::span<const std::byte> from, T& value) {
    wire_reader reader(from);
    return wire<T>::read(reader, value) && reader.left() == 0;
}

/// The same for a payload; blobs share its memory.
template <typename T>
[[nodiscard]] bool decode(const payload& from, T& value) {
    wire_reader reader(from);
    return wire<T>::read(reader, value) && reader.left() == 0;
}

namespace detail {

template <typename Integer>
[[nodiscard]] constexpr Integer little_endian(Integer value) {
    if constexpr (std::endian::native == std::endian::little || sizeof(Integer) == 1) return value;
    Integer swapped = 0;
    for (std::size_t byte = 0; byte < sizeof(Integer); ++byte) {
        swapped = static_cast<Integer>(swapped << 8) | static_cast<Integer>(value & 0xff);
        value = static_cast<Integer>(value >> 8);
    }
    return swapped;
}

[[nodiscard]] inline bool read_count(wire_reader& from, std::uint32_t& count) {
    // Every element of any container takes at least one byte, so a count past the rest is a lie.
    return from.take(&count, sizeof count) && (count = little_endian(count)) <= from.left();
}

void append_scalar(std::string& to, std::int64_t);
void append_scalar(std::string& to, std::uint64_t);
void append_scalar(std::string& to, double);
void append_quoted(std::string& to, std::string_view);

}  // namespace detail

template <typename T>
requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) struct wire<T> {
    static void write(payload& to, T value) {
        const auto bits = detail::little_endian(static_cast<std::make_unsigned_t<T>>(value));
        to.append(&bits, sizeof bits);
    }
    static bool read(wire_reader& from, T& value) {
        std::make_unsigned_t<T> bits{};
        if (!from.take(&bits, sizeof bits)) return false;
        value = static_cast<T>(detail::little_endian(bits));
        return true;
    }
    static void print(std::string& to, T value) {
        using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
        detail::append_scalar(to, static_cast<wide>(value));
    }
};

template <>
struct wire<bool> {
    static void write(payload& to, bool value) { wire<std::uint8_t>::write(to, value ? 1 : 0); }
    static bool read(wire_reader& from, bool& value) {
        std::uint8_t byte = 0;
        if (!wire<std::uint8_t>::read(from, byte) || byte > 1) return false;
        value = byte == 1;
        return true;
    }
    static void print(std::string& to, bool value) { to += value ? "true" : "false"; }
};

template <typename T>
requires std::is_enum_v<T>
struct wire<T> {
    using base = std::underlying_type_t<T>;
    static void write(payload& to, T value) { wire<base>::write(to, static_cast<base>(value)); }
    static bool read(wire_reader& from, T& value) {
        base bits{};
        if (!wire<base>::read(from, bits)) return false;
        value = static_cast<T>(bits);
        return true;
    }
    static void print(std::string& to, T value) { wire<base>::print(to, static_cast<base>(value)); }
};

template <typename T>
requires std::is_floating_point_v<T>
struct wire<T> {
    using bits_type = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    static_assert(sizeof(T) == sizeof(bits_type), "float and double travel; long double does not");
    static void write(payload& to, T value) {
        wire<bits_type>::write(to, std::bit_cast<bits_type>(value));
    }
    static bool read(wire_reader& from, T& value) {
        bits_type bits = 0;
        if (!wire<bits_type>::read(from, bits)) return false;
        value = std::bit_cast<T>(bits);
        return true;
    }
    static void print(std::string& to, T value) {
        detail::append_scalar(to, static_cast<double>(value));
    }
};

template <>
struct wire<std::string> {
    static void write(payload& to, const std::string& value) {
        wire<std::uint32_t>::write(to, static_cast<std::uint32_t>(value.size()));
        to.append(value.data(), value.size());
    }
    static bool read(wire_reader& from, std::string& value) {
        std::uint32_t count = 0;
        if (!detail::read_count(from, count)) return false;
        value.resize(count);
        return from.take(value.data(), count);
    }
    static void print(std::string& to, const std::string& value) {
        detail::append_quoted(to, value);
    }
};

template <>
struct wire<blob> {
    static void write(payload& to, const blob& value) {
        wire<std::uint32_t>::write(to, static_cast<std::uint32_t>(value.size()));
        to.append(value);
    }
    static bool read(wire_reader& from, blob& value) {
        std::uint32_t count = 0;
        return detail::read_count(from, count) && from.take(value, count);
    }
    /// Its size and the digest of its bytes: whoever wants megabytes in a trace uses a string.
    static void print(std::string& to, const blob& value);
};

template <typename Rep, typename Period>
struct wire<std::chrono::duration<Rep, Period>> {
    using value_type = std::chrono::duration<Rep, Period>;
    static void write(payload& to, value_type value) { wire<Rep>::write(to, value.count()); }
    static bool read(wire_reader& from, value_type& value) {
        Rep count{};
        if (!wire<Rep>::read(from, count)) return false;
        value = value_type(count);
        return true;
    }
    static void print(std::string& to, value_type value) {
        // Saturating: a corrupted number of hours has no number of nanoseconds.
        using in_ns = std::ratio_divide<Period, std::nano>;
        const auto count = static_cast<long double>(value.count()) * in_ns::num / in_ns::den;
        constexpr auto most = static_cast<long double>(INT64_MAX);
        const bool fits = count < most && count > -most;
        wire<std::int64_t>::print(to, fits        ? static_cast<std::int64_t>(count)
                                      : count > 0 ? INT64_MAX
                                                  : INT64_MIN);
        to += "ns";
    }
};

template <>
struct wire<time_point> {
    static void write(payload& to, time_point value) {
        wire<duration>::write(to, value.time_since_epoch());
    }
    static bool read(wire_reader& from, time_point& value) {
        duration since{};
        if (!wire<duration>::read(from, since)) return false;
        value = time_point(since);
        return true;
    }
    static void print(std::string& to, time_point value) {
        wire<duration>::print(to, value.time_since_epoch());
    }
};

template <>
struct wire<node_id> {
    static void write(payload& to, node_id value) { wire<std::uint64_t>::write(to, value.bits()); }
    static bool read(wire_reader& from, node_id& value) {
        std::uint64_t bits = 0;
        if (!wire<std::uint64_t>::read(from, bits)) return false;
        value = node_id::from_bits(bits);
        return true;
    }
    static void print(std::string& to, node_id value) { to += value.name(); }
};

template <>
struct wire<actor_id> {
    static void write(payload& to, const actor_id& value) {
        wire<node_id>::write(to, value.node);
        wire<std::uint64_t>::write(to, value.local);
    }
    static bool read(wire_reader& from, actor_id& value) {
        return wire<node_id>::read(from, value.node) &&
               wire<std::uint64_t>::read(from, value.local);
    }
    static void print(std::string& to, const actor_id& value);
};

namespace detail {

/// Containers: a count, then the elements.
template <typename Container, typename Insert>
[[nodiscard]] bool read_elements(wire_reader& from, Container& value, Insert insert) {
    std::uint32_t count = 0;
    if (!read_count(from, count)) return false;
    value.clear();
    for (std::uint32_t index = 0; index < count; ++index) {
        if (!insert(value)) return false;
    }
    return true;
}

template <typename Container>
void write_elements(payload& to, const Container& value) {
    wire<std::uint32_t>::write(to, static_cast<std::uint32_t>(value.size()));
    for (const auto& element : value)
        wire<std::remove_cvref_t<decltype(element)>>::write(to, element);
}

template <typename Container>
void print_elements(std::string& to, const Container& value, char open, char close) {
    to += open;
    bool first = true;
    for (const auto& element : value) {
        if (!first) to += ", ";
        first = false;
        wire<std::remove_cvref_t<decltype(element)>>::print(to, element);
    }
    to += close;
}

}  // namespace detail

template <typename First, typename Second>
struct wire<std::pair<First, Second>> {
    using value_type = std::pair<First, Second>;
    static void write(payload& to, const value_type& value) {
        wire<std::remove_const_t<First>>::write(to, value.first);
        wire<Second>::write(to, value.second);
    }
    static bool read(wire_reader& from, value_type& value) {
        return wire<First>::read(from, value.first) && wire<Second>::read(from, value.second);
    }
    static void print(std::string& to, const value_type& value) {
        wire<std::remove_const_t<First>>::print(to, value.first);
        to += ": ";
        wire<Second>::print(to, value.second);
    }
};

template <typename T>
struct wire<std::vector<T>> {
    static void write(payload& to, const std::vector<T>& value) {
        detail::write_elements(to, value);
    }
    static bool read(wire_reader& from, std::vector<T>& value) {
        return detail::read_elements(from, value, [&](std::vector<T>& elements) {
            T element{};
            if (!wire<T>::read(from, element)) return false;
            elements.push_back(std::move(element));
            return true;
        });
    }
    static void print(std::string& to, const std::vector<T>& value) {
        detail::print_elements(to, value, '[', ']');
    }
};

template <typename T, std::size_t Count>
struct wire<std::array<T, Count>> {
    static constexpr bool raw = sizeof(T) == 1 && std::is_integral_v<T> && !std::is_same_v<T, bool>;
    static void write(payload& to, const std::array<T, Count>& value) {
        if constexpr (raw) {
            to.append(value.data(), Count);
        } else {
            for (const T& element : value) wire<T>::write(to, element);
        }
    }
    static bool read(wire_reader& from, std::array<T, Count>& value) {
        if constexpr (raw) return from.take(value.data(), Count);
        for (T& element : value) {
            if (!wire<T>::read(from, element)) return false;
        }
        return true;
    }
    static void print(std::string& to, const std::array<T, Count>& value) {
        detail::print_elements(to, value, '[', ']');
    }
};

template <typename T>
struct wire<std::set<T>> {
    static void write(payload& to, const std::set<T>& value) { detail::write_elements(to, value); }
    static bool read(wire_reader& from, std::set<T>& value) {
        return detail::read_elements(from, value, [&](std::set<T>& elements) {
            T element{};
            if (!wire<T>::read(from, element)) return false;
            // Only the sorted form is an encoding, so that equal bytes and equal values coincide.
            if (!elements.empty() && !(*elements.rbegin() < element)) return false;
            elements.insert(elements.end(), std::move(element));
            return true;
        });
    }
    static void print(std::string& to, const std::set<T>& value) {
        detail::print_elements(to, value, '{', '}');
    }
};

template <typename Key, typename T>
struct wire<std::map<Key, T>> {
    static void write(payload& to, const std::map<Key, T>& value) {
        detail::write_elements(to, value);
    }
    static bool read(wire_reader& from, std::map<Key, T>& value) {
        return detail::read_elements(from, value, [&](std::map<Key, T>& elements) {
            std::pair<Key, T> element{};
            if (!wire<std::pair<Key, T>>::read(from, element)) return false;
            if (!elements.empty() && !(elements.rbegin()->first < element.first)) return false;
            elements.insert(elements.end(), std::move(element));
            return true;
        });
    }
    static void print(std::string& to, const std::map<Key, T>& value) {
        detail::print_elements(to, value, '{', '}');
    }
};

template <typename T>
struct wire<std::optional<T>> {
    static void write(payload& to, const std::optional<T>& value) {
        wire<bool>::write(to, value.has_value());
        if (value) wire<T>::write(to, *value);
    }
    static bool read(wire_reader& from, std::optional<T>& value) {
        bool present = false;
        if (!wire<bool>::read(from, present)) return false;
        if (!present) {
            value.reset();
            return true;
        }
        return wire<T>::read(from, value.emplace());
    }
    static void print(std::string& to, const std::optional<T>& value) {
        if (value) {
            wire<T>::print(to, *value);
        } else {
            to += "none";
        }
    }
};

template <described T>
struct wire<T> {
    static constexpr bool has_fields =
        std::tuple_size_v<decltype(partita_fields(static_cast<const T*>(nullptr)))> != 0;

    static void write(payload& to, const T& value) {
        // A byte for the empty struct keeps the rule that every element takes one.
        if constexpr (!has_fields) wire<std::uint8_t>::write(to, 0);
        for_each_field(value, [&](std::string_view, const auto& member) {
            wire<std::remove_cvref_t<decltype(member)>>::write(to, member);
        });
    }
    static bool read(wire_reader& from, T& value) {
        bool ok = true;
        if constexpr (!has_fields) {
            std::uint8_t byte = 0;
            ok = wire<std::uint8_t>::read(from, byte) && byte == 0;
        }
        for_each_field(value, [&](std::string_view, auto& member) {
            ok = ok && wire<std::remove_cvref_t<decltype(member)>>::read(from, member);
        });
        return ok;
    }
    static void print(std::string& to, const T& value) {
        to += '{';
        bool first = true;
        for_each_field(value, [&](std::string_view name, const auto& member) {
            if (!first) to += ", ";
            first = false;
            to += name;
            to += ": ";
            wire<std::remove_cvref_t<decltype(member)>>::print(to, member);
        });
        to += '}';
    }
};

}  // namespace partita
