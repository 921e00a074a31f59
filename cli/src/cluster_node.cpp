#include "cluster_node.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>

#include <partita/runtime/socket_node.hpp>

#include "cluster_frames.hpp"
#include "cluster_output.hpp"

namespace partita::cli {
namespace {

/// Reports to the program from any thread: whole frames, in order.
class reporter final : public observer {
   public:
    reporter(shared_log& log, const pipe_end& pipe) : log_(log), pipe_(pipe), events_(log, pipe) {}

    /// At once, so that whatever ends this process, what happened before is known.
    event_id record(const trace_event& event) override {
        const std::lock_guard guard(mutex_);
        const event_id id = events_.record(event);
        log_.flush(pipe_);
        return id;
    }
    void send(const std::vector<std::byte>& frame) {
        const std::lock_guard guard(mutex_);
        (void)pipe_.write_all(frame);
    }

   private:
    std::mutex mutex_;
    shared_log& log_;
    const pipe_end& pipe_;
    event_sender events_;
};

/// The program records faults itself.
class deaf final : public observer {
    event_id record(const trace_event&) override { return {}; }
};

/// A node, its nemesis, and what the program wants of them.
class cluster_node final : private node_control_port {
   public:
    cluster_node(const node_life& life, pipe_end& pipe)
        : life_(life),
          pipe_(pipe),
          out_(life.log, pipe),
          nemesis_(environment(), life.of.rewrites) {
        nemesis_.load(life.decisions);
    }

    void live() {
        socket_node_options options;
        options.name = life_.id.name();
        options.incarnation = life_.incarnation;
        options.seed = life_.settings.number("seed");
        options.storage_directory = life_.storage_directory;
        options.channels = life_.of.channels;
        options.events = &out_;
        options.log = [](const std::string&) {};
        // Nodes come back within milliseconds, and are expected to be found at once.
        options.timing.reconnect_least = std::chrono::milliseconds(10);
        options.timing.reconnect_most = std::chrono::milliseconds(100);
        options.overlay_with = [this](const peer_spec& self, std::uint64_t) {
            return std::make_unique<full_mesh>(self.id, life_.nodes);
        };
        auto opened = socket_node::open(options, [this](node& fresh) { attach(fresh); });
        if (!opened) {
            return out_.send(frame_of(node_report::failed,
                                      [&](frame_writer& to) { to.put_text(opened.error()); }));
        }
        here_ = opened->get();
        out_.send(frame_of(node_report::open,
                           [&](frame_writer& to) { to.put_text(here_.load()->self().address); }));
        obey();
        go();  // it may still wait for it
        here_ = nullptr;
    }

   private:
    void attach(node& fresh) {
        node_ = &fresh;
        nemesis_.attach(fresh);
        fresh.hooks().install_post(
            "nemesis", [this](direction, const envelope&, const envelope*) { tell_sites_met(); });
        (void)fresh.on_up([this](node_id peer) { tell_peer(peer, true); });
        (void)fresh.on_down([this](node_id peer, std::string_view) { tell_peer(peer, false); });
    }

    void tell_peer(node_id peer, bool up) {
        out_.send(frame_of(node_report::peer, [&](frame_writer& to) {
            to.put(peer);
            to.put(up);
        }));
    }

    /// The program does what concerns the whole node, or others.
    void tell_sites_met() {
        if (nemesis_.met_count() == told_count_) return;
        told_count_ = nemesis_.met_count();
        told_.resize(nemesis_.met().size());
        for (std::uint32_t at = 0; at < told_.size(); ++at) {
            if (!nemesis_.met()[at] || told_[at]) continue;
            told_[at] = true;
            auto frame = frame_of(node_report::met, [&](frame_writer& to) {
                to.put(at);
                to.put(steady_now());
            });
            // A crash ends this process: first all that the node has said must have left it.
            const bool last = life_.decisions[at].action.verb == site_verb::crash;
            if (!last || here_ == nullptr) {
                out_.send(frame);
            } else {
                here_.load()->post([this, frame](node&) { out_.send(frame); });
            }
        }
    }

    void obey() {
        frame_buffer orders;
        for (;;) {
            while (const auto frame = orders.next()) {
                frame_reader from(*frame);
                if (!take(from)) return;
            }
            if (!pipe_.read_more(orders.incoming())) return;
        }
    }

    [[nodiscard]] bool take(frame_reader& from) {
        switch (from.take<node_order>()) {
            case node_order::start:
                start(from);
                return true;
            case node_order::go:
                go();
                return true;
            case node_order::connect:
                connect(from);
                return true;
            case node_order::command:
                run_command(from);
                return true;
            case node_order::fault:
                inject(from);
                return true;
            case node_order::settle:
                here_.load()->post([this](node&) {
                    nemesis_.settle();
                    tell_done({});
                });
                return true;
            case node_order::ask:
                tell_pending();
                return true;
            case node_order::end:
                return false;
        }
        return false;
    }

