#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

// Messages from actor to actor in SimGrid, in its fastest model of a network (Constant: no links at
// all) and in its default one. Uses none of Partita. Every measurement is a process of its own:
// SimGrid's engine is one a process.

namespace {

namespace s4u = simgrid::s4u;

enum class network { constant, links };

constexpr double message_bytes = 64;
int token = 1;

std::vector<s4u::Host*> make_hosts(int count, network model) {
    auto* const zone =
        model == network::constant ? s4u::create_empty_zone("zone") : s4u::create_full_zone("zone");
    std::vector<s4u::Host*> hosts;
    for (int host = 0; host < count; ++host) {
        hosts.push_back(zone->create_host("h" + std::to_string(host), 1e9));
    }
    if (model == network::links) {
        s4u::Link* const link = zone->create_link("bus", 125e9)->set_latency(1e-3);
        link->set_sharing_policy(s4u::Link::SharingPolicy::FATPIPE)->seal();
        for (int one = 0; one < count; ++one) {
            for (int other = one + 1; other < count; ++other) {
                zone->add_route(hosts[static_cast<std::size_t>(one)]->get_netpoint(),
                                hosts[static_cast<std::size_t>(other)]->get_netpoint(), nullptr,
                                nullptr, {s4u::LinkInRoute(link)}, true);
            }
        }
    }
    zone->seal();
    return hosts;
}

void make_ping_pong(network model, int messages) {
    const auto hosts = make_hosts(2, model);
    auto* const one = s4u::Mailbox::by_name("one");
    auto* const other = s4u::Mailbox::by_name("other");
    s4u::Actor::create("one", hosts[0], [=] {
        for (int sent = 0; sent < messages / 2; ++sent) {
            other->put(&token, message_bytes);
            one->get<int>();
        }
    });
    s4u::Actor::create("other", hosts[1], [=] {
        for (int got = 0; got < messages / 2; ++got) {
            other->get<int>();
            one->put(&token, message_bytes);
        }
    });
}

void make_all_to_all(network model, int actors, int rounds) {
    const auto hosts = make_hosts(actors, model);
    std::vector<s4u::Mailbox*> boxes;
    for (int actor = 0; actor < actors; ++actor) {
        boxes.push_back(s4u::Mailbox::by_name("m" + std::to_string(actor)));
    }
    for (std::size_t self = 0; self < boxes.size(); ++self) {
        s4u::Actor::create("actor", hosts[self], [=] {
            boxes[self]->set_receiver(s4u::Actor::self());
            for (int round = 0; round < rounds; ++round) {
                for (std::size_t to = 0; to < boxes.size(); ++to) {
                    if (to != self) boxes[to]->put_init(&token, message_bytes)->detach();
                }
                for (std::size_t got = 1; got < boxes.size(); ++got) boxes[self]->get<int>();
            }
        });
    }
}

double run_engine(network model, const std::function<void()>& make) {
    std::vector<std::string> words{"peer", "--log=root.thres:error",
                                   "--cfg=contexts/stack-size:64"};
    if (model == network::constant) words.emplace_back("--cfg=network/model:Constant");
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    int count = static_cast<int>(pointers.size());
    s4u::Engine engine(&count, pointers.data());
    make();
    const std::clock_t start = std::clock();
    engine.run();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

/// Seconds of a processor that the run took, or 0 when its process died.
double measured(network model, const std::function<void()>& make) {
    int ends[2];
    if (pipe(ends) != 0) return 0;
    const pid_t child = fork();
    if (child == 0) {
        const double seconds = run_engine(model, make);
        const bool told = write(ends[1], &seconds, sizeof seconds) == sizeof seconds;
        _exit(told ? 0 : 1);
    }
    close(ends[1]);
    double seconds = 0;
    if (read(ends[0], &seconds, sizeof seconds) != sizeof seconds) seconds = 0;
    close(ends[0]);
    if (child > 0) waitpid(child, nullptr, 0);
    return seconds;
}

void measure(benchmark::State& state, network model, int messages,
             const std::function<void()>& make) {
    for (auto each : state) {
        const double seconds = measured(model, make);
        if (seconds == 0) return state.SkipWithError("the simulation's process died");
        state.SetIterationTime(seconds);
    }
    state.SetItemsProcessed(state.iterations() * messages);
}

void ping_pong(benchmark::State& state, network model) {
    constexpr int messages = 40'000;
    measure(state, model, messages, [=] { make_ping_pong(model, messages); });
}
void all_to_all(benchmark::State& state, network model) {
    const int actors = static_cast<int>(state.range(0));
    const int a_round = actors * (actors - 1);
    const int rounds = std::max(40'000 / a_round, 2);
    measure(state, model, rounds * a_round, [=] { make_all_to_all(model, actors, rounds); });
}

void constant_ping_pong(benchmark::State& state) { ping_pong(state, network::constant); }
void constant_all_to_all(benchmark::State& state) { all_to_all(state, network::constant); }
void default_ping_pong(benchmark::State& state) { ping_pong(state, network::links); }
void default_all_to_all(benchmark::State& state) { all_to_all(state, network::links); }

BENCHMARK(constant_ping_pong)->UseManualTime();
BENCHMARK(constant_all_to_all)->ArgName("actors")->Arg(3)->Arg(16)->Arg(64)->UseManualTime();
BENCHMARK(default_ping_pong)->UseManualTime();
BENCHMARK(default_all_to_all)->ArgName("actors")->Arg(3)->Arg(16)->UseManualTime();

}  // namespace
