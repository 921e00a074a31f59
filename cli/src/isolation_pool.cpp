#include "isolation_pool.hpp"

#include <poll.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "isolation_determinism.hpp"

namespace partita::cli {
namespace {

constexpr std::size_t jobs_max = 256;
constexpr std::size_t chunks_out_max = 2;
constexpr std::size_t chunk_first = 4;
constexpr std::size_t chunk_max = 1'024;
constexpr double chunk_ns = 2e6;
constexpr unsigned idle_deaths_max = 8;

}  // namespace

process_evaluator::pool::pool(const application& of, schedule base, fault_plan plan,
                              const isolation_options& options)
    : application_(of), options_(options), local_(of, std::move(base), std::move(plan)) {
    if (options.jobs < 1 || options.jobs > jobs_max) {
        throw std::invalid_argument("jobs: expected 1 to 256");
    }
    seats_.resize(options.jobs);
}

void process_evaluator::pool::evaluate(std::span<const decision_set> sets, const sink& done) {
    if (leak_) return;
    begin(sets, done);
    try {
        run_all();
    } catch (...) {
        abandon();
        throw;
    }
    settle_leaks();
    base_ += sets.size();
}

void process_evaluator::pool::begin(std::span<const decision_set> sets, const sink& done) {
    sets_ = sets;
    done_ = &done;
    fresh_ = delivered_ = 0;
    returned_.clear();
    early_.clear();
    leak_at_ = hashes_leak_at_ = no_trial;
    idle_deaths_ = 0;
}

/// After an exception: whatever is still out belongs to no batch any more.
void process_evaluator::pool::abandon() {
    for (seat& each : seats_) each = {};
    base_ += sets_.size();
}

void process_evaluator::pool::run_all() {
    while (delivered_ < sets_.size()) {
        hand_out();
        if (!any_out()) return;  // a leak: nothing more is handed out
        wait();
    }
}

bool process_evaluator::pool::has_work() const {
    return leak_at_ == no_trial && (fresh_ < sets_.size() || !returned_.empty());
}

bool process_evaluator::pool::any_out() const {
    return std::any_of(seats_.begin(), seats_.end(),
                       [](const seat& each) { return !each.out.empty(); });
}

void process_evaluator::pool::hand_out() {
    for (std::size_t depth = 0; depth < chunks_out_max; ++depth) {
        for (seat& each : seats_) {
            if (!has_work()) return;
            if (each.out.size() == depth && start(each)) assign(each);
        }
    }
}

/// False when there can be no worker now, but others are at work.
bool process_evaluator::pool::start(seat& at) {
    if (at.process != nullptr) return true;
    try {
        at.process = std::make_unique<worker>(
            [this](pipe_end& pipe, heartbeat& pulse) { serve_trials(local_, pipe, pulse); });
        return true;
    } catch (const std::system_error&) {
        if (!any_out()) throw;
        return false;
    }
}

std::size_t process_evaluator::pool::chunk_size() const {
    const double by_time = trial_ns_ > 0 ? chunk_ns / trial_ns_ : static_cast<double>(chunk_first);
    const std::size_t share = (sets_.size() - fresh_) / (seats_.size() * 2 * chunks_out_max);
    const auto wanted = static_cast<std::size_t>(std::min(by_time, static_cast<double>(chunk_max)));
    return std::max<std::size_t>(1, std::min(wanted, std::max(share, chunk_first)));
}

process_evaluator::pool::range process_evaluator::pool::take_chunk() {
    const std::size_t most = chunk_size();
    if (returned_.empty()) {
        const range taken{fresh_, std::min(most, sets_.size() - fresh_)};
        fresh_ += taken.count;
        return taken;
    }
    range& first = returned_.front();
    const range taken{first.first, std::min(most, first.count)};
    first = {first.first + taken.count, first.count - taken.count};
    if (first.count == 0) returned_.erase(returned_.begin());
    return taken;
}

void process_evaluator::pool::assign(seat& to) {
    const range chunk = take_chunk();
    if (to.out.empty()) to.process->expect();
    to.out.push_back(chunk);
    frame_writer writer(to.outgoing);
    writer.put(chunk_head{base_ + chunk.first, static_cast<std::uint32_t>(chunk.count),
                          options_.sentinel_every, shake_hashes_ ? 1u : 0u});
    for (const decision_set& each : sets_.subspan(chunk.first, chunk.count)) {
        put_decisions(writer, each);
    }
    writer.finish();
    flush(to);
}

void process_evaluator::pool::flush(seat& to) {
    const auto rest = std::span<const std::byte>(to.outgoing).subspan(to.written);
    std::size_t written = 0;
    // A worker that is gone is noticed when it is read from.
    if (to.process->pipe().write_some(rest, written) == pipe_end::passage::closed) return;
    to.written += written;
    if (to.written < to.outgoing.size()) return;
    to.outgoing.clear();
    to.written = 0;
}

void process_evaluator::pool::wait() {
    std::vector<pollfd> places;
    std::vector<seat*> waiting;
    for (seat& each : seats_) {
        if (each.out.empty()) continue;
        const short wanted = each.outgoing.empty() ? POLLIN : POLLIN | POLLOUT;
        places.push_back({each.process->pipe().descriptor(), wanted, 0});
        waiting.push_back(&each);
    }
    if (poll(places.data(), places.size(), worker::slice_ms(options_.watchdog)) < 0) return;
    for (std::size_t at = 0; at < places.size(); ++at) {
        seat& each = *waiting[at];
        if ((places[at].revents & POLLOUT) != 0) flush(each);
        if ((places[at].revents & (POLLIN | POLLHUP | POLLERR)) != 0) read(each);
        if (each.process != nullptr && !each.out.empty() &&
            each.process->overdue(options_.watchdog)) {
            ended(each, each.process->kill_for("hang"));
        }
    }
}

void process_evaluator::pool::read(seat& from) {
    const auto what = from.process->pipe().read_some(from.incoming.incoming());
    if (what == pipe_end::passage::closed) return ended(from, from.process->collect());
    try {
        take_frames(from);
    } catch (const garbled_frame& garbled) {
        from.incoming.clear();
        ended(from, from.process->kill_for(garbled.what()));
    }
}

void process_evaluator::pool::take_frames(seat& from) {
    while (const auto frame = from.incoming.next()) take_reply(from, *frame);
}

void process_evaluator::pool::take_reply(seat& from, std::span<const std::byte> frame) {
    frame_reader reader(frame);
    const auto head = reader.take<reply_head>();
    const auto reports = reader.take_bytes(head.reports_bytes);
    for (std::uint32_t label = 0; label < head.labels; ++label) {
        const auto site = reader.take<site_id>();
        local_.learn(site, std::string(reader.take_text()));
    }
    if (head.labels != 0) (void)local_.new_labels();  // they are news to nobody here
    if (from.out.empty() || head.first != base_ + from.out.front().first ||
        head.count > from.out.front().count || head.count == 0) {
        throw garbled_frame();
    }
    range& front = from.out.front();
    const std::size_t first = std::exchange(front.first, front.first + head.count);
    front.count -= head.count;
    if (front.count == 0) from.out.pop_front();
    const double each_ns = static_cast<double>(head.elapsed_ns) / head.count;
    trial_ns_ = trial_ns_ > 0 ? (3 * trial_ns_ + each_ns) / 4 : each_ns;
    idle_deaths_ = 0;
    leak_at_ = std::min(leak_at_, head.leak);
    hashes_leak_at_ = std::min(hashes_leak_at_, head.hashes_leak);
    accept(first, head.count, reports);
}

void process_evaluator::pool::accept(std::size_t first, std::size_t count,
                                     std::span<const std::byte> reports) {
    if (first != delivered_) {
        early_[first] = {count, {reports.begin(), reports.end()}};
        return;
    }
    deliver(count, reports);
    while (!early_.empty() && early_.begin()->first == delivered_) {
        const early_reports next = std::move(early_.begin()->second);
        early_.erase(early_.begin());
        deliver(next.count, next.bytes);
    }
}

void process_evaluator::pool::deliver(std::size_t count, std::span<const std::byte> reports) {
    frame_reader reader(reports);
    for (std::size_t left = count; left > 0; --left) {
        take_report(reader, report_);
        (*done_)(delivered_, report_);
        ++delivered_;
    }
}

void process_evaluator::pool::ended(seat& of, const worker_end& end) {
    // Its last words may still be under way.
    try {
        while (of.process->pipe().read_some(of.incoming.incoming()) == pipe_end::passage::some) {
        }
        take_frames(of);
    } catch (const garbled_frame&) {
        // What follows is unreported, and that is all there is to do about it.
    }
    const std::uint64_t begun = of.process->pulse().trial.load();
    const trial_phase phase = of.process->pulse().phase.load();
    std::vector<range> unreported(of.out.begin(), of.out.end());
    of = {};
    judge(end, begun == 0 ? no_trial : begun - 1, phase, unreported);
    returned_.insert(returned_.end(), unreported.begin(), unreported.end());
    std::sort(returned_.begin(), returned_.end(),
              [](const range& left, const range& right) { return left.first < right.first; });
}

/// Who is to blame for the end of a worker that was at `trial`.
void process_evaluator::pool::judge(const worker_end& end, std::uint64_t trial, trial_phase phase,
                                    std::vector<range>& unreported) {
    const bool open = trial != no_trial && trial >= base_ &&
                      std::any_of(unreported.begin(), unreported.end(), [&](const range& each) {
                          return index_of(trial) - each.first < each.count;
                      });
    if (!open) {
        if (++idle_deaths_ < idle_deaths_max || unreported.empty()) return;
        throw std::runtime_error("worker processes end before they run a trial: " + end.kind);
    }
    // People and systems kill processes, and a worker that hangs between trials was stopped by
    // somebody: the trial gets a second chance, once.
    const bool chance = end.from_outside || (phase == trial_phase::idle && end.kind == "hang");
    if (chance && retried_.insert(trial).second) return;
    if (phase == trial_phase::hashes_shaken) {
        // Perhaps only a table of the application's that was filled under other hashes.
        hashes_leak_at_ = std::min(hashes_leak_at_, trial);
        shake_hashes_ = false;
        return;
    }
    blame(index_of(trial), end.kind, unreported);
}

void process_evaluator::pool::blame(std::size_t index, const std::string& kind,
                                    std::vector<range>& unreported) {
    const auto holds_it = [&](const range& each) { return index - each.first < each.count; };
    const auto found = std::find_if(unreported.begin(), unreported.end(), holds_it);
    const range whole = *found;
    *found = {whole.first, index - whole.first};
    unreported.push_back({index + 1, whole.first + whole.count - index - 1});
    std::erase_if(unreported, [](const range& each) { return each.count == 0; });
    std::vector<std::byte> bytes;
    frame_writer writer(bytes, frame_writer::continued{});
    put_report(writer, failure_report(kind, sets_[index]));
    ++casualties_;
    idle_deaths_ = 0;
    accept(index, 1, bytes);
}

void process_evaluator::pool::settle_leaks() {
    if (leak_at_ != no_trial) {
        const schedule leaking = local_.describe(sets_[index_of(leak_at_)]);
        auto where = heap_divergence(application_, leaking, options_);
        if (!where) {
            where = divergence{0, "a trace hash of one run",
                               "and another of the next; tried again, both were equal"};
        }
        leak_ = nondeterminism{leaking, std::move(*where)};
    } else if (hashes_leak_at_ != no_trial) {
        const schedule leaking = local_.describe(sets_[index_of(hashes_leak_at_)]);
        // Not in a fresh process: then the sentinel is the one that was wrong, and stays so.
        shake_hashes_ = false;
        if (auto where = hashing_divergence(application_, leaking, options_)) {
            leak_ = nondeterminism{leaking, std::move(*where)};
        }
    }
}

}  // namespace partita::cli
