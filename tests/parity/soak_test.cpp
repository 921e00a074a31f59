#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>

#include <partita/runtime/random_source.hpp>

#include <causal_letters.hpp>
#include <parity_stage.hpp>
#include <tcp_proxy.hpp>

#include "program.hpp"

// Four nodes that talk while their connections are reset, they are cut off from each other, and
// they stop and come back: order and delivery hold, and nothing grows. `tools/soak SECONDS` runs it
// for longer.

namespace partita::parity {
namespace {

using namespace std::chrono_literals;
using test::tick;

constexpr int nodes = 4;

struct plain_number {
    std::uint64_t life = 0;
    std::uint64_t value = 0;
};
PARTITA_MESSAGE(plain_number, life, value)
struct sure_number {
    std::uint64_t life = 0;
    std::uint64_t value = 0;
};
PARTITA_MESSAGE(sure_number, life, value)

/// What is wrong, from any thread.
class complaints {
   public:
    void add(const std::string& what) {
        const std::lock_guard guard(mutex_);
        if (++count_ <= 10) text_ += what + "\n";
    }
    [[nodiscard]] std::string text() const {
        const std::lock_guard guard(mutex_);
        return text_;
    }

   private:
    mutable std::mutex mutex_;
    std::size_t count_ = 0;
    std::string text_;
};

/// What nodes logged last, from any thread: an hour of trouble is more than is read, or kept.
class last_lines {
   public:
    void add(const std::string& line) {
        const std::lock_guard guard(mutex_);
        lines_.push_back(line);
        if (lines_.size() > 100) lines_.pop_front();
    }
    [[nodiscard]] std::string text() const {
        const std::lock_guard guard(mutex_);
        std::string all;
        for (const std::string& line : lines_) all += line + "\n";
        return all;
    }

   private:
    mutable std::mutex mutex_;
    std::deque<std::string> lines_;
};

/// What one life of a node knows. Used on its thread.
struct ledger {
    using numbered = std::pair<std::uint64_t, std::uint64_t>;  // life of the sender, value
    bool quiet = false;
    std::map<node_id, std::uint64_t> plain_sent;
    std::map<node_id, std::uint64_t> sure_sent;
    std::map<node_id, numbered> plain_came;
    std::map<node_id, numbered> sure_came;
    /// Up to where all came, to this life or an earlier one.
    std::map<node_id, numbered> sure_whole;
    std::uint64_t letters_came = 0;
};

/// Says something to everybody, every few milliseconds.
class talker {
   public:
    using accepts = messages<tick, plain_number, sure_number, letter>;
    talker(node_id self, std::uint64_t life, std::shared_ptr<ledger> kept, complaints* wrong)
        : life_(life), kept_(std::move(kept)), wrong_(wrong), letters_(self, life) {}

    void on_start(context& self) { on_message(self, tick{}); }
    void on_message(context& self, const tick&) {
        (void)self.send_after(4ms, tick{});
        if (kept_->quiet) return;
        const std::uint64_t turn = ++turns_;
        for (const node_id to : self.members()) {
            if (to == self.node()) continue;
            const actor_id peer = self.peer(to);
            self.send(peer, plain_number{life_, ++kept_->plain_sent[to]});
            if (turn % 2 == 0) say_surely(self, to);
            if (turn % 8 == to.bits() % 8) self.send(peer, letters_.write(to, 1), causally);
        }
    }
    void on_message(context& self, const plain_number& it) {
        ledger::numbered& last = kept_->plain_came[self.sender().node];
        const ledger::numbered now(it.life, it.value);
        if (now <= last) complain(self, "a plain message came twice, or out of order", last, now);
        last = now;
    }
    void on_message(context& self, const sure_number& it) {
        ledger::numbered& last = kept_->sure_came[self.sender().node];
        ledger::numbered& whole = kept_->sure_whole[self.sender().node];
        const ledger::numbered now(it.life, it.value);
        if (whole.first < it.life) whole = {it.life, 0};
        // What an earlier life got may be left out: its acknowledgement arrived.
        if (now <= last) complain(self, "a reliable message came twice, or late", last, now);
        if (it.value > whole.second + 1) complain(self, "a reliable one is lost", whole, now);
        last = now;
        whole = std::max(whole, now);
    }
    void on_message(context& self, const letter& it) {
        ++kept_->letters_came;
        const node_id from = self.sender().node;
        if (const auto late = letters_.read(from, it)) {
            wrong_->add(self.node().name() + ": " + *late);
        }
        if (it.hops == 0 || kept_->quiet) return;
        for (const node_id to : self.members()) {
            if (to == self.node() || to == from) continue;
            self.send(self.peer(to), letters_.write(to, it.hops - 1), causally);
        }
    }

