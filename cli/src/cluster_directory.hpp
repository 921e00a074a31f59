#pragma once

#include <filesystem>

namespace partita::cli {

/// A directory of its own for a time, gone with its owner. Throws failure.
class temporary_directory {
   public:
    temporary_directory();
    ~temporary_directory();
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

   private:
    std::filesystem::path path_;
};

}  // namespace partita::cli
