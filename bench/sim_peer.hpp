#pragma once

#include <unistd.h>

#include <climits>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>

#include "report.hpp"

namespace partita::bench {

/// The path of another program of this build, next to this one.
inline std::string beside_this_program(const std::string& name) {
    char path[PATH_MAX];
    const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
    if (size <= 0) return name;
    const std::string self(path, static_cast<std::size_t>(size));
    return self.substr(0, self.rfind('/') + 1) + name;
}

/// Runs the peer, if it was built, and adds its rates under its own names. As a program of its own,
/// since SimGrid's engine is one a process and takes over contexts and signals.
inline void add_peer(measurements& to) {
    const std::string program = beside_this_program("sim_peer_simgrid");
    if (access(program.c_str(), X_OK) != 0) return;
    std::fflush(nullptr);
    const std::string command = "'" + program + "' --benchmark_format=csv 2>/dev/null </dev/null";
    const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), pclose);
    if (!output) return;
    char line[512];
    while (std::fgets(line, sizeof line, output.get()) != nullptr) {
        // name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,...
        std::istringstream fields(line);
        std::string field;
        std::string name;
        for (int column = 0; std::getline(fields, field, ','); ++column) {
            if (column == 0) name = field.substr(1, field.find_last_not_of('"'));
            if (column == 6 && !field.empty() && name.starts_with("constant")) {
                const std::string without = name.substr(0, name.find("/iterations:"));
                to.add(without.substr(0, without.find("/manual_time")), "items_per_second",
                       std::stod(field));
                std::printf("SimGrid %-40s %14.0f messages/s\n", name.c_str(), std::stod(field));
            }
        }
    }
}

}  // namespace partita::bench
