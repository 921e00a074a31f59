#include "net/file_storage.hpp"

#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "net/file_handle.hpp"
#include "net/file_log.hpp"

namespace partita::detail {

namespace {

constexpr std::uint64_t rewrite_beyond_bytes = std::uint64_t{1} << 20;

constexpr const char* log_name = "storage.log";
constexpr const char* new_log_name = "storage.log.new";
constexpr const char* lock_name = "storage.lock";

using nothing_or_reason = tl::expected<void, std::string>;

tl::expected<file_handle, std::string> open_directory(const std::filesystem::path& directory) {
    return file_handle::open_at(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY, directory);
}

/// With its parents; each new name is flushed, or a crash could take the directory away again.
nothing_or_reason make_directory(const std::filesystem::path& directory) {
    std::error_code ignored;  // whatever it is, mkdir says it too
    if (std::filesystem::is_directory(directory, ignored)) return {};
    if (!directory.has_filename()) return make_directory(directory.parent_path());
    auto parent = directory.parent_path();
    if (parent.empty()) parent = ".";
    if (auto made = make_directory(parent); !made) return made;
    if (::mkdir(directory.c_str(), S_IRWXU | S_IRWXG | S_IRWXO) < 0 && errno != EEXIST) {
        const std::string reason = reason_of(errno);
        return tl::unexpected("cannot make the directory " + directory.string() + ": " + reason);
    }
    return open_directory(parent).and_then([](const file_handle& it) { return it.flush(); });
}

tl::expected<file_handle, std::string> lock_directory(const file_handle& directory) {
    auto lock = file_handle::open_at(directory.number(), lock_name, O_RDWR | O_CREAT,
                                     directory.path() + "/" + lock_name);
    if (!lock) return lock;
    if (uninterrupted([&] { return ::flock(lock->number(), LOCK_EX | LOCK_NB); }) == 0) return lock;
    if (errno != EWOULDBLOCK) return lock->cannot("lock");
    return tl::unexpected("the storage directory " + directory.path() +
                          " is in use by another node: " + lock->path() + " is locked");
}

tl::expected<std::uint64_t, std::string> random_number() {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) == sizeof number) return number;
    return tl::unexpected("cannot draw a random number: " + reason_of(errno));
}

/// Why a log was not replaced.
struct replace_failure {
    std::string text;
    bool is_old_in_use = false;  ///< and as good as before
};

/// The log of a directory, and the lock that keeps others away from it.
class log_file {
   public:
    /// Adds what the log says to `entries`; makes an empty log if there is none.
    [[nodiscard]] static tl::expected<log_file, std::string> open(const std::string& directory,
                                                                  log_entries& entries);

    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// Returns when the disk has the record; after an error the log may not be written any more.
    [[nodiscard]] nothing_or_reason append(std::string unsealed);
    /// Puts a log with this record alone in the place of this one.
    [[nodiscard]] tl::expected<void, replace_failure> replace(std::string unsealed);

   private:
    [[nodiscard]] std::string path_of(const char* name) const {
        return directory_.path() + "/" + name;
    }
    [[nodiscard]] nothing_or_reason read(log_entries&);
    [[nodiscard]] nothing_or_reason start_empty();
    /// The new log, complete and flushed but for its name.
    [[nodiscard]] tl::expected<log_file, std::string> written_new(std::string unsealed) const;

    file_handle directory_;
    file_handle lock_;
    file_handle file_;
    std::uint64_t id_ = 0;
    std::uint64_t bytes_ = 0;
};

tl::expected<log_file, std::string> log_file::open(const std::string& directory,
                                                   log_entries& entries) {
    if (auto made = make_directory(directory); !made) return tl::unexpected(made.error());
    auto opened = open_directory(directory);
    if (!opened) return tl::unexpected(opened.error());
    auto lock = lock_directory(*opened);
    if (!lock) return tl::unexpected(lock.error());
    log_file log;
    log.directory_ = std::move(*opened);
    log.lock_ = std::move(*lock);
    ::unlinkat(log.directory_.number(), new_log_name, 0);  // of one killed meanwhile
    if (auto read = log.read(entries); !read) return tl::unexpected(read.error());
    return log;
}

