#pragma once

#include <string>
#include <vector>

#include "isolation.hpp"
#include "session.hpp"

/// What `partita corpus ...` does. Each prints, returns the exit code, and throws failure.
namespace partita::cli {

struct corpus_action {
    std::string file;
    bool json = false;
};

[[nodiscard]] int list_corpus(const corpus_action&);
[[nodiscard]] int show_entry(const corpus_action&, const std::string& id);
/// All when `id` is empty. An entry is written to `APPLICATION-DIGITS.schedule`.
[[nodiscard]] int export_entries(const corpus_action&, const std::string& id,
                                 const std::string& directory);
[[nodiscard]] int add_file(const session&, const corpus_action&, const std::string& file,
                           const isolation_options&);
[[nodiscard]] int remove_entry(const corpus_action&, const std::string& id);
/// All of them or, when one is wrong, none.
[[nodiscard]] int import_files(const corpus_action&, const std::vector<std::string>& files);
[[nodiscard]] int merge_corpus(const corpus_action&, const std::string& other);

}  // namespace partita::cli
