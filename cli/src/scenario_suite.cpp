#include <partita/cli/scenario_suite.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>

#include <partita/models/scenario.hpp>

#include "failure.hpp"
#include "isolation.hpp"
#include "schedule_source.hpp"
#include "session.hpp"
#include "test_name.hpp"

namespace partita {
namespace cli {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> scenario_files_in(const fs::path& directory) {
    std::error_code status;
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator each(directory, status), end; !status && each != end;
         each.increment(status)) {
        if (each->path().extension() == ".scenario") found.push_back(each->path());
    }
    if (status) throw failure(directory.string() + ": " + status.message());
    if (found.empty()) throw failure(directory.string() + ": expected files *.scenario");
    std::sort(found.begin(), found.end());
    return found;
}

std::string play_file(const session& in, const std::string& file) try {
    const stored_schedule read = read_schedule(file);
    if (!read.story || !read.story->has_expectations()) return file + ": expected a line ----";
    const application& of = application_of(in, file, read.schedule);
    check_file(of, file, read.schedule);
    const outcome seen = run_isolated(of, read.schedule, {});
    const auto wrong = mismatch(*read.story, seen);
    if (!wrong) return {};
    return file + ":" + std::to_string(wrong->line) + ": not as expected\n" + wrong->message + "\n";
} catch (const failure& wrong) {
    return wrong.what();
}

}  // namespace
}  // namespace cli

std::vector<file_test> scenario_tests(const std::string& directory,
                                      std::vector<application> applications) {
    const auto in = std::make_shared<cli::session>(
        cli::session{"partita", std::move(applications), {}, nullptr});
    std::vector<file_test> tests;
    try {
        for (const auto& file : cli::scenario_files_in(directory)) {
            const std::string path = file.string();
            tests.push_back({cli::test_name(file.lexically_relative(directory)), path,
                             [in, path] { return cli::play_file(*in, path); }});
        }
    } catch (const cli::failure& wrong) {
        const std::string message = wrong.what();
        tests.push_back({"directory", directory, [message] { return message; }});
    }
    return tests;
}

}  // namespace partita
