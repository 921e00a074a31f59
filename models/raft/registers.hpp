#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "log.hpp"

namespace partita::raft {

/// What a read gives of a register that was never written.
inline constexpr std::string_view not_found = "NOT FOUND";

/// The replicated state machine: registers by key, and which clients have been served. Sessions are
/// never forgotten: a trial is short.
class registers {
   public:
    /// Does what is wanted, unless it was done for that client already.
    void apply(const request& wanted, bool sessions);
    [[nodiscard]] std::string value_of(const std::string& key) const;

   private:
    std::map<std::string, std::string> values_;
    std::set<actor_id> done_;
};

}  // namespace partita::raft
