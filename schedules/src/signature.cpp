#include <partita/schedules/signature.hpp>

#include "signature_faults.hpp"

namespace partita {

std::string skeleton(const schedule& given) {
    std::string text;
    for (const auto& line : detail::lettered(detail::bare_faults(given))) {
        text.append(text.empty() ? "" : "; ").append(line);
    }
    return text;
}

std::string signature_of(const schedule& given, const violation& failure) {
    const auto digest =
        site_hasher{}.word(failure.property).word(failure.kind).word(skeleton(given)).id();
    std::string digits(16, '0');
    auto rest = digest.value;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
        *digit = "0123456789abcdef"[rest & 15U];
        rest >>= 4U;
    }
    return digits;
}

}  // namespace partita
