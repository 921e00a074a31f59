#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>
#include <sstream>

#include <causal_letters.hpp>
#include <parity_stage.hpp>

#include "program.hpp"

// n1 and n2 live here; n3 is a process of its own that is killed with signal 9 in the middle of
// what they say to it, and comes back at the same address. It writes down what reaches it.

namespace partita::parity {
namespace {

using namespace std::chrono_literals;
using test::number;

/// The nodes of both processes: who is called how and listens where.
struct place_of {
    std::string name;
    std::string address;
};

socket_node_options member(const place_of& self, testing::log_lines& log) {
    auto options = testing::node_called(self.name, log);
    options.listen = self.address;
    options.overlay_with = [](const peer_spec& own, std::uint64_t) {
        return std::make_unique<full_mesh>(
            own.id, std::vector{node_id("n1"), node_id("n2"), node_id("n3")});
    };
    return options;
}
void connect(socket_node& from, const place_of& to) {
    from.connect({node_id(to.name), to.name, to.address, ""});
}

/// Lines that survive the process that wrote them.
class lasting_lines {
   public:
    explicit lasting_lines(const std::string& file)
        : file_(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) {}
    lasting_lines(const lasting_lines&) = delete;
    lasting_lines& operator=(const lasting_lines&) = delete;
    ~lasting_lines() { ::close(file_); }
    void write(const std::string& line) const {
        const std::string whole = line + "\n";
        if (::write(file_, whole.data(), whole.size()) < 0) ::_exit(3);
    }

   private:
    int file_;
};

struct writer {
    using accepts = messages<number, letter>;
    const lasting_lines* to;
    correspondence kept;
    void on_message(context&, const number& it) { to->write("number " + std::to_string(it.value)); }
    void on_message(context& self, const letter& it) {
        if (const auto wrong = kept.read(self.sender().node, it)) to->write("wrong " + *wrong);
        to->write("letter");
    }
};

/// On n1: a letter to n3, and one to n2, which writes to n3 for it.
struct first_writer {
    using accepts = messages<test::tick>;
    correspondence kept;
    void on_start(context& self) { on_message(self, {}); }
    void on_message(context& self, const test::tick&) {
        self.send(test::at("n3", "writer"), kept.write(node_id("n3"), 0), {.causal = true});
        self.send(test::at("n2", "second"), kept.write(node_id("n2"), 0), {.causal = true});
        (void)self.send_after(10ms, test::tick{});
    }
};
struct second_writer {
    using accepts = messages<letter>;
    correspondence kept;
    void on_message(context& self, const letter& it) {
        EXPECT_FALSE(kept.read(self.sender().node, it));
        self.send(test::at("n3", "writer"), kept.write(node_id("n3"), 0), {.causal = true});
    }
};

class process {
   public:
    explicit process(const std::vector<std::string>& arguments) {
        std::vector<std::string> words{"partita_parity_tests", "--node"};
        words.insert(words.end(), arguments.begin(), arguments.end());
        std::vector<char*> pointers;
        for (std::string& word : words) pointers.push_back(word.data());
        pointers.push_back(nullptr);
        const int failed =
            ::posix_spawn(&id_, "/proc/self/exe", nullptr, nullptr, pointers.data(), environ);
        if (failed != 0) throw std::runtime_error("cannot start a process");
    }
    process(const process&) = delete;
    process& operator=(const process&) = delete;
    ~process() { kill(); }
    void kill() {
        if (id_ == 0) return;
        ::kill(id_, SIGKILL);
        int status = 0;
        ::waitpid(id_, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status)) << "it had ended by itself: " << status;
        id_ = 0;
    }

   private:
    pid_t id_ = 0;
};

/// What the lives of n3 wrote.
struct written {
    std::vector<std::vector<std::int64_t>> numbers{{}};
    std::vector<std::size_t> letters{0};
    std::vector<std::string> wrong;
    [[nodiscard]] std::set<std::int64_t> all() const {
        std::set<std::int64_t> every;
        for (const auto& life : numbers) every.insert(life.begin(), life.end());
        return every;
    }
};
written read(const std::string& file) {
    written made;
    std::ifstream from(file);
    for (std::string line; std::getline(from, line);) {
        if (line == "life ends") {
            made.numbers.emplace_back();
            made.letters.push_back(0);
        } else if (line.starts_with("number ")) {
            made.numbers.back().push_back(std::stoll(line.substr(7)));
        } else if (line == "letter") {
            ++made.letters.back();
        } else {
            made.wrong.push_back(line);
        }
    }
    return made;
}

TEST(a_node_that_is_killed, gets_every_reliable_message_in_some_life_and_none_out_of_order) {
    constexpr std::int64_t last = 500;
    const test::temporary_directory directory;
    const std::string file = (directory.path() / "written").string();
    const std::array places{place_of{"n1", own_address(1)}, place_of{"n2", own_address(2)},
                            place_of{"n3", own_address(3)}};
    testing::log_lines log;
    const auto n1 = testing::opened(member(places[0], log));
    const auto n2 = testing::opened(member(places[1], log));
    for (const place_of& each : {places[1], places[2]}) connect(*n1, each);
    for (const place_of& each : {places[0], places[2]}) connect(*n2, each);
    const std::vector<std::string> arguments{places[2].address, file, places[0].address,
                                             places[1].address};
    process n3(arguments);
    ASSERT_TRUE(testing::eventually([&] {
        return testing::is_connected(*n1, node_id("n3")) &&
               testing::is_connected(*n2, node_id("n3")) &&
               testing::is_connected(*n1, node_id("n2"));
    })) << log.text();
    n2->run([](node& here) { here.spawn<second_writer>("second", correspondence(here.id(), 1)); });
    n1->run([](node& here) {
        here.spawn<first_writer>("first", correspondence(here.id(), 1));
        here.spawn_fiber("numbers", [](fiber_context& self) {
            for (std::int64_t value = 1; value <= last; ++value) {
                self.send(test::at("n3", "writer"), number{value}, {.reliable = true});
                self.sleep(2ms);
            }
        });
    });
    std::unique_ptr<process> next;
    for (int time = 0; time < 3; ++time) {
        EXPECT_TRUE(testing::eventually([&] {
            const auto now = read(file);
            return now.numbers.back().size() > 40 && now.letters.back() > 4;
        })) << log.text();
        time == 0 ? n3.kill() : next->kill();
        lasting_lines(file).write("life ends");
        next = std::make_unique<process>(arguments);
    }
    EXPECT_TRUE(testing::eventually([&] { return read(file).all().size() == last; }))
        << read(file).all().size() << log.text();
    const written all = read(file);
    EXPECT_EQ(all.wrong, std::vector<std::string>());
    EXPECT_EQ(*all.all().rbegin(), last);
    ASSERT_EQ(all.numbers.size(), 4U);
    for (const auto& life : all.numbers) {
        EXPECT_TRUE(std::is_sorted(life.begin(), life.end()));
        EXPECT_EQ(std::adjacent_find(life.begin(), life.end()), life.end()) << "repeated";
    }
}

}  // namespace

int live_until_killed(const std::vector<std::string>& arguments) {
    if (arguments.size() != 4) return 2;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    testing::log_lines log;
    const lasting_lines lines(arguments[1]);
    const auto node = testing::opened(member({"n3", arguments[0]}, log), [&](partita::node& here) {
        here.spawn<writer>("writer", &lines, correspondence(here.id(), 1));
    });
    connect(*node, {"n1", arguments[2]});
    connect(*node, {"n2", arguments[3]});
    for (;;) ::pause();
}

}  // namespace partita::parity
