#pragma once

#include <ares.h>

#include <cstddef>
#include <string>
#include <vector>

#include <partita/runtime/discovery.hpp>

#include "discovery_message.hpp"
#include "discovery_wait.hpp"

namespace partita::detail {

/// One question to the name servers, and what came of it.
struct question {
    std::string name;
    record_type type;
    bool searched = false;  ///< through the search list
    int status = ARES_ETIMEOUT;
    dns_message answer = {};
    std::size_t* open = nullptr;  ///< how many questions wait for their answer

    /// The answer's addresses; none if there is no answer.
    [[nodiscard]] std::vector<std::string> hosts() const;
    /// The server said that there is nothing, which is something to rely on.
    [[nodiscard]] bool denied() const {
        return status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_SUCCESS;
    }
};

/// A c-ares channel that asks many questions at once, blocking.
class resolver {
   public:
    resolver(const dns_discovery&, duration timeout, const stop_signal*);
    ~resolver() {
        if (channel_ != nullptr) ares_destroy(channel_);
    }
    resolver(const resolver&) = delete;
    resolver& operator=(const resolver&) = delete;

    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] bool has_one_server() const;
    /// Returns when each has its status: an answer, an error, or cut off by deadline or signal.
    void ask(std::vector<question>&);

   private:
    void open(const dns_discovery&, duration timeout, int flags);
    void use_server(const dns_discovery&);
    [[nodiscard]] bool interrupted() const;
    void wait_and_process();

    ares_channel channel_ = nullptr;
    int status_ = ARES_SUCCESS;
    deadline end_;
    const stop_signal* stop_;
};

}  // namespace partita::detail
