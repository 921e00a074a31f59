#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include <partita/runtime/ids.hpp>
#include <partita/runtime/message.hpp>
#include <partita/runtime/payload.hpp>
#include <partita/runtime/ports.hpp>

namespace partita {

// ---- what an overlay is told -------------------------------------------------------------------

/// The node runs; comes first, once.
struct overlay_started {};
/// This node is to join that one. Of the contact, `id` or `address` may be empty, not both.
struct join_asked {
    peer_spec contact;
};
/// That node, maybe this one, belongs no longer.
struct leave_asked {
    node_id who;
};
/// A connection to that node is up, asked for by either side.
struct peer_found {
    peer_spec peer;
    std::uint64_t incarnation = 0;
};
struct peer_lost {
    node_id peer;
};
/// The overlay of that node said something.
struct peer_said {
    node_id from;
    const message_type* type = nullptr;
    const payload* content = nullptr;
};
struct overlay_tick {};
using overlay_event = std::variant<overlay_started, join_asked, leave_asked, peer_found, peer_lost,
                                   peer_said, overlay_tick>;

// ---- what it wants done ------------------------------------------------------------------------

/// Something to say to the overlay of another node; each overlay has messages of its own.
struct overlay_message {
    node_id to;
    const message_type* type = nullptr;
    payload content;

    template <described T>
    [[nodiscard]] static overlay_message of(node_id to, const T& message) {
        overlay_message made{to, &message_type_of<T>, {}};
        encode(made.content, message);
        return made;
    }
};

/// To be done in this order.
struct overlay_actions {
    std::vector<overlay_message> messages;
    std::vector<peer_spec> connect;    ///< and keep connected
    std::vector<node_id> disconnect;   ///< and stop asking for it; refuses one that came in
    std::vector<node_id> joined;       ///< new among members()
    std::vector<node_id> left;         ///< gone from members()
    std::optional<duration> tick;      ///< once that time has passed; none: no tick is wanted
    bool understood = true;            ///< false: a message that does not decode, or is none of its
};

/// Who belongs, who connects to whom, and how a message is routed: chosen when a node starts, with
/// no change to the application. A state machine without ports: what goes out, and which
/// connections are to be, is what handle() returns. Owned by its node.
class overlay {
   public:
    virtual ~overlay() = default;
    /// Who belongs, in order of node_id, this node included. Good until the next handle().
    [[nodiscard]] virtual const std::vector<node_id>& members() const = 0;
    /// The neighbour a message for that node goes to next; nothing when there is no way.
    [[nodiscard]] virtual std::optional<node_id> next_hop(node_id destination) const = 0;
    /// The nodes to be connected to, in order; who else connects may be accepted besides.
    [[nodiscard]] virtual std::vector<node_id> neighbours() const = 0;
    [[nodiscard]] virtual overlay_actions handle(const overlay_event&) = 0;
    /// This node as others are to know it; all empty when nothing is told to others.
    [[nodiscard]] virtual peer_spec self() const { return {}; }
    /// Whether it has a protocol, and needs a membership actor to run it.
    [[nodiscard]] virtual bool dynamic() const { return true; }
};

/// Everybody knows everybody from the start: next_hop is the destination itself, and nothing is
/// ever said. What is joined or left later changes this node's own view only.
class full_mesh final : public overlay {
   public:
    using member_list = std::shared_ptr<const std::vector<node_id>>;

    /// Members need not be sorted; `self` is added when missing.
    full_mesh(node_id self, std::vector<node_id> members);
    /// Shares a sorted list that holds `self`, until this node's view departs from it: a thousand
    /// nodes need not keep a thousand copies.
    explicit full_mesh(member_list sorted) : members_(std::move(sorted)) {}
    [[nodiscard]] const std::vector<node_id>& members() const override { return *members_; }
    [[nodiscard]] std::optional<node_id> next_hop(node_id destination) const override;
    /// All members, this node included.
    [[nodiscard]] std::vector<node_id> neighbours() const override { return *members_; }
    [[nodiscard]] overlay_actions handle(const overlay_event&) override;
    [[nodiscard]] bool dynamic() const override { return false; }
    void join(node_id);
    void leave(node_id);

   private:
    member_list members_;
    mutable node_id last_;  // of the members; most messages go where the one before went
};

// ---- choosing one ------------------------------------------------------------------------------

/// | kind            | who is connected                                    | membership        |
/// |-----------------|-----------------------------------------------------|-------------------|
/// | `full_mesh`     | all with all                                        | gossiped          |
/// | `client_server` | servers with all, clients with all servers they     | gossiped          |
/// |                 | know; servers relay what clients say to each other  |                   |
/// | `static_links`  | who was joined with whom                            | own links, no more|
enum class overlay_kind : std::uint8_t { full_mesh, client_server, static_links };
enum class overlay_role : std::uint8_t { none, server, client };

/// An overlay as plain data.
struct overlay_options {
    overlay_kind kind = overlay_kind::full_mesh;
    overlay_role role = overlay_role::none;  ///< of client_server only; there none means client
    std::vector<peer_spec> contacts;         ///< joined at the start; a node's own is skipped
    duration exchange_every = std::chrono::seconds(10);
    bool operator==(const overlay_options&) const = default;
};

/// Kind and role: `full-mesh`, `client-server:server`, `client-server:client`, `static`.
[[nodiscard]] std::string to_text(const overlay_options&);
/// The options with that text, without contacts; or what was expected, as one line.
[[nodiscard]] tl::expected<overlay_options, std::string> parse_overlay(std::string_view text);

/// Makes the overlay of one life of a node.
using overlay_factory =
    std::function<std::unique_ptr<overlay>(const peer_spec& self, std::uint64_t incarnation)>;
/// `self.role` is set from the options. Requires: `incarnation` grows from life to life.
[[nodiscard]] std::unique_ptr<overlay> make_overlay(const overlay_options&, peer_spec self,
                                                    std::uint64_t incarnation);

/// Contacts: one whose name is known, and one of whom only `host:port` is.
[[nodiscard]] peer_spec contact_named(std::string_view name);
[[nodiscard]] peer_spec contact_at(std::string_view address);

}  // namespace partita
