#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/runtime/context_access.hpp>
#include <partita/runtime/node.hpp>

namespace partita::detail {

/// What few actors need of their node: links, trapped exits, and requests that wait for an answer.
/// Each end of a link keeps it; whoever hears that the other is gone forgets it.
class node_links {
   public:
    explicit node_links(node& home) : home_(home) {}

    void link(actor_cell&, actor_id other, const send_options&);
    void unlink(actor_id self, actor_id other);
    void trap(actor_id, bool);
    /// Exceptions of actors linked with this one, or that it is starting, are nothing to report.
    void tolerate(actor_id who) { tolerant_.insert(who); }
    [[nodiscard]] actor_id exchange_starting(actor_id who) { return std::exchange(starting_, who); }
    [[nodiscard]] bool tolerated(actor_id) const;

    /// The messages of links; true: it was one.
    [[nodiscard]] bool take(const envelope&);
    /// Tells those linked with it.
    void ended(const actor_cell&, std::string_view reason);
    void node_lost(node_id);

    request_id ask(actor_id self, actor_id to, envelope_ptr&&, duration timeout,
                   const request_options&);
    /// A reply to a request, its failure or its timeout; false: nobody waits for it any more.
    [[nodiscard]] bool settle(envelope&);
    void fail(std::uint64_t correlation, call_error);

   private:
    struct end {
        actor_id other;
        actor_id self;  ///< my address as the other knows it
        bool reliable = false;
    };
    struct question {
        actor_id asker;
        actor_id asked;
        timer_id timer;
        bool monitored = false;
    };

    bool forget(actor_id self, actor_id other);
    void signal(actor_cell&, actor_id from, std::string_view reason, bool asked);

    node& home_;
    std::map<actor_id, std::vector<end>> links_;  // by the actor here
    std::set<actor_id> trapping_;
    std::set<actor_id> tolerant_;
    actor_id starting_;                            // who is starting others
    std::map<std::uint64_t, question> questions_;  // by correlation
};

/// Correlations of requests bear it, those of calls do not.
inline constexpr std::uint64_t request_bit = 1ULL << 63;

/// Whether node_links::take takes messages of this type; and a bit, from the hash, of each that it
/// does.
[[nodiscard]] bool is_link_message(const message_type&);
extern const std::uint64_t link_message_bits;

}  // namespace partita::detail
