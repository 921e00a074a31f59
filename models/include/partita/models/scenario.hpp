#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <partita/models/run.hpp>
#include <partita/schedules/codec.hpp>
#include <partita/schedules/result.hpp>
#include <partita/schedules/schedule.hpp>

namespace partita {

/// One line of a scenario that says what to do.
struct scenario_directive {
    enum class kind { takes_step, deviates, shows_verdict };
    kind what = kind::takes_step;
    std::size_t index = 0;  ///< of the step or the deviation in the schedule
    std::size_t line = 0;   ///< in the file, from 1
};

/// Directives, and what they are expected to show.
struct scenario_block {
    std::vector<scenario_directive> directives;
    std::vector<std::string> expected;
    /// Where `----` stands, from 1; 0: nothing is expected of this block.
    std::size_t rule_line = 0;
};

/// A schedule told as a story, in blocks: lines of the text form, `----`, what they show, an empty
/// line. All blocks are one trial. `verdict`, at most once and behind all steps, shows how it ends;
/// a scenario that does not say it ends with `holds`.
///
///     # A minority cannot reach a quorum.
///     app kv
///     n1 write x 1
///     fault partition { n1 } { n2 n3 }
///     n1 read x
///     ----
///     n1 write x 1 : OK
///     fault partition { n1 } { n2 n3 }
///     n1 read x : TIMEOUT
struct scenario {
    std::string source;  ///< the name of the file, for messages
    std::string text;
    partita::schedule schedule;
    std::vector<scenario_block> blocks;

    /// Whether it says what it expects.
    [[nodiscard]] bool has_expectations() const;
};

/// Reads a scenario; a schedule as parse_schedule reads it is one, of one block. Errors name file,
/// line and column.
[[nodiscard]] result<scenario> parse_scenario(std::string_view text, std::string_view source,
                                              const parse_bounds& = {});

/// The lines of a scenario that are its schedule, all others empty, so that numbers of lines stay.
[[nodiscard]] std::string schedule_text(std::string_view text);

/// What each block shows of a trial of its schedule, line by line: a step or deviation as the
/// text form writes it; behind a command ` : ` and its response, or `NO RESPONSE`; behind a check
/// ` : OK` or what is wrong; behind a deviation ` : NOT MET` if so; and for what a trial that was
/// decided earlier did not come to, ` : NOT REACHED`.
[[nodiscard]] std::vector<std::vector<std::string>> shown(const scenario&, const outcome&);

/// Where a trial and the expectations part.
struct scenario_mismatch {
    std::size_t line = 0;  ///< of the file
    std::string message;   ///< expected and shown, one line each, with `-` and `+`
};
/// The first mismatch. Nothing is compared in a block without `----`.
[[nodiscard]] std::optional<scenario_mismatch> mismatch(const scenario&, const outcome&);

/// The text of the scenario with what a trial shows in place of its expectations. A block without
/// `----` gets one, and the last a `verdict` when the trial does not hold and none is there.
[[nodiscard]] std::string rewritten(const scenario&, const outcome&);

}  // namespace partita
