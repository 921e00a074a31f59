#pragma once

#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

/// The bare floor that a simulator of actors stands on: a binary heap of events, a malloc and a
/// free a message, a seeded fault decision, an append to a trace, a switch to a fiber and back, and
/// nothing else. No addresses, no encoding, no hooks, no hash. What Partita takes beyond it is what
/// the rest costs.
namespace partita::bench {

/// Pairs of actors that send 64 bytes to and fro for ever.
class floor_simulator {
   public:
    enum class actors { handlers, fibers };

    floor_simulator(std::size_t pairs, actors shape) : inbox_(2 * pairs) {
        trace_.reserve(trace_most);
        if (shape == actors::fibers) start_fibers();
        for (std::uint32_t pair = 0; pair < pairs; ++pair) send(2 * pair, 2 * pair + 1, {});
    }
    ~floor_simulator() {
        for (; !queue_.empty(); queue_.pop()) std::free(queue_.top().carried);
    }
    floor_simulator(const floor_simulator&) = delete;
    floor_simulator& operator=(const floor_simulator&) = delete;

    /// Delivers one message.
    void step() {
        const event next = queue_.top();
        queue_.pop();
        now_ = next.at;
        const std::uint32_t to = next.carried->destination;
        if (fibers_.empty()) {
            answer(*next.carried);
        } else {
            inbox_[to] = next.carried;
            fibers_[to] = std::move(fibers_[to]).resume();
        }
        std::free(next.carried);
    }

   private:
    struct body {
        char bytes[64] = {};
    };
    struct message {
        std::uint32_t source;
        std::uint32_t destination;
        body content;
    };
    struct event {
        std::uint64_t at;
        std::uint64_t sequence;
        message* carried;
        bool operator<(const event& other) const {
            return at != other.at ? at > other.at : sequence > other.sequence;
        }
    };
    struct record {
        std::uint64_t at;
        std::uint32_t source;
        std::uint32_t destination;
        std::uint32_t lost;
    };
    static constexpr std::size_t trace_most = 1u << 20;

    void start_fibers() {
        for (std::size_t at = 0; at < inbox_.size(); ++at) {
            auto serve = [this, at](boost::context::fiber&& resumer) {
                for (;;) {
                    resumer = std::move(resumer).resume();
                    answer(*inbox_[at]);
                }
                return std::move(resumer);
            };
            fibers_.emplace_back(std::allocator_arg, boost::context::fixedsize_stack(32 * 1024),
                                 serve);
            fibers_.back() = std::move(fibers_.back()).resume();
        }
    }
    void answer(const message& received) {
        send(received.destination, received.source, received.content);
    }
    void send(std::uint32_t source, std::uint32_t destination, const body& content) {
        auto* const fresh = static_cast<message*>(std::malloc(sizeof(message)));
        *fresh = {source, destination, content};
        const std::uint64_t drawn = draw();
        const std::uint64_t delay = 1'000 + drawn % 1'000;
        if (trace_.size() == trace_most) trace_.clear();
        trace_.push_back({now_, source, destination, (drawn >> 40) % 1'000'000 == 0});
        queue_.push({now_ + delay, sequence_++, fresh});
    }
    /// splitmix64.
    std::uint64_t draw() {
        std::uint64_t bits = (random_ += 0x9e3779b97f4a7c15ULL);
        bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
        bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
        return bits ^ (bits >> 31);
    }

    std::priority_queue<event> queue_;
    std::uint64_t now_ = 0;
    std::uint64_t sequence_ = 0;
    std::uint64_t random_ = 1;
    std::vector<record> trace_;
    std::vector<const message*> inbox_;
    std::vector<boost::context::fiber> fibers_;
};

}  // namespace partita::bench
