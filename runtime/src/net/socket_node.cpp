#include <partita/runtime/socket_node.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <future>
#include <thread>

#include "net/address.hpp"
#include "net/file_storage.hpp"
#include "net/node_group.hpp"
#include "net/node_thread.hpp"

namespace partita {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using detail::node_thread;

constexpr std::size_t threads_max = 64;
constexpr duration accept_pause{std::chrono::milliseconds(100)};

tl::expected<void, socket_error> check_channels(const socket_node_options& of) {
    for (const channel_options& each : of.channels) {
        const std::string name = "channel '" + each.name + "': ";
        if (each.parallelism < 1 || each.parallelism > 64) {
            return tl::unexpected(name + "parallelism is 1 to 64");
        }
        if (each.compression < 0 || each.compression > 19) {
            return tl::unexpected(name + "compression is 0 to 19");
        }
        if (each.causal && of.threads != 1) {
            return tl::unexpected(name + "causal order needs a node of one thread, not of " +
                                  std::to_string(of.threads));
        }
    }
    return {};
}

tl::expected<void, socket_error> check(const socket_node_options& of) {
    if (of.threads < 1 || of.threads > threads_max) {
        return tl::unexpected<socket_error>("a node has 1 to 64 threads");
    }
    constexpr std::size_t frame_bytes_most = std::size_t{1} << 30;
    if (of.limits.frame_bytes_max < 1024 || of.limits.frame_bytes_max > frame_bytes_most) {
        return tl::unexpected<socket_error>("frame_bytes_max is 1 KiB to 1 GiB");
    }
    if (of.limits.turn_bytes < 4096) {
        return tl::unexpected<socket_error>("turn_bytes is 4 KiB or more");
    }
    if (auto secured = check(of.security); !secured) return secured;
    const detail::node_identity self{of.name, 1, of.advertise, of.role};
    if (auto named = detail::check(self); !named) return named;
    return check_channels(of);
}

}  // namespace

struct socket_node::inside {
    inside(const socket_node_options& options, std::optional<detail::tls_context> tls)
        : group(options, std::move(tls)) {}

    [[nodiscard]] tl::expected<void, socket_error> listen();
    [[nodiscard]] tl::expected<void, socket_error> start(const start_function&);
    void accept_next();
    void accepted(tcp::socket, node_thread&);
    void stop();

    detail::node_group group;
    std::optional<tcp::acceptor> acceptor;
    std::optional<asio::steady_timer> pause;
    std::vector<std::thread> running;
    std::size_t next = 0;  // thread for the next connection
    std::mutex mutex;
    std::condition_variable changed;
    bool stopped = false;
};

tl::expected<void, socket_error> socket_node::inside::listen() {
    const auto wanted = detail::parse_address(group.options.listen);
    if (!wanted) return tl::unexpected("listen: " + wanted.error());
    boost::system::error_code error;
    asio::io_context& io = group.threads.front()->io();
    const auto found =
        tcp::resolver(io).resolve(wanted->host, wanted->port, tcp::resolver::passive, error);
    const auto failed = [&](const char* doing) {
        return tl::unexpected(std::string("cannot ") + doing + " " + group.options.listen + ": " +
                              error.message());
    };
    if (error || found.empty()) return failed("resolve");
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor.emplace(io);
    acceptor->open(endpoint.protocol(), error);
    if (error) return failed("listen on");
    acceptor->set_option(tcp::acceptor::reuse_address(true), error);
    acceptor->bind(endpoint, error);
    if (error) return failed("listen on");
    acceptor->listen(1024, error);
    if (error) return failed("listen on");
    const tcp::endpoint bound = acceptor->local_endpoint(error);
    group.self.address = group.options.advertise.empty()
                             ? detail::to_text(detail::socket_address{bound.address().to_string(),
                                                                      std::to_string(bound.port())})
                             : group.options.advertise;
    return {};
}

void socket_node::inside::accept_next() {
    node_thread& to = *group.threads[next++ % group.threads.size()];
    acceptor->async_accept(
        to.io(), [this, &to](const boost::system::error_code& error, tcp::socket from) {
            if (error == asio::error::operation_aborted) return;
            if (!error) {
                accepted(std::move(from), to);
                return accept_next();
            }
            // Out of file descriptors, most likely: that passes.
            group.log("cannot accept: " + error.message());
            pause->expires_after(accept_pause);
            pause->async_wait([this](const boost::system::error_code& cancelled) {
                if (!cancelled) accept_next();
            });
        });
}

void socket_node::inside::accepted(tcp::socket from, node_thread& to) {
    if (!group.take_accepted()) {
        ++group.counters.refused;
        return;  // closes it
    }
    const auto handed = std::make_shared<tcp::socket>(std::move(from));
    asio::post(to.io(), [&to, handed] { to.accept(std::move(*handed)); });
}

