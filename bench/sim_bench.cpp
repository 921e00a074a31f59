#include <array>
#include <memory>
#include <string>
#include <vector>

#include <partita/sim/world.hpp>

#include "actor_memory.hpp"
#include "all_to_all.hpp"
#include "floor/floor.hpp"
#include "ping_pong.hpp"
#include "report.hpp"
#include "sim_peer.hpp"

// Messages from actor to actor through the whole runtime: spawn, address, encode, interposition,
// network, queue, trace hash, decode. An iteration is a batch of messages of a world that never
// ends.

namespace partita::bench {
namespace {

constexpr int batch = 10'000;

template <typename Simulator>
void run_batches(benchmark::State& state, Simulator& simulator) {
    for (int warm = 0; warm < batch; ++warm) simulator.step();
    for (auto each : state) {
        for (int message = 0; message < batch; ++message) simulator.step();
    }
    state.SetItemsProcessed(state.iterations() * batch);
}

std::size_t pairs_of(const benchmark::State& state) {
    return static_cast<std::size_t>(state.range(0));
}

void handlers(benchmark::State& state) {
    ping_pong_world world({.pairs = pairs_of(state)});
    run_batches(state, world);
}
void fibers(benchmark::State& state) {
    ping_pong_world world({.pairs = pairs_of(state), .fibers = true});
    run_batches(state, world);
}
void handlers_with_interposer(benchmark::State& state) {
    ping_pong_world world({.pairs = pairs_of(state), .interposer = true});
    run_batches(state, world);
}
void handlers_random_latency(benchmark::State& state) {
    ping_pong_world world({.pairs = pairs_of(state), .random_latency = true});
    run_batches(state, world);
}
void handlers_all_to_all(benchmark::State& state) {
    all_to_all_world world(static_cast<std::size_t>(state.range(0)), false);
    run_batches(state, world);
}
void fibers_all_to_all(benchmark::State& state) {
    all_to_all_world world(static_cast<std::size_t>(state.range(0)), true);
    run_batches(state, world);
}
void floor_handlers(benchmark::State& state) {
    floor_simulator floor(pairs_of(state), floor_simulator::actors::handlers);
    run_batches(state, floor);
}
void floor_fibers(benchmark::State& state) {
    floor_simulator floor(pairs_of(state), floor_simulator::actors::fibers);
    run_batches(state, floor);
}

BENCHMARK(floor_handlers)->ArgName("pairs")->Arg(1)->Arg(64)->Arg(5'000);
BENCHMARK(handlers)->ArgName("pairs")->Arg(1)->Arg(64)->Arg(5'000);
BENCHMARK(handlers_with_interposer)->ArgName("pairs")->Arg(64);
BENCHMARK(handlers_random_latency)->ArgName("pairs")->Arg(64);
BENCHMARK(handlers_all_to_all)->ArgName("actors")->Arg(3)->Arg(16)->Arg(64);
BENCHMARK(fibers_all_to_all)->ArgName("actors")->Arg(3)->Arg(16)->Arg(64);
BENCHMARK(floor_fibers)->ArgName("pairs")->Arg(1)->Arg(64)->Arg(5'000);
BENCHMARK(fibers)->ArgName("pairs")->Arg(1)->Arg(64)->Arg(5'000);

// ---- memory ------------------------------------------------------------------------------------

void report_memory(benchmark::State& state, const actor_population& population) {
    for (auto each : state) {
        const auto used = memory_of(population);
        if (!used) return state.SkipWithError("the measuring process did not survive");
        state.counters["bytes_per_actor"] = used->bytes_per_actor;
        state.counters["peak_mib"] = used->peak_mib;
        state.counters["start_s"] = used->start_s;
        state.counters["teardown_s"] = used->teardown_s;
    }
}
void memory_handlers(benchmark::State& state) {
    report_memory(state, {.actors = 1'000'000, .nodes = static_cast<std::size_t>(state.range(0))});
}
void memory_fibers(benchmark::State& state) {
    report_memory(
        state,
        {.actors = 100'000, .nodes = static_cast<std::size_t>(state.range(0)), .fibers = true});
}
BENCHMARK(memory_handlers)
    ->ArgName("nodes")
    ->Arg(1'000)
    ->Arg(1'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(memory_fibers)
    ->ArgName("nodes")
    ->Arg(100)
    ->Arg(100'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

// ---- against the bars --------------------------------------------------------------------------

std::optional<double> millions(std::optional<double> rate) {
    return rate ? std::optional(*rate / 1e6) : std::nullopt;
}

std::vector<bar> bars_of(measurements& seen) {
    add_peer(seen);
    std::vector<bar> bars{
        {"handler actors, 64 pairs: messages a second", millions(seen.median("handlers/pairs:64")),
         5, false, "M/s"},
        {"fiber actors, 64 pairs: messages a second", millions(seen.median("fibers/pairs:64")), 3,
         false, "M/s"},
        {"handler actors: rate of 64 pairs / of 1",
         seen.ratio("handlers/pairs:64", "handlers/pairs:1"), 0.4, false, "x"},
        {"fiber actors: rate of 64 pairs / of 1", seen.ratio("fibers/pairs:64", "fibers/pairs:1"),
         0.4, false, "x"},
        {"handler actors: rate of 5,000 pairs / of 1",
         seen.ratio("handlers/pairs:5000", "handlers/pairs:1"), 0.2, false, "x"},
        {"fiber actors: rate of 5,000 pairs / of 1",
         seen.ratio("fibers/pairs:5000", "fibers/pairs:1"), 0.2, false, "x"},
        {"a million handlers, 1,000 nodes: peak",
         seen.median("memory_handlers/nodes:1000", "peak_mib"), 4'096, true, "MiB"},
        {"a million handlers, a node each: peak",
         seen.median("memory_handlers/nodes:1000000", "peak_mib"), 4'096, true, "MiB"},
        {"100,000 fibers, 100 nodes: peak", seen.median("memory_fibers/nodes:100", "peak_mib"),
         4'096, true, "MiB"},
        {"100,000 fibers, a node each: peak", seen.median("memory_fibers/nodes:100000", "peak_mib"),
         4'096, true, "MiB"},
    };
    for (const std::string shape : {"handlers", "fibers"}) {
        const auto rival = [&](const std::string& ours, const std::string& theirs) {
            bars.push_back({shape + ours + " / SimGrid's " + theirs,
                            seen.ratio(shape + ours, theirs), 10, false, "x"});
        };
        rival("/pairs:64", "constant_ping_pong");
        rival("/pairs:1", "constant_ping_pong");
        for (const std::string actors : {"3", "16", "64"}) {
            rival("_all_to_all/actors:" + actors, "constant_all_to_all/actors:" + actors);
        }
    }
    return bars;
}

/// The floor in the same process: how many times its time a message takes.
void print_floor(const measurements& seen) {
    std::printf("\n%-28s %10s %10s %8s\n", "ns a message", "Partita", "floor", "ratio");
    for (const std::string shape : {"handlers", "fibers"}) {
        for (const std::string pairs : {"/pairs:1", "/pairs:64", "/pairs:5000"}) {
            const auto ours = seen.median(shape + pairs);
            const auto bare = seen.median("floor_" + shape + pairs);
            if (!ours || !bare) continue;
            std::printf("%-28s %10.1f %10.1f %7.2fx\n", (shape + pairs).c_str(), 1e9 / *ours,
                        1e9 / *bare, *bare / *ours);
        }
    }
}

}  // namespace
}  // namespace partita::bench

int main(int count, char** words) {
    using namespace partita::bench;
    return run_suite(count, words, [](measurements& seen) {
        auto bars = bars_of(seen);
        print_floor(seen);
        return bars;
    });
}
