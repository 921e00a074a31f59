#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <temporary_directory.hpp>

#include <partita/corpus/corpus.hpp>
#include <partita/corpus/counterexample.hpp>
#include <partita/schedules/codec.hpp>

namespace partita::test {

/// A directory of its own for one test.
class scratch_directory : public temporary_directory {
   public:
    /// The names and contents of all files in it: what "left as it was" is measured by.
    [[nodiscard]] std::map<std::string, std::string> contents() const;
};

inline std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

inline std::map<std::string, std::string> scratch_directory::contents() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
        all[entry.path().filename().string()] = bytes_of(entry.path());
    }
    return all;
}

/// Runs `work` in a process of its own and returns what it returned; "died" when it did not.
inline std::string in_child(const std::function<std::string()>& work) {
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) {
        return "no pipe";
    }
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        const std::string said = work();
        const bool written =
            ::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
        ::_exit(written ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said;
    char piece[4096];
    for (ssize_t size = 0; (size = ::read(ends[0], piece, sizeof piece)) > 0;) {
        said.append(piece, static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? said : "died";
}

/// The error's message, or "ok".
template <typename T>
std::string said(const result<T>& outcome) {
    return outcome ? "ok" : outcome.error().message;
}

inline corpus opened(const std::filesystem::path& file,
                     corpus::access access = corpus::access::write) {
    auto outcome = corpus::open(file, access);
    if (!outcome) {
        throw std::runtime_error(outcome.error().message);
    }
    return std::move(*outcome);
}

/// A finding in the lampson 2PC: the commit numbered `ordinal` is omitted.
inline counterexample finding(std::uint64_t ordinal = 1) {
    schedule omitted;
    omitted.application = {"lampson-2pc", {{"nodes", "4"}}};
    omitted.steps = {command{"n1", "broadcast", {"x"}}};
    omitted.deviations = {{"omit", site_label("n1 -> n2 commit #" + std::to_string(ordinal)), {}}};
    return make_counterexample(
        omitted, verdict::violated,
        {"reliable-broadcast", "ok but not delivered", "n2 did not deliver x"}, 0xfedcba9876543210,
        {"dynamic", "", "partita 0.1.0", "2024-05-01T12:00:00Z"});
}

inline std::vector<std::string> ids_of(const std::vector<counterexample>& all) {
    std::vector<std::string> ids;
    for (const auto& each : all) {
        ids.push_back(each.id);
    }
    return ids;
}

}  // namespace partita::test

/// Any schedule that has a text form, and any finding about one.
namespace rc {

template <>
struct Arbitrary<partita::counterexample> {
    static Gen<std::string> word() {
        return gen::nonEmpty(gen::container<std::string>(
            gen::elementOf(std::string("abcxyzABC0123456789-_./=:\"\\\x01\x7f\xc3\xa9\xff"))));
    }
    static Gen<std::vector<std::string>> words() {
        return gen::container<std::vector<std::string>>(gen::arbitrary<std::string>());
    }
    static Gen<std::string> node() { return gen::element<std::string>("", "n1", "n2", "n17"); }
    static Gen<partita::step> step() {
        return gen::oneOf(
            gen::map(gen::tuple(node(), word(), words()),
                     [](const auto& parts) -> partita::step {
                         const auto& [at, name, arguments] = parts;
                         return partita::command{at, name, arguments};
                     }),
            gen::map(gen::tuple(word(), words()),
                     [](const auto& parts) -> partita::step {
                         const auto& [name, arguments] = parts;
                         return partita::fault_step{name, arguments};
                     }),
            gen::map(gen::inRange<std::int64_t>(0, INT64_MAX),
                     [](std::int64_t duration) -> partita::step {
                         return partita::wait_step{std::chrono::nanoseconds(duration)};
                     }));
    }
    static Gen<partita::deviation> deviation() {
        return gen::map(gen::tuple(gen::element<std::string>("omit", "delay"), word(),
                                   gen::inRange<std::uint64_t>(1, 1000), words()),
                        [](const auto& parts) {
                            const auto& [action, message, ordinal, arguments] = parts;
                            const std::string site =
                                "n1 -> n2 " + message + " #" + std::to_string(ordinal);
                            return partita::deviation{action, partita::site_label(site), arguments};
                        });
    }
    static Gen<partita::schedule> schedule() {
        return gen::map(gen::tuple(word(),
                                   gen::container<std::map<std::string, std::string>>(
                                       word(), gen::arbitrary<std::string>()),
                                   gen::container<std::vector<partita::step>>(step()),
                                   gen::container<std::vector<partita::deviation>>(deviation())),
                        [](const auto& parts) {
                            const auto& [name, parameters, steps, deviations] = parts;
                            return partita::schedule{{name, parameters}, steps, deviations};
                        });
    }
    static Gen<partita::provenance> provenance() {
        const auto date =
            gen::element<std::string>("", "2024-05-01T12:00:00Z", "2024-05-02T12:00:00Z");
        return gen::map(gen::tuple(word(), gen::arbitrary<std::string>(), word(), date),
                        [](const auto& parts) {
                            const auto& [strategy, seed, build, found_at] = parts;
                            return partita::provenance{strategy, seed, build, found_at};
                        });
    }
    // Small: what a corpus holds has been shrunk.
    static Gen<partita::counterexample> arbitrary() {
        using partita::counterexample_status;
        const auto any = gen::arbitrary<std::string>();
        return gen::map(
            gen::tuple(gen::scale(0.1, schedule()),
                       gen::element(partita::verdict::violated, partita::verdict::inconclusive),
                       gen::tuple(any, any, any), gen::arbitrary<std::uint64_t>(), provenance(),
                       gen::element(counterexample_status::open, counterexample_status::reproduces,
                                    counterexample_status::fixed, counterexample_status::stale)),
            [](const auto& parts) {
                const auto& [content, said, broken, hash, origin, status] = parts;
                const auto& [property, kind, explanation] = broken;
                auto made = partita::make_counterexample(
                    content, said, {property, kind, explanation}, hash, origin);
                made.status = status;
                return made;
            });
    }
};

}  // namespace rc

namespace partita {

/// How RapidCheck shows one.
inline std::ostream& operator<<(std::ostream& out, const counterexample& finding) {
    return out << to_text(finding);
}

}  // namespace partita
