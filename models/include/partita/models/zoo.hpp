#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <partita/faults/plan.hpp>
#include <partita/models/application.hpp>
#include <partita/schedules/schedule.hpp>

namespace partita {

/// A mistake made on purpose in a stock application, a line or two, that a search has to find.
struct planted_bug {
    std::string id;          ///< in the catalogue: `R2`; one idea may be in several applications
    std::string name;        ///< `vote-in-memory`, the value of the parameter `bug`
    std::string about;       ///< what is wrong, one line
    std::string provenance;  ///< the paper and section, or the project that had it
    /// The least schedule known that shows it, in text form. Its first line gives the parameters of
    /// the hunt as well: `app raft nodes=3 bug=vote-in-memory`.
    std::string schedule;
};

/// The bugs of one application. All of a family are hunted alike, so that no hunt knows its bug.
struct bug_family {
    partita::application application;
    fault_plan plan;
    /// Applications without a bug, as `raft nodes=3`, in which the same hunt must find nothing.
    std::vector<std::string> correct;
    std::vector<planted_bug> bugs;
};

/// Omissions, delays, reordering, duplication, partitions, crashes and pauses, as many as there may
/// be. A node that a deviation crashes comes back after that time; 0: never.
[[nodiscard]] fault_plan usual_faults(duration restart_after = {});

/// That schedule as a value. Throws std::invalid_argument when the text is none.
[[nodiscard]] partita::schedule least_schedule(const planted_bug&);

/// Steps and deviations: what a person has to read.
[[nodiscard]] std::size_t size_of(const partita::schedule&);

/// All families.
[[nodiscard]] const std::vector<bug_family>& zoo();

}  // namespace partita
