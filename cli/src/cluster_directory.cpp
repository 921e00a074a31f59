#include "cluster_directory.hpp"

#include <stdlib.h>

#include <cerrno>
#include <system_error>

#include "failure.hpp"

namespace partita::cli {

temporary_directory::temporary_directory() {
    std::error_code status;
    std::filesystem::path parent = std::filesystem::temp_directory_path(status);
    if (status) parent = "/tmp";
    std::string pattern = (parent / "partita-cluster-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw failure(pattern + ": cannot be made: " + std::generic_category().message(errno));
    }
    path_ = pattern;
}

temporary_directory::~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace partita::cli
