#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <client_histories.hpp>

namespace partita::test {

/// One micro-operation: of an append the element, of a read what it returned.
struct micro {
    bool append = false;
    std::string key;
    std::int64_t element = 0;
    std::vector<std::int64_t> list;
};
inline micro append(std::string key, std::int64_t element) {
    return {true, std::move(key), element, {}};
}
inline micro reads(std::string key, std::vector<std::int64_t> list) {
    return {false, std::move(key), 0, std::move(list)};
}

inline history_value to_value(const micro& of, bool answered) {
    const history_value key{of.key};
    if (of.append) return list({value("append"), key, value(of.element)});
    return list({value("r"), key, answered ? numbers(of.list) : nothing});
}
inline history_value to_value(const std::vector<micro>& micros, bool answered) {
    history_values values;
    for (const micro& each : micros) values.push_back(to_value(each, answered));
    return list(values);
}

class transaction_writer : public history_writer {
   public:
    transaction_writer& txn(std::int64_t process, const std::vector<micro>& micros,
                            response_kind outcome = response_kind::ok) {
        const bool ok = outcome == response_kind::ok;
        add(process, "txn", nothing, to_value(micros, false), ok ? to_value(micros, true) : nothing,
            outcome);
        return *this;
    }
};

/// A transaction as the oracles see it.
struct transaction_record {
    std::vector<micro> micros;
    response_kind outcome = response_kind::ok;
    std::int64_t process = 0;
    std::uint64_t invoked = 0;
    std::uint64_t responded = 0;
};

inline client_history to_history(std::vector<transaction_record> records) {
    std::sort(records.begin(), records.end(),
              [](const auto& a, const auto& b) { return a.invoked < b.invoked; });
    transaction_writer made;
    for (const transaction_record& each : records) {
        made.txn(each.process, each.micros, each.outcome).during(each.invoked, each.responded);
        if (each.outcome == response_kind::unknown) {
            made.during(each.invoked, client_operation::never);
        }
    }
    return made.done();
}

using store = std::map<std::string, std::vector<std::int64_t>>;

/// Plays a transaction on a store; false if a read of it returned something else.
inline bool play(const transaction_record& of, store& on) {
    for (const micro& each : of.micros) {
        std::vector<std::int64_t>& list = on[each.key];
        if (each.append) {
            list.push_back(each.element);
        } else if (of.outcome == response_kind::ok && list != each.list) {
            return false;
        }
    }
    return true;
}

/// Whether the first transaction must come before the second.
using precedence = std::function<bool(const transaction_record&, const transaction_record&)>;

inline bool no_order(const transaction_record&, const transaction_record&) { return false; }
inline bool in_sessions(const transaction_record& a, const transaction_record& b) {
    return a.process == b.process && a.invoked < b.invoked && a.outcome == response_kind::ok;
}
inline bool in_real_time(const transaction_record& a, const transaction_record& b) {
    return a.responded < b.invoked && a.outcome == response_kind::ok;
}

/// All choices of which unknown transactions happened; failed ones did not.
inline std::vector<std::vector<transaction_record>> happened(
    const std::vector<transaction_record>& all) {
    std::vector<std::vector<transaction_record>> choices{{}};
    for (const transaction_record& each : all) {
        if (each.outcome == response_kind::fail) continue;
        const std::size_t before = choices.size();
        for (std::size_t at = 0; at < before; ++at) {
            if (each.outcome == response_kind::unknown) choices.push_back(choices[at]);
            choices[at].push_back(each);
        }
    }
    return choices;
}

/// Whether one serial order that keeps the precedence explains all reads, by trying all.
inline bool serial_order_exists(const std::vector<transaction_record>& all,
                                const precedence& precedes) {
    const std::function<bool(std::vector<transaction_record>, const store&)> go =
        [&](std::vector<transaction_record> left, const store& now) {
            if (left.empty()) return true;
            for (std::size_t at = 0; at < left.size(); ++at) {
                const auto must_wait = [&](const auto& other) { return precedes(other, left[at]); };
                store after = now;
                if (std::any_of(left.begin(), left.end(), must_wait) || !play(left[at], after)) {
                    continue;
                }
                std::vector<transaction_record> rest = left;
                rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at));
                if (go(rest, after)) return true;
            }
            return false;
        };
    const auto choices = happened(all);
    return std::any_of(choices.begin(), choices.end(),
                       [&](const auto& choice) { return go(choice, {}); });
}

/// Whether one order of starts and commits makes all reads come from snapshots, with no two
/// concurrent transactions that append to one key.
class snapshot_oracle {
   public:
    snapshot_oracle(std::vector<transaction_record> all, precedence precedes)
        : all_(std::move(all)), precedes_(std::move(precedes)), state_(all_.size()) {}

    bool order_exists() { return go(0); }

   private:
    struct progress {
        bool started = false;
        bool committed = false;
        std::size_t start = 0;   ///< how many had committed
        std::size_t commit = 0;  ///< its number among commits
    };

