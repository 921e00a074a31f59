#include "worker_talk.hpp"

#include <poll.h>

#include <exception>
#include <utility>

#include <partita/schedules/codec.hpp>

namespace partita::cli {

void worker_talk::ask(std::span<const std::byte> frame) {
    worker_->expect();
    // A worker that is gone is noticed by next().
    (void)worker_->pipe().write_all(frame);
}

std::optional<std::span<const std::byte>> worker_talk::next() {
    for (;;) {
        if (const auto frame = incoming_.next()) return frame;
        if (end_) return std::nullopt;
        wait();
    }
}

void worker_talk::wait() {
    pollfd place{worker_->pipe().descriptor(), POLLIN, 0};
    const int ready = poll(&place, 1, worker::slice_ms(watchdog_));
    if (ready > 0 && worker_->pipe().read_some(incoming_.incoming()) == pipe_end::passage::closed) {
        return finish(worker_->collect());
    }
    if (worker_->overdue(watchdog_)) finish(worker_->kill_for("hang"));
}

void worker_talk::finish(worker_end end) {
    while (worker_->pipe().read_some(incoming_.incoming()) == pipe_end::passage::some) {
    }
    end_ = std::move(end);
}

violation violation_of(const worker_end& end, std::chrono::milliseconds watchdog) {
    const std::string limit = to_text(std::chrono::nanoseconds(watchdog));
    const std::string how = end.kind == "hang" ? "was not done after " + limit + " of real time"
                                               : "ended with " + end.kind;
    return {"no failures", end.kind, "the process that ran the trial " + how};
}

violation violation_of(const std::exception& error) {
    return {"no failures", "exception", std::string("outside all nodes: ") + error.what()};
}

void put_violation(frame_writer& writer, const std::optional<violation>& wrong) {
    writer.put(wrong.has_value());
    if (!wrong) return;
    writer.put_text(wrong->property);
    writer.put_text(wrong->kind);
    writer.put_text(wrong->explanation);
}

std::optional<violation> take_violation(frame_reader& reader) {
    if (!reader.take<bool>()) return std::nullopt;
    violation wrong;
    wrong.property = reader.take_text();
    wrong.kind = reader.take_text();
    wrong.explanation = reader.take_text();
    return wrong;
}

void put_flags(frame_writer& writer, const std::vector<bool>& flags) {
    const std::vector<char> bytes(flags.begin(), flags.end());
    writer.put_all(std::span(bytes));
}

std::vector<bool> take_flags(frame_reader& reader) {
    std::vector<char> bytes;
    reader.take_all(bytes);
    return {bytes.begin(), bytes.end()};
}

void put_texts(frame_writer& writer, const std::vector<std::string>& texts) {
    writer.put(static_cast<std::uint32_t>(texts.size()));
    for (const std::string& each : texts) writer.put_text(each);
}

std::vector<std::string> take_texts(frame_reader& reader) {
    std::vector<std::string> texts(reader.take<std::uint32_t>());
    for (std::string& each : texts) each = reader.take_text();
    return texts;
}

}  // namespace partita::cli
