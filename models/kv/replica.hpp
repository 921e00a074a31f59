#pragma once

#include <set>
#include <string>
#include <vector>

#include "holdings.hpp"
#include "messages.hpp"
#include "node_view.hpp"

namespace partita::kv {

/// What a node holds for the ring, all its virtual nodes in one actor: answers the coordinators,
/// keeps hints for absent owners and hands them over, moves keys when the ring changes, and after
/// each change compares its holdings with those of the other owners until they have answered. What
/// it acknowledged is on disk, with storage=durable.
class replica {
   public:
    using accepts = messages<get_object, put_object, repair_object, hand_over, handed_over,
                             compare_holdings, holdings_compared, admit_node, retire_node,
                             ring_changed, pay_debts, compare_again, damage>;

    replica(shared_view view, roster first) : view_(std::move(view)), first_(std::move(first)) {}

    void on_start(context&);

    // Of the coordinators.
    void on_message(context&, const get_object&);
    void on_message(context&, const put_object&);
    void on_message(context&, const repair_object&);

    // Of the other replicas.
    void on_message(context&, const hand_over&);
    void on_message(context&, const handed_over&);
    void on_message(context&, const compare_holdings&);
    void on_message(context&, const holdings_compared&);
    void on_message(context&, const pay_debts&);
    void on_message(context&, const compare_again&);

    // Of the ring.
    void on_message(context&, const admit_node&);
    void on_message(context&, const retire_node&);
    void on_message(context&, const ring_changed&);

    void on_message(context&, const damage&);

   private:
    using digests = std::map<std::string, std::uint64_t>;
    [[nodiscard]] bool has(bug which) const { return view_->options.planted == which; }
    [[nodiscard]] bool owns(node_id, std::string_view key) const;
    [[nodiscard]] object content_of(std::string_view key) const;
    [[nodiscard]] object sound(const object&, std::string_view key) const;
    [[nodiscard]] object with(const std::string& key, const object& arrived) const;
    [[nodiscard]] digests shared_with(node_id peer, node_id self) const;
    void sync(context&);
    void keep(context&, const std::string& key, const object&, node_id from);
    void tell(context&, const std::string& key);
    void record_debt(context&, node_id to, const std::string& key, const object&);
    void owe(context&, node_id to, const std::string& key);
    void move_away(context&, const std::string& key);
    void forget_if_moved(context&, const std::string& key);
    void adopt(context&, const roster&);
    void answer_waiting(context&);
    void compare_with(context&, node_id peer);
    void arm_payment(context&);
    void arm_comparison(context&);

    shared_view view_;
    roster first_;  // the ring of a node that has no other on disk
    holdings held_;
    std::set<node_id> to_compare_;  // who has not answered since something changed here
    std::vector<caller> waiting_;   // for all debts to be paid
    duration payment_delay_{};
    duration comparison_delay_{};
    bool payment_armed_ = false;
    bool comparison_armed_ = false;
};

}  // namespace partita::kv
