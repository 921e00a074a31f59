#include "isolation_trace.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <set>
#include <string>
#include <system_error>

namespace partita::cli {
namespace {

constexpr std::size_t log_bytes = 1u << 20;

/// A name for as long as the program runs, as a channel wants it: that of a worker lies in memory
/// which the application may have asked for after the fork.
std::string_view kept_name(std::string_view name) {
    static std::set<std::string, std::less<>> names;
    const auto found = names.find(name);
    return found != names.end() ? *found : *names.emplace(name).first;
}

struct event_head {
    std::uint64_t number = 0;
    event_kind kind = event_kind::note;
    bool has_message = false;
    time_point at;
    node_id node;
    actor_id actor;
    event_id cause;
};

/// The parts of an envelope that a trace keeps or digests. The type goes as a pointer: it points to
/// a constant of the image that parent and worker share, at the same address.
struct message_head {
    actor_id source;
    actor_id destination;
    const message_type* type = nullptr;
    std::uint64_t channel_hash = 0;
    std::uint64_t ordinal = 0;
    std::uint64_t correlation = 0;
};

void put_message(frame_writer& writer, const envelope& message) {
    writer.put(message_head{message.source, message.destination, message.type, message.channel.hash,
                            message.ordinal, message.correlation});
    writer.put_text(message.channel.name);
    writer.put_all(message.payload.bytes());
}

void take_message(frame_reader& reader, envelope& message) {
    const auto head = reader.take<message_head>();
    message.source = head.source;
    message.destination = head.destination;
    message.type = head.type;
    message.ordinal = head.ordinal;
    message.correlation = head.correlation;
    message.channel.name = kept_name(reader.take_text());
    message.channel.hash = head.channel_hash;
    message.payload.assign(reader.take_bytes(reader.take<std::uint32_t>()));
}

}  // namespace

struct shared_log::memory {
    std::atomic<std::size_t> used{0};
    std::byte bytes[log_bytes];
};

shared_log::shared_log() : shared_(nullptr) {
    void* const fresh = mmap(nullptr, sizeof(memory), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (fresh == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot share memory with a worker process");
    }
    shared_ = static_cast<memory*>(fresh);  // the system hands out zeros, and so begins `used`
}

shared_log::~shared_log() { munmap(shared_, sizeof(memory)); }

void shared_log::append(std::span<const std::byte> frame, const pipe_end& pipe) {
    std::size_t used = shared_->used.load(std::memory_order_relaxed);
    if (used + frame.size() > log_bytes) {
        flush(pipe);
        used = 0;
    }
    if (frame.size() > log_bytes) {
        (void)pipe.write_all(frame);
        return;
    }
    std::memcpy(shared_->bytes + used, frame.data(), frame.size());
    shared_->used.store(used + frame.size(), std::memory_order_release);
}

void shared_log::flush(const pipe_end& pipe) {
    (void)pipe.write_all(left());
    // Dying before this line leaves events here that were sent: they bear numbers.
    shared_->used.store(0, std::memory_order_release);
}

std::span<const std::byte> shared_log::left() const {
    return {shared_->bytes, std::min(shared_->used.load(std::memory_order_acquire), log_bytes)};
}

event_id event_sender::record(const trace_event& event) {
    frame_.clear();
    frame_writer writer(frame_);
    writer.put(stream_item::event);
    writer.put(event_head{++count_, event.kind, event.message != nullptr, event.at, event.node,
                          event.actor, event.cause});
    if (event.message != nullptr) put_message(writer, *event.message);
    writer.put_text(event.text);
    writer.finish();
    log_.append(frame_, pipe_);
    return event_id{count_};
}

void take_event(frame_reader& reader, trace& into) {
    const auto head = reader.take<event_head>();
    if (head.number <= into.size()) return;
    envelope message;
    if (head.has_message) take_message(reader, message);
    trace_event event{head.kind, head.at, head.node, head.actor, nullptr, head.cause, {}};
    if (head.has_message) event.message = &message;
    event.text = reader.take_text();
    into.append(event);
}

}  // namespace partita::cli
