#include "discovery_dns.hpp"

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "discovery_message.hpp"
#include "discovery_resolver.hpp"
#include "discovery_text.hpp"

namespace partita::detail {
namespace {

// Of one answer: the targets to ask the addresses of, and the addresses with their ports, of which
// a hostile server could make the product of all its names and numbers.
constexpr std::size_t targets_max = 1'024;
constexpr std::size_t addresses_max = 65'536;

/// One look-up: the question, and for services those about their targets.
class lookup {
   public:
    using addresses = tl::expected<std::vector<std::string>, std::string>;

    lookup(const dns_discovery& source, duration timeout, const stop_signal* stop)
        : source_(source), timeout_(timeout), resolver_(source, timeout, stop) {}

    [[nodiscard]] addresses run();

   private:
    using hosts_by_name = std::map<std::string, std::vector<std::string>, std::less<>>;

    [[nodiscard]] addresses run_services(const dns_message&);
    [[nodiscard]] std::optional<std::string> find_hosts_of_targets(hosts_by_name&);
    [[nodiscard]] std::string explained(int status) const;
    [[nodiscard]] tl::unexpected<std::string> failure(const std::string& what) const;

    const dns_discovery& source_;
    duration timeout_;
    resolver resolver_;
};

record_type type_of(dns_record record) {
    switch (record) {
        case dns_record::a:
            return record_type::a;
        case dns_record::aaaa:
            return record_type::aaaa;
        default:
            return record_type::srv;
    }
}

std::string upper(std::string_view text) {
    std::string all(text);
    for (char& letter : all) letter = static_cast<char>(letter - 'a' + 'A');
    return all;
}

std::string endpoint(const std::string& host, std::uint16_t port) {
    return host + ":" + std::to_string(port);
}

std::string lookup::explained(int status) const {
    switch (status) {
        case ARES_SUCCESS:
        case ARES_ENODATA:
            return "the name has none";
        case ARES_ENOTFOUND:
            return "no such name (NXDOMAIN)";
        case ARES_EFORMERR:
            return "the server did not understand the question (FORMERR)";
        case ARES_ESERVFAIL:
            return "the server failed (SERVFAIL)";
        case ARES_ENOTIMP:
            return "the server does not know such questions (NOTIMP)";
        case ARES_EREFUSED:
            return "the server refused the question (REFUSED)";
        case ARES_EBADRESP:
            return "malformed answer";
        case ARES_ECONNREFUSED:
            return resolver_.has_one_server()
                       ? "no connection to the server"
                       : "each of the servers is out of reach, fails or refuses";
        case ARES_ETIMEOUT:
        case ARES_ECANCELLED:
            return "no answer within " + duration_text(timeout_);
        default:
            return ares_strerror(status);
    }
}

tl::unexpected<std::string> lookup::failure(const std::string& what) const {
    const std::string server = source_.server.empty() ? "the system's server" : source_.server;
    return tl::unexpected("no " + upper(name_of(source_.record)) + " records of " + source_.name +
                          " from " + server + ": " + what);
}

lookup::addresses lookup::run() {
    if (resolver_.status() != ARES_SUCCESS) return failure(explained(resolver_.status()));
    std::vector<question> questions;
    questions.push_back({.name = source_.name, .type = type_of(source_.record), .searched = true});
    resolver_.ask(questions);
    const question& asked = questions.front();
    if (asked.status != ARES_SUCCESS) return failure(explained(asked.status));
    if (source_.record == dns_record::srv) return run_services(asked.answer);

    std::set<std::string> found;
    for (const std::string& host : asked.hosts()) found.insert(endpoint(host, source_.port));
    if (found.empty()) return failure(explained(ARES_ENODATA));
    return std::vector<std::string>(found.begin(), found.end());
}

lookup::addresses lookup::run_services(const dns_message& answer) {
    std::vector<dns_message::service> services;
    hosts_by_name hosts;
    const std::string_view owner = answer.canonical_name();
    for (const auto& service : answer.services) {
        // The root as target says that there is no such service; port 0 nobody can connect to.
        if (service.owner != owner) continue;
        if (service.target.empty() || service.port == 0) continue;
        services.push_back(service);
        hosts[service.target];
    }
    if (services.empty()) return failure(explained(ARES_ENODATA));
    for (const auto& extra : answer.additional) {
        if (const auto target = hosts.find(extra.owner); target != hosts.end()) {
            target->second.push_back(extra.host);
        }
    }
    if (const auto wrong = find_hosts_of_targets(hosts)) return failure(*wrong);

    std::set<std::string> found;
    for (const auto& service : services) {
        for (const auto& host : hosts[service.target]) {
            found.insert(endpoint(host, service.port));
            if (found.size() > addresses_max) return failure("more than 65,536 addresses");
        }
    }
    if (found.empty()) return failure("none of their targets has an address");
    return std::vector<std::string>(found.begin(), found.end());
}

/// Asks for the targets that came without an address. One that has none is left out: the service of
/// a node that has just gone. One that we heard nothing of fails the whole: the node may be there.
std::optional<std::string> lookup::find_hosts_of_targets(hosts_by_name& hosts) {
    std::vector<question> questions;
    for (const auto& [target, known] : hosts) {
        if (!known.empty()) continue;
        for (const auto type : {record_type::a, record_type::aaaa}) {
            questions.push_back({.name = target, .type = type});
        }
    }
    if (questions.size() > 2 * targets_max) {
        return "more than " + std::to_string(targets_max) + " targets without addresses";
    }
    resolver_.ask(questions);
    for (const question& one : questions) {
        for (std::string& host : one.hosts()) hosts[one.name].push_back(std::move(host));
    }
    for (const question& one : questions) {
        if (hosts[one.name].empty() && !one.denied()) {
            return "address of " + one.name + ": " + explained(one.status);
        }
    }
    return std::nullopt;
}

}  // namespace

tl::expected<std::vector<std::string>, std::string> discover_by_dns(const dns_discovery& source,
                                                                    duration timeout,
                                                                    const stop_signal* stop) {
    return lookup(source, timeout, stop).run();
}

}  // namespace partita::detail
