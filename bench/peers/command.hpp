#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// The command line that every program of the socket benchmarks takes, whatever it measures:
///     X srv ADDRESS:PORT [OPTION...]                        until SIGTERM, or until stdin closes
///     X cli ADDRESS:PORT echo N BYTES COUNT REPETITIONS [OPTION...]
///     X cli ADDRESS:PORT hol N BYTES MILLISECONDS REPETITIONS [OPTION...]
///     X local pingpong COUNT REPETITIONS
namespace partita::bench {

/// What a program was asked to do. `count` is echoes an actor (echo), the milliseconds of pinging
/// (hol) or messages in all (pingpong). A switch among the options has the value 1.
struct command {
    enum class task { serve, echo, hol, pingpong };

    task what = task::serve;
    std::string address;
    std::uint16_t port = 0;
    std::size_t actors = 1;
    std::size_t payload_bytes = 0;
    std::size_t count = 0;
    std::size_t repetitions = 1;
    std::map<std::string, std::size_t, std::less<>> options;

    [[nodiscard]] std::size_t option(std::string_view name, std::size_t otherwise) const {
        const auto given = options.find(name);
        return given == options.end() ? otherwise : given->second;
    }
};

/// An option that a program knows; a switch takes no value.
struct known_option {
    std::string name;
    bool is_switch = false;
};

/// The command line is not one of the above; what() says what was expected.
struct bad_command : std::runtime_error {
    using std::runtime_error::runtime_error;
};

namespace detail {

class command_reader {
   public:
    command_reader(int count, char** words, const std::vector<known_option>& known)
        : words_(words + 1, words + count), known_(known) {}

    command read() {
        const std::string side = next("srv, cli or local");
        if (side == "srv") {
            read_endpoint();
        } else if (side == "cli") {
            read_endpoint();
            read_client();
        } else if (side == "local") {
            read_local();
        } else {
            throw bad_command("'" + side + "': expected srv, cli or local");
        }
        while (at_ < words_.size()) read_option();
        return read_;
    }

   private:
    std::string next(const std::string& expected) {
        if (at_ == words_.size()) throw bad_command("expected " + expected);
        return words_[at_++];
    }
    std::size_t number(const std::string& expected, std::size_t most = SIZE_MAX / 2) {
        const std::string word = next(expected);
        std::size_t value = 0;
        const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
        if (failed != std::errc() || end != word.data() + word.size() || value > most) {
            throw bad_command("'" + word + "': expected " + expected);
        }
        return value;
    }
    void read_endpoint() {
        const std::string word = next("ADDRESS:PORT");
        const std::size_t colon = word.rfind(':');
        if (colon == std::string::npos) throw bad_command("'" + word + "': expected ADDRESS:PORT");
        read_.address = word.substr(0, colon);
        words_[--at_] = word.substr(colon + 1);
        read_.port = static_cast<std::uint16_t>(number("a port", UINT16_MAX));
    }
    void read_client() {
        const std::string mode = next("echo or hol");
        if (mode != "echo" && mode != "hol") {
            throw bad_command("'" + mode + "': expected echo or hol");
        }
        read_.what = mode == "echo" ? command::task::echo : command::task::hol;
        read_.actors = number("a number of actors", 100'000);
        read_.payload_bytes = number("a payload in bytes", UINT32_MAX / 2);
        read_.count = number(mode == "echo" ? "a number of echoes" : "milliseconds");
        read_.repetitions = number("a number of repetitions");
    }
    void read_local() {
        if (const std::string mode = next("pingpong"); mode != "pingpong") {
            throw bad_command("'" + mode + "': expected pingpong");
        }
        read_.what = command::task::pingpong;
        read_.count = number("a number of messages");
        read_.repetitions = number("a number of repetitions");
    }
    void read_option() {
        const std::string name = next("an option");
        for (const known_option& each : known_) {
            if (each.name != name) continue;
            read_.options[name] = each.is_switch ? 1 : number("a number after " + name);
            return;
        }
        throw bad_command("unknown option " + name);
    }

    std::vector<std::string> words_;
    const std::vector<known_option>& known_;
    command read_;
    std::size_t at_ = 0;
};

}  // namespace detail

/// The main function of a program: reads the command line and runs it. Exits with 2 when the
/// command line is bad, with 1 when the run failed; either says why in one line.
template <class Run>
int run_peer(int count, char** words, const std::vector<known_option>& known, Run run) {
    try {
        run(detail::command_reader(count, words, known).read());
        return 0;
    } catch (const bad_command& failure) {
        std::fprintf(stderr, "%s: %s\n", words[0], failure.what());
        return 2;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s: %s\n", words[0], failure.what());
        return 1;
    }
}

}  // namespace partita::bench
