#include <algorithm>
#include <map>

#include <partita/models/linearizability.hpp>

namespace partita::detail {

std::uint64_t hash_of_state(const history_value& value) {
    std::uint64_t hash = mixed(value.is.index());
    if (const auto* flag = std::get_if<bool>(&value.is)) return mixed(hash ^ (*flag ? 1U : 0U));
    if (const auto* number = value.number()) {
        return mixed(hash ^ static_cast<std::uint64_t>(*number));
    }
    if (const auto* text = value.text())
        return mixed(hash ^ hash_of_state(std::string_view(*text)));
    if (const auto* list = value.list()) {
        for (const history_value& each : *list) hash = mixed(hash ^ hash_of_state(each));
    }
    return hash;
}

}  // namespace partita::detail

namespace partita {

bool keeps_order(const client_history& given, kept_order order,
                 const std::vector<std::size_t>& witness) {
    std::vector<bool> present(given.size());
    std::map<std::int64_t, std::uint64_t> latest;  // invocation so far, by lane
    for (const std::size_t index : witness) {
        if (index >= given.size() || present[index]) return false;
        present[index] = true;
        const client_operation& each = given[index];
        const bool ok = each.outcome == response_kind::ok;
        std::uint64_t& seen = latest[order == kept_order::process ? each.process : 0];
        if (each.outcome == response_kind::fail || (ok && each.responded < seen)) return false;
        seen = std::max(seen, each.invoked);
    }
    for (std::size_t index = 0; index < given.size(); ++index) {
        if (given[index].outcome == response_kind::ok && !present[index]) return false;
    }
    return true;
}

}  // namespace partita
