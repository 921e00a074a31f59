#include "schedule_source.hpp"

#include <sstream>

#include <partita/corpus/corpus.hpp>
#include <partita/schedules/codec.hpp>

#include "failure.hpp"
#include "files.hpp"
#include "site_check.hpp"

namespace partita::cli {
namespace {

namespace fs = std::filesystem;

bool is_json(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && text[begin] == '{';
}

/// The column of what an error quotes last, if the line has it; else of the line's first word.
std::size_t column_of(std::string_view line, const std::string& message) {
    const std::size_t about = message.find("': ");
    const std::size_t open = message.find('\'', about == std::string::npos ? 0 : about + 3);
    const std::size_t close = message.find('\'', open + 1);
    std::size_t at = std::string_view::npos;
    if (open != std::string::npos && close != std::string::npos) {
        at = line.find(message.substr(open + 1, close - open - 1));
    }
    if (at == std::string_view::npos) at = line.find_first_not_of(" \t");
    return at == std::string_view::npos ? 1 : at + 1;
}

[[noreturn]] void refuse(const fs::path& file, const std::string& text, std::size_t number,
                         const std::string& message) {
    std::istringstream lines(text);
    std::string line;
    for (std::size_t at = 0; at < number; ++at) std::getline(lines, line);
    throw failure(file.string() + ":" + std::to_string(number) + ":" +
                  std::to_string(column_of(line, message)) + ": " + message);
}

/// Checks each part of a schedule alone; throws with its line.
void check_parts(const application& of, const fs::path& file, const std::string& text,
                 const located_schedule& read) {
    const auto alone = [&](const schedule& part, std::size_t line) {
        auto checked = check_schedule(of, part);
        if (checked) checked = check_nodes(of, part);
        if (!checked) refuse(file, text, line, checked.error().message);
    };
    for (std::size_t at = 0; at < read.step_lines.size(); ++at) {
        alone({read.schedule.application, {read.schedule.steps[at]}, {}}, read.step_lines[at]);
    }
    for (std::size_t at = 0; at < read.deviation_lines.size(); ++at) {
        alone({read.schedule.application, {}, {read.schedule.deviations[at]}},
              read.deviation_lines[at]);
    }
}

std::size_t app_line_in(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        if (line.starts_with("app ")) return number;
    }
    return 1;
}

}  // namespace

stored_schedule read_schedule(const fs::path& file) {
    const std::string text = read_file(file);
    stored_schedule read;
    read.name = file.string();
    if (is_json(text)) {
        read.schedule = need(parse_schedule_json(text, read.name));
    } else if (text.starts_with("# id:")) {
        read.finding = need(parse_counterexample(text, read.name));
        read.schedule = read.finding->schedule;
    } else {
        read.story = need(parse_scenario(text, read.name));
        read.schedule = read.story->schedule;
    }
    return read;
}

stored_schedule find_schedule(const std::string& id_or_file, const std::string& corpus_file) {
    std::error_code ignored;
    if (fs::exists(id_or_file, ignored)) return read_schedule(id_or_file);
    const bool is_id = id_or_file.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (!is_id)
        throw failure(id_or_file + ": expected the id of a counterexample, or a schedule file");
    const corpus from = need(corpus::open(corpus_file, corpus::access::read));
    stored_schedule found;
    found.finding = need(from.find(id_or_file));
    found.schedule = found.finding->schedule;
    found.name = id_or_file;
    found.in_corpus = true;
    return found;
}

const application& application_of(const session& in, const fs::path& file, const schedule& from) {
    const auto found = find_application(in, from.application.name);
    if (found) return **found;
    const std::string text = read_file(file);
    if (is_json(text)) throw failure(file.string() + ": " + found.error().message);
    refuse(file, text, app_line_in(text), found.error().message);
}

void check_file(const application& of, const fs::path& file, const schedule& whole) {
    auto checked = check_schedule(of, whole);
    if (checked) checked = check_nodes(of, whole);
    if (checked) return;
    // The file is known to be well-formed: what it says is wrong stands on one of its lines.
    const std::string text = read_file(file);
    if (is_json(text)) throw failure(file.string() + ": " + checked.error().message);
    if (!settings_of(of, whole.application)) {
        refuse(file, text, app_line_in(text), checked.error().message);
    }
    if (const auto read = locate_schedule(schedule_text(text))) {
        check_parts(of, file, text, *read);
    }
    throw failure(file.string() + ": " + checked.error().message);
}

}  // namespace partita::cli
