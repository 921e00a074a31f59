#include <array>
#include <bitset>

#include <partita/corpus/counterexample.hpp>
#include <partita/schedules/codec.hpp>

#include "content.hpp"
#include "escape.hpp"
#include "header_fields.hpp"

namespace partita {
namespace detail::store {
namespace {

constexpr std::size_t fields_max = 32;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// Reads the header line by line; the schedule below it is parse_schedule's.
class header_parser {
   public:
    header_parser(std::string_view text, std::string_view source) : rest_(text), source_(source) {
        if (rest_.starts_with(byte_order_mark)) {
            rest_.remove_prefix(byte_order_mark.size());
        }
    }

    result<counterexample> read() {
        while (rest_.starts_with('#')) {
            ++line_;
            if (auto done = read_line(take_line()); !done) {
                return tl::unexpected(done.error());
            }
        }
        return check_complete().map([this] { return std::move(finding_); });
    }

    // A fault that the whole file has is told at its id.
    [[nodiscard]] tl::unexpected<error> fail_at_id(const std::string& message) const {
        return fail_at(id_line_, 1, message);
    }

   private:
    [[nodiscard]] tl::unexpected<error> fail_at(std::size_t line, std::size_t column,
                                                const std::string& message) const {
        return fail(error_code::bad_input, std::string(source_) + ':' + std::to_string(line) + ':' +
                                               std::to_string(column) + ": " + message);
    }

    std::string_view take_line() {
        const std::size_t end = rest_.find('\n');
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        return line;
    }

    result<void> read_line(std::string_view line) {
        const std::size_t colon = line.find(':');
        if (!line.starts_with("# ") || colon == std::string_view::npos) {
            return fail_at(line_, 1,
                           "expected a header line '# key: value' (comments stand below it)");
        }
        const std::string_view key = line.substr(2, colon - 2);
        for (std::size_t index = 0; index < header_fields().size(); ++index) {
            if (header_fields()[index].key == key) {
                return read_field(index, line, colon + 1);
            }
        }
        return fail_at(line_, 3,
                       "unknown header key '" + escaped(key) + "', expected one of " + keys());
    }

    result<void> read_field(std::size_t index, std::string_view line, std::size_t begin) {
        const header_field& field = header_fields()[index];
        if (seen_[index]) {
            return fail_at(line_, 3,
                           "the header key '" + std::string(field.key) + "' is given twice");
        }
        seen_.set(index);
        if (field.key == "id") {
            id_line_ = line_;
        }
        begin += line.substr(begin).starts_with(' ') ? 1 : 0;
        auto value = unescaped(line.substr(begin));
        if (!value) {
            return fail_at(line_, begin + value.error() + 1,
                           "expected one of the escapes \\\\ \\n \\t \\xHH");
        }
        const std::string found = escaped(*value);
        if (!field.read(finding_, std::move(*value))) {
            return fail_at(line_, begin + 1,
                           "expected " + std::string(field.expected) + ", found '" + found + "'");
        }
        return {};
    }

    [[nodiscard]] result<void> check_complete() const {
        if (line_ == 0) {
            return fail_at(1, 1,
                           "not a counterexample: expected its header, beginning with '# id: '"
                           " (a schedule has none until a search or an import makes it one)");
        }
        for (std::size_t index = 0; index < header_fields().size(); ++index) {
            if (!seen_[index]) {
                return fail_at(line_ + 1, 1,
                               "the header lacks the line '# " +
                                   std::string(header_fields()[index].key) + ": ...'");
            }
        }
        return {};
    }

    static std::string keys() {
        std::string list;
        for (const header_field& field : header_fields()) {
            list.append(list.empty() ? "" : ", ").append(field.key);
        }
        return list;
    }

    std::string_view rest_;
    std::string_view source_;
    std::size_t line_ = 0;
    std::size_t id_line_ = 1;
    std::bitset<fields_max> seen_;
    counterexample finding_;
};

}  // namespace
}  // namespace detail::store

std::string to_text(const counterexample& finding) {
    std::string text;
    for (const detail::store::header_field& field : detail::store::header_fields()) {
        const std::string value = detail::store::escaped(field.print(finding));
        text.append("# ").append(field.key).append(value.empty() ? ":" : ": ");
        text.append(value).append("\n");
    }
    return text + to_text(finding.schedule);
}

result<counterexample> parse_counterexample(std::string_view text, std::string_view source) {
    detail::store::header_parser parser(text, source);
    auto finding = parser.read();
    if (!finding) {
        return finding;
    }
    auto below = parse_schedule(text, source);
    if (!below) {
        return tl::unexpected(std::move(below.error()));
    }
    finding->schedule = canonical(std::move(*below));
    if (const std::string fault = detail::store::fault_in(*finding); !fault.empty()) {
        return parser.fail_at_id(fault);
    }
    return finding;
}

}  // namespace partita
