#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <partita/runtime/overlay.hpp>
#include <partita/runtime/socket_node.hpp>

namespace partita::testing {

/// Asks again and again until it holds; false after a bound that only a hang reaches.
inline bool eventually(const std::function<bool()>& holds,
                       std::chrono::milliseconds bound = std::chrono::seconds(20)) {
    const auto until = std::chrono::steady_clock::now() + bound;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

/// Lines that nodes log, from any of their threads.
class log_lines {
   public:
    [[nodiscard]] std::function<void(const std::string&)> sink() {
        return [this](const std::string& line) {
            const std::lock_guard guard(mutex_);
            lines_.push_back(line);
        };
    }
    [[nodiscard]] std::size_t count(std::string_view part) const {
        const std::lock_guard guard(mutex_);
        std::size_t found = 0;
        for (const std::string& line : lines_) found += line.find(part) != std::string::npos;
        return found;
    }
    [[nodiscard]] std::string text() const {
        const std::lock_guard guard(mutex_);
        std::string all;
        for (const std::string& line : lines_) all += line + "\n";
        return all;
    }

   private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

/// Options of a node on loopback with quick timing.
inline socket_node_options node_called(std::string name, log_lines& log,
                                       std::vector<peer_spec> contacts = {}) {
    using std::chrono::milliseconds;
    socket_node_options options;
    options.name = std::move(name);
    options.timing.reconnect_least = milliseconds(5);
    options.timing.reconnect_most = milliseconds(50);
    options.log = log.sink();
    options.overlay_with = [contacts](const peer_spec& self, std::uint64_t incarnation) {
        return make_overlay({.contacts = contacts}, self, incarnation);
    };
    return options;
}

inline std::unique_ptr<socket_node> opened(const socket_node_options& options,
                                           socket_node::start_function start = {}) {
    auto made = socket_node::open(options, std::move(start));
    if (!made) throw std::runtime_error(made.error());
    return std::move(*made);
}

/// Whether `from` has a connection to `to`.
inline bool is_connected(socket_node& from, node_id to) {
    bool found = false;
    from.run([&](node& here) {
        for (const node_id each : here.connected()) found = found || each == to;
    });
    return found;
}

}  // namespace partita::testing
