#pragma once

#include <string>
#include <string_view>

namespace partita::detail::store {

/// SHA-256 (FIPS 180-4) of the bytes, in 64 lower-case hexadecimal digits. Throws
/// std::runtime_error when the machine's OpenSSL offers no SHA-256.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace partita::detail::store
