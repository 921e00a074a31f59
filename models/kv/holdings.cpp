#include "holdings.hpp"

namespace partita::kv {
namespace {

// Storage is the whole node's: what is ours begins so.
constexpr std::string_view object_prefix = "kv/object/";
constexpr std::string_view debt_prefix = "kv/debt/";  // NODE/KEY; no node has a slash in its name
constexpr std::string_view members_key = "kv/members";

std::string object_key(std::string_view key) { return std::string(object_prefix).append(key); }
std::string debt_key(node_id to, std::string_view key) {
    return std::string(debt_prefix).append(to.name()).append("/").append(key);
}

}  // namespace

holdings holdings::recovered(const storage_port& from, bool durable) {
    holdings found;
    found.durable_ = durable;
    if (const auto kept = from.value_of(members_key)) found.members_ = from_bytes<roster>(*kept);
    if (!durable) return found;
    for (const std::string& name : from.keys()) {
        const bool is_debt = name.starts_with(debt_prefix);
        if (!is_debt && !name.starts_with(object_prefix)) continue;
        auto content = from_bytes<object>(*from.value_of(name));
        if (!content) continue;
        if (!is_debt) {
            found.objects_[name.substr(object_prefix.size())] = std::move(*content);
            continue;
        }
        const std::string rest = name.substr(debt_prefix.size());
        const std::size_t slash = rest.find('/');
        found.debts_[node_id(rest.substr(0, slash))][rest.substr(slash + 1)] = std::move(*content);
    }
    return found;
}

const object& holdings::at(std::string_view key) const {
    static const object absent;
    const auto found = objects_.find(key);
    return found == objects_.end() ? absent : found->second;
}

void holdings::keep(storage_port& disk, const std::string& key, const object& content) {
    if (content.absent()) {
        objects_.erase(key);
        if (durable_) disk.erase(object_key(key));
        return;
    }
    objects_[key] = content;
    if (durable_) disk.put(object_key(key), to_bytes(content));
}

void holdings::owe(storage_port& disk, node_id to, const std::string& key, const object& content) {
    debts_[to][key] = content;
    if (durable_) disk.put(debt_key(to, key), to_bytes(content));
}

void holdings::pay(storage_port& disk, node_id to, const std::string& key) {
    const auto creditor = debts_.find(to);
    if (creditor == debts_.end()) return;
    creditor->second.erase(key);
    if (creditor->second.empty()) debts_.erase(creditor);
    if (durable_) disk.erase(debt_key(to, key));
}

void holdings::remember(storage_port& disk, const roster& members) {
    members_ = members;
    disk.put(members_key, to_bytes(members));
}

void holdings::lose_all(storage_port& disk) {
    for (const auto& [key, content] : objects_) disk.erase(object_key(key));
    for (const auto& [to, owed] : debts_) {
        for (const auto& [key, content] : owed) disk.erase(debt_key(to, key));
    }
    objects_.clear();
    debts_.clear();
}

}  // namespace partita::kv
