#include <partita/cli/regression_suite.hpp>

#include <memory>

#include <partita/schedules/codec.hpp>

#include "failure.hpp"
#include "files.hpp"
#include "outcome_text.hpp"
#include "replaying.hpp"
#include "terminal.hpp"
#include "test_name.hpp"

namespace partita {
namespace cli {
namespace {

std::string replay_file(const session& in, const std::string& file) try {
    const replayed done = replay_stored(in, read_schedule(file), {});
    if (exit_code_of(done) == exit_code::holds) return {};
    return in_words(done) + in_words(done.outcome.summary.verdict, done.outcome.summary.violation) +
           to_text(done.outcome.replayed) + "replay: " + in.program + " replay " + file +
           " --trace\n";
} catch (const failure& wrong) {
    return wrong.what();
}

}  // namespace
}  // namespace cli

std::vector<file_test> regression_tests(const std::string& directory,
                                        std::vector<application> applications) {
    const auto in = std::make_shared<cli::session>(
        cli::session{"partita", std::move(applications), {}, nullptr});
    std::vector<file_test> tests;
    try {
        for (const auto& file : cli::schedule_files_in(directory)) {
            const std::string path = file.string();
            tests.push_back({cli::test_name(file.filename()), path,
                             [in, path] { return cli::replay_file(*in, path); }});
        }
    } catch (const cli::failure& wrong) {
        const std::string message = wrong.what();
        tests.push_back({"directory", directory, [message] { return message; }});
    }
    return tests;
}

}  // namespace partita