tl::expected<void, socket_error> socket_node::inside::start(const start_function& begin) {
    std::promise<std::string> begun;
    std::future<std::string> said = begun.get_future();
    for (const auto& each : group.threads) {
        const bool first = each->number() == 0;
        running.emplace_back([&, first, thread = each.get()] {
            thread->run([&, first](node& here) {
                if (!first) return;
                std::string trouble;
                try {
                    if (begin) begin(here);
                } catch (const std::exception& error) {
                    trouble = std::string("the application does not start: ") + error.what();
                }
                begun.set_value(trouble);
            });
        });
    }
    if (std::string trouble = said.get(); !trouble.empty()) return tl::unexpected(trouble);
    pause.emplace(group.threads.front()->io());
    asio::post(group.threads.front()->io(), [this] { accept_next(); });
    return {};
}

void socket_node::inside::stop() {
    {
        const std::lock_guard guard(mutex);
        if (std::exchange(stopped, true)) return;
    }
    changed.notify_all();
}

socket_node::socket_node(std::unique_ptr<inside> made) : inside_(std::move(made)) {}

tl::expected<std::unique_ptr<socket_node>, socket_error> socket_node::open(
    const socket_node_options& options, start_function start) {
    if (auto fine = check(options); !fine) return tl::unexpected(fine.error());
    std::optional<detail::tls_context> tls;
    if (options.security.tls) {
        auto loaded = detail::tls_context::load(*options.security.tls);
        if (!loaded) return tl::unexpected(loaded.error());
        tls.emplace(std::move(*loaded));
    }
    auto storage = detail::open_storage(options.storage_directory);
    if (!storage) return tl::unexpected(storage.error());
    auto made = std::make_unique<inside>(options, std::move(tls));
    made->group.storage = std::move(*storage);
    for (std::uint32_t number = 0; number < options.threads; ++number) {
        made->group.threads.push_back(std::make_unique<node_thread>(made->group, number));
    }
    if (auto listening = made->listen(); !listening) return tl::unexpected(listening.error());
    std::unique_ptr<socket_node> node(new socket_node(std::move(made)));
    if (auto begun = node->inside_->start(start); !begun) return tl::unexpected(begun.error());
    return node;
}

socket_node::~socket_node() {
    stop();
    for (const auto& each : inside_->group.threads) each->stop();
    for (std::thread& each : inside_->running) each.join();
}

node_id socket_node::id() const { return inside_->group.self.id; }
const peer_spec& socket_node::self() const { return inside_->group.self; }

void socket_node::post(std::function<void(node&)> action) {
    inside_->group.threads.front()->post_action(std::move(action));
}

void socket_node::post_to(std::size_t thread, std::function<void(node&)> action) {
    inside_->group.threads.at(thread)->post_action(std::move(action));
}

namespace {

/// Runs `action` on that thread and waits; false: the node was stopped first.
bool run_on(node_thread& thread, const std::function<void(node&)>& action,
            const std::function<bool()>& stopped) {
    const auto done = std::make_shared<std::promise<void>>();
    std::future<void> ended = done->get_future();
    thread.post_action([action, done](node& here) {
        action(here);
        done->set_value();
    });
    for (;;) {
        constexpr auto glance = std::chrono::milliseconds(50);
        if (ended.wait_for(glance) == std::future_status::ready) return true;
        if (stopped()) return false;
    }
}

}  // namespace

bool socket_node::run(const std::function<void(node&)>& action) {
    return run_on(*inside_->group.threads.front(), action, [this] {
        const std::lock_guard guard(inside_->mutex);
        return inside_->stopped;
    });
}

socket_node::pending_work socket_node::pending() {
    const auto sum = std::make_shared<pending_work>();
    for (const auto& each : inside_->group.threads) {
        const auto add = [sum, thread = each.get()](node&) {
            sum->timers += thread->timers_pending();
            sum->messages += thread->messages_pending();
        };
        const bool added = run_on(*each, add, [this] {
            const std::lock_guard guard(inside_->mutex);
            return inside_->stopped;
        });
        if (!added) return {};
    }
    return *sum;
}

void socket_node::connect(const peer_spec& peer) {
    node_thread* const first = inside_->group.threads.front().get();
    first->post_action([first, peer](node&) { first->connect({}, peer); });
}

void socket_node::wait() {
    std::unique_lock guard(inside_->mutex);
    inside_->changed.wait(guard, [this] { return inside_->stopped; });
}

void socket_node::stop() { inside_->stop(); }

socket_node::counters socket_node::count() const {
    const auto& from = inside_->group.counters;
    counters now;
    now.connections = from.connections;
    now.accepted = from.accepted;
    now.refused = from.refused;
    now.malformed = from.malformed;
    now.messages_sent = from.messages_sent;
    now.messages_received = from.messages_received;
    now.messages_shed = from.messages_shed;
    now.queued_bytes = from.queued_bytes;
    return now;
}

}  // namespace partita
