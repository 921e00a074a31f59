#pragma once

#include <sys/epoll.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "floor_connection.hpp"
#include "measured.hpp"

namespace partita::bench {

/// One thread and one epoll over a few connections. When it spins, it asks the connections
/// themselves instead of waiting, and looks at everything else once in a while.
class floor_loop {
   public:
    using on_arrival = std::function<void(floor_connection&, floor_connection::arrival)>;

    floor_loop(std::size_t turn_bytes, bool spin)
        : turn_bytes_(turn_bytes), spin_(spin), poll_(epoll_create1(EPOLL_CLOEXEC)) {
        if (poll_ < 0) throw std::runtime_error("epoll_create1 failed");
    }
    ~floor_loop() {
        connections_.clear();
        close(poll_);
    }
    floor_loop(const floor_loop&) = delete;
    floor_loop& operator=(const floor_loop&) = delete;

    void on_frame(on_arrival handle) { handle_ = std::move(handle); }

    floor_connection& add(int descriptor) {
        if (!control(EPOLL_CTL_ADD, descriptor, EPOLLIN)) {
            throw std::runtime_error("a socket cannot be watched");
        }
        auto& added = connections_[descriptor];
        added.io = std::make_unique<floor_connection>(descriptor, turn_bytes_, pool_);
        return *added.io;
    }

    /// Calls `ready` whenever the descriptor can be read. False when it is not of that kind.
    bool watch(int descriptor, std::function<void()> ready) {
        watched_[descriptor] = std::move(ready);
        return control(EPOLL_CTL_ADD, descriptor, EPOLLIN);
    }

    /// Writes what was queued, waits at most `wait_most` for something to arrive, and handles it.
    /// Returns how many connections have gone.
    std::size_t turn(std::optional<nanoseconds> wait_most = std::nullopt) {
        gone_ = 0;
        each_connection([](open_connection& of) { return of.blocked || of.io->flush(); });
        for (auto& [descriptor, of] : connections_) watch_output(descriptor, of);
        if (!spin_ || ++turns_ % turns_between_polls == 0 || connections_.empty()) poll(wait_most);
        if (spin_) {
            each_connection([&](open_connection& of) { return of.io->receive(handle_); });
        }
        return gone_;
    }

   private:
    static constexpr std::size_t turns_between_polls = 1'024;
    static constexpr int events_most = 64;

    struct open_connection {
        std::unique_ptr<floor_connection> io;
        bool blocked = false;  ///< output waits for epoll to say that there is room
        bool armed = false;    ///< epoll was asked to say so
    };

    bool control(int operation, int descriptor, std::uint32_t events) {
        epoll_event wanted{};
        wanted.events = events;
        wanted.data.fd = descriptor;
        return epoll_ctl(poll_, operation, descriptor, &wanted) == 0;
    }
    void poll(std::optional<nanoseconds> wait_most) {
        if (spin_ && !connections_.empty()) wait_most = nanoseconds(0);
        timespec most{};
        if (wait_most) {
            most.tv_sec = static_cast<time_t>(wait_most->count() / 1'000'000'000);
            most.tv_nsec = static_cast<long>(wait_most->count() % 1'000'000'000);
        }
        epoll_event events[events_most];
        const int seen =
            epoll_pwait2(poll_, events, events_most, wait_most ? &most : nullptr, nullptr);
        for (int at = 0; at < seen; ++at) handle(events[at]);
    }
    void handle(const epoll_event& event) {
        if (const auto found = watched_.find(event.data.fd); found != watched_.end()) {
            found->second();
            return;
        }
        const auto found = connections_.find(event.data.fd);
        if (found == connections_.end()) return;
        if ((event.events & EPOLLOUT) != 0) found->second.blocked = false;
        const bool readable = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
        if (readable && !spin_ && !found->second.io->receive(handle_)) drop(found);
    }
    template <class Step>
    void each_connection(Step step) {
        for (auto at = connections_.begin(); at != connections_.end();) {
            const auto here = at++;
            if (!step(here->second)) drop(here);
        }
    }
    void drop(std::map<int, open_connection>::iterator gone) {
        connections_.erase(gone);
        ++gone_;
    }
    void watch_output(int descriptor, open_connection& of) {
        of.blocked = of.io->has_output() && !spin_;
        if (of.blocked == of.armed) return;
        of.armed = of.blocked;
        control(EPOLL_CTL_MOD, descriptor, EPOLLIN | (of.armed ? EPOLLOUT : 0u));
    }

    std::size_t turn_bytes_;
    bool spin_;
    int poll_;
    buffer_pool pool_;
    on_arrival handle_;
    std::map<int, open_connection> connections_;
    std::map<int, std::function<void()>> watched_;
    std::size_t turns_ = 0;
    std::size_t gone_ = 0;
};

}  // namespace partita::bench
