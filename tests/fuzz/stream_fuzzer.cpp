// What a peer may send once it is connected, as bytes in pieces of any size. Half of the inputs are
// turned into frames with proper headers first: else no input would get past the checksum.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <partita/runtime/delivery.hpp>
#include <partita/runtime/wire.hpp>

#include "net/frame_reader.hpp"

namespace {

using namespace partita;
using namespace partita::detail;

/// Each piece behind a byte of kind, a byte of flags and two of length becomes a frame.
std::vector<std::byte> framed(std::span<const std::byte> input) {
    std::vector<std::byte> made;
    std::uint32_t sequence = 0;
    while (input.size() >= 4) {
        frame_header header;
        header.kind = static_cast<frame_kind>(input[0]);
        header.flags = static_cast<std::uint16_t>(input[1]) & 1;
        std::uint16_t length = 0;
        std::memcpy(&length, input.data() + 2, sizeof length);
        const auto body = input.subspan(4, std::min<std::size_t>(length, input.size() - 4));
        input = input.subspan(4 + body.size());
        header.body_bytes = static_cast<std::uint32_t>(body.size());
        header.sequence = sequence++;
        header.checksum = frame_checksum(header, body);
        const auto encoded = encode(header);
        made.insert(made.end(), encoded.begin(), encoded.end());
        made.insert(made.end(), body.begin(), body.end());
    }
    return made;
}

void read_all(std::span<const std::byte> bytes, std::size_t piece) {
    frame_limits limits;
    limits.frame_bytes_max = 1 << 20;
    frame_reader reader(limits);
    payload content;
    while (!bytes.empty()) {
        const auto room = reader.room(std::min(piece, bytes.size()));
        std::memcpy(room.data(), bytes.data(), room.size());
        bytes = bytes.subspan(room.size());
        reader.filled(room.size());
        for (;;) {
            const auto frame = reader.next(content);
            if (!frame) return;
            if (!*frame) break;
            if ((*frame)->kind == frame_kind::type_name) (void)decode_type_name((*frame)->body);
            delivery_stamp stamp;
            (void)decode((*frame)->extension, stamp);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::span bytes(reinterpret_cast<const std::byte*>(data) + 2, size - 2);
    const std::size_t piece = data[1] + std::size_t{1};
    if (data[0] % 2 == 0) {
        read_all(bytes, piece);
    } else {
        read_all(framed(bytes), piece * 37);
    }
    return 0;
}
