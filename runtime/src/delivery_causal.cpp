#include "delivery_causal.hpp"

#include <utility>

namespace partita::detail {

std::vector<causal_row> causal_order::past() const {
    std::vector<causal_row> all;
    for (const auto& [source, known] : rows_) {
        if (source != self_ && known.entries.empty() && !known.announced) continue;
        causal_row& made = all.emplace_back(
            causal_row{source, known.incarnation, known.version, known.announced, {}});
        for (const auto& [destination, last] : known.entries) {
            made.entries.push_back({destination, last.incarnation, last.sequence});
        }
    }
    return all;
}

void causal_order::outstanding(node_id to, std::uint64_t life, std::uint64_t sequence) {
    row& mine = rows_[self_];
    const auto place = mine.entries.find(to);
    if (sequence == 0) {
        if (place == mine.entries.end()) return;
        mine.entries.erase(place);
    } else {
        const sent now{life, sequence};
        if (place != mine.entries.end() && place->second == now) return;
        mine.entries[to] = now;
    }
    ++mine.version;
}

bool causal_order::matters(const causal_entry& entry) const {
    if (entry.destination == self_) return false;  // delivered: the message that tells of it was
    const auto life = lives_.find(entry.destination);
    return entry.incarnation == 0 || life == lives_.end() || entry.incarnation >= life->second;
}

void causal_order::take_over(const causal_row& told) {
    row& mine = rows_[told.source];
    mine.announced = mine.announced || told.announced;
    if (std::pair(told.incarnation, told.version) <= std::pair(mine.incarnation, mine.version)) {
        return;
    }
    mine.incarnation = told.incarnation;
    mine.version = told.version;
    mine.entries.clear();
    for (const causal_entry& entry : told.entries) {
        if (matters(entry)) mine.entries[entry.destination] = {entry.incarnation, entry.sequence};
    }
}

void causal_order::learn(const std::vector<causal_row>& past) {
    for (const causal_row& told : past) {
        if (told.source != self_) {
            node_lives(told.source, told.incarnation);
            take_over(told);
            continue;
        }
        // Somebody may wait for a message of this node's earlier life, and has to hear of this one.
        row& mine = rows_[self_];
        const bool ended = told.incarnation < mine.incarnation && !told.entries.empty();
        mine.announced = mine.announced || told.announced || ended;
    }
}

void causal_order::reached(node_id to, std::uint64_t life, const std::vector<causal_row>& past) {
    for (const causal_row& carried : past) {
        const auto place = rows_.find(carried.source);
        if (carried.source == self_ || place == rows_.end()) continue;
        if (place->second.incarnation != carried.incarnation) continue;
        const auto known = place->second.entries.find(to);
        if (known == place->second.entries.end()) continue;
        for (const causal_entry& entry : carried.entries) {
            const bool covers = entry.destination == to && entry.incarnation == life &&
                                known->second.incarnation == life &&
                                known->second.sequence <= entry.sequence;
            if (!covers) continue;
            place->second.entries.erase(known);
            break;
        }
    }
}

void causal_order::node_lives(node_id node, std::uint64_t incarnation) {
    std::uint64_t& latest = lives_[node];
    if (node == self_ || incarnation <= latest) return;
    latest = incarnation;
    const auto place = rows_.find(node);
    if (place != rows_.end() && place->second.incarnation < incarnation) {
        row& ended = place->second;
        // Who still waits for a message of the ended life is to hear that it ended.
        const bool announced = ended.announced || !ended.entries.empty();
        ended = row{incarnation, 0, announced, {}};
    }
    for (auto& each : rows_) {
        if (each.first == self_) continue;
        const auto entry = each.second.entries.find(node);
        if (entry == each.second.entries.end()) continue;
        const std::uint64_t life = entry->second.incarnation;
        if (life != 0 && life < incarnation) each.second.entries.erase(entry);
    }
}

}  // namespace partita::detail
