#include "registers.hpp"

namespace partita::raft {

void registers::apply(const request& wanted, bool sessions) {
    const bool is_new = done_.insert(wanted.client).second;
    if (sessions && !is_new) return;
    std::string& value = values_[wanted.key];
    if (wanted.kind == request_kind::write) value.clear();
    value += wanted.value;
}

std::string registers::value_of(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? std::string(not_found) : found->second;
}

}  // namespace partita::raft
