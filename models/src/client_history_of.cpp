#include <partita/models/clients.hpp>

#include <charconv>
#include <map>
#include <string>
#include <string_view>

namespace partita {
namespace {

history_value value_of(const std::string& word) {
    if (word.empty()) return {};
    std::int64_t number = 0;
    const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool whole = status == std::errc{} && end == word.data() + word.size();
    // `007` and `-0` are words: they would not read the same again.
    if (whole && std::to_string(number) == word) return {number};
    return {word};
}

history_value argument_of(const std::vector<std::string>& words) {
    if (words.size() < 2) return {};
    if (words.size() == 2) return value_of(words[1]);
    history_values rest;
    for (std::size_t at = 1; at < words.size(); ++at) rest.push_back(value_of(words[at]));
    return {rest};
}

}  // namespace

client_history clients_of(const history& seen) {
    client_history all;
    std::map<std::string, std::int64_t> clients;  // of the nodes, at present
    std::int64_t next = 0;
    for (const operation& each : seen) {
        const command& it = each.command;
        client_operation made;
        made.process = it.background ? next++ : clients.try_emplace(it.node, next).first->second;
        if (!it.background && made.process == next) ++next;
        made.function = it.name;
        if (!it.arguments.empty()) made.key = value_of(it.arguments[0]);
        made.argument = argument_of(it.arguments);
        made.outcome = each.response.kind;
        made.invoked = each.invoked_position;
        if (made.outcome == response_kind::unknown) {
            if (!it.background) clients.erase(it.node);
        } else {
            made.responded = each.responded_position;
            made.result = value_of(each.response.value);
        }
        all.push_back(std::move(made));
    }
    return all;
}

std::optional<finding> finding_of(const result<check_outcome>& checked) {
    if (!checked) return finding{"unusable history", checked.error().message};
    if (checked->verdict == verdict::holds) return std::nullopt;
    if (checked->verdict == verdict::inconclusive) throw bound_reached{"steps of the checker"};
    return finding{checked->kind, checked->explanation};
}

}  // namespace partita
