#pragma once

#include <optional>

#include "messages.hpp"
#include "options.hpp"

namespace partita::gossip {

/// What came of an item that arrived.
enum class arrival : std::uint8_t {
    known,     ///< what is here is as good; at most a certificate lives longer now
    news,      ///< it is here now
    awakened,  ///< it is obsolete, and the dormant certificate of that is active again
};

/// What one node holds, on its disk. Every change is on the disk when the function returns.
class database {
   public:
    database(gossip_options options, node_id self) : options_(std::move(options)), self_(self) {}

    void recover(const storage_port&);
    /// The value of a key, or the active certificate of its death.
    [[nodiscard]] std::optional<item> at(const std::string& key, time_point now) const;
    /// All that is told others: everything but dormant certificates.
    [[nodiscard]] items active(time_point now) const;
    [[nodiscard]] std::uint64_t digest(time_point now) const { return digest_of(active(now)); }
    /// Of their bytes: equal items have equal digests.
    [[nodiscard]] static std::uint64_t digest_of(const items&);

    /// An update that is later than all that is known of the key here.
    [[nodiscard]] timestamp stamp(const std::string& key, time_point now) const;
    arrival merge(storage_port&, const std::string& key, const item&, time_point now);
    /// Looks after certificates whose time is over: one that a keeper is not known to have is
    /// activated anew; else it is forgotten, unless this node is one of the keepers.
    void tend(storage_port&, time_point now, const std::vector<node_id>& behind);

   private:
    [[nodiscard]] bool is_active(const item&, time_point now) const;
    [[nodiscard]] bool later(const timestamp&, const timestamp&) const;
    /// Whether it is one of the two nodes that keep a certificate of that key dormant.
    [[nodiscard]] bool is_keeper(node_id, const std::string& key) const;
    void keep(storage_port&, const std::string& key, const item&);

    gossip_options options_;
    node_id self_;
    items held_;
};

/// Messages are items too, that nobody writes again.
inline constexpr std::string_view message_prefix = "message/";

}  // namespace partita::gossip
