#include "cluster_signals.hpp"

#include <unistd.h>

namespace partita::cli {
namespace {

volatile sig_atomic_t last_signal = 0;
constexpr int taken[2] = {SIGINT, SIGTERM};

void take_down(int number) { last_signal = number; }

}  // namespace

interruptions::interruptions() {
    last_signal = 0;
    struct sigaction action {};
    action.sa_handler = &take_down;  // and no SA_RESTART: whoever waits is to notice
    sigemptyset(&action.sa_mask);
    for (int at = 0; at < 2; ++at) sigaction(taken[at], &action, &before_[at]);
}

interruptions::~interruptions() {
    for (int at = 0; at < 2; ++at) sigaction(taken[at], &before_[at], nullptr);
}

int interruptions::came() { return last_signal; }

void interruptions::obey() {
    const int number = last_signal;
    ::signal(number, SIG_DFL);
    ::raise(number);
    ::_exit(128 + number);
}

}  // namespace partita::cli
