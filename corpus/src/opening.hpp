#pragma once

#include <chrono>
#include <filesystem>
#include <span>

#include "database.hpp"
#include "schema.hpp"

namespace partita::detail::store {

/// How to open a corpus file. The tests bring a schema chain of their own.
struct open_request {
    std::filesystem::path path;
    bool write = false;
    std::chrono::milliseconds busy_timeout{5'000};
    std::span<const migration> schema = corpus_migrations();
};

/// Opens a corpus, checked and in the newest schema; makes it when `write` and it is absent. On an
/// error the file is as it was, or still absent.
[[nodiscard]] result<database> open_corpus_file(const open_request&);

}  // namespace partita::detail::store
