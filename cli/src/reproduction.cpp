#include "reproduction.hpp"

#include <partita/schedules/codec.hpp>

#include "json.hpp"
#include "outcome_text.hpp"
#include "shell_words.hpp"
#include "trial_options.hpp"

namespace partita::cli {

std::string short_id(const corpus& in, const std::string& id) {
    for (std::size_t digits = 4; digits < id.size(); ++digits) {
        if (in.find(id.substr(0, digits))) return id.substr(0, digits);
    }
    return id;
}

std::string replay_line(const session& in, const std::string& id_or_file,
                        const std::string& corpus_file) {
    std::vector<std::string> words{in.program, "replay", id_or_file, "--trace"};
    if (corpus_file != corpus_usual) words.insert(words.end(), {"--corpus", corpus_file});
    return "replay: " + shell_line(words) + "\n";
}

std::string run_line(const session& in, std::vector<std::string> words,
                     const std::vector<deviation>& deviations) {
    words.insert(words.begin(), {in.program, "run"});
    for (const deviation& each : deviations) words.insert(words.end(), {"--with", to_text(each)});
    words.emplace_back("--trace");
    return "replay: " + shell_line(words) + "\n";
}

std::string in_words(const nondeterminism& leak) {
    return "nondeterministic: two runs of one schedule differ, first at event " +
           std::to_string(leak.where.event) + "\n  one: " + leak.where.first +
           "\n  other: " + leak.where.second + "\nin the schedule\n" + indented(leak.schedule);
}

std::string json_of(const nondeterminism& leak) {
    return json_object{}
        .number("event", leak.where.event)
        .text("first", leak.where.first)
        .text("second", leak.where.second)
        .raw("schedule", to_json(leak.schedule))
        .done();
}

}  // namespace partita::cli
