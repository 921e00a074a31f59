#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the suites share: Google Benchmark's console or JSON, and after the console a table that
/// holds what was measured against the bars.
namespace partita::bench {

/// What a run measured: medians over its repetitions, by name of benchmark ("handlers/pairs:64")
/// and of counter ("items_per_second").
class measurements {
   public:
    void add(const std::string& benchmark, const std::string& counter, double value) {
        values_[benchmark][counter].push_back(value);
    }
    [[nodiscard]] std::optional<double> median(
        const std::string& benchmark, const std::string& counter = "items_per_second") const {
        const auto row = values_.find(benchmark);
        if (row == values_.end() || !row->second.contains(counter)) return std::nullopt;
        std::vector<double> sorted = row->second.at(counter);
        std::sort(sorted.begin(), sorted.end());
        return sorted[sorted.size() / 2];
    }
    /// one / other, when both were measured.
    [[nodiscard]] std::optional<double> ratio(const std::string& one,
                                              const std::string& other) const {
        const auto above = median(one);
        const auto below = median(other);
        if (!above || !below || *below == 0) return std::nullopt;
        return *above / *below;
    }

   private:
    std::map<std::string, std::map<std::string, std::vector<double>>> values_;
};

/// One line of the table; nothing when what it needs was filtered out.
struct bar {
    std::string what;
    std::optional<double> measured;
    double required = 0;
    bool at_most = false;  ///< the measured value may not be above
    const char* unit = "";
};

inline void print_bars(const std::vector<bar>& bars) {
    std::printf("\n%-66s %12s %12s\n", "bar", "measured", "required");
    for (const bar& each : bars) {
        if (!each.measured) continue;
        const bool met =
            each.at_most ? *each.measured <= each.required : *each.measured >= each.required;
        std::printf("%-66s %12.2f %s%11.2f %-6s %s\n", each.what.c_str(), *each.measured,
                    each.at_most ? "<" : ">", each.required, each.unit, met ? "met" : "NOT MET");
    }
}

namespace detail {

class collecting_reporter : public benchmark::ConsoleReporter {
   public:
    explicit collecting_reporter(measurements& into) : into_(into) {}
    void ReportRuns(const std::vector<Run>& runs) override {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& each : runs) {
            if (each.run_type != Run::RT_Iteration || each.error_occurred) continue;
            for (const auto& [name, counter] : each.counters) {
                into_.add(name_of(each), name, counter.value);
            }
        }
    }

   private:
    /// Without "iterations:1" and the like, which say how it was measured.
    static std::string name_of(const Run& run) {
        return run.run_name.function_name + (run.run_name.args.empty() ? "" : "/") +
               run.run_name.args;
    }
    measurements& into_;
};

inline bool wants_console(int count, char** words) {
    return std::none_of(words, words + count, [](std::string_view word) {
        return word.starts_with("--benchmark_format=") && word != "--benchmark_format=console";
    });
}

}  // namespace detail

/// The main function of a suite.
inline int run_suite(int count, char** words,
                     const std::function<std::vector<bar>(measurements&)>& bars_of) {
    const bool console = detail::wants_console(count, words);
    benchmark::Initialize(&count, words);
    if (benchmark::ReportUnrecognizedArguments(count, words)) return 2;
    if (!console) {
        benchmark::RunSpecifiedBenchmarks();
        return 0;
    }
    measurements seen;
    detail::collecting_reporter reporter(seen);
    benchmark::RunSpecifiedBenchmarks(&reporter);
    print_bars(bars_of(seen));
    return 0;
}

}  // namespace partita::bench
