#include "isolation_run.hpp"

#include <exception>
#include <utility>

#include "isolation_trace.hpp"
#include "worker_talk.hpp"

namespace partita::cli {
namespace {

void put_operation(frame_writer& writer, const operation& done) {
    writer.put_text(done.command.node);
    writer.put_text(done.command.name);
    put_texts(writer, done.command.arguments);
    writer.put(done.command.background);
    writer.put(done.invoked);
    writer.put(done.responded);
    writer.put(done.response.kind);
    writer.put_text(done.response.value);
    writer.put(done.invoked_position);
    writer.put(done.responded_position);
    writer.put(std::uint64_t{done.step});
    writer.put_text(done.shown);
}

operation take_operation(frame_reader& reader) {
    operation done;
    done.command.node = reader.take_text();
    done.command.name = reader.take_text();
    done.command.arguments = take_texts(reader);
    done.command.background = reader.take<bool>();
    done.invoked = reader.take<time_point>();
    done.responded = reader.take<time_point>();
    done.response.kind = reader.take<response_kind>();
    done.response.value = reader.take_text();
    done.invoked_position = reader.take<std::uint64_t>();
    done.responded_position = reader.take<std::uint64_t>();
    done.step = reader.take<std::uint64_t>();
    done.shown = reader.take_text();
    return done;
}

void put_rest(frame_writer& writer, const outcome& made) {
    writer.put(stream_item::rest);
    writer.put(made.verdict);
    put_violation(writer, made.violation);
    writer.put(made.trace_hash);
    writer.put(made.counters);
    writer.put(static_cast<std::uint32_t>(made.history.size()));
    for (const operation& each : made.history) put_operation(writer, each);
    writer.put(std::uint64_t{made.steps_taken});
    writer.put(made.failed_check ? std::uint64_t{*made.failed_check} : UINT64_MAX);
    put_flags(writer, made.met);
    put_texts(writer, made.sites);
}

/// All but the trace.
void take_rest(frame_reader& reader, outcome& made) {
    made.verdict = reader.take<verdict>();
    made.violation = take_violation(reader);
    made.trace_hash = reader.take<std::uint64_t>();
    made.counters = reader.take<counters>();
    for (auto left = reader.take<std::uint32_t>(); left > 0; --left) {
        made.history.push_back(take_operation(reader));
    }
    made.steps_taken = reader.take<std::uint64_t>();
    const auto failed = reader.take<std::uint64_t>();
    if (failed != UINT64_MAX) made.failed_check = failed;
    made.met = take_flags(reader);
    made.sites = take_texts(reader);
}

/// What is known of a trial that did not return, but for how it ended.
void complete_unfinished(outcome& made, const schedule& asked) {
    made.verdict = verdict::violated;
    made.trace_hash = made.trace.hash();
    made.counters.events = made.trace.size();
    if (!made.trace.events().empty()) {
        made.counters.virtual_time = made.trace.events().back().at.time_since_epoch();
    }
    made.met.assign(asked.deviations.size(), true);
    made.steps_taken = asked.steps.size();
}

/// Nobody may see the trace of a trial that threw but through its events, as when the worker died.
outcome run_guarded(const application& of, const schedule& asked, const run_options& options) {
    try {
        return run(of, asked, options);
    } catch (const std::exception& error) {
        outcome made;
        made.verdict = verdict::violated;
        made.violation = violation_of(error);
        made.met.assign(asked.deviations.size(), true);
        return made;
    }
}

void serve_one(const application& of, const schedule& asked, shared_log& log, const pipe_end& pipe,
               heartbeat& pulse) {
    event_sender sender(log, pipe);
    pulse.begin(1, trial_phase::run);
    const outcome made = run_guarded(of, asked, {.listener = &sender});
    pulse.end();
    log.flush(pipe);
    std::vector<std::byte> bytes;
    frame_writer writer(bytes);
    put_rest(writer, made);
    writer.finish();
    (void)pipe.write_all(bytes);
}

/// True when that was the rest.
bool take_item(std::span<const std::byte> frame, outcome& made) {
    frame_reader reader(frame);
    if (reader.take<stream_item>() == stream_item::event) {
        take_event(reader, made.trace);
        return false;
    }
    take_rest(reader, made);
    return true;
}

void take_log(const shared_log& log, outcome& made) {
    frame_buffer frames;
    const auto left = log.left();
    frames.incoming().assign(left.begin(), left.end());
    while (const auto frame = frames.next()) (void)take_item(*frame, made);
}

struct attempt {
    outcome made;
    std::optional<worker_end> end;  ///< none: the trial returned
};

attempt try_once(const application& of, const schedule& asked, const isolation_options& options,
                 string_hashing hashing) {
    attempt tried;
    shared_log log;
    worker_talk talk(
        [&](pipe_end& pipe, heartbeat& pulse) {
            const string_hashing_mode mode(hashing);
            serve_one(of, asked, log, pipe, pulse);
        },
        options.watchdog);
    try {
        while (const auto frame = talk.next()) {
            if (take_item(*frame, tried.made)) return tried;
        }
        tried.end = talk.end();
        take_log(log, tried.made);
    } catch (const garbled_frame& garbled) {
        tried.end = worker_end{garbled.what(), false};
    }
    complete_unfinished(tried.made, asked);
    tried.made.violation = violation_of(*tried.end, options.watchdog);
    return tried;
}

}  // namespace

outcome run_in_worker(const application& of, const schedule& asked,
                      const isolation_options& options, string_hashing hashing) {
    attempt tried = try_once(of, asked, options, hashing);
    // Somebody ended the worker; once is nobody's fault.
    if (tried.end && tried.end->from_outside) tried = try_once(of, asked, options, hashing);
    outcome made = std::move(tried.made);
    if (made.violation && made.violation->kind == "exception" && made.trace_hash == 0) {
        auto wrong = std::move(made.violation);
        complete_unfinished(made, asked);
        made.violation = std::move(wrong);
    }
    return made;
}

outcome run_isolated(const application& of, const schedule& asked,
                     const isolation_options& options) {
    return run_in_worker(of, asked, options, string_hashing::usual);
}

}  // namespace partita::cli
