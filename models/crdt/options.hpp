#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <partita/models/application.hpp>

namespace partita::crdt {

enum class object_type : std::uint8_t { g_counter, pn_counter, g_set, or_set, lww_register };
enum class transport_kind : std::uint8_t { state, op };

/// See bugs.cpp.
enum class bug : std::uint8_t {
    none,
    applied_twice,
    merge_by_sum,
    remove_all_tags,
    no_causal_order,
    local_clock,
    no_tie_break,
    one_map,
    dots_forgotten,
};

/// The parameters of an object, read once when a node starts.
struct object_options {
    object_type type = object_type::or_set;
    transport_kind transport = transport_kind::state;
    bug planted = bug::none;

    [[nodiscard]] bool has(bug which) const { return planted == which; }
};
[[nodiscard]] object_options options_of(const settings&);
[[nodiscard]] std::vector<parameter> object_parameters();

}  // namespace partita::crdt
