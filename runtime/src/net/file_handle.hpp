#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>
#include <tl/expected.hpp>

namespace partita::detail {

/// Calls again what a signal interrupted.
template <typename Call>
auto uninterrupted(Call call) {
    auto returned = call();
    while (returned < 0 && errno == EINTR) returned = call();
    return returned;
}

inline std::string reason_of(int code) { return std::generic_category().message(code); }

/// Owns an open file or directory, with the name that errors call it by. Closed by exec.
class file_handle {
   public:
    file_handle() = default;
    /// `name` is relative to `directory`, `path` what people know it by.
    [[nodiscard]] static tl::expected<file_handle, std::string> open_at(int directory,
                                                                        const char* name, int flags,
                                                                        std::string path) {
        file_handle opened;
        opened.path_ = std::move(path);
        opened.number_ = uninterrupted(
            [&] { return ::openat(directory, name, flags | O_CLOEXEC, S_IRUSR | S_IWUSR); });
        if (opened.number_ < 0) return opened.cannot("open");
        return opened;
    }
    file_handle(file_handle&& other) noexcept
        : number_(std::exchange(other.number_, -1)), path_(std::move(other.path_)) {}
    file_handle& operator=(file_handle&& other) noexcept {
        std::swap(number_, other.number_);
        std::swap(path_, other.path_);
        return *this;
    }
    file_handle(const file_handle&) = delete;
    file_handle& operator=(const file_handle&) = delete;
    ~file_handle() {
        if (number_ >= 0) ::close(number_);
    }

    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    void renamed(std::string path) { path_ = std::move(path); }

    /// Why the system call that just failed did: `cannot VERB FILE: REASON`.
    [[nodiscard]] tl::unexpected<std::string> cannot(const char* verb) const {
        const int code = errno;
        return tl::unexpected(std::string("cannot ") + verb + " " + path_ + ": " + reason_of(code));
    }

    /// As many of the first `bytes` bytes as there are.
    [[nodiscard]] tl::expected<std::string, std::string> read(std::size_t bytes) const {
        std::string all(bytes, '\0');
        std::size_t done = 0;
        while (done < bytes) {
            const ssize_t got = uninterrupted([&] {
                return ::pread(number_, all.data() + done, bytes - done, static_cast<off_t>(done));
            });
            if (got < 0) return cannot("read");
            if (got == 0) break;
            done += static_cast<std::size_t>(got);
        }
        all.resize(done);
        return all;
    }

    /// All of the bytes, at that offset; after an error, some of them.
    [[nodiscard]] tl::expected<void, std::string> write(std::string_view bytes,
                                                        std::uint64_t offset) const {
        while (!bytes.empty()) {
            const ssize_t put = uninterrupted([&] {
                return ::pwrite(number_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            });
            if (put < 0) return cannot("write");
            bytes.remove_prefix(static_cast<std::size_t>(put));
            offset += static_cast<std::uint64_t>(put);
        }
        return {};
    }

    [[nodiscard]] tl::expected<void, std::string> cut_to(std::uint64_t bytes) const {
        const auto size = static_cast<off_t>(bytes);
        if (uninterrupted([&] { return ::ftruncate(number_, size); }) < 0) return cannot("shorten");
        return {};
    }

    /// Returns when the disk has the bytes and the size.
    [[nodiscard]] tl::expected<void, std::string> flush_data() const {
        if (uninterrupted([&] { return ::fdatasync(number_); }) < 0) return cannot("flush");
        return {};
    }

    /// Returns when the disk has all about the file, or the names in the directory.
    [[nodiscard]] tl::expected<void, std::string> flush() const {
        if (uninterrupted([&] { return ::fsync(number_); }) < 0) return cannot("flush");
        return {};
    }

   private:
    int number_ = -1;
    std::string path_;
};

}  // namespace partita::detail