nothing_or_reason log_file::read(log_entries& entries) {
    struct stat facts {};
    const std::string path = path_of(log_name);
    if (::fstatat(directory_.number(), log_name, &facts, 0) < 0) {
        if (errno == ENOENT) return start_empty();
        const std::string reason = reason_of(errno);
        return tl::unexpected("cannot inspect " + path + ": " + reason);
    }
    if (!S_ISREG(facts.st_mode)) return tl::unexpected(path + " is not a regular file");
    auto file = file_handle::open_at(directory_.number(), log_name, O_RDWR, path);
    if (!file) return tl::unexpected(file.error());
    const auto bytes = file->read(static_cast<std::size_t>(facts.st_size));
    if (!bytes) return tl::unexpected(bytes.error());
    auto contents = read_log(*bytes);
    if (!contents) {
        const log_damage& damage = contents.error();
        return tl::unexpected(path + ", offset " + std::to_string(damage.offset) + ": " +
                              damage.text);
    }
    if (contents->whole_bytes == 0) return start_empty();
    file_ = std::move(*file);
    id_ = contents->id;
    bytes_ = contents->whole_bytes;
    entries = std::move(contents->entries);
    if (bytes_ != bytes->size()) {
        if (auto cut = file_.cut_to(bytes_); !cut) return cut;
    }
    // A process that was killed may have left the bytes or the name in the kernel's memory only.
    if (auto flushed = file_.flush(); !flushed) return flushed;
    return directory_.flush();
}

nothing_or_reason log_file::start_empty() {
    if (auto made = replace({}); !made) return tl::unexpected(made.error().text);
    return {};
}

nothing_or_reason log_file::append(std::string unsealed) {
    seal(unsealed, id_, bytes_);
    auto done = file_.write(unsealed, bytes_);
    if (done) done = file_.flush_data();
    if (done) {
        bytes_ += unsealed.size();
        return done;
    }
    // Else the next opener might read a record that is only in the kernel's memory, and could not
    // know that flushing it failed.
    if (auto cut = file_.cut_to(bytes_); !cut) {
        return tl::unexpected(done.error() + "; " + cut.error());
    }
    return done;
}

tl::expected<log_file, std::string> log_file::written_new(std::string unsealed) const {
    const auto id = random_number();
    if (!id) return tl::unexpected(id.error());
    auto file = file_handle::open_at(directory_.number(), new_log_name, O_RDWR | O_CREAT | O_TRUNC,
                                     path_of(new_log_name));
    if (!file) return tl::unexpected(file.error());
    log_file log;
    log.file_ = std::move(*file);
    log.id_ = *id;
    log.bytes_ = log_header_bytes + unsealed.size();
    if (!unsealed.empty()) seal(unsealed, *id, log_header_bytes);
    auto done = log.file_.write(log_header(*id), 0);
    if (done) done = log.file_.write(unsealed, log_header_bytes);
    if (done) done = log.file_.flush();
    if (!done) return tl::unexpected(done.error());
    return log;
}

tl::expected<void, replace_failure> log_file::replace(std::string unsealed) {
    auto made = written_new(std::move(unsealed));
    if (!made) {
        ::unlinkat(directory_.number(), new_log_name, 0);
        return tl::unexpected(replace_failure{made.error(), true});
    }
    // From here on the name may mean either log after a crash, so neither can take more records
    // before the directory is flushed.
    if (::renameat(directory_.number(), new_log_name, directory_.number(), log_name) < 0) {
        return tl::unexpected(replace_failure{made->file_.cannot("rename").value(), false});
    }
    if (auto flushed = directory_.flush(); !flushed) {
        return tl::unexpected(replace_failure{flushed.error(), false});
    }
    file_ = std::move(made->file_);
    file_.renamed(path_of(log_name));
    id_ = made->id_;
    bytes_ = made->bytes_;
    return {};
}

