#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "net/connection.hpp"

namespace partita::detail {

class node_thread;
class peer_link;

/// One of the connections of a channel to a peer, which this node dials, and dials again with
/// growing pauses when it is lost. What is sent meanwhile waits, within the bounds of
/// socket_limits.
class outgoing_lane final : public connection::owner {
   public:
    outgoing_lane(peer_link&, channel, const channel_options&, std::uint32_t index);
    ~outgoing_lane() override;

    void open(duration after);
    void send(envelope_ptr);
    /// A sender that can wait should.
    [[nodiscard]] bool congested() const;
    void renew();
    /// Dials now, unless it is connected.
    void open_now();
    /// For good.
    void close();

   private:
    struct waiting_envelope {
        envelope_ptr message;
        time_point since;
    };
    using error_code = boost::system::error_code;
    using tcp = boost::asio::ip::tcp;

    void ready(connection&) override;
    void received(connection&, envelope_ptr) override;
    void drained(connection&) override;
    void closed(connection&, const std::string& why, connection::ending how) override;

    void dial();
    void resolved(const tcp::resolver::results_type&);
    void connected(const std::shared_ptr<tcp::socket>&);
    void failed(const std::string& why, bool orderly = false);
    void drop_waiting(std::string_view why, duration older_than);
    [[nodiscard]] queue_fill fill() const;
    [[nodiscard]] std::size_t bytes_waiting() const;
    /// Tells the node's counters how much waits here now.
    void count_waiting();

    peer_link& link_;
    channel channel_;
    const channel_options& options_;
    std::uint32_t index_;
    std::shared_ptr<connection> connection_;
    std::deque<waiting_envelope> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::size_t counted_bytes_ = 0;
    queue_gate gate_;
    tcp::resolver resolver_;
    boost::asio::steady_timer timer_;
    std::uint64_t attempt_ = 0;  // what an older one still brings is ignored
    unsigned failures_ = 0;      // in a row
    time_point opened_;
    bool was_open_ = false;
    std::string last_trouble_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// The lanes of one thread to one peer.
class peer_link {
   public:
    peer_link(node_thread&, peer_spec);
    ~peer_link();

    /// Dials the lanes of all declared channels.
    void open();
    void close();
    void send(envelope_ptr, std::uint32_t lane);
    [[nodiscard]] bool congested(const channel&, std::uint32_t lane) const;

    [[nodiscard]] node_thread& thread() { return thread_; }
    [[nodiscard]] const peer_spec& spec() const { return spec_; }
    void learn(const peer_spec& who, std::uint64_t life);
    [[nodiscard]] bool closing() const { return closing_; }
    /// The life of the peer that it was connected with last; 0: none yet.
    [[nodiscard]] std::uint64_t life() const { return life_; }
    /// Dials all lanes anew.
    void renew();
    /// Where the peer is: until that is known, nothing is dialled.
    void set_address(const std::string&);

    bool asked_for = false;  ///< this node asked for it; else it lasts while the peer does

   private:
    [[nodiscard]] outgoing_lane& lane(const channel&, std::uint32_t index);

    node_thread& thread_;
    peer_spec spec_;
    std::map<std::pair<std::uint64_t, std::uint32_t>, std::unique_ptr<outgoing_lane>> lanes_;
    std::uint64_t life_ = 0;
    bool closing_ = false;
};

}  // namespace partita::detail
