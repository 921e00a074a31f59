#include "signature_faults.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <partita/schedules/codec.hpp>

#include "lexer_quote.hpp"
#include "site_words.hpp"

namespace partita::detail {
namespace {

/// How many orders of like faults are compared before ties are settled by the given order.
constexpr std::size_t orders_max = 1'000;

/// More faults than this are lettered in the given order: no shrunk schedule has as many.
constexpr std::size_t ordered_faults_max = 64;

void append_words(bare_fault& fault, const std::vector<std::string>& words) {
    for (const auto& word : words) {
        if (!ordinal_of(word) && !parse_duration(word)) {
            fault.push_back(word);
        }
    }
}

std::vector<std::string> words_of_label(std::string_view label) {
    std::vector<std::string> words;
    for (auto word = take_word(label); !word.empty(); word = take_word(label)) {
        words.emplace_back(word);
    }
    return words;
}

/// a, b, ..., z, aa, ab, ...
std::string letters_of(std::size_t index) {
    std::string letters(1, static_cast<char>('a' + index % 26));
    return index < 26 ? letters : letters_of(index / 26 - 1) + letters;
}

/// The letters given out so far.
class lettering {
   public:
    [[nodiscard]] std::string line_of(const bare_fault& fault) const {
        auto after = *this;
        return after.add(fault);
    }

    /// The line of a fault; its new nodes get the next letters.
    std::string add(const bare_fault& fault) {
        std::string line;
        for (const auto& word : fault) {
            line.append(line.empty() ? "" : " ").append(lettered_word(word));
        }
        return line;
    }

   private:
    std::string lettered_word(const std::string& word) {
        if (names_node(word)) {
            return letters_.try_emplace(word, letters_of(letters_.size())).first->second;
        }
        return word == "{" || word == "}" ? word : written(word);
    }

    std::map<std::string, std::string> letters_;
};

/// Takes the faults in every order in which each next line is the least, and keeps the least
/// outcome.
class ordering {
   public:
    std::vector<std::string> run(std::vector<bare_fault> faults) {
        extend({}, {}, std::move(faults));
        return std::move(*best_);
    }

   private:
    using lines = std::vector<std::string>;

    void extend(const lettering& letters, lines taken, std::vector<bare_fault> rest) {
        if (rest.empty()) {
            finish(std::move(taken));
            return;
        }
        const auto next = lines_of(letters, rest);
        const auto least = *std::min_element(next.begin(), next.end());
        for (std::size_t index = 0; index < rest.size() && orders_ < orders_max; ++index) {
            const auto end = rest.begin() + static_cast<std::ptrdiff_t>(index);
            const bool is_repetition = std::find(rest.begin(), end, rest[index]) != end;
            if (next[index] == least && !is_repetition) {
                take(letters, taken, rest, index);
            }
        }
    }

    void take(lettering letters, lines taken, std::vector<bare_fault> rest, std::size_t index) {
        taken.push_back(letters.add(rest[index]));
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(index));
        extend(letters, std::move(taken), std::move(rest));
    }

    static lines lines_of(const lettering& letters, const std::vector<bare_fault>& faults) {
        lines all;
        for (const auto& fault : faults) {
            all.push_back(letters.line_of(fault));
        }
        return all;
    }

    void finish(lines taken) {
        ++orders_;
        std::sort(taken.begin(), taken.end());
        if (!best_ || taken < *best_) {
            best_ = std::move(taken);
        }
    }

    std::size_t orders_ = 0;
    std::optional<lines> best_;
};

}  // namespace

std::vector<bare_fault> bare_faults(const schedule& given) {
    std::vector<bare_fault> faults;
    for (const auto& each : canonical(given).deviations) {
        bare_fault fault{each.action};
        append_words(fault, words_of_label(each.site.text()));
        append_words(fault, each.arguments);
        faults.push_back(std::move(fault));
    }
    for (const auto& each : given.steps) {
        if (const auto* const found = std::get_if<fault_step>(&each)) {
            bare_fault fault{"fault", found->name};
            append_words(fault, found->arguments);
            faults.push_back(std::move(fault));
        }
    }
    return faults;
}

std::vector<std::string> lettered(const std::vector<bare_fault>& faults) {
    if (faults.size() <= ordered_faults_max) {
        return ordering().run(faults);
    }
    lettering letters;
    std::vector<std::string> lines;
    lines.reserve(faults.size());
    for (const auto& fault : faults) {
        lines.push_back(letters.add(fault));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace partita::detail
