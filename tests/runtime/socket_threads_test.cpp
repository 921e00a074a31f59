#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <mutex>

#include "socket_cluster.hpp"

namespace {

using namespace partita;
using namespace partita::testing;
using namespace std::chrono_literals;

struct token {
    std::uint64_t hops = 0;
};
PARTITA_MESSAGE(token, hops)
struct numbered {
    std::uint64_t sender = 0;
    std::uint64_t number = 0;
};
PARTITA_MESSAGE(numbered, sender, number)
struct leave {};
PARTITA_MESSAGE(leave)

constexpr std::size_t threads = 3;
constexpr channel wide{"wide"};
constexpr channel kept{"kept"};

/// Passes tokens on to the next in a line; the last one counts them.
class line_member {
   public:
    using accepts = messages<token>;
    line_member(actor_id next, std::atomic<std::uint64_t>& hops) : next_(next), hops_(hops) {}
    void on_message(context& self, const token& it) {
        if (next_ == actor_id{}) {
            hops_ += it.hops;
        } else {
            self.send(next_, token{it.hops + 1});
        }
    }

   private:
    actor_id next_;
    std::atomic<std::uint64_t>& hops_;
};

/// What came of each sender; filled on several threads.
class record {
   public:
    void add(const numbered& it) {
        const std::lock_guard guard(mutex_);
        seen_[it.sender].push_back(it.number);
        ++count_;
    }
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] std::map<std::uint64_t, std::vector<std::uint64_t>> seen() const {
        const std::lock_guard guard(mutex_);
        return seen_;
    }

   private:
    mutable std::mutex mutex_;
    std::map<std::uint64_t, std::vector<std::uint64_t>> seen_;
    std::atomic<std::size_t> count_{0};
};

class reader {
   public:
    using accepts = messages<numbered, leave>;
    explicit reader(record& to) : to_(to) {}
    void on_message(context&, const numbered& it) { to_.add(it); }
    void on_message(context& self, const leave&) { self.exit("told to"); }

   private:
    record& to_;
};

class watcher {
   public:
    using accepts = messages<down>;
    watcher(std::vector<actor_id> watched, std::atomic<int>& told)
        : watched_(std::move(watched)), told_(told) {}
    void on_start(context& self) {
        for (const actor_id each : watched_) self.monitor(each, {.reliable = true});
    }
    void on_message(context&, const down& it) { told_ += it.reason == "exit: told to" ? 1 : 1000; }

   private:
    std::vector<actor_id> watched_;
    std::atomic<int>& told_;
};

template <typename Do>
auto on_thread(socket_node& of, std::size_t thread, const Do& what) {
    std::promise<decltype(what(std::declval<node&>()))> result;
    of.post_to(thread, [&](node& here) { result.set_value(what(here)); });
    return result.get_future().get();
}

class socket_nodes_of_several_threads : public ::testing::Test {
   protected:
    void start() {
        n1_ = node_of_threads("n1", nullptr);
        n2_ = node_of_threads("n2", n1_.get());
        ASSERT_TRUE(eventually([&] {
            return is_connected(*n1_, n2_->id()) && is_connected(*n2_, n1_->id());
        })) << log_.text();
        // The other threads learn the way a moment later than the first.
        ASSERT_TRUE(eventually([&] { return all_know(*n1_, *n2_) && all_know(*n2_, *n1_); }));
    }
    std::unique_ptr<socket_node> node_of_threads(const std::string& name,
                                                 const socket_node* other) {
        std::vector<peer_spec> contacts;
        if (other != nullptr) contacts = {contact_at(other->self().address)};
        auto options = node_called(name, log_, contacts);
        options.threads = threads;
        options.channels = {{.name = "wide", .parallelism = 4},
                            {.name = "kept", .parallelism = 4, .reliable = true}};
        return opened(options);
    }
    static bool all_know(socket_node& from, socket_node& to) {
        bool all = true;
        for (std::size_t thread = 0; thread < threads; ++thread) {
            all = all && on_thread(from, thread, [&](node& here) {
                      return here.overlay().next_hop(to.id()).has_value();
                  });
        }
        return all;
    }
    /// Three readers on each thread of n2.
    std::vector<actor_id> readers(record& to) {
        std::vector<actor_id> made;
        for (std::size_t at = 0; at < 3 * threads; ++at) {
            made.push_back(on_thread(*n2_, at % threads,
                                     [&](node& here) { return here.spawn<reader>("", to); }));
        }
        return made;
    }
    /// A fiber on every thread of n1 for each reader, each of which says 0 to `last`.
    void say_numbers(const std::vector<actor_id>& to, std::uint64_t last, const channel& by) {
        for (std::size_t thread = 0; thread < threads; ++thread) {
            for (std::size_t at = 0; at < to.size(); ++at) {
                const std::uint64_t sender = thread * 100 + at;
                n1_->post_to(thread, [=, reader = to[at]](node& here) {
                    here.spawn_fiber("", [=](fiber_context& self) {
                        for (std::uint64_t number = 0; number <= last; ++number) {
                            self.send(reader, numbered{sender, number}, {.channel = by});
                            if (number % 16 == 0) self.sleep(1ms);
                        }
                    });
                });
            }
        }
    }

