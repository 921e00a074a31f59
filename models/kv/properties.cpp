#include "properties.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <partita/models/check.hpp>
#include <partita/models/clients.hpp>

#include "commands.hpp"
#include "options.hpp"

namespace partita::kv {
namespace {

using names = std::set<std::string, std::less<>>;

/// An atomic store on quorums that meet is linearizable, as long as what it acknowledged stays.
names promised(const store_options& of) {
    names all;
    if (of.exchange) all.insert("eventual");
    if (of.atomic && of.durable && quorums_meet(of) && of.versions == versioning::timestamps)
        all.insert("linearizable");
    return all;
}

names checked(const settings& with) {
    const std::string& what = with.value("consistency");
    if (what == "eventual") return {"eventual"};
    if (what == "causal") return {"causal"};
    if (what == "sequential") return {"sequential"};
    if (what == "strong") return {"linearizable"};
    if (what == "deck") return {"strong-reads", "available"};
    if (what == "sessions")
        return {"read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"};
    return promised(options_of(with));
}

// ---- checkers of histories ---------------------------------------------------------------------

/// Reads and writes as the checkers know them: a delete writes nothing (`null`), and reading
/// NOT FOUND is reading that. A read without an answer says nothing.
client_history registers_of(const history& seen) {
    history told;
    for (const operation& each : seen) {
        const bool reads = each.command.name == "read";
        const bool writes = each.command.name == "write" || each.command.name == "delete";
        if (writes || (reads && each.response.kind == response_kind::ok)) told.push_back(each);
    }
    client_history all = clients_of(told);
    for (client_operation& each : all) {
        if (each.function == "delete") {
            each.function = "write";
            each.argument = {};
        } else if (each.function == "read") {
            each.argument = {};
            const std::string* const text = each.result.text();
            if (text != nullptr && *text == not_found) each.result = {};
        }
    }
    return all;
}

/// These checkers go by which write a read saw, so that each value may be written once, and none
/// where a key is deleted: nothing is what was there at first, too.
client_history without_deleted(client_history all) {
    std::set<history_value> deleted;
    for (const client_operation& each : all) {
        if (each.function == "write" && each.argument.nothing()) deleted.insert(each.key);
    }
    std::erase_if(all, [&](const client_operation& each) { return deleted.contains(each.key); });
    return all;
}

const history_checker& checker(std::string_view consistency) {
    for (const history_checker& each : history_checkers()) {
        if (each.model == "register" && each.consistency == consistency) return each;
    }
    throw std::logic_error("no checker of registers: " + std::string(consistency));
}

std::optional<finding> found_by(std::string_view consistency, const client_history& all) {
    return finding_of(checker(consistency).check(all, {}));
}

/// Checked where the parameters say so.
property asked(const std::string& name, std::string about,
               std::function<std::optional<finding>(const evidence&)> check) {
    const auto is_promised = [name](const settings& with) { return checked(with).contains(name); };
    return {name, std::move(about), std::move(check), is_promised};
}

property by_checker(const std::string& name, std::string about) {
    return asked(name, std::move(about), [name](const evidence& seen) {
        client_history all = registers_of(seen.history);
        const bool any_order = name == "linearizable" || name == "sequential";
        return found_by(name, any_order ? all : without_deleted(std::move(all)));
    });
}

}  // namespace

std::vector<property> store_properties() {
    return {
        by_checker("linearizable", "each operation took effect at one moment while it ran"),
        by_checker("sequential", "one order of all operations, as each client did them"),
        by_checker("causal", "nobody reads what something they know of has overwritten"),
        by_checker("read-your-writes", "a client reads its own writes, or later ones"),
        by_checker("monotonic-reads", "what a client reads does not go back"),
        by_checker("monotonic-writes", "nobody sees a client's writes in another order"),
        by_checker("writes-follow-reads", "nobody sees a write without what its writer had read"),
        asked("eventual", "in the end all owners hold the same, and no acknowledged write is lost",
              converges),
        asked("strong-reads", "a read gives the last acknowledged value (the deck's assumption)",
              reads_give_acknowledged),
        asked("available", "no read times out because the network is partitioned",
              available_when_partitioned),
    };
}

}  // namespace partita::kv
