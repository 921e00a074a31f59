#include "database.hpp"

#include <algorithm>
#include <span>

#include <partita/runtime/wire.hpp>

namespace partita::gossip {
namespace {

constexpr std::string_view item_prefix = "gossip/item/";

std::string disk_key(const std::string& key) { return std::string(item_prefix) + key; }

std::int64_t nanoseconds(time_point at) { return at.time_since_epoch().count(); }

/// For a digest of all: the fields that others have, too.
struct whole {
    items held;
};
PARTITA_MESSAGE(whole, held)

/// The two nodes with the greatest of these keep the certificates of a key dormant.
std::uint64_t weight(const std::string& key, node_id node) {
    return mix_bits(name_hash(key) ^ mix_bits(node.bits()));
}

}  // namespace

void database::recover(const storage_port& disk) {
    for (const std::string& name : disk.keys()) {
        if (!name.starts_with(item_prefix)) continue;
        const auto bytes = disk.value_of(name);
        item content;
        if (decode(std::as_bytes(std::span(*bytes)), content))
            held_[name.substr(item_prefix.size())] = std::move(content);
    }
}

bool database::is_active(const item& it, time_point now) const {
    if (!it.deleted || options_.mails()) return true;
    return nanoseconds(now) - it.activated < options_.certificate_life.count();
}

bool database::later(const timestamp& one, const timestamp& other) const {
    return options_.has(bug::no_tie_break) ? one.time > other.time : one > other;
}

bool database::is_keeper(node_id node, const std::string& key) const {
    const std::uint64_t own = weight(key, node);
    return std::count_if(options_.nodes.begin(), options_.nodes.end(),
                         [&](node_id each) { return weight(key, each) > own; }) < 2;
}

std::optional<item> database::at(const std::string& key, time_point now) const {
    const auto found = held_.find(key);
    if (found == held_.end() || !is_active(found->second, now)) return std::nullopt;
    return found->second;
}

items database::active(time_point now) const {
    items all = held_;
    std::erase_if(all, [&](const auto& each) { return !is_active(each.second, now); });
    return all;
}

std::uint64_t database::digest_of(const items& of) {
    payload bytes;
    encode(bytes, whole{of});
    return name_hash({reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size()});
}

timestamp database::stamp(const std::string& key, time_point now) const {
    const auto found = held_.find(key);
    const std::int64_t known = found == held_.end() ? 0 : found->second.when.time;
    return {std::max(nanoseconds(now), known + 1), self_};
}

void database::keep(storage_port& disk, const std::string& key, const item& it) {
    held_[key] = it;
    payload bytes;
    encode(bytes, it);
    disk.put(disk_key(key), {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size()});
    disk.sync();
}

arrival database::merge(storage_port& disk, const std::string& key, const item& it,
                        time_point now) {
    const auto found = held_.find(key);
    if (found == held_.end()) {
        if (!is_active(it, now)) return arrival::known;
    } else if (!later(it.when, found->second.when)) {
        item mine = found->second;
        if (!mine.deleted) return arrival::known;
        if (it.when == mine.when && it.activated > mine.activated) {
            mine.activated = it.activated;
            keep(disk, key, mine);
            return arrival::known;
        }
        if (it.deleted || is_active(mine, now)) return arrival::known;
        mine.activated = nanoseconds(now);
        if (options_.has(bug::renewed_certificate)) mine.when = stamp(key, now);
        keep(disk, key, mine);
        return arrival::awakened;
    }
    if (it.deleted && options_.has(bug::no_certificate)) {
        disk.erase(disk_key(key));
        disk.sync();
        return held_.erase(key) == 0 ? arrival::known : arrival::news;
    }
    keep(disk, key, it);
    return arrival::news;
}

void database::tend(storage_port& disk, time_point now, const std::vector<node_id>& behind) {
    const bool careful = !options_.has(bug::early_collection);
    const items before = held_;
    for (const auto& [key, content] : before) {
        if (is_active(content, now)) continue;
        const bool awaited =
            std::any_of(behind.begin(), behind.end(),
                        [&, &of = key](node_id each) { return is_keeper(each, of); });
        if (careful && awaited) {
            item anew = content;
            anew.activated = nanoseconds(now);
            keep(disk, key, anew);
        } else if (!careful || !is_keeper(self_, key)) {
            held_.erase(key);
            disk.erase(disk_key(key));
            disk.sync();
        }
    }
}

}  // namespace partita::gossip
