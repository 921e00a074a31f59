#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/sim/world.hpp>

namespace partita::test {

using namespace std::chrono_literals;

struct number {
    std::int64_t value = 0;
    bool operator==(const number&) const = default;
};
PARTITA_MESSAGE(number, value)
struct word {
    std::string text;
};
PARTITA_MESSAGE(word, text)
struct tick {};
PARTITA_MESSAGE(tick)

/// A world of n1, n2, ... with its memory, and the questions tests ask of it.
class small_world {
   public:
    explicit small_world(int nodes, world::start_function boot, const world_options& options = {})
        : world_(std::make_unique<world>(options, *space_)) {
        std::vector<node_id> names;
        for (int index = 1; index <= nodes; ++index) {
            names.emplace_back("n" + std::to_string(index));
        }
        world_->start(names, std::move(boot));
    }

    world& operator*() { return *world_; }
    world* operator->() { return world_.get(); }

    void finish() {
        world_->run_until([] { return false; }, time_point::max());
    }
    void crash(std::string_view id) { world_->control().crash(node_id(id)); }
    void restart(std::string_view id) { world_->control().restart(node_id(id)); }
    void pause(std::string_view id) { world_->control().pause(node_id(id)); }
    void resume(std::string_view id) { world_->control().resume(node_id(id)); }

    /// The numbers noted on a node, in order.
    [[nodiscard]] std::vector<std::int64_t> numbers(std::string_view id) const {
        std::vector<std::int64_t> all;
        for (const auto& each : world_->trace().notes<number>()) {
            if (each.node == node_id(id)) all.push_back(each.value.value);
        }
        return all;
    }
    /// The words noted anywhere, in order.
    [[nodiscard]] std::vector<std::string> words() const {
        std::vector<std::string> all;
        for (const auto& each : world_->trace().notes<word>()) all.push_back(each.value.text);
        return all;
    }
    /// The texts of all events of a kind, in order.
    [[nodiscard]] std::vector<std::string> texts(event_kind kind) const {
        std::vector<std::string> all;
        for (const traced_event& each : world_->trace().events()) {
            if (each.kind == kind) all.emplace_back(world_->trace().text(each));
        }
        return all;
    }
    [[nodiscard]] std::string end_text() const {
        return world_->end() ? world_->end()->text : std::string();
    }

   private:
    std::unique_ptr<workspace> space_ = std::make_unique<workspace>();
    std::unique_ptr<world> world_;
};

/// Notes the value of each number it gets.
struct recorder {
    using accepts = messages<number>;
    void on_message(context& self, const number& got) { self.note(got); }
};

/// Runs a function once at its start.
struct starter {
    using accepts = messages<>;
    std::function<void(context&)> body;
    void on_start(context& self) { body(self); }
};

/// Calls a function for each number it gets.
struct on_number {
    using accepts = messages<number>;
    std::function<void(context&, const number&)> body;
    void on_message(context& self, const number& got) { body(self, got); }
};

/// The address of a name on a node.
[[nodiscard]] inline actor_id at(std::string_view node, std::string_view name) {
    return actor_id::named(node_id(node), name);
}
[[nodiscard]] inline bool is(const node& here, std::string_view name) {
    return here.id() == node_id(name);
}

}  // namespace partita::test
