#pragma once

#include <map>
#include <optional>
#include <string>

#include "messages.hpp"

namespace partita::crdt {

/// All updates of a trial, and which of them saw which.
using update_history = std::map<update_id, update_made>;

/// The values that an object may have where exactly these updates are known, as its type is
/// specified: from the updates and which saw which, and nothing of replicas, clocks or tags
/// (Burckhardt, Gotsman, Yang, Zawirski, POPL 2014, section 2). The register may have that of any
/// write that no other of them saw. What nobody made is left out.
[[nodiscard]] std::set<std::string> values_of(object_type, const update_history&,
                                              const update_ids& known);

}  // namespace partita::crdt
