#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include <temporary_directory.hpp>

#include "net/file_storage.hpp"

/// Directories for tests of file_storage.hpp, and what is in them.
namespace partita::storage_test {

namespace fs = std::filesystem;
using entries = std::map<std::string, std::string>;

inline std::string bytes_in(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_file(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

class storage_directory : public test::temporary_directory {
   public:
    [[nodiscard]] fs::path log() const { return path() / "storage.log"; }
};

inline std::unique_ptr<storage_port> opened(const fs::path& directory) {
    auto storage = detail::open_storage(directory);
    if (!storage) throw std::runtime_error(storage.error());
    return std::move(*storage);
}

inline std::string error_of(const fs::path& directory) {
    const auto storage = detail::open_storage(directory);
    return storage ? "opened" : storage.error();
}

inline entries contents(const storage_port& storage) {
    entries all;
    for (const auto& key : storage.keys()) all[key] = storage.value_of(key).value();
    return all;
}

inline entries contents(const fs::path& directory) { return contents(*opened(directory)); }

}  // namespace partita::storage_test
