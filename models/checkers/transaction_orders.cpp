#include "transaction_orders.hpp"

#include <algorithm>

namespace partita::detail {

namespace {

class order_finder {
   public:
    order_finder(transaction_view& view, step_meter& meter)
        : view_(view), meter_(meter), longest_(view.keys.size(), nullptr) {}

    version_orders run() {
        for (const transaction_read& read : view_.reads) {
            const transaction_read*& longest = longest_[read.key];
            if (!longest || longest->list->size() < read.list->size()) longest = &read;
        }
        found_.by_key.resize(view_.keys.size());
        found_.unusable.resize(view_.keys.size(), false);
        for (std::uint32_t key = 0; key < longest_.size(); ++key) {
            if (longest_[key]) found_.by_key[key] = order_of(*longest_[key]);
        }
        for (transaction_read& read : view_.reads) compare(read);
        return std::move(found_);
    }

   private:
    std::vector<std::uint32_t> order_of(const transaction_read& read) {
        std::vector<std::uint32_t> order;
        meter_.spend(read.list->size());
        const bool usable = known_elements(read);
        found_.unusable[read.key] = !usable;
        for (const history_value& element : *read.list) {
            const auto append = view_.append_of.find({read.key, element});
            if (append == view_.append_of.end()) continue;
            const std::uint32_t writer = view_.appends[append->second].transaction;
            if (view_.outcome(writer) == response_kind::unknown) view_.committed[writer] = true;
            if (!usable) continue;
            view_.appends[append->second].position = static_cast<std::uint32_t>(order.size());
            order.push_back(append->second);
        }
        return order;
    }

    /// Each element was appended, and is there once.
    bool known_elements(const transaction_read& read) {
        std::vector<std::uint32_t> seen;
        for (const history_value& element : *read.list) {
            const auto append = view_.append_of.find({read.key, element});
            if (append == view_.append_of.end()) {
                report(read, "element never appended",
                       " observed " + to_text(element) + " in " + key_text(read) +
                           ", which nobody appended");
                return false;
            }
            seen.push_back(append->second);
        }
        std::sort(seen.begin(), seen.end());
        const auto twice = std::adjacent_find(seen.begin(), seen.end());
        if (twice == seen.end()) return true;
        report(read, "duplicate elements",
               " observed " + to_text(*view_.appends[*twice].value) + " more than once in " +
                   key_text(read));
        return false;
    }

    void compare(transaction_read& read) {
        const transaction_read& longest = *longest_[read.key];
        meter_.spend(1 + read.list->size() / 16);
        if (std::equal(read.list->begin(), read.list->end(), longest.list->begin())) return;
        read.compatible = false;
        found_.unusable[read.key] = true;
        if (!known_elements(read)) return;
        quotation quote(*view_.history);
        report_once(found_.findings,
                    {"incompatible orders",
                     quote(read.transaction) + " and " + quote(longest.transaction) +
                         " observed lists of " + key_text(read) +
                         " of which neither is the beginning of the other",
                     {read.transaction, longest.transaction}});
    }

    void report(const transaction_read& read, std::string kind, const std::string& what) {
        quotation quote(*view_.history);
        report_once(found_.findings,
                    {std::move(kind), quote(read.transaction) + what, {read.transaction}});
    }
    [[nodiscard]] std::string key_text(const transaction_read& read) const {
        return to_text(view_.keys[read.key]);
    }

    transaction_view& view_;
    step_meter& meter_;
    std::vector<const transaction_read*> longest_;
    version_orders found_;
};

}  // namespace

version_orders find_orders(transaction_view& view, step_meter& meter) {
    return order_finder(view, meter).run();
}

std::string to_key(const transaction_view& view, const transaction_append& append) {
    return to_text(*append.value) + " to " + to_text(view.keys[append.key]);
}

void report_once(std::vector<transaction_anomaly>& findings, transaction_anomaly finding) {
    const bool known = std::any_of(findings.begin(), findings.end(),
                                   [&](const auto& each) { return each.kind == finding.kind; });
    if (!known) findings.push_back(std::move(finding));
}

}  // namespace partita::detail