    bool go(std::size_t commits) {
        if (commits == all_.size()) return true;
        for (std::size_t at = 0; at < all_.size(); ++at) {
            const progress before = state_[at];
            if (before.committed || (before.started ? !may_commit(at) : !may_start(at))) continue;
            const store saved = now_;
            if (!before.started) {
                state_[at].started = true;
                state_[at].start = commits;
            } else {
                state_[at].committed = true;
                state_[at].commit = commits;
                for (const micro& each : all_[at].micros) {
                    if (each.append) now_[each.key].push_back(each.element);
                }
            }
            if (go(commits + (before.started ? 1 : 0))) return true;
            state_[at] = before;
            now_ = saved;
        }
        return false;
    }
    bool may_start(std::size_t at) {
        for (std::size_t other = 0; other < all_.size(); ++other) {
            if (precedes_(all_[other], all_[at]) && !state_[other].committed) return false;
        }
        store snapshot = now_;
        return play(all_[at], snapshot);
    }
    bool may_commit(std::size_t at) {
        for (std::size_t other = 0; other < all_.size(); ++other) {
            const progress& its = state_[other];
            const bool since = its.committed && its.commit >= state_[at].start;
            if (since && share_append(all_[at], all_[other])) return false;
        }
        return true;
    }
    static bool share_append(const transaction_record& a, const transaction_record& b) {
        return std::any_of(a.micros.begin(), a.micros.end(), [&](const micro& one) {
            return std::any_of(b.micros.begin(), b.micros.end(), [&](const micro& two) {
                return one.append && two.append && one.key == two.key;
            });
        });
    }

    std::vector<transaction_record> all_;
    precedence precedes_;
    std::vector<progress> state_;
    store now_;
};

inline bool snapshot_order_exists(const std::vector<transaction_record>& all,
                                  const precedence& precedes) {
    const auto choices = happened(all);
    return std::any_of(choices.begin(), choices.end(), [&](const auto& choice) {
        return snapshot_oracle(choice, precedes).order_exists();
    });
}

/// Transactions whose reads return any prefixes of any orders; perhaps a last one that reads all.
struct chaos {
    std::size_t transactions = 3;
    bool reads_all_at_the_end = true;
    std::size_t unknown_percent = 0;
};
class chaotic_database {
   public:
    chaotic_database(dice& roll, const chaos& options) : roll_(roll), options_(options) {}

    std::vector<transaction_record> run() {
        for (std::size_t at = 0; at < options_.transactions; ++at) plan();
        for (auto& [key, order] : orders_) shuffle(order);
        for (transaction_record& each : records_) answer(each);
        if (options_.reads_all_at_the_end) read_all();
        return records_;
    }

   private:
    void plan() {
        transaction_record made;
        const std::uint64_t begin = 100 * roll_(30) + records_.size();
        made.invoked = begin + 10;
        made.responded = made.invoked + 100 * (1 + roll_(12));
        made.process = free_process(made);
        if (roll_.chance(options_.unknown_percent)) made.outcome = response_kind::unknown;
        for (const char* key : {"x", "y"}) {
            const std::size_t shape = roll_(6);  // none, none, r, append, r append, append r
            if (shape == 2 || shape == 4) made.micros.push_back(reads(key, {}));
            if (shape >= 3) {
                made.micros.push_back(append(key, ++elements_));
                orders_[key].push_back(elements_);
            }
            if (shape == 5) made.micros.push_back(reads(key, {}));
        }
        records_.push_back(made);
    }
    /// One of two processes, if it has nothing else to do then; else a new one.
    std::int64_t free_process(const transaction_record& made) {
        const auto wanted = static_cast<std::int64_t>(roll_(2));
        for (const transaction_record& other : records_) {
            const bool apart = other.responded < made.invoked || made.responded < other.invoked;
            if (other.process == wanted && !apart) {
                return 10 + static_cast<std::int64_t>(records_.size());
            }
        }
        return wanted;
    }
    void shuffle(std::vector<std::int64_t>& order) {
        for (std::size_t at = order.size(); at > 1; --at) {
            std::swap(order[at - 1], order[roll_(at)]);
        }
    }
    void answer(transaction_record& of) {
        std::set<std::string> appended;
        for (micro& each : of.micros) {
            if (each.append) {
                appended.insert(each.key);
                continue;
            }
            const std::vector<std::int64_t>& order = orders_[each.key];
            std::size_t own = order.size();
            for (const micro& other : of.micros) {
                if (!other.append || other.key != each.key) continue;
                own = static_cast<std::size_t>(
                    std::find(order.begin(), order.end(), other.element) - order.begin());
            }
            std::size_t length = appended.count(each.key) > 0 ? own + 1 : roll_(own + 1);
            if (roll_.chance(3)) length = roll_(order.size() + 1);
            each.list.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(length));
        }
    }
    void read_all() {
        transaction_record last;
        last.process = 99;
        last.invoked = 1'000'000;
        last.responded = 1'000'001;
        for (const auto& [key, order] : orders_) last.micros.push_back(reads(key, order));
        records_.push_back(last);
    }

    dice& roll_;
    chaos options_;
    std::vector<transaction_record> records_;
    std::map<std::string, std::vector<std::int64_t>> orders_;
    std::int64_t elements_ = 0;
};

}  // namespace partita::test
