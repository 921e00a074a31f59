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

class temporary_directory {
   public:
    temporary_directory() {
        // In memory where there is such a place: some tests flush thousands of times.
        const bool in_memory = ::access("/dev/shm", W_OK) == 0;
        std::string name =
            (in_memory ? std::string("/dev/shm/") : testing::TempDir()) + "partita_storage_XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~temporary_directory() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }
    [[nodiscard]] fs::path log() const { return path_ / "storage.log"; }

   private:
    fs::path path_;
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
