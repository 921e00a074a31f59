#pragma once

#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/sim/world.hpp>

#include "small_world.hpp"
#include "socket_cluster.hpp"
#include "temporary_directory.hpp"

/// One program of actors, run in a simulated world and on real sockets.
namespace partita::parity {

/// What nodes note, drop and fail at, from any thread.
class notebook final : public observer {
   public:
    event_id record(const trace_event& event) override {
        const std::lock_guard guard(mutex_);
        trace_.append(event);
        if (event.kind == event_kind::note) {
            test::word said;
            const bool is_word = event.message->type->hash == message_type_of<test::word>.hash &&
                                 decode(event.message->payload, said);
            notes_[event.node].push_back(is_word ? said.text : event.message->text());
        } else if (event.kind == event_kind::drop) {
            ++drops_[std::string(event.text)];
        } else if (event.kind == event_kind::failure || event.kind == event_kind::bound) {
            failures_ += event.node.name() + ": " + std::string(event.text) + "\n";
        }
        return {};
    }
    /// The words, and other things as text, in the order in which that node said them, over all
    /// its lives.
    [[nodiscard]] std::vector<std::string> notes(std::string_view of) const {
        const std::lock_guard guard(mutex_);
        const auto found = notes_.find(node_id(of));
        return found == notes_.end() ? std::vector<std::string>() : found->second;
    }
    /// How many messages were dropped for that reason.
    [[nodiscard]] std::size_t drops(const std::string& why) const {
        const std::lock_guard guard(mutex_);
        const auto found = drops_.find(why);
        return found == drops_.end() ? 0 : found->second;
    }
    [[nodiscard]] std::string failures() const {
        const std::lock_guard guard(mutex_);
        return failures_;
    }

    /// Notes, commands and failures. Requires: nothing happens any more, or once all is quiet.
    [[nodiscard]] const trace& kept() const { return trace_; }

   private:
    mutable std::mutex mutex_;
    trace trace_{trace_detail::notes};
    std::map<node_id, std::vector<std::string>> notes_;
    std::map<std::string, std::size_t> drops_;
    std::string failures_;
};

/// The nodes of a program, and how each starts.
struct cast {
    int nodes = 2;                      ///< n1, n2, ...
    std::function<void(node&)> boot{};  ///< at the start of a node, and at each restart
    std::vector<channel_options> channels{};
    /// By the name of the node, with contacts by name, of nodes before it. Empty: a full mesh, all
    /// connected before the first of them boots.
    std::function<overlay_options(const std::string& name)> overlay{};
    /// Bytes a second that a simulated connection carries; sockets carry what they can.
    std::uint64_t simulated_bandwidth = link_model::unlimited;
};

/// Where a program runs.
class stage {
   public:
    virtual ~stage() = default;
    virtual void start(const cast&) = 0;
    /// Everything in its memory is gone; what it stored is not.
    virtual void stop(const std::string& name) = 0;
    virtual void restart(const std::string& name) = 0;
    /// Runs `action` with that node, now.
    virtual void on(const std::string& name, const std::function<void(node&)>& action) = 0;
    /// Lets the program go on until that holds; false after a bound that only a hang reaches.
    virtual bool until(const std::function<bool()>& holds) = 0;
    /// How others join that node.
    [[nodiscard]] virtual peer_spec contact(const std::string& name) const = 0;

    [[nodiscard]] const notebook& seen() const { return seen_; }
    [[nodiscard]] notebook& book() { return seen_; }

   protected:
    notebook seen_;
};

[[nodiscard]] inline std::vector<std::string> names_of(const cast& of) {
    std::vector<std::string> names;
    for (int number = 1; number <= of.nodes; ++number)
        names.push_back("n" + std::to_string(number));
    return names;
}

class simulated_stage final : public stage {
   public:
    void start(const cast& of) override {
        world_options options;
        options.listener = &seen_;
        options.node.channels = std::make_shared<const channel_table>(of.channels);
        options.link.bandwidth = of.simulated_bandwidth;
        if (of.overlay) {
            options.overlay = [of](const peer_spec& self, std::uint64_t incarnation) {
                return make_overlay(of.overlay(self.name), self, incarnation);
            };
        }
        world_ = std::make_unique<world>(options, space_);
        std::vector<node_id> ids;
        for (const std::string& name : names_of(of)) ids.emplace_back(name);
        world_->start(ids, [boot = of.boot](node& here) {
            if (boot) boot(here);
        });
    }
    void stop(const std::string& name) override { world_->control().crash(node_id(name)); }
    void restart(const std::string& name) override { world_->control().restart(node_id(name)); }
    void on(const std::string& name, const std::function<void(node&)>& action) override {
        action(*world_->find(node_id(name)));
    }
    bool until(const std::function<bool()>& holds) override {
        return holds() || world_->run_until(holds, later(world_->now(), std::chrono::hours(1)));
    }
    [[nodiscard]] peer_spec contact(const std::string& name) const override {
        return contact_named(name);
    }

