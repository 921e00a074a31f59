#include "provenance.hpp"

#include <ctime>

namespace partita::cli {
namespace {

std::string now_in_utc() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return std::string(text, size);
}

}  // namespace

std::string build_in_words() {
#if defined(__clang__)
    const std::string compiler = "clang " __clang_version__;
#else
    const std::string compiler = "g++ " __VERSION__;
#endif
    std::string text = "partita " PARTITA_VERSION ", " + compiler;
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
}

provenance provenance_of(std::string strategy, std::string seed) {
    return {std::move(strategy), std::move(seed), build_in_words(), now_in_utc()};
}

}  // namespace partita::cli
