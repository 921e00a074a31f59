#include "trial_options.hpp"

#include <unistd.h>
#include <algorithm>
#include <filesystem>

#include <partita/schedules/codec.hpp>

#include "failure.hpp"
#include "schedule_source.hpp"
#include "site_check.hpp"

namespace partita::cli {
namespace {

constexpr std::uint64_t jobs_most = 256;

/// A parameter as a flag gave it.
struct setting {
    std::string flag;  ///< with its value, for errors
    std::string name;
    std::string value;
};

std::vector<setting> settings_in(const trial_options& given) {
    std::vector<setting> all;
    const auto add = [&](const char* flag, const char* name,
                         const std::optional<std::string>& value) {
        if (value) all.push_back({std::string(flag) + " " + *value, name, *value});
    };
    add("--nodes", "nodes", given.nodes);
    add("--variant", "variant", given.variant);
    add("--latency", "latency", given.latency);
    add("--world-seed", "seed", given.world_seed);
    for (const std::string& each : given.set) {
        const std::size_t sign = each.find('=');
        if (sign == 0 || sign == std::string::npos) {
            throw failure("--set " + each + ": expected NAME=VALUE");
        }
        all.push_back({"--set " + each, each.substr(0, sign), each.substr(sign + 1)});
    }
    return all;
}

void apply(const application& of, const setting& each, application_reference& to) {
    const auto checked = settings_of(of, {of.name, {{each.name, each.value}}});
    if (!checked) throw failure(each.flag + ": " + checked.error().message);
    to.parameters[each.name] = each.value;
}

/// Equal trials get equal schedules, and so equal identities: what a parameter has anyway is left
/// out, but for the number of nodes, which every label depends on.
void normalise(const application& of, application_reference& reference) {
    const settings usual = need(settings_of(of, {of.name, {}}));
    std::erase_if(reference.parameters, [&](const auto& each) {
        return each.first != "nodes" && usual.value(each.first) == each.second;
    });
    reference.parameters.emplace("nodes", usual.value("nodes"));
}

void add_lines(const trial_options& given, schedule& to) {
    std::string text = "app " + to.application.name + "\n";
    for (const std::string& line : given.lines) {
        const auto alone = parse_schedule("app " + to.application.name + "\n" + line, "--with");
        if (!alone) throw failure("--with '" + line + "': " + alone.error().message);
        text += line + "\n";
    }
    const schedule added = need(parse_schedule(text, "--with"));
    if (!added.steps.empty()) to.steps = added.steps;
    to.deviations.insert(to.deviations.end(), added.deviations.begin(), added.deviations.end());
}

bool names_file(const session& in, const trial_options& given) {
    std::error_code ignored;
    return given.files && !find_application(in, given.target) &&
           std::filesystem::exists(given.target, ignored);
}

std::vector<std::string> words_for(const trial_options& given,
                                   const std::optional<std::string>& file) {
    std::vector<std::string> words{given.target};
    const auto add = [&](const char* flag, const std::optional<std::string>& value) {
        if (!value) return;
        words.emplace_back(flag);
        words.push_back(*value);
    };
    add("--nodes", given.nodes);
    add("--variant", given.variant);
    add("--latency", given.latency);
    add("--world-seed", given.world_seed);
    for (const std::string& each : given.set) add("--set", each);
    if (file && *file != given.target) add("--schedule", file);
    for (const std::string& each : given.lines) add("--with", each);
    add("--property", given.property);
    return words;
}

bool is_unaltered(const trial_options& given) {
    return settings_in(given).empty() && given.lines.empty() && !given.property;
}

}  // namespace

void declare(declaration& to, trial_options& into) {
    to.word(
        {into.files ? "TARGET" : "APP", "",
         into.files ? "An application (see list), or a schedule file" : "An application (see list)",
         true},
        into.target);
    to.word({"--nodes", "N", "How many nodes, n1 to nN"}, into.nodes);
    to.words({"--set", "NAME=VALUE", "A parameter of the application; may be repeated"}, into.set);
    to.word({"--variant", "V", "Short for --set variant=V"}, into.variant);
    to.word({"--latency", "MODEL",
             "Per link: 1ms, uniform:1ms..5ms, exponential:1ms+4ms, pareto:1ms*1.5..10s"},
            into.latency);
    to.word({"--world-seed", "S", "Of all randomness in the world"}, into.world_seed);
    to.word({"--schedule", "FILE", "A schedule to begin from"}, into.file);
    to.words({"--with", "LINE",
              "A line of a schedule, such as 'omit n1 -> n2 commit #1'; may be repeated"},
             into.lines);
    to.word({"--property", "NAME", "Check this property only"}, into.property);
}

subject subject_of(const session& in, const trial_options& given) {
    std::optional<std::string> file = given.file;
    if (names_file(in, given)) file = given.target;
    std::optional<stored_schedule> read;
    if (file) read = read_schedule(*file);
    const bool from_file_only = file && *file == given.target;
    const application& of = from_file_only ? application_of(in, *file, read->schedule)
                                           : *need(find_application(in, given.target));
    subject made{of, undisturbed(of), words_for(given, file)};
    if (read) {
        check_file(made.of, *file, read->schedule);
        made.base = read->schedule;
        if (made.base.steps.empty()) made.base.steps = made.of.workload;
        if (is_unaltered(given)) made.story = std::move(read->story);
    }
    for (const setting& each : settings_in(given)) apply(made.of, each, made.base.application);
    add_lines(given, made.base);
    normalise(made.of, made.base.application);
    need(check_schedule(made.of, made.base));
    need(check_nodes(made.of, made.base));
    if (given.property) made.of = need(focused(made.of, *given.property));
    return made;
}

void declare(declaration& to, worker_options& into, bool with_jobs) {
    using namespace std::chrono_literals;
    const long processors = ::sysconf(_SC_NPROCESSORS_ONLN);
    into.jobs = std::clamp<std::uint64_t>(
        processors > 0 ? static_cast<std::uint64_t>(processors) : 1, 1, jobs_most);
    if (with_jobs) {
        to.number({"--jobs", "J", "Worker processes, 1 to 256; changes no result"}, {1, jobs_most},
                  into.jobs);
    }
    to.duration({"--watchdog", "DURATION", "Real time that one trial may take (10s)"}, 1ms, 24h,
                into.watchdog);
}

isolation_options isolation_of(const worker_options& given) {
    isolation_options made;
    made.jobs = given.jobs;
    if (given.watchdog) {
        made.watchdog = std::chrono::ceil<std::chrono::milliseconds>(*given.watchdog);
    }
    return made;
}

void declare_corpus(declaration& to, std::string& into) {
    into = corpus_usual;
    to.word({"--corpus", "FILE", "The store of counterexamples (partita.db)"}, into);
}

}  // namespace partita::cli
