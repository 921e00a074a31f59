#pragma once

#include <partita/runtime/node.hpp>

namespace partita {

/// A message of the runtime itself, on the default channel.
template <typename T>
void node::send_plain(actor_id from, actor_id to, const T& message, const send_options& options,
                      std::uint64_t correlation) {
    (void)detail::registered_type<T>::done;
    envelope_ptr fresh = ports_.envelopes->make();
    fresh->type = &message_type_of<T>;
    encode(fresh->payload, message);
    fresh->correlation = correlation;
    send(from, to, std::move(fresh), options);
}

}  // namespace partita