std::uint64_t bytes_of(std::string_view key, std::string_view value) {
    return change_head_bytes + key.size() + value.size();
}

class file_storage final : public storage_port {
   public:
    nothing_or_reason open(const std::string& directory) {
        auto log = log_file::open(directory, entries_);
        if (!log) return tl::unexpected(log.error());
        log_ = std::move(*log);
        for (const auto& [key, value] : entries_) live_bytes_ += bytes_of(key, value);
        return {};
    }

    void put(std::string_view key, std::string_view value) override {
        const std::lock_guard guard(mutex_);
        note_change(key);
        const auto found = entries_.find(key);
        if (found == entries_.end()) {
            entries_.emplace(key, value);
        } else {
            live_bytes_ -= bytes_of(key, found->second);
            found->second = value;
        }
        live_bytes_ += bytes_of(key, value);
    }

    void erase(std::string_view key) override {
        const std::lock_guard guard(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end()) return;
        note_change(key);
        live_bytes_ -= bytes_of(key, found->second);
        entries_.erase(found);
    }

    void sync() override {
        const std::lock_guard guard(mutex_);
        if (!failure_.empty()) throw storage_error("an earlier sync failed: " + failure_);
        if (!log_ || unsynced_.empty()) return;
        if (auto appended = log_->append(changes()); !appended) fail(appended.error());
        unsynced_.clear();
        if (log_->bytes() > rewrite_beyond_ && live_bytes_ < log_->bytes() / 2) rewrite();
    }

    [[nodiscard]] std::optional<std::string> value_of(std::string_view key) const override {
        const std::lock_guard guard(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end()) return std::nullopt;
        return found->second;
    }

    [[nodiscard]] std::vector<std::string> keys() const override {
        const std::lock_guard guard(mutex_);
        std::vector<std::string> all;
        all.reserve(entries_.size());
        for (const auto& [key, value] : entries_) all.push_back(key);
        return all;
    }

   private:
    void note_change(std::string_view key) {
        if (log_ && unsynced_.find(key) == unsynced_.end()) unsynced_.emplace(key);
    }

    [[nodiscard]] std::string changes() const {
        std::string record = unsealed_record();
        for (const std::string& key : unsynced_) {
            const auto found = entries_.find(key);
            const bool is_there = found != entries_.end();
            append_change(record, is_there ? change_kind::put : change_kind::erase, key,
                          is_there ? std::string_view(found->second) : std::string_view());
        }
        return record;
    }

    void rewrite() {
        std::string record = unsealed_record();
        record.reserve(record.size() + live_bytes_);
        for (const auto& [key, value] : entries_) {
            append_change(record, change_kind::put, key, value);
        }
        const auto replaced = log_->replace(std::move(record));
        if (!replaced && !replaced.error().is_old_in_use) fail(replaced.error().text);
        rewrite_beyond_ = replaced ? rewrite_beyond_bytes : log_->bytes() + log_->bytes() / 2;
    }

    [[noreturn]] void fail(const std::string& why) {
        failure_ = why;
        throw storage_error(why);
    }

    mutable std::mutex mutex_;
    log_entries entries_;
    std::set<std::string, std::less<>> unsynced_;  // keys that differ from the log
    std::uint64_t live_bytes_ = 0;                 // what a log of entries_ alone would take
    std::optional<log_file> log_;                  // none: in memory only
    std::uint64_t rewrite_beyond_ = rewrite_beyond_bytes;
    std::string failure_;
};

}  // namespace

tl::expected<std::unique_ptr<storage_port>, std::string> open_storage(
    const std::string& directory) {
    auto storage = std::make_unique<file_storage>();
    if (directory.empty()) return storage;
    if (auto opened = storage->open(directory); !opened) return tl::unexpected(opened.error());
    return storage;
}

}  // namespace partita::detail
