#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include <partita/models/application.hpp>

namespace partita::replication {

/// The three shapes, as in Partisan's protocols/alsberg_day*.erl.
enum class variant { plain, acked, membership };

/// A mistake made on purpose; see bugs.cpp for what each is.
enum class bug {
    none,
    early_commit,
    arrival_order,
    retry_overwrites,
    one_retry,
    never_forgotten,
    no_recheck,
    split_brain,
    no_transfer,
    acks_alone,
    duplicate_acks,
    unconfirmed_read,
    double_apply,
};

struct replica_options {
    replication::variant variant = variant::acked;
    bug planted = bug::none;

    [[nodiscard]] bool changes_views() const { return variant == variant::membership; }
    [[nodiscard]] bool retries() const { return variant != variant::plain; }
};

inline constexpr std::string_view replica_name = "primary-backup";
inline constexpr std::string_view not_found = "NOT FOUND";
inline constexpr std::chrono::seconds client_time{4};
inline constexpr std::chrono::seconds retry_time{1};

[[nodiscard]] replica_options options_of(const settings&);
/// `variant` and `bug`.
[[nodiscard]] std::vector<parameter> replica_parameters();

}  // namespace partita::replication
