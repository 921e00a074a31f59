#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "failure.hpp"

namespace partita::cli {
namespace {

constexpr std::size_t columns_usual = 160;
constexpr std::size_t columns_least = 40;

}  // namespace

void print(const std::string& text) { std::cout << text; }

void finish_output() {
    std::cout.flush();
    if (!std::cout) throw failure("standard output: cannot be written");
}

void complain(const std::string& line) { std::cerr << line << std::endl; }

bool colour_wanted(bool no_colour) {
    // https://no-color.org: any value but an empty one.
    const char* const asked = std::getenv("NO_COLOR");
    return !no_colour && (asked == nullptr || *asked == '\0') && ::isatty(STDOUT_FILENO) == 1;
}

std::size_t columns_of(int descriptor, std::size_t usual) {
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
    return std::max<std::size_t>(size.ws_col, columns_least);
}

table_options table_for_output(bool no_colour) {
    table_options options;
    options.columns_max = columns_of(STDOUT_FILENO, columns_usual);
    options.colour = colour_wanted(no_colour);
    return options;
}

bool errors_on_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace partita::cli
