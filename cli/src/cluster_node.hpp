#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <partita/faults/nemesis.hpp>
#include <partita/models/application.hpp>

#include "isolation_trace.hpp"
#include "pipe.hpp"

namespace partita::cli {

/// One life of one node of a cluster, in a process of its own.
struct node_life {
    const application& of;
    const partita::settings& settings;
    const std::vector<node_id>& nodes;  ///< all
    const std::vector<site_decision>& decisions;
    node_id id;
    std::uint64_t incarnation = 1;
    std::string storage_directory;
    std::string output_file;  ///< what the application prints
    shared_log& log;
};

/// Runs until it is told to end, or the program is gone.
void live_as_node(const node_life&, pipe_end&);

}  // namespace partita::cli
