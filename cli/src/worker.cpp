#include "worker.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <iostream>
#include <new>
#include <system_error>
#include <utility>

namespace partita::cli {
namespace {

/// How long a process may go on once it has closed its pipe.
constexpr int farewell_ms = 1'000;

heartbeat* map_heartbeat() {
    void* const page =
        mmap(nullptr, sizeof(heartbeat), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot share memory with a worker process");
    }
    return new (page) heartbeat;
}

void reset_signals() {
    for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
    // Output into a closed pipe is no failure of the application.
    signal(SIGPIPE, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

void redirect_output() {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0) return;
    dup2(nothing, STDIN_FILENO);
    if (nothing > STDERR_FILENO) close(nothing);
}

void dump_no_core() {
    rlimit limit{};
    getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &limit);
    // A core_pattern that is a program gets a core whatever the limit, unless the process forbids
    // it.
    prctl(PR_SET_DUMPABLE, 0);
}

/// An exit() of the application must not run what the parent registered with atexit(), nor the
/// destructors of the parent's globals. Registered last, this runs first.
void leave_at_once(int status, void*) {
    std::fflush(nullptr);
    _exit(status);
}

[[noreturn]] void live(const worker::life& life, pipe_end pipe, heartbeat& pulse, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);  // it died before we asked
    reset_signals();
    dump_no_core();
    close_ends_of_parent();
    redirect_output();
    on_exit(&leave_at_once, nullptr);
    try {
        life(pipe, pulse);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "partita: a worker process failed: %s\n", error.what());
        _exit(EXIT_FAILURE);
    }
    _exit(0);
}

bool sent_from_outside(int number) {
    return number == SIGKILL || number == SIGTERM || number == SIGINT || number == SIGHUP ||
           number == SIGQUIT;
}

std::string signal_text(int number) {
    const char* const name = sigabbrev_np(number);
    return name == nullptr ? "signal " + std::to_string(number) : std::string("signal SIG") + name;
}

worker_end end_of(int status) {
    if (WIFSIGNALED(status)) {
        return {signal_text(WTERMSIG(status)), sent_from_outside(WTERMSIG(status))};
    }
    return {"exit " + std::to_string(WEXITSTATUS(status)), false};
}

pid_t wait_on(pid_t process, int& status, int flags) {
    pid_t found = -1;
    do {
        found = waitpid(process, &status, flags);
    } while (found < 0 && errno == EINTR);
    return found;
}

}  // namespace

worker::worker(const life& whole_life) {
    pipe_pair ends = make_pipe();
    pulse_ = map_heartbeat();
    // What waits in our buffers would be written twice.
    std::cout.flush();
    std::fflush(nullptr);
    const pid_t parent = getpid();
    process_ = fork();
    if (process_ == 0) live(whole_life, std::move(ends.workers), *pulse_, parent);
    if (process_ < 0) {
        const int why = errno;
        munmap(pulse_, sizeof(heartbeat));
        throw std::system_error(why, std::generic_category(), "cannot start a worker process");
    }
    pipe_ = std::move(ends.ours);
    expect();
}

worker::~worker() {
    if (process_ > 0) {
        kill(process_, SIGKILL);
        (void)wait_for_status();
    }
    munmap(pulse_, sizeof(heartbeat));
}

int worker::wait_for_status() {
    int status = 0;
    // Nothing to wait for: somebody ignores SIGCHLD, and the status is lost.
    if (wait_on(process_, status, 0) < 0) status = 0;
    process_ = -1;
    return status;
}

void worker::expect() {
    seen_at_ = std::chrono::steady_clock::now();
    stalled_ = std::chrono::steady_clock::duration{0};
}

bool worker::overdue(std::chrono::milliseconds watchdog) {
    const auto now = std::chrono::steady_clock::now();
    // Whatever keeps us from looking (a stopped job, a suspended machine) must not count in full.
    const auto longest = 2 * std::chrono::milliseconds(slice_ms(watchdog));
    const auto passed = std::min<std::chrono::steady_clock::duration>(now - seen_at_, longest);
    seen_at_ = now;
    const std::uint64_t beats = pulse_->beats.load(std::memory_order_acquire);
    stalled_ = beats == beats_seen_ ? stalled_ + passed : std::chrono::steady_clock::duration{0};
    beats_seen_ = beats;
    return stalled_ >= watchdog;
}

int worker::slice_ms(std::chrono::milliseconds watchdog) {
    return static_cast<int>(std::clamp<std::int64_t>(watchdog.count() / 8, 1, 250));
}

worker_end worker::kill_for(const std::string& kind) {
    kill(process_, SIGKILL);
    const int status = wait_for_status();
    const bool by_us = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return by_us ? worker_end{kind, false} : end_of(status);
}

worker_end worker::collect() {
    // A process closes its descriptors a little before it can be collected.
    for (int waited = 0; waited < farewell_ms; ++waited) {
        int status = 0;
        const pid_t found = wait_on(process_, status, WNOHANG);
        if (found != 0) {
            process_ = -1;
            return end_of(found < 0 ? 0 : status);
        }
        const timespec pause{0, 1'000'000};
        nanosleep(&pause, nullptr);
    }
    return kill_for("connection closed");
}

}  // namespace partita::cli
