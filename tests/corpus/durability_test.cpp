#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <algorithm>
#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "../../corpus/src/opening.hpp"
#include "../../corpus/src/rows.hpp"
#include "findings.hpp"

namespace partita {
namespace {

namespace fs = std::filesystem;
using test::finding;
using test::in_child;
using test::opened;
using test::said;
using test::scratch_directory;
using access = corpus::access;

constexpr std::size_t id_length = 64;

// Adds findings from `first` on until it is killed, and tells each id once add() has returned.
[[noreturn]] void add_for_ever(const fs::path& file, std::uint64_t first, int told) {
    auto store = corpus::open(file, access::write);
    for (std::uint64_t ordinal = first; store; ++ordinal) {
        const auto made = finding(ordinal);
        if (store->add(made) != true ||
            ::write(told, made.id.data(), id_length) != ssize_t{id_length}) {
            break;
        }
    }
    ::_exit(1);
}

std::vector<std::string> ids_in(const std::string& told) {
    std::vector<std::string> ids;
    for (std::size_t at = 0; at + id_length <= told.size(); at += id_length) {
        ids.push_back(told.substr(at, id_length));
    }
    return ids;
}

// When to kill: so long after the writer has told so many ids.
struct moment {
    std::size_t ids = 0;
    std::chrono::microseconds pause{0};
};

// Starts add_for_ever, kills it at the moment, and returns the ids it told.
std::vector<std::string> told_before_kill(const fs::path& file, std::uint64_t first,
                                          const moment& when) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        add_for_ever(file, first, ends[1]);
    }
    ::close(ends[1]);
    std::string told;
    char piece[id_length];
    for (ssize_t size = 1; told.size() < when.ids * id_length && size > 0;) {
        size = ::read(ends[0], piece, sizeof piece);
        told.append(piece, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    }
    ::usleep(static_cast<useconds_t>(when.pause.count()));
    ::kill(child, SIGKILL);
    for (ssize_t size = 0; (size = ::read(ends[0], piece, sizeof piece)) > 0;) {
        told.append(piece, static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it added until it was killed";
    return ids_in(told);
}

void expect_sound(const fs::path& file) {
    const auto inside = detail::store::open_corpus_file({.path = file});
    ASSERT_TRUE(inside) << inside.error().message;
    EXPECT_EQ(inside->text("PRAGMA integrity_check"), "ok");
}

TEST(durability, a_kill_loses_nothing_that_was_added) {
    const scratch_directory scratch;
    std::vector<std::string> told;
    rc::Random random(7);
    for (int round = 0; round < 40; ++round) {
        const moment when{random.next() % 8, std::chrono::microseconds(random.next() % 3'000)};
        const auto more =
            told_before_kill(scratch / "a", 10'000U * static_cast<unsigned>(round) + 1, when);
        told.insert(told.end(), more.begin(), more.end());
    }
    const auto kept = test::ids_of(*opened(scratch / "a").list());
    std::sort(told.begin(), told.end());
    EXPECT_TRUE(std::includes(kept.begin(), kept.end(), told.begin(), told.end()));
    EXPECT_LE(kept.size(), told.size() + 40) << "and at most one that was under way each time";
    expect_sound(scratch / "a");
}

TEST(durability, a_kill_while_the_corpus_is_made_leaves_nothing_in_the_way) {
    rc::Random random(8);
    for (int round = 0; round < 60; ++round) {
        const scratch_directory scratch;
        const auto told = told_before_kill(scratch / "a", 1,
                                           {0, std::chrono::microseconds(random.next() % 6'000)});
        const auto before = opened(scratch / "a").list();
        ASSERT_TRUE(before);
        EXPECT_GE(before->size(), told.size());
        EXPECT_TRUE(opened(scratch / "a").add(finding(1'000'000)).value());
        expect_sound(scratch / "a");
    }
}

// A reader of what a kill left behind need not be a writer.
TEST(durability, a_reader_sees_what_a_killed_writer_added_and_leaves_its_log_alone) {
    const scratch_directory scratch;
    opened(scratch / "a");
    const auto told = told_before_kill(scratch / "a", 1, {.ids = 3});
    const auto database = test::bytes_of(scratch / "a");
    const auto log = test::bytes_of(scratch / "a-wal");
    EXPECT_GE(opened(scratch / "a", access::read).list()->size(), told.size());
    EXPECT_EQ(test::bytes_of(scratch / "a"), database);
    EXPECT_EQ(test::bytes_of(scratch / "a-wal"), log);
}

// Adds the findings `from` to `to` in a process of its own; exits 0 when all went well.
pid_t start_adding(const fs::path& file, std::uint64_t from, std::uint64_t to) {
    const pid_t child = ::fork();
    if (child == 0) {
        auto store = corpus::open(file, access::write, {.busy_timeout = std::chrono::minutes(2)});
        for (std::uint64_t ordinal = from; store && ordinal <= to; ++ordinal) {
            if (!store->add(finding(ordinal))) {
                ::_exit(2);
            }
        }
        ::_exit(store ? 0 : 3);
    }
    return child;
}

void expect_success(pid_t child) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST(durability, two_processes_write_at_once) {
    const scratch_directory scratch;
    const pid_t left = start_adding(scratch / "a", 1, 60);
    const pid_t right = start_adding(scratch / "a", 41, 100);
    expect_success(left);
    expect_success(right);
    EXPECT_EQ(opened(scratch / "a").list()->size(), 100U);
    expect_sound(scratch / "a");
}

TEST(durability, processes_that_make_the_corpus_at_once_make_one) {
    for (int round = 0; round < 100; ++round) {
        const scratch_directory scratch;
        std::vector<pid_t> children;
        for (std::uint64_t ordinal = 1; ordinal <= 5; ++ordinal) {
            children.push_back(start_adding(scratch / "a", ordinal, ordinal));
        }
        std::for_each(children.begin(), children.end(), expect_success);
        EXPECT_EQ(opened(scratch / "a").list()->size(), 5U);
    }
}

// A process that cannot make its corpus removes what it began; another may be waiting for its lock.
TEST(durability, whoever_waits_for_a_file_that_goes_away_makes_it_anew) {
    const scratch_directory scratch;
    const pid_t waiting = ::fork();
    if (waiting == 0) {
        while (!fs::exists(scratch / "a")) {
            ::usleep(100);
        }
        ::_exit(said(corpus::open(scratch / "a", access::write).and_then([](corpus&& store) {
                    return store.add(finding());
                })) == "ok"
                    ? 0
                    : 1);
    }
    sqlite3* holder = nullptr;
    ASSERT_EQ(sqlite3_open((scratch / "b").c_str(), &holder), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(holder, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
    fs::rename(scratch / "b", scratch / "a");
    ::usleep(50'000);  // long enough for it to wait; if it is late it has nothing to wait for
    fs::remove(scratch / "a");
    sqlite3_close(holder);
    std::ofstream(scratch / "a", std::ios::app).close();
    expect_success(waiting);
    EXPECT_EQ(opened(scratch / "a").list(), std::vector{finding()});
}

// A corpus of several pages, all in the one file.
std::string corpus_bytes(const scratch_directory& scratch) {
    auto store = opened(scratch / "whole");
    for (std::uint64_t ordinal = 1; ordinal <= 30; ++ordinal) {
        EXPECT_EQ(store.add(finding(ordinal)), true);
    }
    store = opened(scratch / "other");
    return test::bytes_of(scratch / "whole");
}

TEST(durability, a_truncated_corpus_is_refused_at_every_length) {
    const scratch_directory scratch;
    const std::string whole = corpus_bytes(scratch);
    ASSERT_GT(whole.size(), 20'000U);
    for (std::size_t size = 1; size < whole.size(); size += size < 600 ? 13 : 509) {
        const std::string part = whole.substr(0, size);
        for (const access wanted : {access::read, access::write}) {
            test::write_bytes(scratch / "part", part);
            const auto store = corpus::open(scratch / "part", wanted);
            ASSERT_FALSE(store) << size;
            EXPECT_EQ(store.error().code, error_code::bad_input);
            EXPECT_EQ(store.error().message,
                      (scratch / "part").string() +
                          (size < 16 ? ": not a database" : ": damaged or truncated"));
            EXPECT_EQ(test::bytes_of(scratch / "part"), part);
        }
    }
}

TEST(durability, a_truncated_log_keeps_the_findings_before_the_cut) {
    const scratch_directory scratch;
    auto store = opened(scratch / "whole");
    std::vector<std::string> ids;
    for (std::uint64_t ordinal = 1; ordinal <= 12; ++ordinal) {
        ASSERT_EQ(store.add(finding(ordinal)), true);
        ids.push_back(finding(ordinal).id);
    }
    const std::string log = test::bytes_of(scratch / "whole-wal");
    ASSERT_GT(log.size(), 20'000U);
    std::size_t least = 0;
    for (std::size_t size = 0; size <= log.size(); size += 1'021) {
        fs::copy_file(scratch / "whole", scratch / "part", fs::copy_options::overwrite_existing);
        test::write_bytes(scratch / "part-wal", log.substr(0, size));
        const auto kept = test::ids_of(*opened(scratch / "part").list());
        ASSERT_LE(kept.size(), ids.size());
        EXPECT_GE(kept.size(), least) << "a longer log keeps no less";
        least = kept.size();
        std::vector<std::string> first(ids.begin(),
                                       ids.begin() + static_cast<std::ptrdiff_t>(least));
        std::sort(first.begin(), first.end());
        EXPECT_EQ(kept, first);
        fs::remove(scratch / "part-shm");
    }
    EXPECT_GT(least, 9U);
}

RC_GTEST_PROP(durability, a_damaged_corpus_gives_errors_or_findings_that_are_whole, ()) {
    static const scratch_directory scratch;
    static const std::string whole = corpus_bytes(scratch);
    std::string damaged = whole;
    for (int flips = *rc::gen::inRange(1, 4); flips > 0; --flips) {
        damaged[*rc::gen::inRange<std::size_t>(0, whole.size())] = *rc::gen::arbitrary<char>();
    }
    test::write_bytes(scratch / "damaged", damaged);
    const auto store =
        corpus::open(scratch / "damaged", *rc::gen::element(access::read, access::write));
    const auto listed = store ? store->list() : std::vector<counterexample>{};
    for (const auto& each : listed.value_or(std::vector<counterexample>{})) {
        const auto again = make_counterexample(each.schedule, each.verdict, each.violation, 0, {});
        RC_ASSERT(again.id == each.id);
    }
    for (const std::string suffix : {"", "-wal", "-shm"}) {
        fs::remove(scratch / ("damaged" + suffix));
    }
}

TEST(durability, a_full_disk_keeps_what_was_added) {
    const scratch_directory scratch;
    auto file = detail::store::open_corpus_file({.path = scratch / "a", .write = true});
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->execute("PRAGMA max_page_count = 12"));
    std::vector<std::string> added;
    std::string refusal = "ok";
    for (std::uint64_t ordinal = 1; refusal == "ok" && ordinal < 100; ++ordinal) {
        refusal = said(detail::store::put_row(*file, finding(ordinal)));
        if (refusal == "ok") {
            added.push_back(finding(ordinal).id);
        }
    }
    EXPECT_EQ(refusal, (scratch / "a").string() + ": no space left");
    EXPECT_GT(added.size(), 3U);
    std::sort(added.begin(), added.end());
    EXPECT_EQ(test::ids_of(*opened(scratch / "a", access::read).list()), added);
}

// Adds until it fails; says what was told last, how many there are, and whether all are still
// there.
std::string fill_up(const fs::path& file) {
    const bool existed = fs::exists(file);
    auto store = corpus::open(file, access::write);
    if (!store) {
        const bool same =
            existed ? fs::exists(file) && fs::file_size(file) == 0 : !fs::exists(file);
        return said(store) + (same ? "" : " BUT CHANGED");
    }
    std::vector<std::string> added;
    std::string refusal = "ok";
    for (std::uint64_t ordinal = 1; refusal == "ok" && ordinal < 2'000; ++ordinal) {
        refusal = said(store->add(finding(ordinal)));
        if (refusal == "ok") {
            added.push_back(finding(ordinal).id);
        }
    }
    std::sort(added.begin(), added.end());
    const auto kept = store->list();
    return refusal + (kept && test::ids_of(*kept) == added ? "" : " BUT LOST") +
           (added.empty() ? " AT ONCE" : "");
}

std::string fill_up_from_an_empty_file(const fs::path& file) {
    test::write_bytes(file, "");
    return fill_up(file);
}

// What happens on a disk of so many bytes; "no mount" without the right to mount one.
std::string on_a_disk_of(std::size_t bytes,
                         const std::function<std::string(const fs::path&)>& work) {
    const scratch_directory scratch;
    return in_child([&] {
        const std::string size = "size=" + std::to_string(bytes);
        const bool mounted = ::unshare(CLONE_NEWNS) == 0 &&
                             ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                             ::mount("none", scratch.path().c_str(), "tmpfs", 0, size.c_str()) == 0;
        return mounted ? work(scratch / "a") : std::string("no mount");
    });
}

TEST(durability, a_disk_of_any_size_fills_up_with_nothing_lost_or_half_made) {
    bool filled = false;
    for (std::size_t bytes = 4'096; bytes <= 64 * 4'096;
         bytes += bytes < 100'000 ? 4'096 : 50'000) {
        for (const auto work : {fill_up, fill_up_from_an_empty_file}) {
            const std::string answer = on_a_disk_of(bytes, work);
            if (answer == "no mount") {
                GTEST_SKIP() << "needs the right to mount";
            }
            EXPECT_NE(answer.find(": no space left"), std::string::npos) << bytes << ": " << answer;
            EXPECT_EQ(answer.find(" BUT "), std::string::npos) << bytes << ": " << answer;
            filled = filled || answer.ends_with(": no space left");
        }
    }
    EXPECT_TRUE(filled);
}

TEST(durability, a_read_only_disk_can_be_read) {
    const std::string answer = on_a_disk_of(1 << 20, [](const fs::path& file) {
        std::string list = said(opened(file).add(finding()));
        if (::mount("none", file.parent_path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) !=
            0) {
            return std::string("no mount");
        }
        for (const access wanted : {access::read, access::write}) {
            const auto store = corpus::open(file, wanted);
            list += store ? " " + store->list()->front().id.substr(0, 4)
                          : said(store).substr(file.string().size());
        }
        return list + said(corpus::open(file.parent_path() / "b", access::write))
                          .substr(file.string().size());
    });
    if (answer == "no mount") {
        GTEST_SKIP() << "needs the right to mount";
    }
    EXPECT_EQ(answer, "ok " + finding().id.substr(0, 4) +
                          ": read-only, its directory may not be written"
                          ": read-only, its directory may not be written");
}

TEST(durability, a_limit_on_the_size_of_files_is_told) {
    const scratch_directory scratch;
    const std::string answer = in_child([&scratch] {
        const rlimit limit{100'000, 100'000};
        ::signal(SIGXFSZ, SIG_IGN);
        return ::setrlimit(RLIMIT_FSIZE, &limit) == 0 ? fill_up(scratch / "a") : "no limit";
    });
    EXPECT_EQ(answer, (scratch / "a").string() + ": reading or writing failed");
}

}  // namespace
}  // namespace partita
