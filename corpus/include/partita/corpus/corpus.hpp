#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include <partita/corpus/counterexample.hpp>

namespace partita {

/// How a corpus is opened.
struct corpus_options {
    /// How long a call waits for another process that holds the file; then it is unavailable.
    std::chrono::milliseconds busy_timeout{5'000};
};

/// The store of counterexamples: one SQLite file (WAL), its schema versioned and migrated on open.
/// Every change is one transaction, durable when the call returns: neither kill -9 nor a power cut
/// loses what was added. Several processes may use one file; a writer waits up to `busy_timeout`
/// for another. Each object belongs to one thread at a time, and to the process that opened it:
/// after a fork the child opens its own. Errors name the file and say what is wrong: not a
/// database, truncated or damaged, a newer schema, locked, read-only, no space left. A file that
/// cannot be opened is left as it was, and none is made.
class corpus {
   public:
    enum class access { read, write };

    /// Opens the file; with access::write makes it when absent, with access::read an absent file is
    /// not_found. An empty file counts as absent. Only access::write migrates an older schema;
    /// access::read answers unsupported, as both do to a newer one.
    [[nodiscard]] static result<corpus> open(const std::filesystem::path&, access,
                                             const corpus_options& = {});

    /// Adds; false when the id is there already (status and provenance of the first stay).
    /// bad_input when the id is not that of the content, the verdict is `holds`, or the schedule is
    /// past the default parse_bounds.
    [[nodiscard]] result<bool> add(const counterexample&);
    /// All, in order of id.
    [[nodiscard]] result<std::vector<counterexample>> list() const;
    /// The one whose id begins with `prefix` (at least 4 digits). not_found, or conflict naming the
    /// candidates; bad_input when `prefix` is anything else.
    [[nodiscard]] result<counterexample> find(std::string_view prefix) const;
    /// Removes the one with this whole id, or not_found.
    [[nodiscard]] result<void> remove(std::string_view id);
    /// Changes the status of the one with this whole id, or not_found.
    [[nodiscard]] result<void> set_status(std::string_view id, counterexample_status);
    /// Adds all of another corpus in one transaction: commutative, associative and idempotent.
    /// Returns how many were new. An id that both have keeps the account (provenance, explanation,
    /// trace hash) found first, and ties go to the smaller one field by field; of two statuses the
    /// one that asks for more attention stays: reproduces, stale, fixed, open. On an error nothing
    /// has changed.
    [[nodiscard]] result<std::size_t> merge(const std::filesystem::path& other);

    corpus(corpus&&) noexcept;
    corpus& operator=(corpus&&) noexcept;
    ~corpus();

   private:
    struct connection;
    explicit corpus(std::unique_ptr<connection>);
    std::unique_ptr<connection> connection_;
};

/// The newest schema version this build reads and writes.
inline constexpr int corpus_schema_version = 1;

}  // namespace partita
