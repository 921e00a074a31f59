#include "progress_bar.hpp"

#include <unistd.h>
#include <algorithm>
#include <iostream>

#include "terminal.hpp"

namespace partita::cli {
namespace {

constexpr std::chrono::milliseconds refresh{200};
constexpr std::size_t bar_width = 24;

std::string bar(const progress& at) {
    const double part = static_cast<double>(at.trials) /
                        static_cast<double>(std::max<std::uint64_t>(*at.trials_total, 1));
    const auto filled = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * bar_width);
    return "[" + std::string(filled, '#') + std::string(bar_width - filled, ' ') + "] ";
}

}  // namespace

std::string progress_line(const progress& at, double seconds, std::size_t columns_max) {
    const double rate = seconds > 0 ? static_cast<double>(at.trials) / seconds : 0;
    std::string line = at.trials_total ? bar(at) : "";
    line += grouped(at.trials);
    if (at.trials_total) line += " of " + grouped(*at.trials_total);
    line += " trials, " + grouped(static_cast<std::uint64_t>(rate)) + "/s";
    if (at.trials_total && rate > 0 && *at.trials_total >= at.trials) {
        const auto left = static_cast<double>(*at.trials_total - at.trials) / rate;
        line += ", " + grouped(static_cast<std::uint64_t>(left + 0.5)) + " s left";
    }
    line += ", " + grouped(at.failing) + " failing";
    line.resize(std::min(line.size(), columns_max));
    return line;
}

progress_bar::progress_bar()
    : visible_(errors_on_terminal()), begin_(clock::now()), drawn_(begin_) {}

progress_bar::~progress_bar() {
    if (dirty_) std::cerr << "\r\x1b[K" << std::flush;
}

void progress_bar::show(const progress& at) {
    if (!visible_ || clock::now() - drawn_ < refresh) return;
    drawn_ = clock::now();
    dirty_ = true;
    std::cerr << '\r' << progress_line(at, seconds(), columns_of(STDERR_FILENO, 80) - 1) << "\x1b[K"
              << std::flush;
}

double progress_bar::seconds() const {
    return std::chrono::duration<double>(clock::now() - begin_).count();
}

}  // namespace partita::cli
