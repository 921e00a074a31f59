#include "discovery_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace partita {
namespace {

constexpr std::string_view forms =
    "list:HOST:PORT,HOST:PORT or dns:a:NAME:PORT or dns:aaaa:NAME:PORT or dns:srv:NAME";
constexpr std::size_t name_letters_max = 253;  // RFC 1035, section 2.3.4
constexpr std::size_t label_letters_max = 63;

constexpr std::array<std::pair<std::string_view, duration>, 6> units{{
    {"h", std::chrono::hours(1)},
    {"m", std::chrono::minutes(1)},
    {"s", std::chrono::seconds(1)},
    {"ms", std::chrono::milliseconds(1)},
    {"us", std::chrono::microseconds(1)},
    {"ns", std::chrono::nanoseconds(1)},
}};
constexpr std::array<std::pair<std::string_view, duration discovery_options::*>, 3> times{{
    {"delay", &discovery_options::initial_delay},
    {"interval", &discovery_options::polling_interval},
    {"timeout", &discovery_options::lookup_timeout},
}};
constexpr std::array<std::pair<std::string_view, dns_record>, 3> records{{
    {"a", dns_record::a},
    {"aaaa", dns_record::aaaa},
    {"srv", dns_record::srv},
}};

using objection = std::optional<std::string>;

/// What the user wrote, fit for one line of a terminal.
std::string quoted(std::string_view text) {
    constexpr std::size_t letters_max = 100;
    std::string shown = "\"";
    for (const char letter : text.substr(0, letters_max)) {
        shown += letter < ' ' || letter > '~' ? '?' : letter;
    }
    return shown + (text.size() > letters_max ? "...\"" : "\"");
}

std::string expected_found(std::string_view expected, std::string_view found) {
    return "expected " + std::string(expected) + ", found " + quoted(found);
}

/// The text before the first `mark`, taken off `rest` together with the mark; else all of it.
std::string_view taken_until(char mark, std::string_view& rest) {
    const std::size_t place = std::min(rest.find(mark), rest.size());
    const std::string_view taken = rest.substr(0, place);
    rest.remove_prefix(std::min(place + 1, rest.size()));
    return taken;
}

/// All that stands before, between and behind the marks; at least one, perhaps empty.
std::vector<std::string_view> split(std::string_view text, char mark) {
    std::vector<std::string_view> parts;
    for (bool more = true; more;) {
        more = text.find(mark) != std::string_view::npos;
        parts.push_back(taken_until(mark, text));
    }
    return parts;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, port);
    if (code != std::errc{} || stop != end || port == 0) return std::nullopt;
    return port;
}

template <typename Address>
std::optional<Address> numeric(int family, std::string_view text) {
    Address address{};
    if (inet_pton(family, std::string(text).c_str(), &address) != 1) return std::nullopt;
    return address;
}

bool is_label(std::string_view text) {
    const auto fits = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
    };
    return !text.empty() && text.size() <= label_letters_max &&
           std::all_of(text.begin(), text.end(), fits);
}

bool is_name(std::string_view text) {
    if (!text.empty() && text.back() == '.') text.remove_suffix(1);
    if (text.size() > name_letters_max) return false;
    const auto labels = split(text, '.');
    return std::all_of(labels.begin(), labels.end(), is_label);
}

/// `host:port`, with the brackets of an IPv6 address kept; no port: an empty one.
std::pair<std::string_view, std::string_view> halves(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.back() == ']') return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<in6_addr> bracketed(std::string_view host) {
    if (host.size() < 2 || host.front() != '[' || host.back() != ']') return std::nullopt;
    return numeric<in6_addr>(AF_INET6, host.substr(1, host.size() - 2));
}

objection objection_to_address(std::string_view text) {
    const auto [host, port] = halves(text);
    if (!is_name(host) && !bracketed(host)) {
        const bool bare = numeric<in6_addr>(AF_INET6, host).has_value();
        return expected_found(bare ? "an IPv6 address in brackets ([::1]:9000)" : "HOST:PORT",
                              text);
    }
    if (!port_of(port)) return expected_found("HOST:PORT with a port from 1 to 65535", text);
    return std::nullopt;
}

objection objection_to_list(const static_discovery& list) {
    if (list.addresses.empty()) return "the list of addresses is empty";
    for (const std::string& address : list.addresses) {
        if (auto wrong = objection_to_address(address)) return wrong;
    }
    return std::nullopt;
}

objection objection_to_dns(const dns_discovery& dns) {
    if (!is_name(dns.name)) return expected_found("a DNS name", dns.name);
    if (dns.record == dns_record::srv && dns.port != 0) {
        return "a port (" + std::to_string(dns.port) + ") beside srv, whose records tell the ports";
    }
    if (dns.record != dns_record::srv && dns.port == 0) {
        return "no port for the addresses of " + dns.name;
    }
    if (!dns.server.empty() && !detail::server_address_of(dns.server)) {
        return expected_found("a name server's address (127.0.0.1:53)", dns.server);
    }
    return std::nullopt;
}

