#include "net/connection.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <utility>

#include <partita/runtime/delivery.hpp>
#include <partita/runtime/wire.hpp>

#include "net/type_table.hpp"

namespace partita::detail {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t named_types_max = 4'096;

frame_limits limits_of(const socket_limits& from) {
    frame_limits limits;
    limits.frame_bytes_max = static_cast<std::uint32_t>(from.frame_bytes_max);
    limits.handshake_only = true;
    return limits;
}

}  // namespace

connection::connection(const connection_surroundings& around, socket connected, owner& has,
                       handshake_options self, purpose what_for)
    : around_(around),
      socket_(std::move(connected)),
      owner_(&has),
      self_(std::move(self)),
      purpose_(std::move(what_for)),
      reader_(limits_of(*around.limits)),
      writer_(purpose_.compression),
      timer_(*around.io) {}

const node_identity& connection::peer() const {
    return std::visit([](const auto& side) -> const node_identity& { return side.peer(); }, *role_);
}

void connection::start() {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    const int handle = socket_.native_handle();
    if (around_.tls != nullptr) {
        auto secured =
            purpose_.dials ? around_.tls->dialler(handle) : around_.tls->acceptor(handle);
        secured_ = secured.get();
        stream_ = std::move(secured);
    } else {
        stream_ = std::make_unique<plain_stream>(handle);
    }
    timer_.expires_after(around_.limits->handshake_max);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && self->stage_ < stage::open) self->close("the handshake took too long");
    });
    secure();
}

// ---- until it is open --------------------------------------------------------------------------

void connection::secure() {
    const io_result done = stream_->handshake();
    switch (done.status) {
        case io_status::moved:
            return greet();
        case io_status::would_block_read:
            return wait_readable();
        case io_status::would_block_write:
            return wait_writable();
        case io_status::closed:
        case io_status::failed:
            return fail(done);
    }
}

void connection::greet() {
    stage_ = stage::greeting;
    role_.emplace(purpose_.role_with(self_, [this](const node_identity& who, const lane_identity&) {
        return check_certificate(who);
    }));
    if (secured_ != nullptr) {
        std::visit([&](auto& side) { side.bind(secured_->binding()); }, *role_);
    }
    if (auto* dials = std::get_if<dialling>(&*role_)) {
        const handshake_frame hello = dials->start();
        control(hello.kind, hello.body);
    }
    wait_readable();
}

void connection::handshake_frame_in(frame_kind kind, std::span<const std::byte> body) {
    const handshake_step step =
        std::visit([&](auto& side) { return side.on_frame(kind, body); }, *role_);
    if (step.send) control(step.send->kind, step.send->body);
    if (step.failed) return close(step.failed->text);
    if (!step.done) return;
    became_ready();
}

std::optional<refusal> connection::check_certificate(const node_identity& who) const {
    if (secured_ == nullptr || secured_->certificate_names(who.node)) return std::nullopt;
    std::string names;
    for (const std::string& each : peer_names(*secured_))
        names += (names.empty() ? "" : ", ") + each;
    return refusal{refusal_code::wrong_certificate,
                   "the certificate of node " + who.node + " names " + names};
}

void connection::became_ready() {
    stage_ = stage::open;
    reader_.allow_messages();
    peer_id = node_id(peer().node);
    watch_silence();
    owner_->ready(*this);
}

// ---- reading -----------------------------------------------------------------------------------

void connection::wait_readable() {
    if (reading_ || stage_ == stage::closed) return;
    reading_ = true;
    socket_.async_wait(socket::wait_read, [self = shared_from_this()](const error_code& error) {
        self->reading_ = false;
        if (!error) self->on_readable();
    });
}

/// Goes on reading after the others had their turn.
void connection::again() {
    if (again_ || stage_ == stage::closed) return;
    again_ = true;
    asio::post(*around_.io, [self = shared_from_this()] {
        self->again_ = false;
        self->on_readable();
    });
}

void connection::on_readable() {
    if (stage_ == stage::closed) return;
    if (stage_ == stage::securing) return secure();
    (void)read();
}

bool connection::poll() { return stage_ == stage::open && read(); }

bool connection::read() {
    std::size_t left = around_.limits->turn_bytes;
    const std::size_t all = left;
    while (left != 0) {
        const std::span<std::byte> room = reader_.room(left);
        const io_result in = stream_->read(room);
        if (in.status != io_status::moved) {
            if (in.status == io_status::would_block_read) {
                wait_readable();
            } else if (in.status == io_status::would_block_write) {
                wait_writable();
            } else {
                fail(in);
            }
            return left != all;
        }
        moved_ = true;
        reader_.filled(in.bytes);
        left -= std::min(left, in.bytes);
        if (!take_frames()) return true;
        // What a plain socket had is now ours; asking once more would only tell so.
        if (in.bytes < room.size() && secured_ == nullptr) {
            wait_readable();
            return true;
        }
    }
    again();
    return true;
}

/// False: the connection has ended.
bool connection::take_frames() {
    for (;;) {
        if (!spare_) spare_ = around_.envelopes->make();
        const auto frame = reader_.next(spare_->payload);
        if (!frame) {
            close(std::string(to_text(frame.error())), ending::malformed);
            return false;
        }
        if (!*frame) return true;
        if (!take(**frame)) return false;
    }
}

