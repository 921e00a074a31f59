#include "discovery_message.hpp"

#include <ares.h>
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

namespace partita::detail {
namespace {

constexpr std::uint16_t class_internet = 1;
constexpr std::size_t aliases_max = 16;  // one after the other
// RFC 1035, section 2.3.4, when each letter takes four (\000). Compression could make more.
constexpr std::size_t name_letters_max = 255 * 4;

/// Reads forward; after the first thing that does not fit, everything else is empty and ok() false.
class cursor {
   public:
    explicit cursor(std::span<const unsigned char> message) : message_(message) {}
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::size_t place() const { return place_; }

    std::span<const unsigned char> bytes(std::size_t count) {
        ok_ = ok_ && count <= message_.size() - place_;
        if (!ok_) return {};
        const auto taken = message_.subspan(place_, count);
        place_ += count;
        return taken;
    }
    std::uint16_t number() {
        const auto two = bytes(2);
        return two.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(two[0] << 8 | two[1]);
    }
    std::string name() {
        char* text = nullptr;
        long length = 0;
        ok_ = ok_ &&
              ares_expand_name(message_.data() + place_, message_.data(),
                               static_cast<int>(message_.size()), &text, &length) == ARES_SUCCESS;
        if (!ok_) return {};
        place_ += static_cast<std::size_t>(length);
        std::string lower(text);
        ares_free_string(text);
        ok_ = lower.size() <= name_letters_max;
        if (!ok_) return {};
        for (char& letter : lower) {
            if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
        }
        return lower;
    }
    void fail() { ok_ = false; }

   private:
    std::span<const unsigned char> message_;
    std::size_t place_ = 0;
    bool ok_ = true;
};

std::string host_of(record_type type, std::span<const unsigned char> address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(type == record_type::a ? AF_INET : AF_INET6, address.data(), text.data(),
              static_cast<socklen_t>(text.size()));
    return type == record_type::a ? text.data() : "[" + std::string(text.data()) + "]";
}

void read_address(cursor& from, record_type type, std::string owner, std::size_t length,
                  std::vector<dns_message::address>& to) {
    const auto address = from.bytes(length);
    if (address.size() != (type == record_type::a ? 4u : 16u)) return from.fail();
    to.push_back({std::move(owner), type, host_of(type, address)});
}

/// One resource record; what we have no use for is skipped.
void read_record(cursor& from, dns_message& into, std::vector<dns_message::address>& addresses) {
    std::string owner = from.name();
    const auto type = static_cast<record_type>(from.number());
    const std::uint16_t record_class = from.number();
    from.bytes(4);  // how long it may be kept; we ask again anyway
    const std::size_t length = from.number();
    const std::size_t end = from.place() + length;
    if (record_class != class_internet) {
        from.bytes(length);
        return;
    }
    switch (type) {
        case record_type::a:
        case record_type::aaaa:
            read_address(from, type, std::move(owner), length, addresses);
            break;
        case record_type::cname:
            into.aliases.push_back({std::move(owner), from.name()});
            break;
        case record_type::srv: {
            from.bytes(4);  // priority and weight: every node is to be found
            const std::uint16_t port = from.number();
            into.services.push_back({std::move(owner), from.name(), port});
            break;
        }
        default:
            from.bytes(length);
    }
    if (from.place() != end) from.fail();
}

}  // namespace

std::string_view dns_message::canonical_name() const {
    std::string_view name = question;
    // The bound ends a circle.
    for (std::size_t followed = 0; followed < aliases_max; ++followed) {
        const auto next = std::find_if(aliases.begin(), aliases.end(),
                                       [&](const alias& one) { return one.owner == name; });
        if (next == aliases.end()) break;
        name = next->target;
    }
    return name;
}

std::optional<dns_message> read_dns_message(std::span<const unsigned char> bytes) {
    cursor from(bytes);
    from.bytes(4);  // the number and the flags are the resolver's
    const std::uint16_t questions = from.number();
    const std::uint16_t answers = from.number();
    const std::uint16_t authorities = from.number();
    const std::uint16_t additional = from.number();
    dns_message message;
    message.question = from.name();
    from.bytes(4);
    if (questions != 1) return std::nullopt;

    dns_message unused;
    const auto read = [&](std::uint16_t count, dns_message& into, auto& addresses) {
        // A record takes bytes or fails: the length of the message bounds the loop.
        for (; count > 0 && from.ok(); --count) read_record(from, into, addresses);
    };
    read(answers, message, message.addresses);
    read(authorities, unused, unused.addresses);
    read(additional, unused, message.additional);
    if (!from.ok()) return std::nullopt;
    return message;
}

}  // namespace partita::detail
