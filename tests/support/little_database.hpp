#pragma once

#include <transaction_histories.hpp>

namespace partita::test {

/// How well a little_database keeps its transactions apart.
enum class care {
    strict,          ///< all of a transaction at once
    stale_reads,     ///< the same, but transactions that only read may read an old state
    snapshot,        ///< snapshots, first committer wins
    read_committed,  ///< write locks; reads see what was committed
    dirty_reads,     ///< write locks; reads see everything
    none,            ///< no locks
};

/// Clients whose transactions of list appends interleave, micro-operation by micro-operation.
class little_database {
   public:
    little_database(care kept, std::size_t seed) : care_(kept), roll_(seed) {}

    client_history run(std::size_t transactions) {
        clients_.resize(5);
        while (records_.size() < transactions) {
            const std::size_t at = roll_(clients_.size());
            if (!clients_[at].busy) {
                begin(clients_[at], static_cast<std::int64_t>(at));
            } else if (clients_[at].next < clients_[at].record.micros.size()) {
                step(clients_[at]);
            } else {
                end(clients_[at], !roll_.chance(5));
            }
        }
        for (client& each : clients_) {
            if (each.busy) hang(each);
        }
        return to_history(records_);
    }

   private:
    struct client {
        bool busy = false;
        bool doomed = false;
        std::size_t next = 0;
        transaction_record record;
        store view;  ///< of a snapshot
        store base;  ///< as it was when the snapshot was taken
    };

    void begin(client& of, std::int64_t process) {
        of = {};
        of.busy = true;
        of.record.process = process;
        of.record.invoked = ++clock_;
        if (care_ == care::snapshot) of.view = of.base = now_;
        if (care_ == care::stale_reads) of.view = old_.empty() ? now_ : old_[roll_(old_.size())];
        constexpr std::array<const char*, 4> keys{"a", "b", "c", "d"};
        const bool only_reads = roll_.chance(30);
        for (std::size_t micros = 1 + roll_(4); micros > 0; --micros) {
            std::string key = keys[roll_(keys.size())];
            key += std::to_string(elements_ / 100);  // lists stay short
            const bool reads_it = only_reads || roll_.chance(50);
            of.record.micros.push_back(reads_it ? reads(key, {}) : append(key, ++elements_));
        }
    }

    /// The history ends before the transaction does.
    void hang(client& of) {
        of.record.outcome = response_kind::unknown;
        records_.push_back(of.record);
    }

    void step(client& of) {
        micro& each = of.record.micros[of.next++];
        if (care_ == care::strict || care_ == care::stale_reads) return;  // all at the end
        store& on = care_ == care::snapshot ? of.view : now_;
        if (!each.append) {
            each.list = care_ == care::read_committed ? committed(of, each.key) : on[each.key];
            return;
        }
        const bool locks = care_ == care::read_committed || care_ == care::dirty_reads;
        if (locks && !lock(of, each.key)) return;
        on[each.key].push_back(each.element);
    }
    bool lock(client& of, const std::string& key) {
        const auto [holder, fresh] = locks_.try_emplace(key, of.record.process);
        if (holder->second != of.record.process) of.doomed = true;
        if (of.doomed) of.next = of.record.micros.size();
        return !of.doomed;
    }
    /// What is committed of a key, and what the client itself appended to it.
    std::vector<std::int64_t> committed(const client& of, const std::string& key) {
        const auto holder = locks_.find(key);
        if (holder == locks_.end() || holder->second == of.record.process) return now_[key];
        std::vector<std::int64_t> list = now_[key];
        const client& other = clients_[static_cast<std::size_t>(holder->second)];
        std::erase_if(list, [&](std::int64_t element) { return appended(other, element); });
        return list;
    }
    static bool appended(const client& by, std::int64_t element) {
        return std::any_of(by.record.micros.begin(), by.record.micros.end(),
                           [&](const micro& of) { return of.append && of.element == element; });
    }

    void end(client& of, bool commits) {
        if (care_ == care::strict || care_ == care::stale_reads) play_all(of, commits);
        commits = commits && !of.doomed;
        if (care_ == care::snapshot) commits = commits && first_to_commit(of);
        if (care_ == care::snapshot && commits) install(of);
        if (!commits && care_ != care::snapshot) undo(of);
        std::erase_if(locks_, [&](const auto& held) { return held.second == of.record.process; });
        of.record.outcome = commits ? response_kind::ok : response_kind::fail;
        of.record.responded = ++clock_;
        if (roll_.chance(3)) of.record.outcome = response_kind::unknown;
        records_.push_back(of.record);
        of.busy = false;
        if (care_ == care::stale_reads) old_.push_back(now_);
        if (old_.size() > 8) old_.erase(old_.begin());
    }
    void play_all(client& of, bool commits) {
        const bool only_reads = std::none_of(of.record.micros.begin(), of.record.micros.end(),
                                             [](const micro& each) { return each.append; });
        store& on = care_ == care::stale_reads && only_reads ? of.view : now_;
        for (micro& each : of.record.micros) {
            if (!each.append) each.list = on[each.key];
            if (each.append && commits) on[each.key].push_back(each.element);
            if (each.append && !commits) of.doomed = true;
        }
    }
    bool first_to_commit(const client& of) {
        return std::all_of(
            of.record.micros.begin(), of.record.micros.end(), [&](const micro& each) {
                const auto before = of.base.find(each.key);
                const std::size_t length = before == of.base.end() ? 0 : before->second.size();
                return !each.append || now_[each.key].size() == length;
            });
    }
    void install(const client& of) {
        for (const micro& each : of.record.micros) {
            if (each.append) now_[each.key].push_back(each.element);
        }
    }
    void undo(const client& of) {
        for (const micro& each : of.record.micros) {
            if (each.append) std::erase(now_[each.key], each.element);
        }
    }

    care care_;
    dice roll_;
    std::vector<client> clients_;
    std::vector<transaction_record> records_;
    store now_;
    std::vector<store> old_;
    std::map<std::string, std::int64_t> locks_;
    std::int64_t elements_ = 0;
    std::uint64_t clock_ = 0;
};

}  // namespace partita::test
