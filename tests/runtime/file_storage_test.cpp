#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/file_storage.hpp"
#include "storage_directory.hpp"

namespace {

using namespace partita::detail;
using namespace partita::storage_test;
using partita::storage_port;
using testing::HasSubstr;

/// A disk that forgets at a power loss what was not flushed, and whose flushes can be made to fail.
/// Watches all that this program flushes while it exists.
class watched_disk {
   public:
    watched_disk() { watching_ = this; }
    ~watched_disk() { watching_ = nullptr; }
    watched_disk(const watched_disk&) = delete;
    watched_disk& operator=(const watched_disk&) = delete;

    /// The flush after `count` more fails.
    void fail_after(int count) { until_failure_ = count; }
    /// What would be in the directory that was flushed last, had the power failed now.
    void write_survivors(const fs::path& directory) const {
        for (const auto& [name, inode] : names_) {
            const auto found = bytes_.find(inode);
            write_file(directory / name, found == bytes_.end() ? "" : found->second);
        }
    }
    [[nodiscard]] bool has_flushed(const fs::path& directory) const {
        return directories_.count(directory) == 1;
    }
    static int flush(int file, long call) {
        if (watching_ != nullptr && watching_->until_failure_-- == 0) {
            errno = EIO;
            return -1;
        }
        const auto returned = static_cast<int>(::syscall(call, file));
        if (returned == 0 && watching_ != nullptr) watching_->remember(file);
        return returned;
    }

   private:
    static ino_t inode_of(const fs::path& file) {
        struct stat facts {};
        return ::stat(file.c_str(), &facts) == 0 ? facts.st_ino : 0;
    }
    void remember(int file) {
        const fs::path path = "/proc/self/fd/" + std::to_string(file);
        if (!fs::is_directory(path)) {
            bytes_[inode_of(path)] = bytes_in(path);
            return;
        }
        directories_.insert(fs::canonical(path));
        names_.clear();
        for (const auto& each : fs::directory_iterator(fs::canonical(path))) {
            names_[each.path().filename()] = inode_of(each.path());
        }
    }

    static inline watched_disk* watching_ = nullptr;
    int until_failure_ = -1;
    std::set<fs::path> directories_;
    std::map<std::string, ino_t> names_;
    std::map<ino_t, std::string> bytes_;
};

}  // namespace

// In place of the C library's, for this whole program: there is no other way to a failing flush.
extern "C" int fsync(int file) { return watched_disk::flush(file, SYS_fsync); }
extern "C" int fdatasync(int file) { return watched_disk::flush(file, SYS_fdatasync); }

namespace {

/// What sync() throws.
std::string sync_error(storage_port& storage) {
    try {
        storage.sync();
    } catch (const storage_error& error) {
        return error.what();
    }
    return "synced";
}

/// What `body` returns in a process of its own.
std::string said_by_child(const std::function<std::string()>& body) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string said = body();
        const auto written = ::write(ends[1], said.data(), said.size());
        ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said(4096, '\0');
    said.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[0], said.data(), 4096))));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return said;
}

/// As if the disk were full once a file has so many bytes.
class file_size_limit {
   public:
    explicit file_size_limit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~file_size_limit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    file_size_limit(const file_size_limit&) = delete;
    file_size_limit& operator=(const file_size_limit&) = delete;

   private:
    rlimit before_{};
    void (*handler_)(int);
};

// ---- what is kept

TEST(file_storage, synced_changes_are_there_after_reopening) {
    const storage_directory directory;
    {
        const auto storage = opened(directory.path());
        storage->put("b", "2");
        storage->put("a", "1");
        storage->put("c", "3");
        storage->erase("c");
        EXPECT_EQ(storage->keys(), (std::vector<std::string>{"a", "b"}));
        EXPECT_EQ(storage->value_of("c"), std::nullopt);
        storage->sync();
    }
    EXPECT_EQ(contents(directory.path()), (entries{{"a", "1"}, {"b", "2"}}));
}

TEST(file_storage, unsynced_changes_are_gone_after_an_orderly_end) {
    const storage_directory directory;
    {
        const auto storage = opened(directory.path());
        storage->put("kept", "1");
        storage->sync();
        storage->put("kept", "2");
        storage->put("lost", "3");
        EXPECT_EQ(storage->value_of("kept"), "2");
    }
    EXPECT_EQ(contents(directory.path()), (entries{{"kept", "1"}}));
}

struct operation {
    int kind = 0;  // 0..3 put, 4 erase, 5..6 sync, 7 reopen
    int key = 0;
    std::string value;
};

std::ostream& operator<<(std::ostream& to, const operation& it) {
    return to << it.kind << " key " << it.key << " value of " << it.value.size();
}

