#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/runtime/ports.hpp>

#include "roster.hpp"
#include "versions.hpp"

namespace partita::kv {

/// An object or a roster as it stands on disk.
template <described T>
[[nodiscard]] std::string to_bytes(const T& value) {
    payload bytes;
    encode(bytes, value);
    const auto all = bytes.bytes();
    return {reinterpret_cast<const char*>(all.data()), all.size()};
}
template <described T>
[[nodiscard]] std::optional<T> from_bytes(std::string_view text) {
    T value{};
    if (!decode(std::as_bytes(std::span(text.data(), text.size())), value)) return std::nullopt;
    return value;
}

/// What one node holds: objects by key; what others are still to get from it, by node and key (its
/// debts: hints, and keys that moved); and who it believes is in the ring. Kept in memory, and in
/// the node's storage as well where that is asked for. Nothing is durable before sync().
class holdings {
   public:
    using by_key = std::map<std::string, object, std::less<>>;

    /// What storage has, of a node that comes back. Damaged entries are as if they were not there.
    /// Only the roster is kept in any case.
    static holdings recovered(const storage_port&, bool durable);

    [[nodiscard]] const by_key& objects() const { return objects_; }
    [[nodiscard]] const std::map<node_id, by_key>& debts() const { return debts_; }
    [[nodiscard]] const std::optional<roster>& members() const { return members_; }
    [[nodiscard]] const object& at(std::string_view key) const;

    /// Absent erases.
    void keep(storage_port&, const std::string& key, const object&);
    void owe(storage_port&, node_id to, const std::string& key, const object&);
    void pay(storage_port&, node_id to, const std::string& key);
    void remember(storage_port&, const roster&);
    /// A disk that is gone.
    void lose_all(storage_port&);

   private:
    by_key objects_;
    std::map<node_id, by_key> debts_;
    std::optional<roster> members_;
    bool durable_ = false;
};

}  // namespace partita::kv
