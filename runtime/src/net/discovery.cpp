#include <partita/runtime/discovery.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "discovery_dns.hpp"
#include "discovery_text.hpp"
#include "discovery_wait.hpp"

namespace partita {
namespace {

using addresses = std::vector<std::string>;

constexpr duration shortest = std::chrono::milliseconds(1);

tl::expected<addresses, std::string> discover_until(const discovery_options& options,
                                                    const detail::stop_signal* stop) {
    if (const auto wrong = detail::objection_to(options.source)) {
        return tl::unexpected("discovery " + to_text(options) + ": " + *wrong);
    }
    if (const auto* const dns = std::get_if<dns_discovery>(&options.source)) {
        return detail::discover_by_dns(*dns, std::max(options.lookup_timeout, shortest), stop);
    }
    addresses listed = std::get<static_discovery>(options.source).addresses;
    std::sort(listed.begin(), listed.end());
    listed.erase(std::unique(listed.begin(), listed.end()), listed.end());
    return listed;
}

}  // namespace

detail::stop_signal::stop_signal() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

detail::stop_signal::~stop_signal() { close(descriptor_); }

void detail::stop_signal::set() const { eventfd_write(descriptor_, 1); }

bool detail::stop_signal::wait_for(duration time) const {
    const deadline end(time);
    do {
        pollfd polled{descriptor_, POLLIN, 0};
        if (poll(&polled, 1, end.milliseconds_left()) > 0) return true;
    } while (!end.passed());
    return false;
}

tl::expected<std::vector<std::string>, std::string> discover(const discovery_options& options) {
    return discover_until(options, nullptr);
}

class discovery_agent::poller {
   public:
    poller(discovery_options options, discovery_callbacks callbacks)
        : options_(std::move(options)),
          callbacks_(std::move(callbacks)),
          thread_([this] { run(); }) {}
    ~poller() {
        stop_.set();
        thread_.join();
    }
    poller(const poller&) = delete;
    poller& operator=(const poller&) = delete;

   private:
    void run() {
        const bool once = std::holds_alternative<static_discovery>(options_.source);
        bool stopped = stop_.wait_for(options_.initial_delay);
        while (!stopped) {
            look_up();
            if (once) return;
            stopped = stop_.wait_for(std::max(options_.polling_interval, shortest));
        }
    }

    void look_up() {
        auto now = discover_until(options_, &stop_);
        if (stop_.wait_for(duration::zero())) return;
        if (!now) {
            if (callbacks_.failed) callbacks_.failed(now.error());
        } else if (*now != last_) {
            last_ = std::move(*now);
            if (callbacks_.found) callbacks_.found(last_);
        }
    }

    discovery_options options_;
    discovery_callbacks callbacks_;
    addresses last_;
    detail::stop_signal stop_;
    std::thread thread_;  // last: it uses all the others
};

discovery_agent::discovery_agent(discovery_options options, discovery_callbacks callbacks)
    : poller_(std::make_unique<poller>(std::move(options), std::move(callbacks))) {}

discovery_agent::~discovery_agent() = default;

}  // namespace partita