rc::Gen<std::vector<operation>> any_operations() {
    const auto value =
        rc::gen::oneOf(rc::gen::arbitrary<std::string>(),
                       rc::gen::map(rc::gen::inRange<std::size_t>(0, 300'000),
                                    [](std::size_t bytes) { return std::string(bytes, 'v'); }));
    return rc::gen::container<std::vector<operation>>(rc::gen::construct<operation>(
        rc::gen::inRange(0, 8), rc::gen::inRange(0, 6), rc::gen::noShrink(value)));
}

std::string key_of(const operation& it) {
    return std::string(static_cast<std::size_t>(it.key), 'k');
}

void apply(const operation& it, storage_port& storage, entries& model) {
    if (it.kind <= 3) {
        storage.put(key_of(it), it.value);
        model[key_of(it)] = it.value;
    } else if (it.kind == 4) {
        storage.erase(key_of(it));
        model.erase(key_of(it));
    }
}

RC_GTEST_PROP(file_storage, it_is_a_map_that_goes_back_to_its_last_sync_when_reopened, ()) {
    const storage_directory directory;
    auto storage = opened(directory.path());
    entries model, synced;
    for (const auto& it : *any_operations()) {
        apply(it, *storage, model);
        if (it.kind == 5 || it.kind == 6) {
            storage->sync();
            synced = model;
        } else if (it.kind == 7) {
            storage.reset();
            storage = opened(directory.path());
            model = synced;
        }
        RC_ASSERT(contents(*storage) == model);
    }
}

RC_GTEST_PROP(file_storage, a_power_loss_goes_back_to_the_last_sync, ()) {
    const storage_directory directory, survivors;
    watched_disk disk;
    const auto storage = opened(directory.path());
    entries model, synced;
    for (const auto& it : *any_operations()) {
        apply(it, *storage, model);
        if (it.kind == 5 || it.kind == 6) {
            storage->sync();
            synced = model;
        }
    }
    disk.write_survivors(survivors.path());
    RC_ASSERT(contents(survivors.path()) == synced);
}

TEST(file_storage, what_was_seen_after_opening_survives_a_power_loss) {
    const storage_directory directory, survivors;
    {
        const auto storage = opened(directory.path());
        storage->put("a", "1");
        storage->sync();
    }
    const watched_disk disk;  // which has flushed nothing yet, as after a kill during sync()
    const auto seen = contents(directory.path());
    disk.write_survivors(survivors.path());
    EXPECT_EQ(seen, (entries{{"a", "1"}}));
    EXPECT_EQ(contents(survivors.path()), seen);
}

RC_GTEST_PROP(file_storage, a_failing_flush_at_any_point_costs_whole_syncs_only, ()) {
    const storage_directory directory;
    auto storage = opened(directory.path());
    entries model, synced;
    bool failed = false;
    {
        watched_disk disk;
        disk.fail_after(*rc::gen::inRange(0, 12));
        for (const auto& it : *any_operations()) {
            apply(it, *storage, model);
            if (it.kind != 5 && it.kind != 6) continue;
            if (sync_error(*storage) != "synced") {
                failed = true;
                break;
            }
            synced = model;
        }
    }
    if (failed) RC_ASSERT(sync_error(*storage) != "synced");
    storage.reset();
    const auto found = contents(directory.path());
    RC_ASSERT(found == synced || (failed && found == model));
}

TEST(file_storage, what_a_killed_writer_synced_is_there) {
    const storage_directory directory;
    const std::string padding(40'000, 'p');  // the log is written anew every 20 syncs or so
    int reported = 0;
    for (int round = 0; round < 20; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const auto storage = opened(directory.path());
            for (int count = reported + 1;; ++count) {
                storage->put("count", std::to_string(count));
                storage->put("again " + std::to_string(count % 7), padding);
                storage->put("twin", std::to_string(count));
                storage->sync();
                if (::write(ends[1], &count, sizeof count) != sizeof count) ::_exit(1);
            }
        }
        ::close(ends[1]);
        int count = 0;
        bool is_killed = false;
        for (int reads = 0; ::read(ends[0], &count, sizeof count) == sizeof count; ++reads) {
            reported = count;
            if (reads >= 3 * round && !is_killed) is_killed = ::kill(child, SIGKILL) == 0;
        }
        ::close(ends[0]);
        ::waitpid(child, nullptr, 0);
        ASSERT_TRUE(is_killed);
        const auto storage = opened(directory.path());
        const int found = std::stoi(storage->value_of("count").value());
        EXPECT_GE(found, reported);
        EXPECT_LE(found, reported + 1);
        EXPECT_EQ(storage->value_of("twin"), std::to_string(found));
        reported = found;
    }
}

TEST(file_storage, threads_can_share_it) {
    const storage_directory directory;
    {
        const auto storage = opened(directory.path());
        std::vector<std::thread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&, thread] {
                for (int count = 0; count < 50; ++count) {
                    const auto key = std::to_string(thread) + "." + std::to_string(count);
                    storage->put(key, "x");
                    storage->put("shared", key);
                    if (storage->value_of(key) != "x") std::abort();
                    if (count % 10 == 9) storage->erase(key);
                    if (count % 5 == 4) storage->sync();
                }
            });
        }
        for (std::thread& each : threads) each.join();
        EXPECT_EQ(storage->keys().size(), 4u * 45 + 1);
    }
    EXPECT_EQ(contents(directory.path()).size(), 4u * 45 + 1);
}

