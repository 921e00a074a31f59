#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <xxhash.h>
#include <tl/expected.hpp>

/// The bytes of the log that file_storage.hpp keeps; no file is touched here.
///
///     log       header, records
///     header    magic (8), version (8), id (8), checksum of these (8)
///     record    bytes of the body (8), checksum of the body (8), checksum of these (8), body
///     body      changes, to be made all or not at all
///     change    kind (1), bytes of the key (8), bytes of the value (8), key, value
///
/// Numbers are little-endian, checksums XXH3-64. Those of a record are seeded with the log's id, a
/// random number, plus the record's offset: neither a value that holds a log nor a record of a
/// former log or of another place passes for a record.
namespace partita::detail {

using log_entries = std::map<std::string, std::string, std::less<>>;

inline constexpr std::string_view log_magic = "PARTITA\x1a";
inline constexpr std::uint64_t log_version = 1;
inline constexpr std::size_t log_header_bytes = 32;
inline constexpr std::size_t record_head_bytes = 24;
inline constexpr std::size_t change_head_bytes = 17;

enum class change_kind : char { put = 1, erase = 2 };

inline void append_number(std::string& to, std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) to += static_cast<char>(number >> shift & 0xff);
}

/// Requires: eight bytes from `offset` on.
inline std::uint64_t number_at(std::string_view bytes, std::size_t offset) {
    std::uint64_t number = 0;
    for (std::size_t index = 8; index-- > 0;) {
        number = number << 8 | static_cast<unsigned char>(bytes[offset + index]);
    }
    return number;
}

inline std::uint64_t checksum_of(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

inline std::string log_header(std::uint64_t id) {
    std::string header(log_magic);
    append_number(header, log_version);
    append_number(header, id);
    append_number(header, checksum_of(header, 0));
    return header;
}

/// A record in the making: append changes, then seal it for its place.
inline std::string unsealed_record() { return std::string(record_head_bytes, '\0'); }

inline void append_change(std::string& record, change_kind kind, std::string_view key,
                          std::string_view value) {
    record += static_cast<char>(kind);
    append_number(record, key.size());
    append_number(record, value.size());
    record.append(key).append(value);
}

inline void seal(std::string& record, std::uint64_t id, std::uint64_t offset) {
    const auto body = std::string_view(record).substr(record_head_bytes);
    std::string head;
    append_number(head, body.size());
    append_number(head, checksum_of(body, id + offset));
    append_number(head, checksum_of(head, id + offset));
    record.replace(0, record_head_bytes, head);
}

struct record_head {
    std::uint64_t body_bytes = 0;
    std::uint64_t body_checksum = 0;
};

/// Nothing if what is there is not the head of a record.
inline std::optional<record_head> head_at(std::string_view log, std::uint64_t id,
                                          std::size_t offset) {
    if (log.size() - offset < record_head_bytes) return std::nullopt;
    const std::uint64_t expected = number_at(log, offset + 16);
    if (checksum_of(log.substr(offset, 16), id + offset) != expected) return std::nullopt;
    return record_head{number_at(log, offset), number_at(log, offset + 8)};
}

/// The body of the record there; nothing if it is not whole.
inline std::optional<std::string_view> body_at(std::string_view log, std::uint64_t id,
                                               std::size_t offset) {
    const auto head = head_at(log, id, offset);
    if (!head) return std::nullopt;
    const std::string_view rest = log.substr(offset + record_head_bytes);
    if (head->body_bytes > rest.size()) return std::nullopt;
    const std::string_view body = rest.substr(0, head->body_bytes);
    if (checksum_of(body, id + offset) != head->body_checksum) return std::nullopt;
    return body;
}

/// Whether a later record was begun behind the bad one at `offset`. That it is whole is not asked:
/// nothing is written before the records ahead of it are on the disk.
inline bool is_followed(std::string_view log, std::uint64_t id, std::size_t offset) {
    if (const auto head = head_at(log, id, offset)) {
        return head->body_bytes < log.size() - offset - record_head_bytes;
    }
    for (std::size_t next = offset + 1; next < log.size(); ++next) {
        if (head_at(log, id, next)) return true;
    }
    return false;
}

/// Makes the first change of the body and takes it off; false if it has no known form.
inline bool take_change(std::string_view& body, log_entries& entries) {
    if (body.size() < change_head_bytes) return false;
    const auto kind = static_cast<change_kind>(body.front());
    const std::uint64_t key_bytes = number_at(body, 1);
    const std::uint64_t value_bytes = number_at(body, 9);
    body.remove_prefix(change_head_bytes);
    if (key_bytes > body.size() || value_bytes > body.size() - key_bytes) return false;
    std::string key(body.substr(0, key_bytes));
    const std::string_view value = body.substr(key_bytes, value_bytes);
    body.remove_prefix(key_bytes + value_bytes);
    if (kind == change_kind::put) {
        entries.insert_or_assign(std::move(key), std::string(value));
    } else if (kind == change_kind::erase) {
        entries.erase(key);
    } else {
        return false;
    }
    return true;
}

/// Why a log cannot be read, and from which offset on.
struct log_damage {
    std::uint64_t offset = 0;
    std::string text;
};

struct log_contents {
    log_entries entries;
    std::uint64_t id = 0;
    std::size_t whole_bytes = 0;  ///< what follows is torn off; 0: not even the header is whole
};

/// The id in the header; nothing if the log ends before it is whole.
inline tl::expected<std::optional<std::uint64_t>, log_damage> read_header(std::string_view log) {
    const std::string_view magic = log.substr(0, log_magic.size());
    if (magic != log_magic.substr(0, magic.size())) {
        return tl::unexpected(log_damage{0, "not a Partita storage log (wrong magic)"});
    }
    if (log.size() < log_header_bytes) return std::nullopt;
    if (const std::uint64_t version = number_at(log, 8); version != log_version) {
        return tl::unexpected(log_damage{8, "a storage log of version " + std::to_string(version) +
                                                "; this program reads version " +
                                                std::to_string(log_version)});
    }
    if (checksum_of(log.substr(0, 24), 0) != number_at(log, 24)) {
        return tl::unexpected(log_damage{0, "a damaged header"});
    }
    return number_at(log, 16);
}

inline tl::expected<log_contents, log_damage> read_log(std::string_view log) {
    const auto id = read_header(log);
    if (!id) return tl::unexpected(id.error());
    log_contents contents;
    if (!*id) return contents;
    contents.id = **id;
    contents.whole_bytes = log_header_bytes;
    while (contents.whole_bytes < log.size()) {
        const std::size_t offset = contents.whole_bytes;
        auto body = body_at(log, contents.id, offset);
        if (!body && !is_followed(log, contents.id, offset)) break;
        if (!body) return tl::unexpected(log_damage{offset, "a damaged record with others behind"});
        contents.whole_bytes += record_head_bytes + body->size();
        while (!body->empty()) {
            if (take_change(*body, contents.entries)) continue;
            return tl::unexpected(log_damage{offset, "a record of unknown form"});
        }
    }
    return contents;
}

}  // namespace partita::detail
