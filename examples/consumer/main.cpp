// A replicated register, and the whole `partita` program around it. Node n1 is the primary: it
// answers a write once every backup has stored it, and asks again until they have.
//
//     consumer explore replicated-register --kinds omission,delay,crash --seed 1
//     consumer regress --from regressions
#include <partita/cli/program.hpp>
#include <partita/partita.hpp>

#include <chrono>
#include <set>
#include <string>

namespace example {

using namespace partita;
using namespace std::chrono_literals;

struct write {
    int value = 0;
};
PARTITA_MESSAGE(write, value)
struct written {};
PARTITA_MESSAGE(written)
struct read {};
PARTITA_MESSAGE(read)
struct current {
    int value = 0;
};
PARTITA_MESSAGE(current, value)
struct store {
    int version = 0;
    int value = 0;
};
PARTITA_MESSAGE(store, version, value)
struct stored {
    int version = 0;
};
PARTITA_MESSAGE(stored, version)
struct retry {
    int version = 0;
};
PARTITA_MESSAGE(retry, version)

class replica {
   public:
    using accepts = messages<write, read, store, stored, retry>;

    void on_message(context& self, const write& request) {
        value_ = request.value;
        ++version_;
        writer_ = self.caller();
        missing_ = {self.members().begin(), self.members().end()};
        missing_.erase(self.node());
        replicate(self);
    }
    void on_message(context& self, const stored& answer) {
        if (answer.version != version_ || missing_.erase(self.sender().node) == 0) return;
        if (missing_.empty()) self.reply(writer_, written{});
    }
    void on_message(context& self, const retry& timer) {
        if (timer.version == version_ && !missing_.empty()) replicate(self);
    }
    void on_message(context& self, const store& copy) {
        if (copy.version > version_) {
            version_ = copy.version;
            value_ = copy.value;
        }
        self.send(self.sender(), stored{copy.version});
    }
    void on_message(context& self, const read&) { self.reply(self.caller(), current{value_}); }

   private:
    void replicate(context& self) {
        self.send_peers(missing_, store{version_, value_});
        self.send_after(100ms, retry{version_});
    }

    int version_ = 0;
    int value_ = 0;
    partita::caller writer_;
    std::set<node_id> missing_;  // that have not stored the last write yet
};

response run_write(fiber_context& self, const command& it) {
    const auto done =
        self.call<written>(self.local("register"), write{std::stoi(it.arguments[0])}, 1s);
    return done ? response::ok() : response::unknown("timeout");
}

response run_read(fiber_context& self, const command&) {
    const auto found = self.call<current>(self.local("register"), read{}, 1s);
    return found ? response::ok(std::to_string(found->value)) : response::unknown("timeout");
}

// Commands run one after the other, so a read must see the last acknowledged write, or a later one
// whose outcome nobody knows.
std::optional<finding> reads_see_acknowledged_writes(const evidence& seen) {
    std::set<std::string> possible{"0"};
    for (const operation& each : seen.history) {
        if (each.command.name == "write") {
            if (each.response.kind == response_kind::ok) possible.clear();
            possible.insert(each.command.arguments[0]);
        } else if (each.response.kind == response_kind::ok &&
                   !possible.contains(each.response.value)) {
            return finding{"stale read", each.command.node + " read " + each.response.value +
                                             ", but a later write was acknowledged"};
        }
    }
    return std::nullopt;
}

application replicated_register() {
    return define_application("replicated-register")
        .about("one primary, synchronous backups")
        .nodes({.least = 2, .most = 9, .usual = 3})
        .on_start([](node& here, const settings&) { here.spawn<replica>("register"); })
        .command({.name = "write",
                  .usage = "write VALUE",
                  .about = "at the primary, n1",
                  .arguments_least = 1,
                  .arguments_most = 1,
                  .run = run_write,
                  .arguments = one_integer(1, 99)})
        .command({.name = "read",
                  .usage = "read",
                  .about = "at any node",
                  .run = run_read,
                  .arguments = no_arguments()})
        .commands_most(6)
        .workload({"n1 write 1", "n2 read", "n1 write 2", "n3 read"})
        .always("reads-see-acknowledged-writes", "a read gives the last acknowledged value",
                reads_see_acknowledged_writes);
}

}  // namespace example

int main(int argc, char** argv) {
    return partita::run_program(argc, argv, {example::replicated_register()});
}