TEST(file_storage, without_a_directory_it_keeps_all_in_memory) {
    const auto storage = opened("");
    storage->put("a", "1");
    storage->sync();
    storage->erase("nothing");
    EXPECT_EQ(contents(*storage), (entries{{"a", "1"}}));
    EXPECT_EQ(contents(*opened("")), entries{});
}

TEST(file_storage, missing_directories_are_made_with_their_parents) {
    const storage_directory directory;
    const watched_disk disk;
    EXPECT_EQ(contents(directory.path() / "a" / "b" / "c/"), entries{});
    EXPECT_TRUE(disk.has_flushed(directory.path()));
    EXPECT_TRUE(disk.has_flushed(directory.path() / "a" / "b"));
    EXPECT_TRUE(fs::is_regular_file(directory.path() / "a" / "b" / "c" / "storage.log"));
}

// ---- what is out of date

TEST(file_storage, a_log_that_is_mostly_out_of_date_is_written_anew_and_keeps_all) {
    const storage_directory directory;
    auto storage = opened(directory.path());
    storage->put("old", "kept");
    std::size_t largest = 0;
    std::size_t rewrites = 0;
    for (int count = 0; count < 60; ++count) {
        const auto before = bytes_in(directory.log()).size();
        storage->put("big " + std::to_string(count % 3), std::string(60'000, 'x'));
        storage->sync();
        const auto after = bytes_in(directory.log()).size();
        largest = std::max(largest, after);
        rewrites += after < before ? 1 : 0;
    }
    EXPECT_LE(largest, std::size_t{1} << 20);
    EXPECT_EQ(rewrites, 3u);
    const auto model = contents(*storage);
    EXPECT_EQ(model.size(), 4u);
    storage.reset();
    EXPECT_EQ(contents(directory.path()), model);
    EXPECT_FALSE(fs::exists(directory.path() / "storage.log.new"));
}

TEST(file_storage, erased_values_make_a_log_small_again) {
    const storage_directory directory;
    auto storage = opened(directory.path());
    storage->put("a", std::string(1'100'000, 'x'));
    storage->sync();
    storage->erase("a");
    storage->sync();
    EXPECT_LT(bytes_in(directory.log()).size(), 100u);
    storage.reset();
    EXPECT_EQ(contents(directory.path()), entries{});
}

TEST(file_storage, a_log_that_is_mostly_up_to_date_is_left_alone) {
    const storage_directory directory;
    const auto storage = opened(directory.path());
    for (int count = 0; count < 30; ++count) {
        storage->put(std::to_string(count), std::string(60'000, 'x'));
        storage->sync();
    }
    EXPECT_GT(bytes_in(directory.log()).size(), 30u * 60'000);
}

TEST(file_storage, what_a_killed_rewrite_left_behind_is_removed) {
    const storage_directory directory;
    write_file(directory.path() / "storage.log.new", "half");
    EXPECT_EQ(contents(directory.path()), entries{});
    write_file(directory.path() / "storage.log.new", "half");
    EXPECT_EQ(contents(directory.path()), entries{});
    EXPECT_FALSE(fs::exists(directory.path() / "storage.log.new"));
}

// ---- what the system refuses

TEST(file_storage, a_second_opener_gets_a_clear_error_in_this_process_and_in_another) {
    const storage_directory directory;
    auto storage = opened(directory.path());
    const std::string expected = "the storage directory " + directory.path().string() +
                                 " is in use by another node: " + directory.path().string() +
                                 "/storage.lock is locked";
    EXPECT_EQ(error_of(directory.path()), expected);
    EXPECT_EQ(said_by_child([&] { return error_of(directory.path()); }), expected);
    storage.reset();
    EXPECT_EQ(error_of(directory.path()), "opened");
}

TEST(file_storage, a_directory_that_cannot_be_written_is_an_error_that_names_it) {
    const storage_directory directory;
    fs::create_directory(directory.path() / "closed");
    fs::permissions(directory.path(), fs::perms(0755));
    fs::permissions(directory.path() / "closed", fs::perms(0555));
    const auto refused = [&](const fs::path& place) {
        return said_by_child([&]() -> std::string {
            // What permissions forbid does not hold for root.
            if (::geteuid() == 0 && ::seteuid(65534) != 0) return "cannot become nobody";
            return error_of(directory.path() / place);
        });
    };
    const std::string closed = (directory.path() / "closed").string();
    EXPECT_EQ(refused("closed"), "cannot open " + closed + "/storage.lock: Permission denied");
    EXPECT_EQ(refused("closed/new"),
              "cannot make the directory " + closed + "/new: Permission denied");
}

TEST(file_storage, a_directory_that_is_a_file_and_a_log_that_is_a_directory_are_refused) {
    const storage_directory directory;
    write_file(directory.path() / "file", "");
    EXPECT_THAT(error_of(directory.path() / "file"), HasSubstr("file: Not a directory"));
    EXPECT_THAT(error_of(directory.path() / "file" / "below"),
                HasSubstr("file/below: Not a directory"));
    fs::create_directory(directory.log());
    EXPECT_EQ(error_of(directory.path()), directory.log().string() + " is not a regular file");
}

TEST(file_storage, a_full_disk_fails_this_sync_and_all_later_ones_and_loses_no_earlier_one) {
    const storage_directory directory;
    auto storage = opened(directory.path());
    storage->put("a", "1");
    storage->sync();
    const auto size = bytes_in(directory.log()).size();
    storage->put("a", std::string(1000, 'x'));
    const std::string reason = "cannot write " + directory.log().string() + ": File too large";
    {
        const file_size_limit limit(size + 500);
        EXPECT_EQ(sync_error(*storage), reason);
    }
    EXPECT_EQ(bytes_in(directory.log()).size(), size);
    EXPECT_EQ(storage->value_of("a"), std::string(1000, 'x'));
    storage->put("b", "2");
    EXPECT_EQ(sync_error(*storage), "an earlier sync failed: " + reason);
    storage.reset();
    EXPECT_EQ(contents(directory.path()), (entries{{"a", "1"}}));
}

TEST(file_storage, a_failed_flush_fails_all_later_syncs_and_is_not_read_back) {
    const storage_directory directory;
    auto storage = opened(directory.path());
    storage->put("a", "1");
    storage->sync();
    storage->put("a", "2");
    const std::string reason = "cannot flush " + directory.log().string() + ": Input/output error";
    {
        watched_disk disk;
        disk.fail_after(0);
        EXPECT_EQ(sync_error(*storage), reason);
    }
    EXPECT_EQ(sync_error(*storage), "an earlier sync failed: " + reason);
    storage.reset();
    EXPECT_EQ(contents(directory.path()), (entries{{"a", "1"}}));
}

/// Its next sync writes the log anew.
std::unique_ptr<storage_port> about_to_be_rewritten(const fs::path& directory) {
    auto storage = opened(directory);
    storage->put("a", std::string(1'100'000, 'x'));
    storage->sync();
    storage->put("a", "small");
    return storage;
}

TEST(file_storage, a_rewrite_that_finds_no_room_leaves_the_old_log_in_use) {
    const storage_directory directory;
    auto storage = about_to_be_rewritten(directory.path());
    watched_disk disk;
    disk.fail_after(1);  // the record's own flush works, that of the new log does not
    storage->sync();
    EXPECT_GT(bytes_in(directory.log()).size(), 1'100'000u);
    EXPECT_FALSE(fs::exists(directory.path() / "storage.log.new"));
    storage->put("b", "2");
    storage->sync();
    EXPECT_GT(bytes_in(directory.log()).size(), 1'100'000u);  // not tried again so soon
    storage->put("b", std::string(600'000, 'y'));
    storage->sync();
    EXPECT_LT(bytes_in(directory.log()).size(), 601'000u);
    const auto model = contents(*storage);
    storage.reset();
    EXPECT_EQ(contents(directory.path()), model);
}

TEST(file_storage, a_new_log_whose_name_may_not_last_takes_no_more_records) {
    const storage_directory directory;
    auto storage = about_to_be_rewritten(directory.path());
    const std::string reason = "cannot flush " + directory.path().string() + ": Input/output error";
    {
        watched_disk disk;
        disk.fail_after(2);
        EXPECT_EQ(sync_error(*storage), reason);
    }
    storage->put("b", "2");
    EXPECT_EQ(sync_error(*storage), "an earlier sync failed: " + reason);
    storage.reset();
    EXPECT_EQ(contents(directory.path()), (entries{{"a", "small"}}));
}

}  // namespace
