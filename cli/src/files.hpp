#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <partita/schedules/codec.hpp>

namespace partita::cli {

/// The bytes of a file of at most that many, usually the most that a schedule may have. Throws
/// failure.
[[nodiscard]] std::string read_file(const std::filesystem::path&,
                                    std::size_t bytes_max = parse_bounds{}.bytes_max);

/// Writes the whole file or leaves what was there: to a temporary file beside it, which then takes
/// its name. Throws failure.
void write_file(const std::filesystem::path&, std::string_view bytes);

/// The files `*.schedule` of a directory, in order of name. Throws failure; when there are none,
/// too.
[[nodiscard]] std::vector<std::filesystem::path> schedule_files_in(const std::filesystem::path&);

}  // namespace partita::cli
