#include "isolation_determinism.hpp"

#include <utility>

#include "isolation_run.hpp"
#include "worker_talk.hpp"

namespace partita::cli {
namespace {

/// check_determinism runs the trial some times, all within one beat.
constexpr int runs_at_once = 8;

void put_divergence(frame_writer& writer, const std::optional<divergence>& found) {
    writer.put(found.has_value());
    if (!found) return;
    writer.put(found->event);
    writer.put_text(found->first);
    writer.put_text(found->second);
}

std::optional<divergence> take_divergence(frame_reader& reader) {
    if (!reader.take<bool>()) return std::nullopt;
    divergence found;
    found.event = reader.take<std::uint64_t>();
    found.first = reader.take_text();
    found.second = reader.take_text();
    return found;
}

}  // namespace

std::optional<divergence> heap_divergence(const application& of, const schedule& asked,
                                          const isolation_options& options) {
    worker_talk talk(
        [&](pipe_end& pipe, heartbeat& pulse) {
            const string_hashing_mode usual(string_hashing::usual);
            pulse.begin(1, trial_phase::heap_shaken);
            std::vector<std::byte> bytes;
            frame_writer writer(bytes);
            put_divergence(writer, check_determinism(of, asked));
            writer.finish();
            pulse.end();
            (void)pipe.write_all(bytes);
        },
        options.watchdog * runs_at_once);
    const auto frame = talk.next();
    if (!frame) return std::nullopt;
    frame_reader reader(*frame);
    return take_divergence(reader);
}

std::optional<divergence> hashing_divergence(const application& of, const schedule& asked,
                                             const isolation_options& options) {
    const outcome usual = run_in_worker(of, asked, options, string_hashing::usual);
    const outcome shaken = run_in_worker(of, asked, options, string_hashing::shaken);
    if (usual.trace_hash == shaken.trace_hash) return std::nullopt;
    return first_divergence(usual.trace, shaken.trace);
}

std::optional<divergence> isolated_determinism(const application& of, const schedule& asked,
                                               const isolation_options& options) {
    if (auto found = heap_divergence(of, asked, options)) return found;
    return hashing_divergence(of, asked, options);
}

}  // namespace partita::cli
