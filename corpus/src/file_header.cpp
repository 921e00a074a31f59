#include "file_header.hpp"

#include <array>
#include <string_view>

#include "schema.hpp"

namespace partita::detail::store {
namespace {

using namespace std::string_view_literals;

// SQLite's file format, section 1.3: the database header, then the head of the first page's b-tree,
// which holds the schema. (https://www.sqlite.org/fileformat2.html)
constexpr std::string_view magic = "SQLite format 3\0"sv;
constexpr std::size_t application_id_at = 68;
constexpr std::size_t page_type_at = 100;
constexpr std::size_t cell_count_at = 103;
constexpr std::size_t header_size = 108;
constexpr std::uint32_t leaf_page = 13;

using header = std::array<unsigned char, header_size>;

std::uint32_t big_endian(const header& bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t index = at; index < at + size; ++index) {
        value = (value << 8U) | bytes[index];
    }
    return value;
}

bool has_no_tables(const header& bytes) {
    return big_endian(bytes, page_type_at, 1) == leaf_page &&
           big_endian(bytes, cell_count_at, 2) == 0;
}

// Through SQLite's own handle: closing another one of the same file would drop SQLite's locks on
// it.
int read_header(sqlite3* handle, header& bytes, sqlite3_int64& size) {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    const int code = file->pMethods->xFileSize(file, &size);
    return code != SQLITE_OK || size == 0
               ? code
               : file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0);
}

}  // namespace

result<void> check_file_header(const database& opened) {
    header bytes{};
    sqlite3_int64 size = 0;
    const int code = read_header(opened.handle(), bytes, size);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) {
        return opened.failure(code);
    }
    if (size == 0) {
        return {};
    }
    // A short read fills up with zeros: what is too short for its magic is no database either.
    if (std::string_view(reinterpret_cast<const char*>(bytes.data()), magic.size()) != magic) {
        return opened.failure(error_code::bad_input, "not a database");
    }
    if (code == SQLITE_IOERR_SHORT_READ) {
        return opened.failure(SQLITE_CORRUPT);
    }
    const std::uint32_t application = big_endian(bytes, application_id_at, 4);
    if (application == corpus_application_id || (application == 0 && has_no_tables(bytes))) {
        return {};
    }
    return opened.failure(error_code::bad_input, "a SQLite database, but not a corpus");
}

}  // namespace partita::detail::store
