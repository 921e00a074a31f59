#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>

#include <partita/schedules/codec.hpp>

#include "failure.hpp"

namespace partita::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& what, int number) {
    throw failure(file.string() + ": " + what + ": " + std::generic_category().message(number));
}

/// A temporary file that is gone unless it was given its name.
class temporary_file {
   public:
    explicit temporary_file(const fs::path& wanted)
        : wanted_(wanted), path_(wanted.string() + ".XXXXXX"), handle_(::mkstemp(path_.data())) {
        if (handle_ < 0) refuse(wanted_, "cannot be written", errno);
    }
    ~temporary_file() {
        if (handle_ >= 0) ::close(handle_);
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;

    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t written = ::write(handle_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) refuse(wanted_, "cannot be written", errno);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void commit() {
        // mkstemp makes it for its owner alone; what is exported is meant to be shared.
        const mode_t mask = ::umask(0);
        ::umask(mask);
        const bool done = ::fchmod(handle_, 0666 & ~mask) == 0 && ::fsync(handle_) == 0 &&
                          ::rename(path_.c_str(), wanted_.c_str()) == 0;
        if (!done) refuse(wanted_, "cannot be written", errno);
        path_.clear();
    }

   private:
    fs::path wanted_;
    std::string path_;
    int handle_;
};

}  // namespace

std::string read_file(const fs::path& file, std::size_t bytes_max) {
    std::error_code status;
    if (fs::is_directory(file, status))
        throw failure(file.string() + ": a directory, expected a file");
    std::ifstream in(file, std::ios::binary);
    if (!in) refuse(file, "cannot be read", errno);
    std::string bytes;
    char block[65'536];
    while (bytes.size() <= bytes_max && in.read(block, sizeof block).gcount() > 0) {
        bytes.append(block, static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad()) refuse(file, "cannot be read", errno);
    if (bytes.size() > bytes_max) {
        throw failure(file.string() + ": expected at most " + std::to_string(bytes_max) + " bytes");
    }
    return bytes;
}

void write_file(const fs::path& file, std::string_view bytes) {
    temporary_file temporary(file);
    temporary.write(bytes);
    temporary.commit();
}

std::vector<fs::path> schedule_files_in(const fs::path& directory) {
    std::error_code status;
    std::vector<fs::path> found;
    fs::directory_iterator entries(directory, status);
    if (status) refuse(directory, "cannot be read", status.value());
    for (const auto& entry : entries) {
        const bool wanted =
            entry.path().extension() == ".schedule" && entry.is_regular_file(status);
        if (wanted) found.push_back(entry.path());
    }
    if (found.empty()) {
        throw failure(directory.string() +
                      ": expected files '*.schedule' (corpus export writes them)");
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace partita::cli
