#include "worker_trials.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include <partita/models/perturbation.hpp>

namespace partita::cli {
namespace {

/// A reply goes out once it is this large or this late, so that the parent need not wait for slow
/// trials, and little is lost when the next trial ends the worker.
constexpr std::size_t reply_bytes_max = 128u << 10;
constexpr std::chrono::milliseconds reply_time_max{20};

struct report_head {
    std::uint64_t trace_hash = 0;
    std::uint64_t failure = 0;
    std::uint32_t met = 0;
    std::uint32_t verdict = 0;
    std::uint64_t occurred = 0;
};

/// One worker at work.
class trial_server {
   public:
    trial_server(local_evaluator& trials, const pipe_end& pipe, heartbeat& pulse)
        : trials_(trials), pipe_(pipe), pulse_(pulse) {}

    void serve() {
        while (pipe_.read_more(chunks_.incoming())) {
            while (const auto frame = chunks_.next()) run_chunk(*frame);
        }
    }

   private:
    void run_chunk(std::span<const std::byte> frame) {
        frame_reader reader(frame);
        const auto head = reader.take<chunk_head>();
        begin_reply(head.first);
        for (std::uint64_t number = head.first; number < head.first + head.count; ++number) {
            if (is_due()) {
                send_reply();
                begin_reply(number);
            }
            reader.take_all(decisions_);
            run_one(number, head);
        }
        send_reply();
    }

    void run_one(std::uint64_t number, const chunk_head& head) {
        const trial_report report = run_guarded(number, trial_phase::run);
        if (head.sentinel_every != 0 && number % head.sentinel_every == 0) {
            run_again(number, report.trace_hash, head.shake_hashes != 0);
        }
        pulse_.end();
        frame_writer writer(reports_, frame_writer::continued{});
        put_report(writer, report);
        ++reply_.count;
    }

    [[nodiscard]] trial_report run_guarded(std::uint64_t number, trial_phase phase) {
        pulse_.begin(number + 1, phase);
        try {
            return trials_.run_one(decisions_);
        } catch (const std::exception&) {
            // Out of a property or a condition of the model: user code all the same.
            return failure_report("exception", decisions_);
        }
    }

    void run_again(std::uint64_t number, std::uint64_t trace_hash, bool shake_hashes) {
        {
            // Smaller than check_determinism's: this one is paid for all the time.
            const shaken_heap shaken({.seed = number, .bytes_max = 512, .blocks = 10});
            if (run_guarded(number, trial_phase::heap_shaken).trace_hash != trace_hash) {
                reply_.leak = std::min(reply_.leak, number);
                return;
            }
        }
        if (!shake_hashes) return;
        const string_hashing_mode shaken(string_hashing::shaken);
        if (run_guarded(number, trial_phase::hashes_shaken).trace_hash != trace_hash) {
            reply_.hashes_leak = std::min(reply_.hashes_leak, number);
        }
    }

    void begin_reply(std::uint64_t first) {
        reply_ = {};
        reply_.first = first;
        reports_.clear();
        began_ = std::chrono::steady_clock::now();
    }

    [[nodiscard]] bool is_due() const {
        return reports_.size() >= reply_bytes_max ||
               (reply_.count != 0 && std::chrono::steady_clock::now() - began_ >= reply_time_max);
    }

    void send_reply() {
        const auto labels = trials_.new_labels();
        const auto elapsed = std::chrono::steady_clock::now() - began_;
        reply_.elapsed_ns = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count());
        reply_.labels = static_cast<std::uint32_t>(labels.size());
        reply_.reports_bytes = reports_.size();
        outgoing_.clear();
        frame_writer writer(outgoing_);
        writer.put(reply_);
        writer.put_bytes(reports_.data(), reports_.size());
        for (const auto& [site, label] : labels) {
            writer.put(site);
            writer.put_text(label);
        }
        writer.finish();
        // When nobody reads any more, the next read ends this worker.
        (void)pipe_.write_all(outgoing_);
    }

    local_evaluator& trials_;
    const pipe_end& pipe_;
    heartbeat& pulse_;
    frame_buffer chunks_;
    decision_set decisions_;
    reply_head reply_;
    std::vector<std::byte> reports_;
    std::vector<std::byte> outgoing_;
    std::chrono::steady_clock::time_point began_;
};

}  // namespace

void put_decisions(frame_writer& writer, std::span<const decision> decisions) {
    writer.put_all(decisions);
}

void put_report(frame_writer& writer, const trial_report& report) {
    writer.put(report_head{report.trace_hash, report.failure, report.met,
                           static_cast<std::uint32_t>(report.verdict), report.occurred});
    writer.put_all(std::span(report.offers));
}

void take_report(frame_reader& reader, trial_report& report) {
    const auto head = reader.take<report_head>();
    report.trace_hash = head.trace_hash;
    report.failure = head.failure;
    report.met = head.met;
    report.verdict = static_cast<verdict>(head.verdict);
    report.occurred = head.occurred;
    reader.take_all(report.offers);
}

trial_report failure_report(std::string_view kind, std::span<const decision> decisions) {
    trial_report report;
    report.verdict = verdict::violated;
    report.failure = site_hasher{}.word("no failures").word(kind).id().value;
    report.met = static_cast<std::uint32_t>(decisions.size());
    site_hasher digest = site_hasher{}.word(kind);
    for (const decision& each : decisions) {
        digest = digest.hashed(each.site.value).ordinal(each.alternative);
    }
    report.trace_hash = digest.id().value;
    return report;
}

void serve_trials(local_evaluator& trials, const pipe_end& pipe, heartbeat& pulse) {
    // From here on strings are hashed by trials.
    const string_hashing_mode usual(string_hashing::usual);
    trial_server(trials, pipe, pulse).serve();
}

}  // namespace partita::cli
