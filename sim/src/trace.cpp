#include <partita/sim/trace.hpp>

#include <algorithm>
#include <cstdio>

namespace partita {

namespace {

/// What trace_detail::notes keeps, a bit a kind.
constexpr std::uint32_t noted_kinds = [] {
    std::uint32_t bits = 0;
    for (const event_kind kind :
         {event_kind::note, event_kind::invoke, event_kind::respond, event_kind::fault,
          event_kind::failure, event_kind::bound, event_kind::crash, event_kind::restart}) {
        bits |= 1u << static_cast<unsigned>(kind);
    }
    return bits;
}();

/// The rolling hash in a register: through memory, each word would wait for the one before it.
struct rolling_hash {
    std::uint64_t value;
    void digest(std::uint64_t word) {
        value = (value ^ word) * 0x9fb21c651e98df25ULL;
        value ^= value >> 32;
    }
    void digest(const envelope& message) {
        digest((message.type == nullptr ? 0 : message.type->hash) ^ message.ordinal << 1);
        digest(message.source.node.bits() ^ mix_bits(message.source.local));
        digest(message.destination.node.bits() ^ mix_bits(message.destination.local));
        digest(message.channel.hash ^ message.correlation);
    }
};

/// Later events of a message cannot change its content without an event of their own.
bool tells_content(event_kind kind) {
    return kind <= event_kind::local || kind == event_kind::rewrite || kind == event_kind::note;
}

}  // namespace

event_id trace::append(const trace_event& event) {
    ++count_;
    rolling_hash hash{hash_};
    hash.digest(static_cast<std::uint64_t>(event.kind) ^ event.cause.value << 8);
    hash.digest(static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
    hash.digest(event.node.bits() ^ event.actor.local * 0x9e3779b97f4a7c15ULL);
    if (event.message != nullptr) {
        hash.digest(*event.message);
        if (tells_content(event.kind)) hash.digest(digest_of(event.message->payload.bytes()));
    }
    if (!event.text.empty()) hash.digest(name_hash(event.text));
    hash_ = hash.value;
    const bool notable = (noted_kinds >> static_cast<unsigned>(event.kind) & 1) != 0;
    if (notable || detail_ != trace_detail::notes) keep(event);
    return event_id{count_};
}

void trace::keep(const trace_event& event) {
    traced_event kept;
    kept.kind = event.kind;
    kept.id = event_id{count_};
    kept.cause = event.cause;
    kept.at = event.at;
    kept.node = event.node;
    kept.actor = event.actor;
    if (event.message != nullptr) {
        const envelope& message = *event.message;
        kept.type = message.type;
        kept.source = message.source;
        kept.destination = message.destination;
        kept.channel = message.channel;
        kept.ordinal = message.ordinal;
        if (detail_ == trace_detail::full || event.kind == event_kind::note) {
            const auto bytes = message.payload.bytes();
            kept.payload_at = static_cast<std::uint32_t>(payloads_.size());
            kept.payload_size = static_cast<std::uint32_t>(bytes.size());
            payloads_.insert(payloads_.end(), bytes.begin(), bytes.end());
        }
    }
    kept.text_at = static_cast<std::uint32_t>(texts_.size());
    kept.text_size = static_cast<std::uint32_t>(event.text.size());
    texts_ += event.text;
    events_.push_back(kept);
}

void trace::clear(trace_detail detail) {
    detail_ = detail;
    hash_ = trace{}.hash_;
    count_ = 0;
    events_.clear();
    texts_.clear();
    payloads_.clear();
}

std::uint64_t trace::hash() const { return mix_bits(hash_ ^ count_); }

std::string_view trace::text(const traced_event& event) const {
    return std::string_view(texts_).substr(event.text_at, event.text_size);
}

std::span<const std::byte> trace::payload(const traced_event& event) const {
    return std::span(payloads_).subspan(event.payload_at, event.payload_size);
}

std::string trace::message_text(const traced_event& event) const {
    if (event.type == nullptr) return event.source.valid() ? "wake" : "";
    if (detail_ != trace_detail::full && event.kind != event_kind::note)
        return std::string(event.type->name);
    return event.type->print(payload(event));
}

namespace {

std::string time_text(time_point at) {
    const auto total = at.time_since_epoch().count();
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, "%lld.%06lld ms",
                  static_cast<long long>(total / 1'000'000),
                  static_cast<long long>(total % 1'000'000));
    return buffer;
}

}  // namespace

std::string trace::line(const traced_event& event) const {
    std::string out = "#" + std::to_string(event.id.value) + " " + time_text(event.at) + " " +
                      event.node.name() + " " + std::string(to_text(event.kind));
    if (event.source.valid() && event.kind != event_kind::note) {
        out += " " + event.source.node.name() + " -> " + event.destination.node.name();
    }
    if (event.type != nullptr || event.source.valid()) out += " " + message_text(event);
    if (event.ordinal != 0) out += " #" + std::to_string(event.ordinal);
    if (event.text_size != 0) out += " (" + std::string(text(event)) + ")";
    return out;
}

std::optional<divergence> first_divergence(const trace& one, const trace& other) {
    const std::size_t longest = std::max(one.events().size(), other.events().size());
    for (std::size_t at = 0; at < longest; ++at) {
        const auto line_of = [at](const trace& of) {
            return at < of.events().size() ? of.line(of.events()[at]) : std::string("(nothing)");
        };
        if (std::string left = line_of(one), right = line_of(other); left != right) {
            return divergence{at + 1, std::move(left), std::move(right)};
        }
    }
    if (one.hash() == other.hash()) return std::nullopt;
    return divergence{longest, "equal events, but a hash of " + std::to_string(one.hash()),
                      "and one of " + std::to_string(other.hash())};
}

}  // namespace partita
