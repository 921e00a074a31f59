#pragma once

#include <string>
#include <tl/expected.hpp>

namespace partita {

/// Why an expected failure happened: a closed set, so that a caller can switch on it.
enum class error_code {
    bad_input,     ///< text, JSON, a flag or a file does not say what it must
    unknown_name,  ///< an application, property, fault, option or message that nobody declared
    unsupported,   ///< a newer format or schema than this build reads
    unavailable,   ///< a file or database that cannot be opened, is locked or is out of space
    not_found,     ///< nothing under that identifier
    conflict,      ///< an identifier prefix that fits more than one entry
};

/// An expected failure as data. `message` is one line: what is wrong, where (file, line, column),
/// and what was expected instead. It never ends in a full stop or a newline.
struct error {
    error_code code = error_code::bad_input;
    std::string message;
};

/// A value, or the error that kept it from being made.
template <typename T>
using result = tl::expected<T, error>;

[[nodiscard]] inline tl::unexpected<error> fail(error_code code, std::string message) {
    return tl::unexpected<error>(error{code, std::move(message)});
}

}  // namespace partita
