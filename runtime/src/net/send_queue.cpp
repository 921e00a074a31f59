#include "net/send_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace partita::detail {

std::span<std::byte> send_queue::extend(std::size_t count) {
    const bool fits = !segments_.empty() && segments_.back().chunk &&
                      segments_.back().chunk->capacity() - segments_.back().size >= count;
    if (!fits) {
        segment fresh;
        fresh.chunk = spare_ && count <= chunk_bytes
                          ? std::exchange(spare_, {})
                          : block_ref(memory_block::make(std::max(count, chunk_bytes)));
        fresh.data = fresh.chunk->data();
        segments_.push_back(std::move(fresh));
    }
    segment& last = segments_.back();
    std::byte* const at = last.chunk->data() + last.size;
    last.size += count;
    bytes_ += count;
    return {at, count};
}

void send_queue::append(std::span<const std::byte> bytes) {
    const std::span<std::byte> room = extend(bytes.size());
    if (!bytes.empty()) std::memcpy(room.data(), bytes.data(), bytes.size());
}

void send_queue::push(segment added) {
    if (added.size == 0) return;
    bytes_ += added.size;
    segments_.push_back(std::move(added));
}

void send_queue::append(blob shared) {
    segment added;
    added.data = shared.bytes().data();
    added.size = shared.size();
    added.shared = std::move(shared);
    push(std::move(added));
}

void send_queue::append_payload(envelope_ptr message) {
    const payload& content = message->payload;
    const std::span<const std::byte> rest = content.unattached();
    std::size_t done = 0;
    const auto push_until = [&](std::size_t end) {
        segment part;
        part.data = rest.data() + done;
        part.size = end - done;
        done = end;
        push(std::move(part));
    };
    for (const payload::attachment& each : content.attachments()) {
        push_until(each.position);
        append(each.content);
    }
    push_until(rest.size());
    if (!segments_.empty()) segments_.back().owner = std::move(message);
}

std::span<const iovec> send_queue::gather(std::size_t bytes_max) {
    std::size_t count = 0;
    std::size_t skip = offset_;
    for (const segment& each : segments_) {
        if (count == pieces_max || bytes_max == 0) break;
        const std::size_t size = std::min(each.size - skip, bytes_max);
        gathered_[count++] = {const_cast<std::byte*>(each.data + skip), size};
        bytes_max -= size;
        skip = 0;
    }
    return {gathered_.data(), count};
}

void send_queue::consume(std::size_t count) {
    bytes_ -= count;
    offset_ += count;
    while (!segments_.empty() && offset_ >= segments_.front().size) {
        segment& done = segments_.front();
        offset_ -= done.size;
        if (done.chunk && done.chunk->capacity() == chunk_bytes) spare_ = std::move(done.chunk);
        segments_.pop_front();
    }
}

}  // namespace partita::detail