   private:
    static constexpr send_options causally{.causal = true};

    void say_surely(context& self, node_id to) {
        self.send(self.peer(to), sure_number{life_, ++kept_->sure_sent[to]}, {.reliable = true});
    }
    void complain(context& self, const char* what, const ledger::numbered& last,
                  const ledger::numbered& now) {
        const auto text = [](const ledger::numbered& it) {
            return std::to_string(it.second) + " of life " + std::to_string(it.first);
        };
        wrong_->add(self.node().name() + ", from " + self.sender().node.name() + ": " + what +
                    ": after " + text(last) + " came " + text(now));
    }

    std::uint64_t life_;
    std::shared_ptr<ledger> kept_;
    complaints* wrong_;
    correspondence letters_;
    std::uint64_t turns_ = 0;
};

std::string name_of(int number) { return "n" + std::to_string(number); }

/// The nodes, each behind a proxy, and all that is done to them.
class disturbed_nodes {
   public:
    disturbed_nodes() {
        for (int number = 1; number <= nodes; ++number) start(number);
    }

    void start(int number) {
        const std::size_t place = at(number);
        auto options = testing::node_called(name_of(number), unused_);
        options.log = [this](const std::string& line) { log_.add(line); };
        options.listen = own_address(number);
        options.advertise = own_address(10 + number);
        options.incarnation = ++lives_[place];
        options.overlay_with = [](const peer_spec& self, std::uint64_t) {
            std::vector<node_id> all;
            for (int each = 1; each <= nodes; ++each) all.emplace_back(name_of(each));
            return std::make_unique<full_mesh>(self.id, std::move(all));
        };
        const auto former = std::exchange(ledgers_[place], std::make_shared<ledger>());
        if (former) ledgers_[place]->sure_whole = former->sure_whole;
        nodes_[place] = testing::opened(options, [&](node& here) {
            here.spawn<talker>("talker", here.id(), lives_[place], ledgers_[place], &wrong);
        });
        for (int other = 1; other <= nodes; ++other) {
            if (other == number) continue;
            const peer_spec peer{node_id(name_of(other)), name_of(other), own_address(10 + other),
                                 ""};
            nodes_[place]->connect(peer);
        }
    }
    void stop(int number) { nodes_[at(number)].reset(); }
    void reset(int number) { proxies_[at(number)]->reset_all(); }
    /// What these two say to each other is lost, or no longer.
    void cut(int one, int other, bool off) {
        for (const auto& [here, there] : {std::pair(one, other), std::pair(other, one)}) {
            nodes_[at(here)]->run([off, to = node_id(name_of(there))](node& it) {
                if (!off) return (void)it.hooks().remove("cut");
                it.hooks().install("cut", [to](direction way, const envelope& message) {
                    const bool lost = way == direction::send && message.link_to == to;
                    return lost ? disposition::drop("cut") : disposition::pass();
                });
            });
        }
    }
    /// Nobody begins to say anything more; each ledger as it is then.
    std::array<ledger, nodes> hush() {
        std::array<ledger, nodes> all;
        each_ledger([](ledger& it) { it.quiet = true; });
        for (int number = 1; number <= nodes; ++number) all[at(number)] = copy_of(number);
        return all;
    }
    void speak() {
        each_ledger([](ledger& it) { it.quiet = false; });
    }
    [[nodiscard]] ledger copy_of(int number) {
        ledger copy;
        nodes_[at(number)]->run([&](node&) { copy = *ledgers_[at(number)]; });
        return copy;
    }
    /// Whether each has all that the present life of each other node said reliably.
    [[nodiscard]] bool all_arrived() {
        const std::array<ledger, nodes> now = hush();
        for (int from = 1; from <= nodes; ++from) {
            for (const auto& [to, last] : now[at(from)].sure_sent) {
                const auto& came = now[at(std::stoi(to.name().substr(1)))].sure_whole;
                const auto found = came.find(node_id(name_of(from)));
                if (found == came.end() ||
                    found->second != ledger::numbered(lives_[at(from)], last)) {
                    return false;
                }
            }
        }
        return true;
    }
    [[nodiscard]] bool all_connected() {
        for (const auto& each : nodes_) {
            std::size_t peers = 0;
            each->run([&](node& here) { peers = here.connected().size(); });
            if (peers != nodes - 1) return false;
        }
        return true;
    }
    [[nodiscard]] std::string log() const { return log_.text(); }

