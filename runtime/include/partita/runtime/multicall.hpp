#pragma once

// Included by context.hpp: how fibers ask others and hear early that one is gone.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <partita/runtime/context.hpp>

namespace partita {

template <described... Replies, described Request>
tl::expected<detail::one_of_t<Replies...>, call_error> fiber_context::call_monitored(
    actor_id to, const Request& request, duration timeout, const send_options& options) {
    auto results = multicall<Replies...>(std::array{to}, request, timeout, {.send = options});
    return std::move(results.front().answer);
}

template <described... Replies, typename Actors, described Request>
std::vector<call_result<Replies...>> fiber_context::multicall(const Actors& actors,
                                                              const Request& request,
                                                              duration timeout,
                                                              const multicall_options& options) {
    using reply = detail::one_of_t<Replies...>;
    constexpr std::array hashes{message_type_of<Replies>.hash...,
                                message_type_of<request_failed>.hash};
    const std::optional<time_point> deadline = deadline_after(timeout);

    std::vector<call_result<Replies...>> results;
    for (const actor_id each : actors) results.push_back({each});
    const std::uint64_t first = next_correlation(results.size());
    for (std::size_t at = 0; at < results.size(); ++at) {
        if (options.monitored) watch_call(results[at].actor, first + at);
        envelope_ptr question = encoded(request);
        question->correlation = first + at;
        send_envelope(results[at].actor, std::move(question), options.send);
    }

    std::vector<bool> settled(results.size(), false);
    std::size_t waiting = results.size();
    std::size_t replies = 0;
    bool timed_out = false;
    while (waiting != 0 && replies < options.quorum && !timed_out) {
        const envelope_ptr message = wait(wait_for{hashes, first, results.size()}, deadline);
        timed_out = message == nullptr;
        if (timed_out) break;
        const std::size_t at = message->correlation - first;
        if (settled[at]) continue;  // a repetition
        std::optional<reply> value;
        std::optional<request_failed> failed;
        if (detail::decode_as<reply, Replies...>(*message, value)) {
            results[at].answer = std::move(*value);
            ++replies;
        } else if (detail::decode_as<request_failed, request_failed>(*message, failed)) {
            results[at].answer = tl::unexpected(failed->why);
        } else {
            reject(*message);
            continue;
        }
        settled[at] = true;
        --waiting;
        if (options.monitored) unwatch_call(results[at].actor, first + at);
    }
    for (std::size_t at = 0; at < results.size(); ++at) {
        if (settled[at]) continue;
        if (options.monitored) unwatch_call(results[at].actor, first + at);
        if (!timed_out) results[at].answer = tl::unexpected(call_error::unanswered);
    }
    expect_no_reply();
    return results;
}

}  // namespace partita
