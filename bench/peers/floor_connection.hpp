#pragma once

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace partita::bench {

/// What precedes a payload on the wire, in the order of bytes of this machine.
struct frame {
    std::uint32_t length = 0;
    std::uint32_t actor = 0;
    std::uint32_t wants_echo = 0;
    std::uint32_t unused = 0;
};

/// Large payload buffers that are used again: touching fresh pages costs more than the copy.
/// Aligned, for glibc's memcpy is slow between buffers that are not.
class buffer_pool {
   public:
    struct returner {
        buffer_pool* pool = nullptr;
        std::size_t capacity = 0;
        void operator()(char* bytes) const { pool->idle_.push_back({bytes, capacity}); }
    };
    using buffer = std::unique_ptr<char[], returner>;

    buffer_pool() = default;
    ~buffer_pool() {
        for (const kept& each : idle_) std::free(each.bytes);
    }
    buffer_pool(const buffer_pool&) = delete;
    buffer_pool& operator=(const buffer_pool&) = delete;

    buffer take(std::size_t bytes) {
        while (!idle_.empty()) {
            const kept last = idle_.back();
            idle_.pop_back();
            if (last.capacity >= bytes) return {last.bytes, {this, last.capacity}};
            std::free(last.bytes);
        }
        const std::size_t capacity = (bytes + alignment - 1) / alignment * alignment;
        auto* const fresh = static_cast<char*>(std::aligned_alloc(alignment, capacity));
        if (fresh == nullptr) throw std::bad_alloc();
        return {fresh, {this, capacity}};
    }

   private:
    static constexpr std::size_t alignment = 64;
    struct kept {
        char* bytes;
        std::size_t capacity;
    };
    std::vector<kept> idle_;
};

/// One TCP connection that carries frames of many actors. It owns the descriptor. Small frames are
/// read and written many at a time, large payloads go straight from and to their buffers. Neither
/// receive() nor flush() moves more than `turn_bytes`, so that no connection keeps others waiting.
class floor_connection {
   public:
    /// A frame that arrived: `owned` holds the payload when it is large, otherwise `bytes` is valid
    /// only during the call.
    struct arrival {
        frame head;
        const char* bytes = nullptr;
        buffer_pool::buffer owned;
    };

    floor_connection(int descriptor, std::size_t turn_bytes, buffer_pool& pool)
        : descriptor_(descriptor), turn_bytes_(turn_bytes), pool_(pool) {}
    ~floor_connection() { close(descriptor_); }
    floor_connection(const floor_connection&) = delete;
    floor_connection& operator=(const floor_connection&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] bool has_output() const { return !output_.empty(); }

    /// Queues a frame; flush() writes it. A large payload is borrowed until then.
    void send(const frame& head, const char* payload) {
        segment& last = segment_for(head);
        if (head.length <= small_most) {
            last.bytes.insert(last.bytes.end(), payload, payload + head.length);
        } else {
            last.payload = payload;
            last.payload_bytes = head.length;
        }
    }
    void send(const frame& head, buffer_pool::buffer payload) {
        segment& last = segment_for(head);
        last.payload = payload.get();
        last.payload_bytes = head.length;
        last.owned = std::move(payload);
    }

    /// False when the other side is gone.
    bool flush() {
        for (std::size_t left = turn_bytes_; !output_.empty() && left > 0;) {
            iovec parts[parts_most];
            msghdr message{};
            message.msg_iov = parts;
            message.msg_iovlen = gather(parts, left);
            const ssize_t sent = sendmsg(descriptor_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0) return errno == EAGAIN || errno == EINTR;
            left -= static_cast<std::size_t>(sent);
            forget(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// Hands each frame that is complete to `handle`. False when the other side is gone.
    template <class Handler>
    bool receive(Handler&& handle) {
        for (std::size_t left = turn_bytes_; left > 0;) {
            const std::size_t into_body = body_ ? std::min(left, head_.length - body_filled_) : 0;
            const std::size_t into_staging = std::min(left - into_body, staging_.size() - staged_);
            iovec parts[2] = {{body_ ? body_.get() + body_filled_ : nullptr, into_body},
                              {staging_.data() + staged_, into_staging}};
            const ssize_t got = readv(descriptor_, parts, 2);
            if (got == 0) return false;
            if (got < 0) return errno == EAGAIN || errno == EINTR;
            const auto bytes = static_cast<std::size_t>(got);
            const std::size_t of_body = std::min(bytes, into_body);
            body_filled_ += of_body;
            staged_ += bytes - of_body;
            if (body_ && body_filled_ == head_.length) deliver_body(handle);
            if (!body_) unpack(handle);
            if (bytes < into_body + into_staging) return true;
            left -= bytes;
        }
        return true;
    }

   private:
    static constexpr std::size_t small_most = 16 * 1024;
    static constexpr std::size_t staging_bytes = 64 * 1024;
    static constexpr std::size_t parts_most = 64;

    /// Heads and small payloads, and then perhaps one large payload.
    struct segment {
        std::vector<char> bytes;
        const char* payload = nullptr;
        std::size_t payload_bytes = 0;
        buffer_pool::buffer owned;
        std::size_t sent = 0;
    };

    segment& segment_for(const frame& head) {
        if (output_.empty() || output_.back().payload != nullptr ||
            output_.back().bytes.size() >= staging_bytes) {
            output_.emplace_back();
        }
        std::vector<char>& bytes = output_.back().bytes;
        const auto* const raw = reinterpret_cast<const char*>(&head);
        bytes.insert(bytes.end(), raw, raw + sizeof head);
        return output_.back();
    }
    std::size_t gather(iovec* parts, std::size_t most) const {
        std::size_t used = 0;
        const auto add = [&](const char* from, std::size_t bytes) {
            if (bytes == 0 || most == 0 || used == parts_most) return;
            const std::size_t taken = std::min(bytes, most);
            parts[used++] = {const_cast<char*>(from), taken};
            most -= taken;
        };
        for (const segment& each : output_) {
            if (most == 0 || used == parts_most) break;
            const std::size_t heads = std::min(each.sent, each.bytes.size());
            const std::size_t payload = each.sent - heads;
            add(each.bytes.data() + heads, each.bytes.size() - heads);
            add(each.payload + payload, each.payload_bytes - payload);
        }
        return used;
    }
    void forget(std::size_t sent) {
        while (sent > 0) {
            segment& first = output_.front();
            const std::size_t whole = first.bytes.size() + first.payload_bytes;
            const std::size_t part = std::min(sent, whole - first.sent);
            first.sent += part;
            sent -= part;
            if (first.sent == whole) output_.pop_front();
        }
    }

    template <class Handler>
    void deliver_body(Handler& handle) {
        const char* const bytes = body_.get();
        handle(*this, arrival{head_, bytes, std::move(body_)});
        body_.reset();
    }
    template <class Handler>
    void unpack(Handler& handle) {
        std::size_t at = 0;
        while (!body_ && staged_ - at >= sizeof(frame)) {
            std::memcpy(&head_, staging_.data() + at, sizeof(frame));
            const char* const payload = staging_.data() + at + sizeof(frame);
            const std::size_t here = staged_ - at - sizeof(frame);
            if (head_.length > small_most) {
                body_ = pool_.take(head_.length);
                body_filled_ = std::min<std::size_t>(here, head_.length);
                std::memcpy(body_.get(), payload, body_filled_);
                at += sizeof(frame) + body_filled_;
                if (body_filled_ == head_.length) deliver_body(handle);
            } else if (head_.length <= here) {
                handle(*this, arrival{head_, payload, {}});
                at += sizeof(frame) + head_.length;
            } else {
                break;
            }
        }
        staged_ -= at;
        std::memmove(staging_.data(), staging_.data() + at, staged_);
    }

    int descriptor_;
    std::size_t turn_bytes_;
    buffer_pool& pool_;
    std::deque<segment> output_;
    frame head_;
    buffer_pool::buffer body_;
    std::size_t body_filled_ = 0;
    std::vector<char> staging_ = std::vector<char>(staging_bytes);
    std::size_t staged_ = 0;
};

}  // namespace partita::bench
