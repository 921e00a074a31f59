#include "database.hpp"

#include "sqlite_error.hpp"

namespace partita::detail::store {

void statement::bind(int index, std::string_view value) {
    const char* bytes = value.empty() ? "" : value.data();  // a null pointer would bind NULL
    sqlite3_bind_text64(handle_.get(), index, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void statement::bind(int index, std::int64_t value) {
    sqlite3_bind_int64(handle_.get(), index, value);
}

result<bool> statement::step() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        return code == SQLITE_ROW;
    }
    return tl::unexpected(sqlite_failure(code, sqlite3_db_handle(handle_.get()), *name_));
}

void statement::reset() { sqlite3_reset(handle_.get()); }

std::string statement::text(int column) const {
    const void* bytes = sqlite3_column_blob(handle_.get(), column);
    const int size = sqlite3_column_bytes(handle_.get(), column);
    return bytes == nullptr
               ? std::string{}
               : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

std::int64_t statement::integer(int column) const {
    return sqlite3_column_int64(handle_.get(), column);
}

database::database(std::unique_ptr<sqlite3, closer> handle, std::string name)
    : handle_(std::move(handle)), name_(std::make_unique<const std::string>(std::move(name))) {}

result<database> database::open(const std::string& file, int flags, std::string name) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
    database opened(std::unique_ptr<sqlite3, closer>(handle), std::move(name));
    if (code != SQLITE_OK) {
        return opened.failure(code);
    }
    sqlite3_extended_result_codes(handle, 1);
    return opened;
}

result<void> database::execute(const std::string& statements) {
    const int code = sqlite3_exec(handle_.get(), statements.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return failure(code);
    }
    return {};
}

result<statement> database::prepare(std::string_view one_statement) const {
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v2(handle_.get(), one_statement.data(),
                                        static_cast<int>(one_statement.size()), &handle, nullptr);
    if (code != SQLITE_OK) {
        return failure(code);
    }
    return statement(handle, *name_);
}

result<std::int64_t> database::integer(std::string_view query) const {
    return prepare(query).and_then([](statement&& asked) {
        return asked.step().map([&asked](bool) { return asked.integer(0); });
    });
}

result<std::string> database::text(std::string_view query) const {
    return prepare(query).and_then([](statement&& asked) {
        return asked.step().map([&asked](bool) { return asked.text(0); });
    });
}

tl::unexpected<error> database::failure(error_code code, std::string_view what) const {
    return fail(code, *name_ + ": " + std::string(what));
}

tl::unexpected<error> database::failure(int code) const {
    return tl::unexpected(sqlite_failure(code, handle_.get(), *name_));
}

}  // namespace partita::detail::store
