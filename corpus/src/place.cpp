#include "place.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <system_error>

#include "escape.hpp"

namespace partita::detail::store {
namespace {

namespace fs = std::filesystem;

bool may_write(const fs::path& path) {
    return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

fs::path beside(const fs::path& file, const char* suffix) { return fs::path(file) += suffix; }

// A closed writer leaves a journal of no bytes in some journal modes; it says nothing.
bool has_log(const fs::path& file) {
    std::error_code ignored;
    const auto journal_size = fs::file_size(beside(file, "-journal"), ignored);
    return fs::exists(beside(file, "-wal"), ignored) ||
           (journal_size != static_cast<std::uintmax_t>(-1) && journal_size > 0);
}

std::string directory_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path().string() : ".";
}

// Why there can be no corpus at the path; empty when there can.
std::string obstacle(const fs::path& path) {
    std::error_code failure;
    const fs::file_status found = fs::status(path, failure);
    if (found.type() == fs::file_type::none) {
        return "cannot be opened: " + failure.message();
    }
    if (fs::is_directory(found)) {
        return "a directory, expected a file";
    }
    if (fs::exists(found)) {
        return fs::is_regular_file(found) ? "" : "not a regular file";
    }
    if (fs::is_symlink(fs::symlink_status(path, failure))) {
        return "a symbolic link to nothing";
    }
    const std::string directory = directory_of(path);
    return fs::is_directory(directory, failure)
               ? ""
               : "the directory " + escaped(directory) + " does not exist";
}

}  // namespace

result<place> locate(const fs::path& path) {
    place found;
    found.name = escaped(path.string());
    if (path.empty() || !path.has_filename()) {
        return fail(error_code::bad_input, found.name + ": expected the path of a corpus file");
    }
    if (const std::string reason = obstacle(path); !reason.empty()) {
        return fail(error_code::unavailable, found.name + ": " + reason);
    }
    std::error_code failure;
    found.exists = fs::exists(path, failure);
    const fs::path directory = fs::canonical(directory_of(path), failure);
    found.file = found.exists ? fs::canonical(path, failure) : directory / path.filename();
    if (failure) {
        return fail(error_code::unavailable,
                    found.name + ": cannot be opened: " + failure.message());
    }
    found.size = found.exists ? fs::file_size(found.file, failure) : 0;
    found.log = found.exists && has_log(found.file);
    found.directory_writable = may_write(found.file.parent_path());
    found.writable = found.directory_writable && found.exists && may_write(found.file);
    return found;
}

}  // namespace partita::detail::store
