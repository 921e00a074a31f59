#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>

#include <partita/runtime/discovery.hpp>
#include <partita/runtime/socket_node.hpp>

#include "cluster_output.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"

namespace partita::cli {
namespace {

struct node_arguments {
    std::string application;
    std::string name;
    std::string listen = "127.0.0.1:0";
    std::string advertise;
    std::string overlay = "full-mesh";
    std::vector<std::string> contacts;
    std::optional<std::string> discovery;
    std::string cluster = "partita";
    std::optional<std::string> secret_file;
    std::string certificate;
    std::string key;
    std::string authority;
    std::uint64_t threads = 1;
    std::optional<std::chrono::nanoseconds> busy_poll;
    std::string data;
    std::vector<std::string> parallelism;
    std::optional<std::uint64_t> connections_max;
    std::optional<std::uint64_t> frame_bytes_max;
    std::optional<std::uint64_t> queue_bytes_max;
    std::optional<std::string> trace;
    std::vector<std::string> parameters;
};

template <typename T>
T fine(tl::expected<T, std::string> from) {
    if (!from) throw failure(from.error());
    return std::move(*from);
}

// ---- what the flags come to --------------------------------------------------------------------

/// The bytes of the file without the line end that editors and `openssl rand` put there.
std::string secret_in(const std::string& file) {
    std::string secret = read_file(file);
    while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
    const auto checked = partita::check({secret, std::nullopt});
    if (!checked) throw failure(file + ": " + checked.error());
    if (secret.empty()) throw failure(file + ": expected a secret, found nothing");
    return secret;
}

/// Changes how many connections a channel has, declared or not.
void take_parallelism(const std::string& text, std::vector<channel_options>& channels) {
    constexpr number_range lanes{1, 64};
    const std::size_t sign = text.find('=');
    const auto count = parse_number(sign == std::string::npos ? "" : text.substr(sign + 1), lanes);
    if (!count) {
        throw failure("--parallelism " + text + ": expected CHANNEL=N, N a number from 1 to 64");
    }
    const std::string name = text.substr(0, sign);
    auto place = std::find_if(channels.begin(), channels.end(),
                              [&](const channel_options& each) { return each.name == name; });
    if (place == channels.end()) {
        place = channels.emplace(channels.end());
        place->name = name;
    }
    place->parallelism = static_cast<std::uint32_t>(*count);
}

settings settings_in(const application& of, const std::vector<std::string>& parameters) {
    std::map<std::string, std::string> values;
    for (const std::string& each : parameters) {
        const std::size_t sign = each.find('=');
        if (sign == 0 || sign == std::string::npos) {
            throw failure("'" + each + "': expected PARAM=VALUE");
        }
        values[each.substr(0, sign)] = each.substr(sign + 1);
    }
    return need(settings_of(of, {of.name, values}));
}

overlay_options overlay_in(const node_arguments& given) {
    overlay_options made = fine(parse_overlay(given.overlay));
    for (const std::string& each : given.contacts) made.contacts.push_back(contact_at(each));
    return made;
}

std::string role_of(const overlay_options& of) {
    if (of.kind != overlay_kind::client_server) return {};
    return of.role == overlay_role::server ? "server" : "client";
}

security_options security_in(const node_arguments& given) {
    security_options made;
    if (given.secret_file) made.secret = secret_in(*given.secret_file);
    if (!given.certificate.empty() || !given.key.empty() || !given.authority.empty()) {
        made.tls = tls_options{given.certificate, given.key, given.authority};
    }
    if (const auto checked = partita::check(made); !checked) throw failure(checked.error());
    return made;
}

socket_node_options options_in(const application& of, const node_arguments& given,
                               const overlay_options& overlay) {
    socket_node_options made;
    made.channels = of.channels;
    made.name = given.name;
    made.cluster = given.cluster;
    made.listen = given.listen;
    made.advertise = given.advertise;
    made.role = role_of(overlay);
    for (const std::string& each : given.parallelism) take_parallelism(each, made.channels);
    made.overlay_with = [overlay](const peer_spec& self, std::uint64_t incarnation) {
        return make_overlay(overlay, self, incarnation);
    };
    made.threads = given.threads;
    if (given.busy_poll) made.busy_poll = *given.busy_poll;
    made.security = security_in(given);
    made.storage_directory = given.data;
    if (given.connections_max) made.limits.connections_max = *given.connections_max;
    if (given.frame_bytes_max) made.limits.frame_bytes_max = *given.frame_bytes_max;
    if (given.queue_bytes_max) made.limits.queue_bytes_max = *given.queue_bytes_max;
    return made;
}

// ---- what is told while it runs ----------------------------------------------------------------

/// Says on standard error who comes and goes.
class newsreader {
   public:
    using accepts = messages<node_up, node_down, member_joined, member_left>;
    void on_start(context& self) { self.monitor_nodes(); }
    void on_message(context& self, const node_up& it) { say(self, it.node.name() + " up"); }
    void on_message(context& self, const node_down& it) {
        say(self, it.node.name() + " down: " + it.reason);
    }
    void on_message(context& self, const member_joined& it) {
        say(self, it.node.name() + " joined");
    }
    void on_message(context& self, const member_left& it) { say(self, it.node.name() + " left"); }

   private:
    static void say(const context& self, const std::string& what) {
        complain_line(self.self().node.name() + ": " + what);
    }
};

/// Keeps the trace when it is wanted, and says at once what goes wrong inside the application. Told
/// on every thread of the node.
class watcher final : public observer {
   public:
    explicit watcher(bool keeps) : keeps_(keeps) {}

