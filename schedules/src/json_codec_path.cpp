#include "json_codec_path.hpp"

#include "lexer_quote.hpp"

namespace partita::detail {

std::string path_step(std::string_view key) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    const bool is_plain =
        !key.empty() && key.size() <= 32 && key.find_first_not_of(plain) == std::string_view::npos;
    return is_plain ? '.' + std::string(key) : '[' + shown(key) + ']';
}

std::string path_step(std::size_t index) { return '[' + std::to_string(index) + ']'; }

std::string to_text(const json_path& path) {
    if (path.parent == nullptr) {
        return "$";
    }
    return to_text(*path.parent) + (path.in_array ? path_step(path.index) : path_step(path.key));
}

tl::unexpected<error> fail_at(std::string_view source, const std::string& path,
                              const std::string& message, error_code code) {
    return fail(code, std::string(source) + ": " + path + ": " + message);
}

}  // namespace partita::detail