    void connect(frame_reader& from) {
        peer_spec peer;
        peer.name = from.take_text();
        peer.address = from.take_text();
        peer.id = node_id(peer.name);
        here_.load()->connect(peer);
    }

    void start(frame_reader& from) {
        const bool together = from.take<bool>();
        for (auto left = from.take<std::uint32_t>(); left > 0; --left) connect(from);
        here_.load()->post([this, together](node& fresh) {
            std::string trouble;
            try {
                if (life_.of.start) life_.of.start(fresh, life_.settings);
            } catch (const std::exception& error) {
                trouble = error.what();
            }
            if (!trouble.empty()) {
                const std::string text = "exception: " + trouble;
                out_.record({event_kind::failure, steady_now(), life_.id, {}, nullptr, {}, text});
            }
            out_.send(frame_of(node_report::started));
            // What it says now must not reach a node that has no actors yet.
            std::unique_lock guard(mutex_);
            if (together) gone_.wait(guard, [this] { return may_go_; });
        });
    }

    void go() {
        {
            const std::lock_guard guard(mutex_);
            may_go_ = true;
        }
        gone_.notify_all();
    }

    void run_command(frame_reader& from) {
        const auto number = from.take<std::uint64_t>();
        command it;
        it.node = from.take_text();
        it.name = from.take_text();
        it.arguments = take_texts(from);
        const command_definition* const definition = life_.of.find_command(it.name);
        here_.load()->post([this, number, it, definition](node& where) {
            where.spawn_fiber("command " + std::to_string(number),
                              [this, number, it, definition](fiber_context& self) {
                                  const response answer = definition->run(self, it);
                                  if (!node_->stopped()) tell_response(number, answer);
                              });
        });
    }

    void tell_response(std::uint64_t number, const response& answer) {
        out_.send(frame_of(node_report::response, [&](frame_writer& to) {
            to.put(number);
            to.put(steady_now());
            to.put(answer.kind);
            to.put_text(answer.value);
        }));
    }

    void inject(frame_reader& from) {
        fault_step words;
        words.name = from.take_text();
        words.arguments = take_texts(from);
        here_.load()->post([this, words](node&) {
            const auto read = parse_fault(words, life_.of.custom_fault_names());
            const auto done = read ? nemesis_.inject(*read) : tl::unexpected(read.error());
            tell_done(done ? std::string() : done.error().message);
        });
    }

    void tell_done(const std::string& error) {
        out_.send(frame_of(node_report::done, [&](frame_writer& to) { to.put_text(error); }));
    }

    void tell_pending() {
        const auto left = here_.load()->pending();
        const auto counted = here_.load()->count();
        out_.send(frame_of(node_report::pending, [&](frame_writer& to) {
            to.put(node_pending{left.timers, left.messages, counted.messages_sent,
                                counted.messages_received, counted.messages_shed});
        }));
    }

    // ---- what the nemesis needs ----

    [[nodiscard]] nemesis_environment environment() {
        nemesis_environment outside;
        outside.control = this;
        outside.events = &nobody_;
        outside.now = &steady_now;
        outside.after = [](duration, const std::function<void()>&) {};  // the program does
        outside.seed = mix_bits(life_.settings.number("seed") ^ mix_bits(name_hash("nemesis")));
        outside.custom = [this](const custom_fault& it, bool ends) -> result<void> {
            const auto found = life_.of.custom_faults.find(it.name);
            if (found == life_.of.custom_faults.end()) return {};
            return found->second(*node_, it.arguments, ends);
        };
        return outside;
    }
    /// From here on nothing that the node does has an effect; the program ends the process.
    void crash(node_id id) override {
        if (id == life_.id) node_->stop();
    }
    void restart(node_id) override {}
    void pause(node_id) override {}
    void resume(node_id) override {}
    [[nodiscard]] std::vector<node_id> nodes() const override { return life_.nodes; }
    [[nodiscard]] bool is_up(node_id) const override { return true; }

    const node_life& life_;
    pipe_end& pipe_;
    reporter out_;
    deaf nobody_;
    nemesis nemesis_;
    node* node_ = nullptr;
    std::atomic<socket_node*> here_{nullptr};
    std::vector<bool> told_;
    std::uint32_t told_count_ = 0;
    std::mutex mutex_;
    std::condition_variable gone_;
    bool may_go_ = false;
};

void print_into(const std::string& file) {
    const int output = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0) return;
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::close(output);
    // Whoever watches must see what was printed last, however it ends.
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
}

}  // namespace

void live_as_node(const node_life& life, pipe_end& pipe) {
    ::prctl(PR_SET_NAME, ("partita " + life.id.name()).c_str());
    print_into(life.output_file);
    cluster_node(life, pipe).live();
}

}  // namespace partita::cli