    complaints wrong;

   private:
    static std::size_t at(int number) { return static_cast<std::size_t>(number - 1); }

    template <typename Change>
    void each_ledger(const Change& change) {
        for (std::size_t place = 0; place < nodes; ++place) {
            nodes_[place]->run([&](node&) { change(*ledgers_[place]); });
        }
    }
    static std::unique_ptr<tcp_proxy> proxy(int number) {
        return std::make_unique<tcp_proxy>(own_address(10 + number), own_address(number));
    }

    testing::log_lines unused_;
    last_lines log_;
    std::array<std::unique_ptr<tcp_proxy>, nodes> proxies_{proxy(1), proxy(2), proxy(3), proxy(4)};
    std::array<std::uint64_t, nodes> lives_{};
    std::array<std::shared_ptr<ledger>, nodes> ledgers_;
    std::array<std::unique_ptr<socket_node>, nodes> nodes_;
};

std::size_t open_files() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}
std::size_t resident_megabytes() {
    std::size_t whole = 0;
    std::size_t resident = 0;
    std::ifstream("/proc/self/statm") >> whole >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) >> 20;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PARTITA_PARITY_SANITIZED
#endif
#endif
#ifdef PARTITA_PARITY_SANITIZED
constexpr std::size_t memory_slack_megabytes = 256;  // they keep what was freed
#else
constexpr std::size_t memory_slack_megabytes = 32;
#endif

/// One of the things that happen to them, and its end.
void disturb(disturbed_nodes& all, random_source& dice) {
    const int one = 1 + static_cast<int>(dice.below(nodes));
    const int other = 1 + (one + static_cast<int>(dice.below(nodes - 1))) % nodes;
    const auto while_later = 1ms * static_cast<int>(20 + dice.below(180));
    switch (dice.below(4)) {
        case 0:
            all.stop(one);
            std::this_thread::sleep_for(while_later);
            return all.start(one);
        case 1:
            all.cut(one, other, true);
            std::this_thread::sleep_for(while_later);
            return all.cut(one, other, false);
        default:
            all.reset(one);
            std::this_thread::sleep_for(while_later);
    }
}

TEST(soak, keeps_its_promises_and_its_size) {
    constexpr std::uint64_t seed = 1;
    random_source dice(seed);
    disturbed_nodes all;
    ASSERT_TRUE(testing::eventually([&] { return all.all_connected(); })) << all.log();
    const std::size_t files = open_files();
    const auto begin = std::chrono::steady_clock::now();
    std::size_t memory = 0;
    for (;;) {
        const auto passed = std::chrono::steady_clock::now() - begin;
        if (passed > soak_time || !all.wrong.text().empty()) break;
        // What is allocated once is there after a quarter of the time.
        if (passed < soak_time / 4) memory = resident_megabytes();
        disturb(all, dice);
    }
    ASSERT_EQ(all.wrong.text(), "") << all.log();
    ASSERT_TRUE(testing::eventually([&] { return all.all_connected(); })) << all.log();
    all.speak();
    ASSERT_TRUE(testing::eventually([&] { return all.copy_of(1).letters_came > 0; }));
    EXPECT_TRUE(testing::eventually([&] { return all.all_arrived(); })) << all.log();
    EXPECT_EQ(all.wrong.text(), "");
    EXPECT_TRUE(testing::eventually([&] { return open_files() <= files + 8; }))
        << open_files() << " files, and " << files << " at the start";
    EXPECT_LE(resident_megabytes(), memory + memory_slack_megabytes);
}

}  // namespace
}  // namespace partita::parity