std::optional<duration> duration_of(std::string_view text) {
    duration::rep count = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, count);
    if (code != std::errc{} || count < 0) return std::nullopt;
    const std::string_view name(stop, static_cast<std::size_t>(end - stop));
    for (const auto& [unit, size] : units) {
        if (unit == name && count <= duration::max() / size) return count * size;
    }
    return std::nullopt;
}

objection set_time(discovery_options& options, std::string_view text) {
    std::string_view value = text;
    const std::string_view name = taken_until('=', value);
    for (const auto& [word, member] : times) {
        if (word != name) continue;
        const auto found = duration_of(value);
        if (!found) return expected_found("a duration such as 1500ms", value);
        if (found->count() == 0 && member != &discovery_options::initial_delay) {
            return expected_found("a duration above 0", value);
        }
        options.*member = *found;
        return std::nullopt;
    }
    return expected_found("delay=, interval= or timeout= after /", text);
}

discovery_source list_of(std::string_view text) {
    static_discovery list;
    for (const std::string_view address : split(text, ',')) list.addresses.emplace_back(address);
    return list;
}

tl::expected<discovery_source, std::string> dns_of(std::string_view text) {
    dns_discovery dns;
    const bool has_server = text.find('@') != std::string_view::npos;
    std::string_view rest = text;
    std::string_view question = taken_until('@', rest);
    dns.server = rest;
    const std::string_view record = taken_until(':', question);
    const auto* const known = std::find_if(records.begin(), records.end(),
                                           [&](const auto& one) { return one.first == record; });
    if (known == records.end()) {
        return tl::unexpected(expected_found("the record a, aaaa or srv", record));
    }
    if (has_server && rest.empty()) {
        return tl::unexpected(expected_found("a name server's address after @", text));
    }
    dns.record = known->second;
    dns.name = taken_until(':', question);
    if (dns.record == dns_record::srv) {
        if (question.empty()) return dns;
        return tl::unexpected(expected_found("dns:srv:NAME without a port", text));
    }
    const auto port = port_of(question);
    if (!port) {
        return tl::unexpected(expected_found("a port from 1 to 65535 after the name", question));
    }
    dns.port = *port;
    return dns;
}

tl::expected<discovery_source, std::string> source_of(std::string_view text) {
    std::string_view rest = text;
    const std::string_view kind = taken_until(':', rest);
    if (kind == "list") return list_of(rest);
    if (kind == "dns") return dns_of(rest);
    return tl::unexpected(expected_found(forms, text));
}

tl::expected<discovery_options, std::string> parsed(std::string_view text) {
    const auto parts = split(text, '/');
    discovery_options options;
    auto source = source_of(parts.front());
    if (!source) return tl::unexpected(source.error());
    options.source = std::move(*source);
    if (auto wrong = detail::objection_to(options.source)) return tl::unexpected(*wrong);
    for (std::size_t index = 1; index < parts.size(); ++index) {
        if (auto wrong = set_time(options, parts[index])) return tl::unexpected(*wrong);
    }
    return options;
}

std::string text_of(const static_discovery& list) {
    std::string text = "list:";
    for (const std::string& address : list.addresses) {
        text.append(&address == list.addresses.data() ? "" : ",").append(address);
    }
    return text;
}

std::string text_of(const dns_discovery& dns) {
    std::string text = "dns:";
    text.append(detail::name_of(dns.record)).append(":").append(dns.name);
    if (dns.record != dns_record::srv) text.append(":").append(std::to_string(dns.port));
    if (!dns.server.empty()) text.append("@").append(dns.server);
    return text;
}

}  // namespace

std::optional<detail::server_address> detail::server_address_of(std::string_view text) {
    const auto [host, port_text] = halves(text);
    server_address server;
    if (host.size() != text.size()) {
        const auto port = port_of(port_text);
        if (!port) return std::nullopt;
        server.port = *port;
    }
    if (const auto four = numeric<in_addr>(AF_INET, host)) {
        server.address = *four;
    } else if (const auto six = bracketed(host)) {
        server.address = *six;
    } else {
        return std::nullopt;
    }
    return server;
}

std::string_view detail::name_of(dns_record record) {
    return records[static_cast<std::size_t>(record)].first;
}

std::string detail::duration_text(duration given) {
    if (given.count() == 0) return "0s";
    for (const auto& [unit, size] : units) {
        if (given % size == duration::zero()) return std::to_string(given / size).append(unit);
    }
    return {};
}

std::optional<std::string> detail::objection_to(const discovery_source& source) {
    const auto* const dns = std::get_if<dns_discovery>(&source);
    return dns != nullptr ? objection_to_dns(*dns)
                          : objection_to_list(std::get<static_discovery>(source));
}

tl::expected<discovery_options, std::string> parse_discovery(std::string_view text) {
    auto options = parsed(text);
    if (!options) return tl::unexpected("discovery " + quoted(text) + ": " + options.error());
    return options;
}

std::string to_text(const discovery_options& options) {
    std::string text =
        std::visit([](const auto& source) { return text_of(source); }, options.source);
    for (const auto& [word, member] : times) {
        if (options.*member == discovery_options{}.*member) continue;
        text.append("/").append(word).append("=").append(detail::duration_text(options.*member));
    }
    return text;
}

}  // namespace partita
