#include <partita/runtime/wire.hpp>

#include <charconv>

#include <partita/runtime/message.hpp>

namespace partita {

std::string node_id::name() const {
    if (bits_ & digest_bit) {
        char digits[16];
        const auto end = std::to_chars(digits, digits + sizeof digits, bits_ & ~digest_bit, 16).ptr;
        return "#" + std::string(digits, end);
    }
    const auto length = static_cast<std::size_t>(bits_ >> 56);
    std::string letters(length, ' ');
    for (std::size_t at = 0; at < length; ++at) {
        letters[length - 1 - at] = static_cast<char>((bits_ >> (7 * at)) & 0x7f);
    }
    return letters;
}

bool wire_reader::take(blob& target, std::size_t count) {
    if (!attached_.empty() && before_attachment() == 0) {
        if (attached_.front().content.size() != count) return false;
        target = attached_.front().content;
        attached_ = attached_.subspan(1);
        return true;
    }
    if (count > rest_.size() || (!attached_.empty() && count > before_attachment())) return false;
    const bool share = count >= payload::attached_bytes_min && source_ != nullptr;
    target = share && source_->block() ? blob(source_->block(), rest_.first(count))
                                       : blob(rest_.first(count));
    rest_ = rest_.subspan(count);
    return true;
}

void wire<blob>::print(std::string& to, const blob& value) {
    constexpr char digits[] = "0123456789abcdef";
    to += '<';
    detail::append_scalar(to, static_cast<std::uint64_t>(value.size()));
    to += " bytes ";
    const std::uint64_t digest = digest_of(value.bytes());
    for (int shift = 60; shift >= 0; shift -= 4) to += digits[(digest >> shift) & 15];
    to += '>';
}

void wire<actor_id>::print(std::string& to, const actor_id& value) {
    to += value.node.name();
    to += value.is_named() ? "/@" : "/";
    constexpr std::uint64_t ordinal_mask = (1ULL << 40) - 1;
    detail::append_scalar(to, value.is_named() ? value.local & 0xffff : value.local & ordinal_mask);
}

namespace detail {
namespace {

template <typename Number>
void append_number(std::string& to, Number value) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    to.append(digits, end);
}

}  // namespace

void append_scalar(std::string& to, std::int64_t value) { append_number(to, value); }
void append_scalar(std::string& to, std::uint64_t value) { append_number(to, value); }
void append_scalar(std::string& to, double value) { append_number(to, value); }

void append_quoted(std::string& to, std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    to += '"';
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\') {
            to += '\\';
            to += letter;
        } else if (byte < 0x20 || byte == 0x7f) {
            to += "\\x";
            to += digits[byte >> 4];
            to += digits[byte & 15];
        } else {
            to += letter;
        }
    }
    to += '"';
}

std::string undecodable(std::string_view name, std::size_t size) {
    return std::string(name) + "<" + std::to_string(size) + " bytes that do not decode>";
}

}  // namespace detail
}  // namespace partita