bool connection::take(const incoming_frame& frame) {
    if (stage_ == stage::greeting) {
        handshake_frame_in(frame.kind, frame.body);
        return stage_ != stage::closed;
    }
    const bool accepted = !purpose_.dials;
    switch (frame.kind) {
        case frame_kind::message:
            if (!accepted) break;
            take_message(frame);
            return stage_ != stage::closed;
        case frame_kind::type_name: {
            const auto name = decode_type_name(frame.body);
            if (!accepted || !name || ++named_types_ > named_types_max) break;
            name_type(name_hash(*name), *name);
            last_type_ = nullptr;
            return true;
        }
        case frame_kind::ping:
            control(frame_kind::pong, frame.body);
            flush();
            return stage_ != stage::closed;
        case frame_kind::pong:
            pings_ = 0;
            return true;
        case frame_kind::goodbye:
            close("the peer said goodbye", ending::orderly);
            return false;
        case frame_kind::refusal:
            close("refused by the peer");
            return false;
        default:
            break;
    }
    close(std::string(to_text(frame_error::kind_out_of_place)), ending::malformed);
    return false;
}

void connection::take_message(const incoming_frame& frame) {
    envelope_ptr message = std::move(spare_);
    const message_header& header = frame.header;
    if (!frame.extension.empty()) {
        auto stamp = std::make_shared<delivery_stamp>();
        if (!decode(frame.extension, *stamp)) {
            return close("a delivery stamp that does not decode", ending::malformed);
        }
        message->delivery = std::move(stamp);
    }
    message->source = header.source;
    message->destination = header.destination;
    if (last_type_ == nullptr || last_type_->hash != header.type) {
        last_type_ = &type_with(header.type);
    }
    message->type = last_type_;
    message->ordinal = header.ordinal;
    message->correlation = header.correlation;
    message->partition_key = header.partition_key;
    message->is_reply = header.is_reply;
    message->is_copy = header.is_copy;
    message->relays = header.hops;
    message->link_from = peer_id;
    message->link_to = node_id(self_.self.node);
    owner_->received(*this, std::move(message));
}

// ---- writing -----------------------------------------------------------------------------------

void connection::control(frame_kind kind, std::span<const std::byte> body) {
    writer_.control(queue_, kind, body);
    if (stage_ != stage::open) flush();
}

void connection::send(envelope_ptr message) { writer_.message(queue_, std::move(message)); }

void connection::wait_writable() {
    if (writing_ || stage_ == stage::closed) return;
    writing_ = true;
    socket_.async_wait(socket::wait_write, [self = shared_from_this()](const error_code& error) {
        self->writing_ = false;
        if (error || self->stage_ == stage::closed) return;
        if (self->stage_ == stage::securing) return self->secure();
        self->flush();
        self->wait_readable();
    });
}

void connection::flush() {
    notes.to_be_flushed = false;
    if (stage_ == stage::closed || writing_) return;
    const bool had = !queue_.empty();
    std::size_t left = around_.limits->turn_bytes;
    while (!queue_.empty()) {
        // The rest when the others had their turn: a writable socket comes back at once.
        if (left == 0) return wait_writable();
        const io_result out = stream_->write(queue_.gather(left));
        if (out.status == io_status::would_block_read) return wait_readable();
        if (out.status == io_status::would_block_write) return wait_writable();
        if (out.status != io_status::moved) return fail(out);
        moved_ = true;
        queue_.consume(out.bytes);
        left -= std::min(left, out.bytes);
    }
    if (had && stage_ == stage::open) owner_->drained(*this);
}

// ---- silence and the end -----------------------------------------------------------------------

/// The side that dialled asks when nothing moves; the other waits a quarter longer for it to ask.
void connection::watch_silence() {
    const socket_timing& timing = *around_.timing;
    const duration idle = purpose_.dials ? timing.ping_idle : timing.ping_idle / 4 * 5;
    timer_.expires_after(pings_ == 0 ? idle : timing.ping_timeout);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && self->stage_ == stage::open) self->silent();
    });
}

void connection::silent() {
    if (std::exchange(moved_, false)) {
        pings_ = 0;
        return watch_silence();
    }
    if (pings_ >= around_.timing->ping_attempts) return close("no answer to pings");
    ++pings_;
    if (purpose_.dials) {
        control(frame_kind::ping);
        flush();
        moved_ = false;  // that a ping was sent says nothing of the peer
    }
    if (stage_ == stage::open) watch_silence();
}

void connection::fail(const io_result& why) {
    close(why.status == io_status::closed ? "closed by the peer" : why.failure);
}

void connection::end() {
    stage_ = stage::closed;
    error_code ignored;
    timer_.cancel();
    socket_.close(ignored);
}

void connection::close(const std::string& why, ending how) {
    if (stage_ == stage::closed) return;
    const auto kept = shared_from_this();
    end();
    owner_->closed(*this, why, how);
}

void connection::abandon(bool politely) {
    if (stage_ == stage::closed) return;
    if (politely && stage_ == stage::open && !writing_) {
        writer_.control(queue_, frame_kind::goodbye, {});
        (void)stream_->write(queue_.gather(around_.limits->turn_bytes));
    }
    end();
}

}  // namespace partita::detail
