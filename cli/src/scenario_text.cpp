#include "scenario_text.hpp"

#include "failure.hpp"
#include "terminal.hpp"

namespace partita::cli {

int tell(const scenario& story, const outcome& done) {
    std::string text;
    for (const auto& block : shown(story, done)) {
        if (!text.empty() && !block.empty()) text += "\n";
        for (const std::string& line : block) text += line + "\n";
    }
    print(text);
    const auto wrong = mismatch(story, done);
    if (!wrong) return exit_code::holds;
    print(story.source + ":" + std::to_string(wrong->line) + ": not as expected\n" +
          wrong->message + "\n");
    return exit_code::violated;
}

}  // namespace partita::cli
