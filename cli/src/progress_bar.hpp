#pragma once

#include <chrono>
#include <string>

#include <partita/schedules/search.hpp>

#include "counting.hpp"

namespace partita::cli {

/// The state of a search on one line of standard error, when that is a terminal; drawn at most five
/// times a second and wiped off in the end.
class progress_bar {
   public:
    using clock = std::chrono::steady_clock;

    progress_bar();
    ~progress_bar();
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;

    void show(const progress&);
    [[nodiscard]] double seconds() const;

   private:
    bool visible_;
    clock::time_point begin_;
    clock::time_point drawn_;
    bool dirty_ = false;
};

/// `[##### ] 45,000 of 262,144 trials, 81,000/s, 3 s left, 12 failing`, at most so many columns.
[[nodiscard]] std::string progress_line(const progress&, double seconds, std::size_t columns_max);

}  // namespace partita::cli
