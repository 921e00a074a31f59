#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <partita/runtime/envelope.hpp>
#include <partita/runtime/socket_node.hpp>

#include "net/byte_stream.hpp"
#include "net/frame_reader.hpp"
#include "net/frame_writer.hpp"
#include "net/handshake.hpp"
#include "net/send_queue.hpp"
#include "net/tls.hpp"

namespace partita::detail {

/// What the connections of one thread share. All outlive them.
struct connection_surroundings {
    boost::asio::io_context* io = nullptr;
    envelope_pool* envelopes = nullptr;
    const tls_context* tls = nullptr;  ///< null: plain
    const socket_limits* limits = nullptr;
    const socket_timing* timing = nullptr;
};

/// One TCP connection: handshake, then frames both ways, pings when it is silent, and a clean end.
/// Moves a bounded number of bytes in one turn. Used on one thread.
class connection : public std::enable_shared_from_this<connection> {
   public:
    enum class ending : std::uint8_t {
        orderly,   ///< one side said goodbye
        broken,    ///< by the network, or no handshake
        malformed  ///< the other side broke the protocol
    };
    /// Who has it. Outlives it, or lets it go by abandon().
    class owner {
       public:
        virtual ~owner() = default;
        /// The handshake is done; messages may be sent.
        virtual void ready(connection&) = 0;
        virtual void received(connection&, envelope_ptr) = 0;
        /// What waited to be sent is sent.
        virtual void drained(connection&) = 0;
        /// The last that is heard of it.
        virtual void closed(connection&, const std::string& why, ending how) = 0;
    };
    using socket = boost::asio::ip::tcp::socket;
    using role = std::variant<dialling, accepting>;
    /// What it is for. Which handshake it has is made once TLS has said what to bind it to.
    struct purpose {
        bool dials = false;
        std::function<role(const handshake_options&, const admission&)> role_with;
        int compression = 0;  ///< of what it sends
    };

    connection(const connection_surroundings&, socket, owner&, handshake_options, purpose);

    /// Begins the handshake.
    void start();
    /// Requires: ready.
    void send(envelope_ptr);
    /// Writes what send() put together; to be called once a turn.
    void flush();
    /// Reads what has come, without being told that something has; false: nothing has.
    bool poll();
    [[nodiscard]] bool is_ready() const { return stage_ == stage::open; }
    [[nodiscard]] std::size_t queued_bytes() const { return queue_.bytes(); }
    /// Who is at the other end. Requires: ready.
    [[nodiscard]] const node_identity& peer() const;
    /// Which lane it is. Requires: accepted and ready.
    [[nodiscard]] const lane_identity& lane() const { return std::get<accepting>(*role_).lane(); }
    /// Ends it; the owner is told.
    void close(const std::string& why, ending how = ending::broken);
    /// Ends it; the owner is not told, and may go. With `politely` the other side learns that
    /// nothing is wrong.
    void abandon(bool politely);
    node_id peer_id;  ///< who is at the other end, once ready

    /// What its owner keeps with it.
    struct notes {
        std::uint64_t number = 0;
        channel lane_channel;
        /// Of accepted ones: false once a newer connection of the lane was made.
        std::shared_ptr<std::atomic<bool>> valid;
        bool to_be_flushed = false;
    } notes;

   private:
    enum class stage : std::uint8_t { securing, greeting, open, closed };
    using error_code = boost::system::error_code;

    void secure();
    void greet();
    void handshake_frame_in(frame_kind, std::span<const std::byte> body);
    [[nodiscard]] std::optional<refusal> check_certificate(const node_identity&) const;
    void became_ready();
    void on_readable();
    /// False: there was nothing to read.
    bool read();
    [[nodiscard]] bool take_frames();
    [[nodiscard]] bool take(const incoming_frame&);
    void take_message(const incoming_frame&);
    void fail(const io_result&);
    void wait_readable();
    void wait_writable();
    void again();
    void control(frame_kind, std::span<const std::byte> body = {});
    void watch_silence();
    void silent();
    void end();

    const connection_surroundings& around_;
    socket socket_;
    owner* owner_;
    handshake_options self_;
    purpose purpose_;
    std::optional<role> role_;
    std::unique_ptr<byte_stream> stream_;
    tls_stream* secured_ = nullptr;
    frame_reader reader_;
    frame_writer writer_;
    send_queue queue_;
    envelope_ptr spare_;  // for the next message
    boost::asio::steady_timer timer_;
    stage stage_ = stage::securing;
    bool reading_ = false;  // a wait is under way
    bool writing_ = false;
    bool again_ = false;
    bool moved_ = false;  // since the timer was set
    unsigned pings_ = 0;  // unanswered
    std::uint32_t named_types_ = 0;
    const message_type* last_type_ = nullptr;
};

}  // namespace partita::detail
