#include "cluster_member.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace partita::cli {
namespace {

/// One thread of a process takes the signal, and only then do the others stop.
void await_stop(pid_t process) {
    for (int waited = 0; waited < 2'000; ++waited) {
        siginfo_t found{};
        const int status = ::waitid(P_PID, static_cast<id_t>(process), &found, WSTOPPED | WNOHANG);
        if (status != 0 || found.si_pid != 0) return;
        const timespec pause{0, 1'000'000};
        ::nanosleep(&pause, nullptr);
    }
}

}  // namespace

void cluster_member::begin() {
    address.clear();
    started = stalled_ = false;
    peers.clear();
    pending.reset();
    undone = 0;
    frames_.clear();
    log_ = std::make_unique<shared_log>();
    lives_.push_back(std::make_unique<trace>());
    const node_life life = make_(incarnation(), *log_);
    output_file_ = life.output_file;
    process_ =
        std::make_unique<worker>([&life](pipe_end& pipe, heartbeat&) { live_as_node(life, pipe); });
}

void cluster_member::tell(const std::vector<std::byte>& frame) const {
    // One that is gone is noticed by read().
    if (process_) (void)process_->pipe().write_all(frame);
}

void cluster_member::stall(bool stalled) {
    if (!process_) return;
    stalled_ = stalled;
    ::kill(process_->process(), stalled ? SIGSTOP : SIGCONT);
    if (stalled) await_stop(process_->process());
}

void cluster_member::kill() {
    if (!process_) return;
    (void)process_->kill_for("crash");
    while (process_->pipe().read_some(frames_.incoming()) == pipe_end::passage::some) {
    }
    forget_process();
}

std::optional<worker_end> cluster_member::read() {
    for (;;) {
        switch (process_->pipe().read_some(frames_.incoming())) {
            case pipe_end::passage::some:
                continue;
            case pipe_end::passage::none_now:
                return std::nullopt;
            case pipe_end::passage::closed:
                worker_end end = process_->collect();
                forget_process();
                return end;
        }
    }
}

void cluster_member::forget_process() {
    process_.reset();
    stalled_ = false;
    started = false;
    peers.clear();
    undone = 0;
}

const traced_event& cluster_member::take_event(frame_reader& from) {
    cli::take_event(from, *lives_.back());
    return lives_.back()->events().back();
}

std::string cluster_member::last_printed() const {
    constexpr std::size_t bytes_max = 600;
    std::ifstream in(output_file_, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.size() > bytes_max) text.erase(0, text.size() - bytes_max);
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

}  // namespace partita::cli
