#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "parity_stage.hpp"

namespace partita::parity {

using namespace std::chrono_literals;
using test::at;
using test::is;
using test::number;
using test::on_number;
using test::recorder;
using test::starter;
using test::word;
using texts = std::vector<std::string>;

enum class place { simulated, sockets };
inline const auto both_places = ::testing::Values(place::simulated, place::sockets);
[[nodiscard]] inline std::string place_name(const ::testing::TestParamInfo<place>& on) {
    return on.param == place::simulated ? "simulated" : "sockets";
}

/// Each test runs once in a simulated world and once on sockets, and expects the same.
class parity : public ::testing::TestWithParam<place> {
   protected:
    parity() {
        if (GetParam() == place::simulated) {
            stage_ = std::make_unique<simulated_stage>();
        } else {
            stage_ = std::make_unique<socket_stage>();
        }
    }
    void TearDown() override { EXPECT_EQ(stage_->seen().failures(), ""); }

    [[nodiscard]] texts said(std::string_view node) const { return stage_->seen().notes(node); }
    /// Waits until that node has said so much, and gives it.
    [[nodiscard]] texts said(const std::string& node, std::size_t count) {
        (void)stage_->until([&] { return stage_->seen().notes(node).size() >= count; });
        return said(node);
    }
    /// A fiber on that node, from now on.
    void play(const std::string& node, std::function<void(fiber_context&)> body) {
        stage_->on(node, [&](partita::node& here) { here.spawn_fiber("", std::move(body)); });
    }

    std::unique_ptr<stage> stage_;
};

inline void say(context& self, std::string what) { self.note(word{std::move(what)}); }

/// Answers numbers with themselves.
struct echo {
    using accepts = messages<number>;
    void on_message(context& self, const number& it) { self.reply(self.caller(), it); }
};

}  // namespace partita::parity
