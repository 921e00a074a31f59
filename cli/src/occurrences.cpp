#include "occurrences.hpp"

#include <algorithm>

#include "counting.hpp"
#include "json.hpp"

namespace partita::cli {

std::string in_words(const application& of, const std::vector<std::uint64_t>& occurred,
                     std::uint64_t trials) {
    std::string text;
    for (std::size_t at = 0; at < occurred.size(); ++at) {
        const occurrence& each = of.occurrences[at];
        text += "sometimes " + each.name + ": ";
        text += occurred[at] == 0
                    ? "NEVER in " + counted(trials, "trial") + " (" + each.about + ")\n"
                    : "in " + grouped(occurred[at]) + " of " + counted(trials, "trial") + "\n";
    }
    return text;
}

std::string json_of_occurrences(const application& of, const std::vector<std::uint64_t>& occurred) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at < occurred.size(); ++at) {
        const occurrence& each = of.occurrences[at];
        all.push_back(json_object{}
                          .text("name", each.name)
                          .text("about", each.about)
                          .number("trials", occurred[at])
                          .done());
    }
    return json_array(all);
}

bool some_never(const std::vector<std::uint64_t>& occurred) {
    return std::find(occurred.begin(), occurred.end(), 0) != occurred.end();
}

void add_occurrences(std::vector<std::uint64_t>& to, std::uint64_t bits) {
    for (std::size_t at = 0; at < to.size(); ++at) to[at] += bits >> at & 1;
}

}  // namespace partita::cli
