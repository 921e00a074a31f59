// A replicated register, and the whole `partita` program around it. Node n1 is the primary: it
// answers a write once every backup has stored it, and asks again until they have.
//
//     consumer explore replicated-register --seed 1
//     consumer regress --from regressions
#include <partita/cli/program.hpp>
#include <partita/partita.hpp>

#include <chrono>
#include <set>
#include <sstream>
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

    // A node that comes back after a crash has its storage and nothing else.
    void on_start(context& self) {
        if (const auto kept = self.storage().value_of("register")) {
            std::istringstream(*kept) >> version_ >> value_;
        }
    }

    void on_message(context& self, const write& request) {
        keep(self, version_ + 1, request.value);
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
        if (copy.version > version_) keep(self, copy.version, copy.value);
        self.send(self.sender(), stored{copy.version});
    }
    void on_message(context& self, const read&) { self.reply(self.caller(), current{value_}); }

   private:
    void keep(context& self, int version, int value) {
        version_ = version;
        value_ = value;
        self.storage().put("register", std::to_string(version) + " " + std::to_string(value));
        self.storage().sync();
    }
    void replicate(context& self) {
        self.send_peers(missing_, store{version_, value_});
        self.send_after(100ms, retry{version_});
    }

    int version_ = 0;
    int value_ = 0;
    partita::caller writer_;
    std::set<node_id> missing_;  // that have not stored the last write yet
};

struct no_state {};  // what the model must remember of the commands before: nothing

response run_write(fiber_context& self, const command& it) {
    const auto done =
        self.call<written>(self.local("register"), write{std::stoi(it.arguments[0])}, 1s);
    return done ? response::ok() : response::unknown("timeout");
}

response run_read(fiber_context& self, const command&) {
    const auto found = self.call<current>(self.local("register"), read{}, 1s);
    return found ? response::ok(std::to_string(found->value)) : response::unknown("timeout");
}

// Commands run one after the other, so a read must give the last acknowledged value, or one of a
// write whose outcome nobody knows: that may take effect at any time.
std::optional<finding> reads_see_acknowledged_writes(const evidence& seen) {
    std::string acknowledged = "0";
    std::set<std::string> unknown;
    for (const operation& each : seen.history) {
        const bool ok = each.response.kind == response_kind::ok;
        if (each.command.name == "write") {
            const std::string& value = each.command.arguments[0];
            if (ok) acknowledged = value;
            if (!ok) unknown.insert(value);
        } else if (ok && each.response.value != acknowledged &&
                   !unknown.contains(each.response.value)) {
            return finding{"stale read", each.command.node + " read " + each.response.value +
                                             ", but a later write was acknowledged"};
        }
    }
    return std::nullopt;
}

bool at_the_primary(const no_state&, const command& it) { return it.node == "n1"; }

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
                  .arguments = one_integer(1, 99),
                  .precondition = when<no_state>(at_the_primary)})
        .command({.name = "read",
                  .usage = "read",
                  .about = "at any node",
                  .run = run_read,
                  .arguments = no_arguments()})
        .model(no_state{})
        .commands_most(6)
        .workload({"n1 write 1", "n2 read", "n1 write 2", "n3 read"})
        .always("reads-see-acknowledged-writes", "a read gives the last acknowledged value",
                reads_see_acknowledged_writes);
}

}  // namespace example

int main(int argc, char** argv) {
    return partita::run_program(argc, argv, {example::replicated_register()});
}
