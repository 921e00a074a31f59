#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include <partita/runtime/ids.hpp>

/// Discovery: where the other nodes are. Only for real sockets; a simulated world knows its nodes.
///
///     auto options = partita::parse_discovery("dns:a:kv:9000");
///     partita::discovery_agent agent(*options, {.found = [&](const auto& addresses) { ... }});
namespace partita {

/// A fixed list. Each is `name:port`, `1.2.3.4:port` or `[::1]:port`; names are handed on as they
/// are, for whoever connects to resolve.
struct static_discovery {
    std::vector<std::string> addresses = {};
    bool operator==(const static_discovery&) const = default;
};

/// Which records of DNS name the nodes: addresses (a service of Docker Compose, a headless service
/// of Kubernetes), or targets with ports (RFC 2782), whose addresses are then looked up as well.
enum class dns_record : std::uint8_t { a, aaaa, srv };

/// Every address that a name has. A relative name (no dot at its end) goes through the search list
/// of resolv.conf, as everywhere; with a server given, a name is taken as it stands.
struct dns_discovery {
    std::string name = {};              ///< of srv with its service: `_partita._tcp.kv`
    dns_record record = dns_record::a;  ///< what to ask for
    std::uint16_t port = 0;             ///< of every node; 0 with srv, which tells the ports
    std::string server =
        {};  ///< `1.2.3.4:53`, `[::1]:53`; 53 if no port; empty: the system's servers
    bool operator==(const dns_discovery&) const = default;
};

using discovery_source = std::variant<static_discovery, dns_discovery>;

/// Where to look and how often. The timing is Partisan's, but for its initial delay of 10 s: a node
/// that starts has nothing better to do than to join. An interval or timeout below 1 ms is 1 ms.
struct discovery_options {
    discovery_source source = {};
    duration initial_delay{0};                            ///< before the first look-up
    duration polling_interval = std::chrono::minutes(1);  ///< from the end of one to the next
    duration lookup_timeout = std::chrono::seconds(5);    ///< for one, with all it asks
    bool operator==(const discovery_options&) const = default;
};

/// From the form of the command line:
///
///     list:HOST:PORT,HOST:PORT     dns:a:NAME:PORT     dns:aaaa:NAME:PORT     dns:srv:NAME
///
/// after a dns source optionally `@SERVER:PORT`, and after any of them times other than the
/// defaults: `/delay=2s`, `/interval=500ms`, `/timeout=1s` (units ns, us, ms, s, m, h).
/// The error is one line: what was found, and what was expected.
[[nodiscard]] tl::expected<discovery_options, std::string> parse_discovery(std::string_view);
/// What parse_discovery() makes equal options of, if they are valid.
[[nodiscard]] std::string to_text(const discovery_options&);

/// One look-up: `host:port` of every node found, sorted as text, each once, at least one. Blocks
/// for lookup_timeout at most. The caller's own address may be among them.
/// The error is one line: name, record, server, and what went wrong there (no such name, no answer,
/// refused, malformed, ...), or what is invalid in the options.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> discover(
    const discovery_options&);

/// What an agent calls, on its own thread, never two at a time. Either may be left empty. They must
/// not throw, nor destroy the agent.
struct discovery_callbacks {
    /// All addresses: the first time, and whenever they are others than the time before.
    std::function<void(const std::vector<std::string>&)> found = {};
    /// The reason, for each look-up that failed. What was found before stays found.
    std::function<void(const std::string&)> failed = {};
};

/// Looks up again and again in a thread of its own, until destroyed. A static list is looked up
/// once. The destructor cuts a look-up short; it waits for no more than a callback that is running.
class discovery_agent {
   public:
    /// Throws std::system_error when the system gives no thread or no file descriptor.
    discovery_agent(discovery_options, discovery_callbacks);
    ~discovery_agent();
    discovery_agent(const discovery_agent&) = delete;
    discovery_agent& operator=(const discovery_agent&) = delete;

   private:
    class poller;
    std::unique_ptr<poller> poller_;
};

}  // namespace partita
