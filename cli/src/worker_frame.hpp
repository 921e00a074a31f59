#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// How values travel between this program and its workers. All of them are forks of one image on
/// one machine, so values go as they lie in memory.
namespace partita::cli {

/// A worker sent bytes that no worker in its right mind sends.
struct garbled_frame : std::runtime_error {
    garbled_frame() : std::runtime_error("garbled reply") {}
};

/// Appends frames, each a count of bytes and then the bytes, to a buffer.
class frame_writer {
   public:
    explicit frame_writer(std::vector<std::byte>& into) : bytes_(into), start_(into.size()) {
        put(std::uint32_t{0});
    }
    /// Appends values only, to be a part of a frame.
    struct continued {};
    frame_writer(std::vector<std::byte>& into, continued) : bytes_(into), start_(into.size()) {}
    /// Ends the frame. Call once, last.
    void finish() {
        const auto size =
            static_cast<std::uint32_t>(bytes_.size() - start_ - sizeof(std::uint32_t));
        std::memcpy(bytes_.data() + start_, &size, sizeof size);
    }
    template <typename T>
    requires std::is_trivially_copyable_v<T>
    void put(const T& value) { put_bytes(&value, sizeof value); }
    void put_bytes(const void* source, std::size_t count) {
        const auto* const first = static_cast<const std::byte*>(source);
        bytes_.insert(bytes_.end(), first, first + count);
    }
    /// A count and the elements.
    template <typename T>
    requires std::is_trivially_copyable_v<T>
    void put_all(std::span<const T> values) {
        put(static_cast<std::uint32_t>(values.size()));
        if (!values.empty()) put_bytes(values.data(), values.size_bytes());
    }
    void put_text(std::string_view text) {
        put_all(std::span<const char>(text.data(), text.size()));
    }

   private:
    std::vector<std::byte>& bytes_;
    std::size_t start_;
};

/// Reads one frame; throws garbled_frame where it ends too early.
class frame_reader {
   public:
    explicit frame_reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    template <typename T>
    requires std::is_trivially_copyable_v<T>
    [[nodiscard]] T take() {
        T value;
        std::memcpy(&value, take_bytes(sizeof value).data(), sizeof value);
        return value;
    }
    template <typename T>
    requires std::is_trivially_copyable_v<T>
    void take_all(std::vector<T>& into) {
        const auto count = take<std::uint32_t>();
        const auto bytes = take_bytes(count * sizeof(T));
        into.resize(count);
        if (count != 0) std::memcpy(static_cast<void*>(into.data()), bytes.data(), bytes.size());
    }
    [[nodiscard]] std::string_view take_text() {
        const auto bytes = take_bytes(take<std::uint32_t>());
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    [[nodiscard]] std::span<const std::byte> take_bytes(std::size_t count) {
        if (count > bytes_.size()) throw garbled_frame();
        const auto taken = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return taken;
    }
    [[nodiscard]] std::size_t left() const { return bytes_.size(); }

   private:
    std::span<const std::byte> bytes_;
};

/// Bytes that came in, cut into frames.
class frame_buffer {
   public:
    /// Where to append what was read.
    [[nodiscard]] std::vector<std::byte>& incoming() {
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(taken_));
        taken_ = 0;
        return bytes_;
    }
    /// The next whole frame; good until incoming() is called.
    [[nodiscard]] std::optional<std::span<const std::byte>> next() {
        const auto rest = std::span<const std::byte>(bytes_).subspan(taken_);
        std::uint32_t size = 0;
        if (rest.size() < sizeof size) return std::nullopt;
        std::memcpy(&size, rest.data(), sizeof size);
        if (rest.size() - sizeof size < size) return std::nullopt;
        taken_ += sizeof size + size;
        return rest.subspan(sizeof size, size);
    }
    void clear() {
        bytes_.clear();
        taken_ = 0;
    }

   private:
    std::vector<std::byte> bytes_;
    std::size_t taken_ = 0;
};

}  // namespace partita::cli
