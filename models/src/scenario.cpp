#include <partita/models/scenario.hpp>

#include <algorithm>
#include <utility>

namespace partita {
namespace {

constexpr std::string_view rule = "----";
constexpr std::string_view verdict_word = "verdict";

std::string_view trimmed(std::string_view line) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        while (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

/// The word at the start of a line, where a comment follows it or nothing.
bool says_verdict(std::string_view line) {
    line = trimmed(line);
    if (!line.starts_with(verdict_word)) return false;
    const std::string_view rest = trimmed(line.substr(verdict_word.size()));
    return rest.empty() || (rest.starts_with('#') && line.size() > verdict_word.size() &&
                            line[verdict_word.size()] != '#');
}

/// Divides a text into what the schedule's parser is to read and what is expected. The parser gets
/// the lines that are not for it as empty ones, so that its errors name the lines of the file.
class scenario_reader {
   public:
    explicit scenario_reader(std::string_view text) : lines_(lines_of(text)) {}

    void divide() {
        bool expecting = false;
        blocks_.emplace_back();
        begins_.push_back(1);
        for (std::size_t at = 0; at < lines_.size(); ++at) {
            const bool empty = trimmed(lines_[at]).empty();
            if (expecting && empty) {
                expecting = false;
                begin_block(at + 2);
            } else if (expecting) {
                blocks_.back().expected.emplace_back(trimmed(lines_[at]));
            } else if (trimmed(lines_[at]) == rule) {
                blocks_.back().rule_line = at + 1;
                expecting = true;
            } else if (says_verdict(lines_[at])) {
                verdict_lines_.push_back(at + 1);
            } else {
                for_parser_ += lines_[at];
            }
            for_parser_ += '\n';
        }
    }

    [[nodiscard]] const std::string& for_parser() const { return for_parser_; }

    result<std::vector<scenario_block>> blocks(const located_schedule& read,
                                               std::string_view source) {
        const auto wrong = [&](std::size_t line, const std::string& message) {
            return fail(error_code::bad_input,
                        std::string(source) + ":" + std::to_string(line) + ":1: " + message);
        };
        if (verdict_lines_.size() > 1) return wrong(verdict_lines_[1], "a second `verdict`");
        using kind = scenario_directive::kind;
        for (std::size_t at = 0; at < read.step_lines.size(); ++at) {
            add({kind::takes_step, at, read.step_lines[at]});
        }
        for (std::size_t at = 0; at < read.deviation_lines.size(); ++at) {
            add({kind::deviates, at, read.deviation_lines[at]});
        }
        for (const std::size_t line : verdict_lines_) {
            if (!read.step_lines.empty() && read.step_lines.back() > line) {
                return wrong(read.step_lines.back(), "a step behind `verdict`");
            }
            add({kind::shows_verdict, 0, line});
        }
        for (scenario_block& each : blocks_) {
            std::sort(each.directives.begin(), each.directives.end(),
                      [](const auto& one, const auto& other) { return one.line < other.line; });
        }
        return std::move(blocks_);
    }

   private:
    void begin_block(std::size_t line) {
        blocks_.emplace_back();
        begins_.push_back(line);
    }
    void add(const scenario_directive& it) {
        const auto after = std::upper_bound(begins_.begin(), begins_.end(), it.line);
        blocks_[static_cast<std::size_t>(after - begins_.begin()) - 1].directives.push_back(it);
    }

    std::vector<std::string_view> lines_;
    std::vector<scenario_block> blocks_;
    std::vector<std::size_t> begins_;  // the first line of each
    std::vector<std::size_t> verdict_lines_;
    std::string for_parser_;
};

/// Says what a trial did with the parts of its schedule.
class teller {
   public:
    teller(const schedule& from, const outcome& of) : from_(from), of_(of) {
        responses_.resize(from.steps.size());
        for (const operation& each : of.history) {
            if (each.step < responses_.size()) responses_[each.step] = &each;
        }
    }

    [[nodiscard]] std::vector<std::string> lines_for(const scenario_directive& it) const {
        switch (it.what) {
            case scenario_directive::kind::takes_step:
                return {line_of(it.index)};
            case scenario_directive::kind::deviates:
                return {to_text(from_.deviations[it.index]) +
                        (it.index < of_.met.size() && !of_.met[it.index] ? " : NOT MET" : "")};
            case scenario_directive::kind::shows_verdict:
                break;
        }
        return verdict_lines(of_);
    }

    [[nodiscard]] static std::vector<std::string> verdict_lines(const outcome& of) {
        std::string line(to_text(of.verdict));
        if (!of.violation) return {line};
        return {line + ": " + of.violation->property + ": " + of.violation->kind,
                "because " + of.violation->explanation};
    }

   private:
    [[nodiscard]] std::string line_of(std::size_t index) const {
        const step& it = from_.steps[index];
        const std::string line = to_text(it);
        if (index >= of_.steps_taken) return line + " : NOT REACHED";
        if (std::holds_alternative<check_step>(it)) {
            return line + (of_.failed_check == index ? " : " + of_.violation->kind : " : OK");
        }
        if (!std::holds_alternative<command>(it)) return line;
        return line + " : " + (responses_[index] ? responses_[index]->shown : "NO RESPONSE");
    }

    const schedule& from_;
    const outcome& of_;
    std::vector<const operation*> responses_;
};

/// On one line and without blanks at its end, as a file is read.
std::string told(const std::string& line) {
    std::string text;
    for (const char letter : line) {
        const auto code = static_cast<unsigned char>(letter);
        if (letter == '\n') {
            text += "\\n";
        } else if (code < 0x20 || code == 0x7f) {
            constexpr std::string_view digits = "0123456789abcdef";
            text += {'\\', 'x', digits[code >> 4U], digits[code & 0xFU]};
        } else {
            text += letter;
        }
    }
    return std::string(trimmed(text));
}

bool has_verdict(const scenario& of) {
    return std::any_of(of.blocks.begin(), of.blocks.end(), [](const scenario_block& block) {
        return std::any_of(block.directives.begin(), block.directives.end(), [](const auto& it) {
            return it.what == scenario_directive::kind::shows_verdict;
        });
    });
}

std::optional<scenario_mismatch> compare(const scenario_block& block,
                                         const std::vector<std::string>& found) {
    const auto [expected, other] =
        std::mismatch(block.expected.begin(), block.expected.end(), found.begin(), found.end());
    if (expected == block.expected.end() && other == found.end()) return std::nullopt;
    const auto line =
        block.rule_line + 1 + static_cast<std::size_t>(expected - block.expected.begin());
    return scenario_mismatch{
        line, "- " + (expected == block.expected.end() ? "(nothing more)" : *expected) + "\n+ " +
                  (other == found.end() ? "(nothing more)" : *other)};
}

}  // namespace

bool scenario::has_expectations() const {
    return std::any_of(blocks.begin(), blocks.end(),
                       [](const scenario_block& each) { return each.rule_line != 0; });
}

result<scenario> parse_scenario(std::string_view text, std::string_view source,
                                const parse_bounds& bounds) {
    if (text.size() > bounds.bytes_max) {
        return fail(error_code::bad_input, std::string(source) + ":1:1: more than " +
                                               std::to_string(bounds.bytes_max) + " bytes");
    }
    scenario_reader reader(text);
    reader.divide();
    auto read = locate_schedule(reader.for_parser(), source, bounds);
    if (!read) return tl::unexpected(read.error());
    auto blocks = reader.blocks(*read, source);
    if (!blocks) return tl::unexpected(blocks.error());
    return scenario{std::string(source), std::string(text), std::move(read->schedule),
                    std::move(*blocks)};
}

std::string schedule_text(std::string_view text) {
    scenario_reader reader(text);
    reader.divide();
    return reader.for_parser();
}

std::vector<std::vector<std::string>> shown(const scenario& of, const outcome& seen) {
    const teller tell(of.schedule, seen);
    std::vector<std::vector<std::string>> all;
    for (const scenario_block& block : of.blocks) {
        std::vector<std::string>& lines = all.emplace_back();
        for (const scenario_directive& each : block.directives) {
            for (const std::string& line : tell.lines_for(each)) lines.push_back(told(line));
        }
    }
    return all;
}

std::optional<scenario_mismatch> mismatch(const scenario& of, const outcome& seen) {
    const auto all = shown(of, seen);
    for (std::size_t at = 0; at < of.blocks.size(); ++at) {
        if (of.blocks[at].rule_line == 0) continue;
        if (auto wrong = compare(of.blocks[at], all[at])) return wrong;
    }
    if (seen.verdict == verdict::holds || has_verdict(of)) return std::nullopt;
    const auto lines = static_cast<std::size_t>(std::count(of.text.begin(), of.text.end(), '\n'));
    const auto ended = teller::verdict_lines(seen);
    std::string message = "- holds (no `verdict` says otherwise)";
    for (const std::string& each : ended) message += "\n+ " + each;
    return scenario_mismatch{lines, message};
}

std::string rewritten(const scenario& of, const outcome& seen) {
    const auto all = shown(of, seen);
    const auto lines = lines_of(of.text);
    std::string text;
    std::size_t done = 0;  // lines
    const auto copy_to = [&](std::size_t end) {
        for (; done < std::min(end, lines.size()); ++done) text.append(lines[done]).append("\n");
    };
    const auto put = [&](const std::vector<std::string>& what) {
        text.append(rule).append("\n");
        for (const std::string& each : what) text.append(each).append("\n");
    };
    for (std::size_t at = 0; at < of.blocks.size(); ++at) {
        const scenario_block& block = of.blocks[at];
        if (block.rule_line != 0) {
            copy_to(block.rule_line - 1);
            put(all[at]);
            done = block.rule_line + block.expected.size();
        } else if (!block.directives.empty()) {
            copy_to(lines.size());
            put(all[at]);
        }
    }
    copy_to(lines.size());
    if (seen.verdict == verdict::holds || has_verdict(of)) return text;
    if (!text.ends_with("\n\n")) text += "\n";
    text.append(verdict_word).append("\n");
    put(teller::verdict_lines(seen));
    return text;
}

}  // namespace partita
