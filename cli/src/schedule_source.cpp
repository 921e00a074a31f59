#include "schedule_source.hpp"

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

/// Whether a schedule of these lines can be run; lines that cannot be read say nothing about it.
result<void> check_line(const application& of, const application_reference& with,
                        const std::string& line) {
    const auto read = parse_schedule("app " + of.name + "\n" + line + "\n");
    if (!read) return {};
    schedule alone = *read;
    alone.application = with;
    if (auto checked = check_schedule(of, alone); !checked) return checked;
    return check_nodes(of, alone);
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
        read.schedule = need(parse_schedule(text, read.name));
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

void check_file(const application& of, const fs::path& file, const schedule& whole) {
    auto checked = check_schedule(of, whole);
    if (checked) checked = check_nodes(of, whole);
    if (checked) return;
    // The file is known to be well-formed: what it says is wrong stands on one of its lines.
    const std::string text = read_file(file);
    const bool parameters_wrong = !settings_of(of, whole.application);
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < text.size() && !is_json(text);) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        begin = end + 1;
        ++number;
        const bool is_head = line.starts_with("app ");
        const auto wrong =
            is_head || parameters_wrong ? result<void>{} : check_line(of, whole.application, line);
        if (!wrong || (is_head && parameters_wrong)) {
            throw failure(file.string() + ":" + std::to_string(number) +
                          ":1: " + checked.error().message);
        }
    }
    throw failure(file.string() + ": " + checked.error().message);
}

}  // namespace partita::cli
