#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <partita/runtime/server.hpp>
#include <partita/runtime/supervisor.hpp>

#include <socket_cluster.hpp>

namespace {

using namespace partita;
using namespace partita::testing;
using std::chrono::seconds;

struct query {
    std::int64_t value = 0;
};
PARTITA_MESSAGE(query, value)
struct result {
    std::int64_t value = 0;
};
PARTITA_MESSAGE(result, value)

/// Fails when it is asked for 13, and says nothing to 7.
struct calculator {
    using calls = messages<query>;
    std::optional<result> on_call(context&, const query& asked) {
        if (asked.value == 13) throw std::runtime_error("unlucky");
        if (asked.value == 7) return std::nullopt;
        return result{asked.value * 2};
    }
};

actor_id on_n1(std::string_view name) { return actor_id::named(node_id("n1"), name); }

/// Two nodes on loopback: n1 has a calculator under a supervisor, n2 runs fibers.
class socket_actors : public ::testing::Test {
   protected:
    void SetUp() override {
        n1 = opened(node_called("n1", log), [](node& here) {
            here.spawn<supervisor>(
                "top", supervision{.children = {child<server<calculator>>("calculator")}});
        });
        n2 = opened(node_called("n2", log, {{{}, {}, n1->self().address, {}}}));
        ASSERT_TRUE(eventually([&] {
            return is_connected(*n1, node_id("n2")) && is_connected(*n2, node_id("n1"));
        })) << log.text();
    }
    /// What the body returns, run as a fiber of n2.
    std::string of_fiber(const std::function<std::string(fiber_context&)>& body) {
        std::promise<std::string> answer;
        n2->post([&](node& here) {
            here.spawn_fiber("", [&](fiber_context& self) { answer.set_value(body(self)); });
        });
        return answer.get_future().get();
    }

    log_lines log;
    std::unique_ptr<socket_node> n1;
    std::unique_ptr<socket_node> n2;
};

TEST_F(socket_actors, are_restarted_by_their_supervisor_and_callers_hear_early) {
    EXPECT_EQ(of_fiber([](fiber_context& self) -> std::string {
                  const actor_id to = on_n1("calculator");
                  (void)self.monitor(to);
                  const auto failed = self.call_monitored<result>(to, query{13}, seconds(60));
                  if (failed || failed.error() != call_error::no_actor) return "no early end";
                  const auto told = self.receive<down>(seconds(60));
                  const auto again = self.call_monitored<result>(to, query{21}, seconds(60));
                  return told->reason + " " + std::to_string(again->value);
              }),
              "exception: unlucky 42");
}

TEST_F(socket_actors, tell_a_multicall_of_each) {
    EXPECT_EQ(
        of_fiber([](fiber_context& self) {
            const std::vector<actor_id> asked{on_n1("calculator"), on_n1("nobody"),
                                              actor_id::named(node_id("n9"), "x")};
            std::string text;
            for (const auto& each : self.multicall<result>(asked, query{1}, seconds(60), {})) {
                text += each.answer ? std::to_string(each.answer->value)
                        : each.answer.error() == call_error::no_actor ? " no actor"
                                                                      : " node down";
            }
            return text;
        }),
        "2 no actor node down");
}

TEST_F(socket_actors, are_stopped_and_linked_over_nodes) {
    EXPECT_EQ(of_fiber([](fiber_context& self) {
                  self.trap_exits(true);
                  const auto top =
                      self.call<child_list>(on_n1("top"), which_children{}, seconds(60));
                  self.link(top->all.front().actor);
                  self.stop_actor(on_n1("top"), "maintenance");
                  const auto told = self.receive<exited>(seconds(60));
                  (void)self.monitor(on_n1("top"));
                  return told->reason + ", " + self.receive<down>(seconds(60))->reason;
              }),
              "shutdown, no such actor");
}

TEST_F(socket_actors, hear_that_a_node_is_gone) {
    n1->post([](node& here) {
        here.spawn_fiber("idle", [](fiber_context& self) { (void)self.receive<query>(); });
    });
    std::promise<void> asked;
    std::promise<std::string> told;
    n2->post([&](node& here) {
        here.spawn_fiber("", [&](fiber_context& self) {
            self.trap_exits(true);
            self.link(on_n1("idle"));
            (void)self.request(on_n1("calculator"), query{7}, seconds(600));
            (void)self.call<result>(on_n1("calculator"), query{1}, seconds(60));
            asked.set_value();
            const auto failed = self.receive<request_failed>(seconds(60));
            const auto ended = self.receive<exited>(seconds(60));
            told.set_value((failed->why == call_error::node_down ? "down, " : "?, ") +
                           ended->reason);
        });
    });
    asked.get_future().get();
    n1.reset();
    EXPECT_EQ(told.get_future().get(), "down, node down");
}

}  // namespace
