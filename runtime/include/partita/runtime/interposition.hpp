#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <partita/runtime/envelope.hpp>
#include <partita/runtime/ids.hpp>

namespace partita {

/// Which way a message passes the hooks of a node. Messages that stay on their node never do.
enum class direction { send, receive };

/// An interposer's answer about one message. The default passes it untouched.
struct disposition {
    bool dropped = false;
    bool overtakable = false;  ///< give up the lane's order for this message
    duration delay{0};
    std::uint32_t copies = 0;  ///< beyond the message itself
    std::optional<partita::payload> rewritten;
    std::string_view reason;  ///< for the trace; must outlive the answer

    [[nodiscard]] static disposition pass() { return {}; }
    [[nodiscard]] static disposition drop(std::string_view why);
    /// Holds the message back and, by the lane's order, those behind it.
    [[nodiscard]] static disposition hold(duration, std::string_view why);
    /// Holds only this message back; others overtake it.
    [[nodiscard]] static disposition reorder(duration, std::string_view why);
    [[nodiscard]] static disposition duplicate(std::uint32_t copies, std::string_view why);
    [[nodiscard]] static disposition rewrite(partita::payload, std::string_view why);
};

using pre_interposer = std::function<void(direction, const envelope&)>;
using interposer = std::function<disposition(direction, const envelope&)>;
/// Sees the message as it came in and what became of it (null: dropped).
using post_interposer =
    std::function<void(direction, const envelope& original, const envelope* passed)>;

/// The three-stage pipeline that every message between nodes passes, on send and on receive: pre
/// observes, interposition answers, post records. Hooks are installed and removed by name while the
/// node runs, also from inside a hook (it then counts from the next message on), and run in order
/// of name, each seeing what those before made of the message; the first drop ends the second
/// stage.
class interposition {
   public:
    /// Installing under a name that is taken replaces that hook.
    void install_pre(std::string name, pre_interposer);
    void install(std::string name, interposer);
    void install_post(std::string name, post_interposer);
    /// Removes the hooks of that name from all stages; false when there were none.
    bool remove(std::string_view name);

    [[nodiscard]] bool empty() const { return empty_; }
    /// Passes a message through all stages. A rewritten payload is put into the envelope. Several
    /// answers add up: delays and copies are summed.
    [[nodiscard]] disposition apply(direction, envelope&);

   private:
    template <typename Hook>
    struct named {
        std::string name;
        Hook hook;
    };
    /// Hooks of one stage, in order of name; null when there are none. Never changed, only
    /// replaced: a pass holds on to the list it began with, so a hook may install and remove
    /// meanwhile.
    template <typename Hook>
    struct stage {
        std::shared_ptr<const std::vector<named<Hook>>> hooks;
        void put(std::string name, Hook hook);
        bool erase(std::string_view name);
    };
    void refresh_empty();

    stage<pre_interposer> pre_;
    stage<interposer> on_;
    stage<post_interposer> post_;
    bool empty_ = true;
};

}  // namespace partita
