#include "disk.hpp"

#include <optional>
#include <span>
#include <string>

#include <partita/runtime/payload.hpp>
#include <partita/runtime/wire.hpp>

namespace partita::raft {
namespace {

// Storage is the whole node's: what is ours begins so.
constexpr std::string_view ballot_key = "raft/ballot";
constexpr std::string_view log_key = "raft/log";

template <described T>
std::string to_bytes(const T& value) {
    payload bytes;
    encode(bytes, value);
    const auto all = bytes.bytes();
    return {reinterpret_cast<const char*>(all.data()), all.size()};
}

template <described T>
T from_bytes(const std::optional<std::string>& text) {
    T value{};
    if (text && !decode(std::as_bytes(std::span(*text)), value)) value = {};
    return value;
}

/// So that the vector itself has a name to be stored by.
struct kept_entries {
    std::vector<entry> entries;
};
PARTITA_MESSAGE(kept_entries, entries)

}  // namespace

ballot disk::kept_ballot(const storage_port& from) const {
    return from_bytes<ballot>(from.value_of(ballot_key));
}

log disk::kept_log(const storage_port& from) const {
    return log(from_bytes<kept_entries>(from.value_of(log_key)).entries);
}

void disk::keep(storage_port& to, const ballot& now) const {
    if (planted_ == bug::ballot_in_memory) return;
    to.put(ballot_key, to_bytes(now));
    to.sync();
}

void disk::keep(storage_port& to, const log& now) const {
    to.put(log_key, to_bytes(kept_entries{now.entries()}));
    if (planted_ != bug::log_in_memory) to.sync();
}

}  // namespace partita::raft
