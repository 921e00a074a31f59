#pragma once

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <partita/sim/world.hpp>

#include "ping_pong.hpp"

namespace partita::bench {

/// Actors of one world, spread evenly over nodes, all waiting for a message.
struct actor_population {
    std::size_t actors = 0;
    std::size_t nodes = 1;
    bool fibers = false;
};

struct actor_memory {
    double bytes_per_actor = 0;
    double peak_mib = 0;
    double start_s = 0;
    double teardown_s = 0;
};

namespace detail {

/// A line of /proc/self/status in KiB.
inline double status_kib(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        double value = 0;
        if (word == name && status >> value) return value;
    }
    return 0;
}

inline double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct listener {
    using accepts = messages<ping>;
    void on_message(context&, const ping&) {}
};

inline void populate(world& in, const actor_population& wanted) {
    std::vector<node_id> nodes;
    for (std::size_t number = 1; number <= wanted.nodes; ++number) {
        nodes.emplace_back(std::string("n").append(std::to_string(number)));
    }
    in.start(nodes, [&](node& here) {
        for (std::size_t actor = 0; actor < wanted.actors / wanted.nodes; ++actor) {
            if (wanted.fibers) {
                here.spawn_fiber("", [](fiber_context& self) { (void)self.receive<ping>(); });
            } else {
                here.spawn<listener>("");
            }
        }
    });
}

inline actor_memory measure(const actor_population& wanted) {
    actor_memory used;
    malloc_trim(0);  // what the benchmarks before this one left behind
    const double before = status_kib("VmRSS:");
    auto space = std::make_unique<workspace>();
    world_options options;
    options.detail = trace_detail::notes;
    auto start = std::chrono::steady_clock::now();
    auto in = std::make_unique<world>(options, *space);
    populate(*in, wanted);
    used.start_s = seconds_since(start);
    used.bytes_per_actor =
        (status_kib("VmRSS:") - before) * 1024 / static_cast<double>(wanted.actors);
    start = std::chrono::steady_clock::now();
    in.reset();
    used.teardown_s = seconds_since(start);
    used.peak_mib = status_kib("VmHWM:") / 1024;
    return used;
}

}  // namespace detail

/// Measured in a process of its own, so that its memory is nobody else's. Nothing when that process
/// died.
inline std::optional<actor_memory> memory_of(const actor_population& wanted) {
    int ends[2];
    if (pipe(ends) != 0) return std::nullopt;
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) return std::nullopt;
    if (child == 0) {
        const actor_memory used = detail::measure(wanted);
        const bool told = write(ends[1], &used, sizeof used) == sizeof used;
        _exit(told ? 0 : 1);
    }
    close(ends[1]);
    actor_memory used;
    const bool read_all = read(ends[0], &used, sizeof used) == sizeof used;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (!read_all || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
    return used;
}

}  // namespace partita::bench
