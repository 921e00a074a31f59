#include "sha256.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include "digits.hpp"

namespace partita::detail::store {

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) !=
        1) {
        throw std::runtime_error("OpenSSL offers no SHA-256");
    }
    std::string text;
    text.reserve(2 * length);
    for (unsigned int index = 0; index < length; ++index) {
        text += hex_digits[digest[index] >> 4];
        text += hex_digits[digest[index] & 15];
    }
    return text;
}

}  // namespace partita::detail::store