    log_lines log_;
    std::unique_ptr<socket_node> n1_;
    std::unique_ptr<socket_node> n2_;
};

TEST_F(socket_nodes_of_several_threads, pass_tokens_along_all_threads_of_both_nodes) {
    std::atomic<std::uint64_t> hops{0};
    start();
    constexpr std::uint64_t members = 4 * threads;
    constexpr std::uint64_t tokens = 100;
    actor_id next;
    for (std::uint64_t at = 0; at < members; ++at) {
        next = on_thread(at % 2 == 0 ? *n1_ : *n2_, at / 2 % threads,
                         [&](node& here) { return here.spawn<line_member>("", next, hops); });
    }
    n1_->post([next](node& here) {
        here.spawn_fiber("", [next](fiber_context& self) {
            for (std::uint64_t number = 0; number < tokens; ++number) self.send(next, token{});
        });
    });
    EXPECT_TRUE(eventually([&] { return hops == tokens * (members - 1); })) << hops;
    n1_.reset();
    n2_.reset();
}

/// Each sender's numbers, once and in order.
class lanes_of_several_threads : public socket_nodes_of_several_threads,
                                 public ::testing::WithParamInterface<channel> {};

TEST_P(lanes_of_several_threads, keep_the_order_of_each_sender_to_each_reader) {
    record came;
    start();
    const auto to = readers(came);
    say_numbers(to, 99, GetParam());
    const std::size_t senders = threads * to.size();
    EXPECT_TRUE(eventually([&] { return came.count() == senders * 100; })) << came.count();
    for (const auto& [sender, numbers] : came.seen()) {
        EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << sender;
        EXPECT_EQ(numbers.size(), 100U) << sender;
    }
    n1_.reset();
    n2_.reset();
}

INSTANTIATE_TEST_SUITE_P(of, lanes_of_several_threads, ::testing::Values(wide, kept),
                         [](const auto& of) { return std::string(of.param.name); });

TEST_F(socket_nodes_of_several_threads, tell_monitors_on_any_thread_why_an_actor_ended) {
    record came;
    std::atomic<int> told{0};
    start();
    const auto watched = readers(came);
    for (std::size_t thread = 0; thread < threads; ++thread) {
        for (socket_node* each : {n1_.get(), n2_.get()}) {
            on_thread(*each, thread,
                      [&](node& here) { return here.spawn<watcher>("", watched, told); });
        }
    }
    n1_->post([watched](node& here) {
        here.spawn_fiber("", [watched](fiber_context& self) {
            for (const actor_id each : watched) self.send(each, leave{}, {.reliable = true});
        });
    });
    const int expected = static_cast<int>(2 * threads * watched.size());
    // An actor that was gone before it was watched is told of as well, by another reason.
    EXPECT_TRUE(eventually([&] { return told % 1000 + told / 1000 == expected; })) << told;
    EXPECT_GT(told % 1000, 0);
    n1_.reset();
    n2_.reset();
}

TEST_F(socket_nodes_of_several_threads, reach_an_actor_by_its_name_from_every_thread) {
    record came;
    start();
    on_thread(*n1_, 2, [&](node& here) { return here.spawn<reader>("reader", came); });
    for (std::size_t thread = 0; thread < threads; ++thread) {
        for (socket_node* each : {n1_.get(), n2_.get()}) {
            each->post_to(thread, [thread](node& here) {
                here.spawn_fiber("", [thread](fiber_context& self) {
                    const auto to = actor_id::named(node_id("n1"), "reader");
                    self.send(to, numbered{thread, 1}, {.channel = wide});
                });
            });
        }
    }
    EXPECT_TRUE(eventually([&] { return came.count() == 2 * threads; })) << came.count();
    n1_.reset();
    n2_.reset();
}

TEST_F(socket_nodes_of_several_threads, have_no_causal_order_and_say_so) {
    auto options = node_called("n1", log_);
    options.threads = 2;
    options.channels = {{.name = "told", .causal = true}};
    const auto made = socket_node::open(options, {});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error(), "channel 'told': causal order needs a node of one thread, not of 2");
}

TEST_F(socket_nodes_of_several_threads, refuse_causal_order_for_one_message) {
    start();
    std::promise<std::string> why;
    n1_->post([&](node& here) {
        here.spawn_fiber("", [&](fiber_context& self) {
            try {
                self.send(actor_id::named(node_id("n2"), "x"), leave{}, {.causal = true});
                why.set_value("sent");
            } catch (const std::logic_error& refused) {
                why.set_value(refused.what());
            }
        });
    });
    EXPECT_EQ(why.get_future().get(), "causal order needs a node of one thread");
}

}  // namespace
