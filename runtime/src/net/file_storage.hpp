#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <partita/runtime/ports.hpp>

#include <tl/expected.hpp>

namespace partita::detail {

/// What storage_port::sync of open_storage throws when the disk refuses: file and reason, one line.
class storage_error : public std::runtime_error {
   public:
    using std::runtime_error::runtime_error;
};

/// Keys and values in one file of a directory, which is made when it is missing, with its parents:
/// a log (file_log.hpp) of changes. An empty directory name keeps all in memory, and sync() then
/// does nothing. May be used from several threads at once; keys() are in ascending order.
///
/// sync() writes all changes since the last one as one record and returns once the disk has it, so
/// the states that can be read back are those at calls of sync(), never one between them. The
/// destructor does not sync: an orderly end and a crash lose the same. Once more than half of a log
/// of over 1 MiB is out of date, sync() also replaces it by a new one; if there is no room for
/// both, the old one stays in use, and it tries again when that has grown by half. Everything is
/// kept in memory too, and opening and replacing need as much again.
///
/// Opening cuts off a bad record at the end of the log, as a crash during sync() leaves it, and
/// flushes what it read: nothing that was seen once is lost later. A bad record that others follow
/// was whole once, so it is an error, and so is a file with another magic or version; the file is
/// then left as it is. Damage to the last record cannot be told from a crash, nor a log cut short
/// between two records from one that never went on.
///
/// One opener at a time, in this process and all others: a second one gets an error. The lock is
/// flock's, on a file of its own; a process forked meanwhile without exec holds it too.
///
/// After a failed sync() (storage_error) all later ones fail as well. What is read back later is
/// the state of the last one that returned or, if the new record cannot be cut off or only the
/// replacing failed, that of the failed one: never a part of it. There is no second try. After a
/// failed flush the kernel may take the lost pages for written (fsync(2), EIO), and to write memory
/// to a new file would make durable what its owner has been told is not. The way back is that of a
/// crash: open again.
[[nodiscard]] tl::expected<std::unique_ptr<storage_port>, std::string> open_storage(
    const std::string& directory);

}  // namespace partita::detail
