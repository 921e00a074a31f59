#include <partita/faults/site_action.hpp>

#include <algorithm>
#include <array>

#include <partita/schedules/codec.hpp>

namespace partita {
namespace {

constexpr std::array<std::string_view, 9> verb_names{
    "omit", "delay", "reorder", "duplicate", "corrupt", "rewrite", "crash", "pause", "isolate"};

tl::unexpected<error> complain(const deviation& of, std::string_view what) {
    return fail(error_code::bad_input, "deviation '" + to_text(of) + "': " + std::string(what));
}

bool is_number(std::string_view word) {
    return !word.empty() && word.size() <= 18 &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Which word comes before the argument of a verb; none for verbs without one.
std::string_view keyword_of(site_verb verb) {
    switch (verb) {
        case site_verb::delay:
        case site_verb::reorder:
            return "by";
        case site_verb::crash:
        case site_verb::pause:
        case site_verb::isolate:
            return "for";
        case site_verb::corrupt:
            return "bit";
        case site_verb::rewrite:
            return "as";
        case site_verb::omit:
        case site_verb::duplicate:
            return {};
    }
    return {};
}

bool argument_required(site_verb verb) {
    return verb == site_verb::delay || verb == site_verb::reorder || verb == site_verb::pause ||
           verb == site_verb::rewrite;
}

result<void> read_argument(const deviation& of, const std::string& word, site_action& action) {
    if (action.verb == site_verb::rewrite) {
        action.rewrite = word;
    } else if (action.verb == site_verb::corrupt) {
        if (!is_number(word)) return complain(of, "expected a bit number, found '" + word + "'");
        action.bit = std::stoull(word);
    } else {
        const auto time = parse_duration(word);
        if (!time) return complain(of, "expected a duration such as 3s, found '" + word + "'");
        if (at_node(action.verb) && *time == duration{0})
            return complain(of, "expected a time above 0, or no 'for' to last for good");
        action.time = *time;
    }
    return {};
}

}  // namespace

fault_kind kind_of(site_verb verb) {
    constexpr std::array kinds{
        fault_kind::omission,    fault_kind::delay,      fault_kind::reordering,
        fault_kind::duplication, fault_kind::corruption, fault_kind::corruption,
        fault_kind::crash,       fault_kind::pause,      fault_kind::partition};
    return kinds[static_cast<std::size_t>(verb)];
}

std::string_view to_text(site_verb verb) { return verb_names[static_cast<std::size_t>(verb)]; }

bool at_node(site_verb verb) {
    return verb == site_verb::crash || verb == site_verb::pause || verb == site_verb::isolate;
}

result<site_action> parse_action(const deviation& of) {
    const auto found = std::find(verb_names.begin(), verb_names.end(), of.action);
    if (found == verb_names.end()) {
        std::string known;
        for (const std::string_view name : verb_names)
            known += (known.empty() ? "" : ", ") + std::string(name);
        return complain(of, "unknown action '" + of.action + "': expected one of " + known);
    }
    site_action action;
    action.verb = static_cast<site_verb>(found - verb_names.begin());
    const std::size_t first_blank = std::min(of.site.text().find(' '), of.site.text().size());
    const bool node_label = of.site.text().compare(first_blank, 4, " at ") == 0;
    if (node_label != at_node(action.verb)) {
        return complain(of, at_node(action.verb)
                                ? "expected a site such as 'n2 at receive n1 -> n2 commit #1'"
                                : "expected a site such as 'n1 -> n2 commit #1'");
    }
    const std::string_view keyword = keyword_of(action.verb);
    if (of.arguments.empty() && !argument_required(action.verb)) return action;
    if (keyword.empty()) return complain(of, "expected nothing after the ordinal");
    if (of.arguments.size() != 2 || of.arguments[0] != keyword) {
        return complain(of,
                        "expected '" + std::string(keyword) + "' and one word after the ordinal");
    }
    if (auto read = read_argument(of, of.arguments[1], action); !read)
        return tl::unexpected(read.error());
    return action;
}

deviation to_deviation(const site_action& action, const site_label& site) {
    deviation made{std::string(to_text(action.verb)), site, {}};
    const std::string keyword(keyword_of(action.verb));
    if (action.verb == site_verb::rewrite) {
        made.arguments = {keyword, action.rewrite};
    } else if (action.verb == site_verb::corrupt) {
        if (action.bit) made.arguments = {keyword, std::to_string(*action.bit)};
    } else if (action.time > duration{0} || argument_required(action.verb)) {
        made.arguments = {keyword, to_text(action.time)};
    }
    return made;
}

std::vector<site_action> actions_of(const fault_plan& plan,
                                    const std::vector<message_rewrite>& rewrites) {
    std::vector<site_action> all;
    const auto add = [&](site_action action) {
        if (plan.most_of(kind_of(action.verb)) != 0) all.push_back(std::move(action));
    };
    add({site_verb::omit, {}, {}, {}});
    add({site_verb::delay, plan.delay_by, {}, {}});
    add({site_verb::reorder, plan.reorder_by, {}, {}});
    add({site_verb::duplicate, {}, {}, {}});
    add({site_verb::corrupt, {}, {}, {}});
    for (const message_rewrite& each : rewrites) add({site_verb::rewrite, {}, {}, each.name});
    add({site_verb::crash, plan.restart_after, {}, {}});
    add({site_verb::pause, plan.pause_for, {}, {}});
    add({site_verb::isolate, {}, {}, {}});
    return all;
}

}  // namespace partita
