#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include <partita/models/perturbation.hpp>
#include <partita/schedules/codec.hpp>

#include "isolation.hpp"
#include "worker_talk.hpp"

namespace partita::cli {
namespace {

/// What one of our own schedules may hold: anything.
constexpr parse_bounds no_bounds{SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};

/// Publishes the hash of the trace so far after every event, for a trial that does not return.
class hash_publisher final : public observer {
   public:
    explicit hash_publisher(heartbeat& pulse) : pulse_(pulse) {
        pulse_.trace_hash.store(seen_.hash(), std::memory_order_relaxed);
    }
    event_id record(const trace_event& event) override {
        const event_id id = seen_.append(event);
        pulse_.trace_hash.store(seen_.hash(), std::memory_order_relaxed);
        return id;
    }

   private:
    heartbeat& pulse_;
    trace seen_{trace_detail::notes};
};

trial_summary run_once(const application& of, std::string_view json, heartbeat& pulse,
                       workspace& space) {
    const auto asked = parse_schedule_json(json, "schedule", no_bounds);
    if (!asked) {
        return {verdict::inconclusive,
                violation{"schedule", "bad schedule", asked.error().message},
                0,
                {},
                {},
                0};
    }
    hash_publisher publisher(pulse);
    const run_options options{.detail = trace_detail::notes, .listener = &publisher};
    try {
        return summary_of(run(of, *asked, options, space));
    } catch (const std::exception& error) {
        return {verdict::violated,
                violation_of(error),
                pulse.trace_hash.load(),
                std::vector<bool>(asked->deviations.size(), true),
                {},
                0};
    }
}

void put_summary(std::vector<std::byte>& into, const trial_summary& summary) {
    frame_writer writer(into);
    writer.put(summary.verdict);
    put_violation(writer, summary.violation);
    writer.put(summary.trace_hash);
    put_flags(writer, summary.met);
    put_texts(writer, summary.sites);
    writer.put(summary.occurred);
    writer.finish();
}

trial_summary take_summary(std::span<const std::byte> frame) {
    frame_reader reader(frame);
    trial_summary summary;
    summary.verdict = reader.take<verdict>();
    summary.violation = take_violation(reader);
    summary.trace_hash = reader.take<std::uint64_t>();
    summary.met = take_flags(reader);
    summary.sites = take_texts(reader);
    summary.occurred = reader.take<std::uint64_t>();
    return summary;
}

void serve_schedules(const application& of, const pipe_end& pipe, heartbeat& pulse) {
    const string_hashing_mode usual(string_hashing::usual);
    workspace space;
    frame_buffer requests;
    std::uint64_t number = 0;
    while (pipe.read_more(requests.incoming())) {
        while (const auto frame = requests.next()) {
            pulse.begin(++number, trial_phase::run);
            const trial_summary summary =
                run_once(of, frame_reader(*frame).take_text(), pulse, space);
            pulse.end();
            std::vector<std::byte> reply;
            put_summary(reply, summary);
            if (!pipe.write_all(reply)) return;
        }
    }
}

/// One worker for many schedules.
class schedule_runner {
   public:
    schedule_runner(const application& of, const isolation_options& options)
        : application_(of), options_(options) {}

    [[nodiscard]] trial_summary run(const schedule& asked) {
        ask(asked);
        return answer();
    }

    /// Hands a schedule over; answer() must come before the next.
    void ask(const schedule& asked) {
        asked_ = asked;
        send();
    }

    [[nodiscard]] trial_summary answer() {
        if (auto summary = receive()) return std::move(*summary);
        if (end_.from_outside) {  // somebody ended the worker; once is nobody's fault
            send();
            if (auto summary = receive()) return std::move(*summary);
        }
        return {verdict::violated,
                violation_of(end_, options_.watchdog),
                hash_,
                std::vector<bool>(asked_.deviations.size(), true),
                {},
                0};
    }

   private:
    void send() {
        if (!talk_) start();
        std::vector<std::byte> request;
        frame_writer writer(request);
        writer.put_text(to_json(asked_));
        writer.finish();
        talk_->ask(request);
    }

    /// Nothing when the worker ended, and how is in `end_`.
    [[nodiscard]] std::optional<trial_summary> receive() {
        if (const auto reply = talk_->next()) {
            try {
                return take_summary(*reply);
            } catch (const garbled_frame& garbled) {
                end_ = {garbled.what(), false};
            }
        } else {
            end_ = talk_->end();
        }
        hash_ = talk_->pulse().trace_hash.load();
        talk_.reset();
        return std::nullopt;
    }

    void start() {
        talk_ = std::make_unique<worker_talk>(
            [this](pipe_end& pipe, heartbeat& pulse) {
                serve_schedules(application_, pipe, pulse);
            },
            options_.watchdog);
    }

    const application& application_;
    isolation_options options_;
    schedule asked_;
    std::unique_ptr<worker_talk> talk_;
    worker_end end_;
    std::uint64_t hash_ = 0;
};

}  // namespace

trial_function isolated_trials(const application& of, const isolation_options& options) {
    const auto runner = std::make_shared<schedule_runner>(of, options);
    return [runner](const schedule& asked) { return runner->run(asked); };
}

batch_function isolated_batches(const application& of, const isolation_options& options) {
    std::vector<std::shared_ptr<schedule_runner>> runners;
    for (std::size_t job = 0; job < options.jobs; ++job) {
        runners.push_back(std::make_shared<schedule_runner>(of, options));
    }
    return [runners](std::span<const schedule> all) {
        std::vector<trial_summary> summaries;
        summaries.reserve(all.size());
        while (summaries.size() < all.size()) {
            // One schedule a worker at a time: what waits in no pipe can block neither side.
            const auto round = all.subspan(summaries.size())
                                   .first(std::min(runners.size(), all.size() - summaries.size()));
            for (std::size_t at = 0; at < round.size(); ++at) runners[at]->ask(round[at]);
            for (std::size_t at = 0; at < round.size(); ++at)
                summaries.push_back(runners[at]->answer());
        }
        return summaries;
    };
}

}  // namespace partita::cli
