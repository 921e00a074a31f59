#pragma once

#include "declaration.hpp"
#include "session.hpp"

/// The sub-commands, one a file (command_NAME.cpp). Each adds itself to the program and, when
/// chosen, leaves in the session what is to be done.
namespace partita::cli {

void add_list(declaration&, session&);
void add_run(declaration&, session&);
void add_explore(declaration&, session&);
void add_exhaust(declaration&, session&);
void add_replay(declaration&, session&);
void add_shrink(declaration&, session&);
void add_corpus(declaration&, session&);
void add_regress(declaration&, session&);
void add_trace(declaration&, session&);
void add_check(declaration&, session&);
void add_zoo(declaration&, session&);
void add_node(declaration&, session&);
void add_cluster(declaration&, session&);
void add_completion(declaration&, session&);

}  // namespace partita::cli
