#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <partita/schedules/result.hpp>

namespace partita::detail::store {

/// Where a corpus is or will be, as the file system tells without opening anything. (To open and
/// close a file that SQLite has open in this process would drop SQLite's locks on it.)
struct place {
    /// absolute, symbolic links resolved: what SQLite names its files by
    std::filesystem::path file;
    std::string name;  ///< what errors call it: the path as given, on one line
    bool exists = false;
    std::uintmax_t size = 0;  ///< of the file, in bytes
    bool log = false;         ///< a journal or write-ahead log lies beside it
    bool directory_writable = false;
    bool writable = false;  ///< the file and its directory
};

/// unavailable when no corpus can be there: no such directory, not a regular file, no permission.
[[nodiscard]] result<place> locate(const std::filesystem::path&);

}  // namespace partita::detail::store