   private:
    workspace space_;
    std::unique_ptr<world> world_;
};

/// An address of this process alone, so that a node that comes back finds its port free.
[[nodiscard]] inline std::string own_address(int number) {
    const int process = ::getpid();
    return "127." + std::to_string(1 + process / 256 % 250) + "." + std::to_string(process % 256) +
           "." + std::to_string(number) + ":7000";
}

/// Nodes of this process on loopback, each with a thread of its own.
class socket_stage final : public stage {
   public:
    void start(const cast& of) override {
        cast_ = of;
        const std::vector<std::string> names = names_of(of);
        for (const std::string& name : names) open(name);
        if (of.overlay) return;
        for (const std::string& name : names) connect_all(name);
        const auto connected = [&] { return all_connected(names); };
        if (!testing::eventually(connected)) throw std::runtime_error(log_.text());
        boot_together(names);
    }
    void stop(const std::string& name) override { nodes_.erase(name); }
    void restart(const std::string& name) override {
        open(name);
        if (cast_.overlay) return;
        connect_all(name);
        nodes_.at(name)->run([this](node& here) { boot(here); });
    }
    void on(const std::string& name, const std::function<void(node&)>& action) override {
        nodes_.at(name)->run(action);
    }
    bool until(const std::function<bool()>& holds) override { return testing::eventually(holds); }
    [[nodiscard]] peer_spec contact(const std::string& name) const override {
        return {node_id(name), name, address_of(name), ""};
    }
    [[nodiscard]] socket_node& at(const std::string& name) { return *nodes_.at(name); }

   private:
    [[nodiscard]] static std::string address_of(const std::string& name) {
        return own_address(std::stoi(name.substr(1)));
    }

    void boot(node& here) const {
        if (cast_.boot) cast_.boot(here);
    }

    void open(const std::string& name) {
        socket_node_options options = testing::node_called(name, log_);
        options.listen = address_of(name);
        options.channels = cast_.channels;
        options.incarnation = ++lives_[name];
        options.seed = 0;
        options.storage_directory = (storage_.path() / name).string();
        if (cast_.overlay && cast_.overlay(name).kind == overlay_kind::client_server) {
            const bool serves = cast_.overlay(name).role == overlay_role::server;
            options.role = serves ? "server" : "client";
        }
        options.events = &seen_;
        options.overlay_with = [this](const peer_spec& self, std::uint64_t incarnation) {
            return overlay_of(self, incarnation);
        };
        nodes_[name] = testing::opened(options, [this](node& here) {
            if (cast_.overlay) boot(here);
        });
    }

    [[nodiscard]] std::unique_ptr<overlay> overlay_of(const peer_spec& self,
                                                      std::uint64_t incarnation) const {
        if (cast_.overlay) {
            overlay_options options = cast_.overlay(self.name);
            for (peer_spec& each : options.contacts) each = contact(each.name);
            return make_overlay(options, self, incarnation);
        }
        std::vector<node_id> all;
        for (const std::string& name : names_of(cast_)) all.emplace_back(name);
        return std::make_unique<full_mesh>(self.id, std::move(all));
    }

    void connect_all(const std::string& from) {
        for (const std::string& other : names_of(cast_)) {
            if (other != from) nodes_.at(from)->connect(contact(other));
        }
    }
    [[nodiscard]] bool all_connected(const std::vector<std::string>& names) {
        for (const std::string& name : names) {
            std::size_t peers = 0;
            nodes_.at(name)->run([&](node& here) { peers = here.connected().size(); });
            if (peers + 1 < names.size()) return false;
        }
        return true;
    }
    /// What a node says while it boots must not reach one that has no actors yet.
    void boot_together(const std::vector<std::string>& names) {
        std::mutex mutex;
        std::condition_variable changed;
        std::size_t booting = names.size();
        for (const std::string& name : names) {
            nodes_.at(name)->post([&](node& here) {
                boot(here);
                std::unique_lock guard(mutex);
                --booting;
                changed.notify_all();
                changed.wait(guard, [&] { return booting == 0; });
            });
        }
        for (const std::string& name : names) nodes_.at(name)->run([](node&) {});
    }

    testing::log_lines log_;
    test::temporary_directory storage_;
    cast cast_;
    std::map<std::string, std::uint64_t> lives_;
    std::map<std::string, std::unique_ptr<socket_node>> nodes_;
};

}  // namespace partita::parity
