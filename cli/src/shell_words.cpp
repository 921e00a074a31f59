#include "shell_words.hpp"

#include <algorithm>
#include <string_view>

namespace partita::cli {
namespace {

bool is_plain(char letter) {
    const bool alphanumeric = (letter >= '0' && letter <= '9') ||
                              (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    return alphanumeric || std::string_view("-_=./:,+@%").find(letter) != std::string_view::npos;
}

std::string quoted(const std::string& word) {
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
    std::string out = "'";
    for (const char letter : word) letter == '\'' ? out += "'\\''" : out += letter;
    return out + "'";
}

}  // namespace

std::string shell_line(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line.append(line.empty() ? "" : " ").append(quoted(word));
    return line;
}

}  // namespace partita::cli
