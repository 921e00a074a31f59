#include "plan_options.hpp"

#include <algorithm>
#include <array>

#include "failure.hpp"
#include "session.hpp"

namespace partita::cli {
namespace {

constexpr std::array<std::string_view, fault_kinds> plurals{
    "omissions",  "delays",  "reorderings", "duplications", "corruptions",
    "partitions", "crashes", "pauses",      "custom faults"};

std::vector<fault_kind> all_kinds() {
    std::vector<fault_kind> all;
    for (std::size_t number = 0; number < fault_kinds; ++number) {
        all.push_back(static_cast<fault_kind>(number));
    }
    return all;
}

std::vector<fault_kind> parse_kinds(const std::string& list) {
    if (list == "all") return all_kinds();
    std::vector<fault_kind> kinds;
    for (std::size_t begin = 0; begin <= list.size();) {
        const std::size_t end = std::min(list.find(',', begin), list.size());
        const auto kind = parse_fault_kind(list.substr(begin, end - begin));
        if (!kind) {
            std::vector<std::string> names{"all"};
            for (const fault_kind each : all_kinds()) names.emplace_back(to_text(each));
            throw failure("--kinds " + list + ": unknown fault '" +
                          list.substr(begin, end - begin) + "': expected one or more of " +
                          joined(names) + ", separated by commas");
        }
        kinds.push_back(*kind);
        begin = end + 1;
    }
    return kinds;
}

void limit(fault_plan& plan, fault_kind kind, const std::optional<std::uint64_t>& most) {
    if (most) (void)plan.allow(kind, static_cast<std::uint32_t>(*most));
}

}  // namespace

void declare(declaration& to, plan_options& into) {
    constexpr number_range count{0, 1'000'000};
    to.word({"--kinds", "LIST", "Faults allowed, such as omission,delay, or all"}, into.kinds);
    to.number({"--omissions", "K", "At most K omissions in one schedule"}, count, into.omissions);
    to.number({"--crashes", "F", "At most F crashes in one schedule"}, count, into.crashes);
    to.number({"--tolerance", "F", "At most F nodes that crash, pause or are cut off"}, {0, 1'000},
              into.tolerance);
}

fault_plan plan_of(const plan_options& given, const std::vector<fault_kind>& usual) {
    fault_plan plan;
    for (const fault_kind kind : given.kinds ? parse_kinds(*given.kinds) : usual)
        (void)plan.allow(kind);
    limit(plan, fault_kind::omission, given.omissions);
    limit(plan, fault_kind::crash, given.crashes);
    if (given.crashes) {
        plan.tolerance = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(*given.crashes));
    }
    if (given.tolerance) plan.tolerance = static_cast<std::uint32_t>(*given.tolerance);
    return plan;
}

std::vector<fault_kind> kinds_of(const fault_plan& plan) {
    std::vector<fault_kind> kinds = all_kinds();
    std::erase_if(kinds, [&](fault_kind kind) { return plan.most_of(kind) == 0; });
    return kinds;
}

std::string in_words(const fault_plan& plan) {
    std::vector<std::string> words;
    for (const fault_kind kind : all_kinds()) {
        const std::uint32_t most = plan.most_of(kind);
        const std::string name(plurals[static_cast<std::size_t>(kind)]);
        if (most == fault_plan::unbounded) {
            words.push_back(name + " unbounded");
        } else if (most > 0) {
            words.push_back(name + " <= " + std::to_string(most));
        } else if (kind == fault_kind::omission || kind == fault_kind::crash) {
            words.push_back(name + " 0");
        }
    }
    return joined(words);
}

}  // namespace partita::cli
