#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <partita/sim/trace.hpp>

#include "cluster_frames.hpp"
#include "cluster_node.hpp"
#include "worker.hpp"

namespace partita::cli {

/// One node of a cluster as the program sees it: the process of its present life, if it has one,
/// and what happened in all its lives.
class cluster_member {
   public:
    /// Everything that does not change from life to life; `life.log` is not used.
    using make_life = std::function<node_life(std::uint64_t incarnation, shared_log&)>;
    cluster_member(node_id id, make_life make) : id_(id), make_(std::move(make)) {}

    [[nodiscard]] node_id id() const { return id_; }
    [[nodiscard]] bool is_up() const { return process_ != nullptr; }
    [[nodiscard]] std::uint64_t incarnation() const { return lives_.size(); }
    [[nodiscard]] int descriptor() const { return process_->pipe().descriptor(); }

    /// Begins the next life. Requires: !is_up(). Throws std::system_error.
    void begin();
    void tell(const std::vector<std::byte>& frame) const;
    void stall(bool stalled);
    [[nodiscard]] bool is_stalled() const { return stalled_; }
    /// Kills the process; everything that it said before is left to be read by next_frame().
    void kill();
    /// Reads what is there. Something when the process has ended meanwhile: how.
    [[nodiscard]] std::optional<worker_end> read();
    /// The next frame of what was read, good until read().
    [[nodiscard]] std::optional<std::span<const std::byte>> next_frame() { return frames_.next(); }
    /// Appends an event to the trace of the present life; the event as it is kept there.
    const traced_event& take_event(frame_reader&);
    [[nodiscard]] const trace& present() const { return *lives_.back(); }
    [[nodiscard]] const std::vector<std::unique_ptr<trace>>& lives() const { return lives_; }
    /// The last lines that the application printed, on one line; empty when there are none.
    [[nodiscard]] std::string last_printed() const;

    std::string address;      ///< empty until it listens
    bool started = false;     ///< its actors run
    std::set<node_id> peers;  ///< it is connected to
    std::optional<node_pending> pending;
    std::size_t undone = 0;  ///< told to do, and not yet done

   private:
    void forget_process();

    node_id id_;
    make_life make_;
    std::unique_ptr<shared_log> log_;
    std::unique_ptr<worker> process_;
    frame_buffer frames_;
    std::vector<std::unique_ptr<trace>> lives_;
    std::string output_file_;
    bool stalled_ = false;
};

}  // namespace partita::cli