    event_id record(const trace_event& event) override {
        if (event.kind == event_kind::failure || event.kind == event_kind::bound) {
            complain_line(event.node.name() + ": " + std::string(event.text));
        }
        if (!keeps_) return {};
        const std::lock_guard guard(mutex_);
        if (kept_.size() >= events_max) {
            ++lost_;
            return {};
        }
        trace_event since = event;
        since.at = time_point(event.at - begin_);
        return kept_.append(since);
    }

    [[nodiscard]] std::string text() {
        const std::lock_guard guard(mutex_);
        std::string lines;
        for (const traced_event& each : kept_.events()) lines += kept_.line(each) + "\n";
        if (lost_ != 0) lines += std::to_string(lost_) + " more events were not kept\n";
        return lines;
    }

   private:
    /// What a node that runs for days may keep in memory.
    static constexpr std::uint64_t events_max = 1'000'000;

    const bool keeps_;
    const time_point begin_ = steady_now();
    std::mutex mutex_;
    trace kept_;
    std::uint64_t lost_ = 0;
};

// ---- its life ----------------------------------------------------------------------------------

sigset_t end_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

std::unique_ptr<discovery_agent> discover_for(socket_node& here, const discovery_options& from) {
    discovery_callbacks calls;
    calls.found = [&here, own = here.self().address](const std::vector<std::string>& addresses) {
        here.post([addresses, own](node& of) {
            for (const std::string& each : addresses) {
                if (each != own) of.join(contact_at(each));
            }
        });
    };
    calls.failed = [](const std::string& why) { complain_line("discovery: " + why); };
    return std::make_unique<discovery_agent>(from, std::move(calls));
}

int be_node(const session& in, const node_arguments& given) {
    const application of = *need(find_application(in, given.application));
    const settings with = settings_in(of, given.parameters);
    const overlay_options overlay = overlay_in(given);
    socket_node_options options = options_in(of, given, overlay);
    std::optional<discovery_options> discovery;
    if (given.discovery) discovery = fine(parse_discovery(*given.discovery));
    if (given.trace) write_file(*given.trace, "");
    watcher seen(given.trace.has_value());
    options.events = &seen;
    options.log = complain_line;

    const sigset_t signals = end_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there are threads
    auto here = fine(socket_node::open(options, [&](node& fresh) {
        if (of.start) of.start(fresh, with);
        fresh.spawn<newsreader>("");
    }));
    print(given.name + " listening on " + here->self().address + "\n");
    finish_output();
    std::unique_ptr<discovery_agent> agent;
    if (discovery) agent = discover_for(*here, *discovery);
    int number = 0;
    while (sigwait(&signals, &number) != 0) {
    }
    agent.reset();
    here.reset();
    if (given.trace) write_file(*given.trace, seen.text());
    return exit_code::holds;
}

void declare(declaration& to, node_arguments& into) {
    using namespace std::chrono_literals;
    to.word({"--app", "APP", "An application (see list)", true}, into.application);
    to.word({"--name", "NAME", "Of this node: n1", true}, into.name);
    to.word({"--listen", "HOST:PORT", "Where others connect to it; port 0: any (127.0.0.1:0)"},
            into.listen);
    to.word({"--advertise", "HOST:PORT", "What others dial, if that is not where it listens"},
            into.advertise);
    to.word({"--overlay", "KIND",
             "full-mesh, client-server:server, client-server:client or static (full-mesh)"},
            into.overlay);
    to.words({"--join", "HOST:PORT", "A node to join; may be repeated"}, into.contacts);
    to.word({"--discover", "SOURCE",
             "Where to find nodes to join: list:HOST:PORT,..., dns:a:NAME:PORT, dns:srv:NAME"},
            into.discovery);
    to.word({"--cluster", "NAME", "Nodes of other clusters are refused (partita)"}, into.cluster);
    to.word({"--secret-file", "FILE", "The cluster's secret, 16 to 1024 bytes"}, into.secret_file);
    to.word({"--tls-cert", "FILE", "This node's certificate, PEM"}, into.certificate);
    to.word({"--tls-key", "FILE", "Its private key, PEM"}, into.key);
    to.word({"--tls-ca", "FILE", "The root certificates trusted, PEM"}, into.authority);
    to.number({"--threads", "N", "1 to 64 (1)"}, {1, 64}, into.threads);
    to.duration({"--busy-poll", "DURATION",
                 "How long a thread asks for work before it sleeps (50us); 0: not at all"},
                0ns, 1s, into.busy_poll);
    to.word({"--data", "DIR", "Where its storage is kept; none: in memory"}, into.data);
    to.words({"--parallelism", "CHANNEL=N",
              "Connections to each peer for a channel, 1 to 64; may be repeated"},
             into.parallelism);
    to.number({"--connections-max", "N", "Connections accepted"}, {1, 1'000'000},
              into.connections_max);
    to.number({"--frame-bytes-max", "N", "Bytes of one message"}, {1024, 1u << 30},
              into.frame_bytes_max);
    to.number({"--queue-bytes-max", "N", "Bytes that wait for one connection"},
              {1024, std::uint64_t{1} << 40}, into.queue_bytes_max);
    to.word({"--trace", "FILE", "Where to write all that happened, when the node ends"},
            into.trace);
    to.words({"PARAM", "", "Parameters of the application, NAME=VALUE"}, into.parameters);
}

}  // namespace

void add_node(declaration& to, session& in) {
    const auto given = std::make_shared<node_arguments>();
    declaration command =
        to.sub("node", "Run one node of an application on real sockets, until SIGTERM",
               in.program + " node --app lampson-2pc --name n1 --listen 127.0.0.1:9001");
    declare(command, *given);
    command.chosen([&in, given] { in.chosen = [&in, given] { return be_node(in, *given); }; });
}

}  // namespace partita::cli
