#include "search_report.hpp"

#include <algorithm>

#include <partita/schedules/codec.hpp>

#include "counting.hpp"
#include "json.hpp"
#include "plan_options.hpp"
#include "reproduction.hpp"
#include "terminal.hpp"

namespace partita::cli {
namespace {

constexpr std::size_t shown_max = 20;

std::string paragraph(const std::string& name, const counterexample& of) {
    std::string text =
        "  " + name + "  " + of.violation.kind + ": " + of.violation.explanation + "\n";
    for (const deviation& each : of.schedule.deviations) text += "        " + to_text(each) + "\n";
    return text;
}

}  // namespace

void print_findings(const session& in, const std::vector<std::string>& run_words,
                    const findings& kept, const std::vector<schedule>& minimal,
                    const std::string& corpus_file) {
    const auto& all = kept.all();
    if (all.empty() && minimal.empty()) return;
    print("minimal counterexamples:\n");
    for (std::size_t at = 0; at < std::min(all.size(), shown_max); ++at) {
        print(paragraph(kept.name_of(all[at]).value_or("(not saved)"), all[at]));
    }
    const std::size_t total = std::max(all.size(), minimal.size());
    if (total > shown_max) print("  and " + grouped(total - shown_max) + " more\n");
    if (all.empty()) return print(run_line(in, run_words, minimal.front().deviations));
    const auto name = kept.name_of(all.front());
    print(name ? replay_line(in, *name, corpus_file)
               : run_line(in, run_words, all.front().schedule.deviations));
}

std::string json_of_deviations(const std::vector<schedule>& of) {
    std::vector<std::string> arrays;
    for (const schedule& each : of) {
        std::vector<std::string> lines;
        for (const deviation& one : each.deviations) lines.push_back(to_text(one));
        arrays.push_back(json_texts(lines));
    }
    return json_array(arrays);
}

void limit_to_sites(fault_plan& plan, const certificate& found) {
    const auto kinds = kinds_of(plan);
    if (kinds.size() != 1) return;
    (void)plan.allow(kinds.front(), static_cast<std::uint32_t>(found.by_decisions.size() - 1));
}

}  // namespace partita::cli
