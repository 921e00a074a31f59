#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <partita/corpus/counterexample.hpp>

namespace partita {

/// The store of counterexamples: one SQLite file (WAL), its schema versioned and migrated on open.
/// Every change is one transaction, durable when the call returns: kill -9 loses nothing that was
/// added. Several processes may use one file; a writer waits up to `busy_timeout` for another.
/// Errors name the file and say what is wrong: not a database, truncated or damaged, a newer schema
/// (left untouched), locked, read-only, no space left.
class corpus {
   public:
    enum class access { read, write };

    /// Opens the file; with access::write makes it when absent, with access::read an absent file is
    /// not_found. An empty file counts as absent.
    [[nodiscard]] static result<corpus> open(const std::filesystem::path&, access);

    /// Adds; false when the id is there already (status and provenance of the first stay).
    [[nodiscard]] result<bool> add(const counterexample&);
    /// All, in order of id.
    [[nodiscard]] result<std::vector<counterexample>> list() const;
    /// The one whose id begins with `prefix` (at least 4 digits). not_found, or conflict naming the
    /// candidates.
    [[nodiscard]] result<counterexample> find(std::string_view prefix) const;
    [[nodiscard]] result<void> remove(std::string_view id);
    [[nodiscard]] result<void> set_status(std::string_view id, counterexample_status);
    /// Adds all of another corpus: commutative and idempotent. Returns how many were new.
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
