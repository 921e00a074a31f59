#include "net/node_group.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "net/node_thread.hpp"

namespace partita::detail {
namespace {

/// Later processes get greater ones, whatever the order of their random numbers.
std::uint64_t fresh_incarnation() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

std::shared_ptr<const channel_table> table_of(std::vector<channel_options> declared) {
    const bool has_default = std::any_of(declared.begin(), declared.end(),
                                         [](const auto& each) { return each.name.empty(); });
    if (!has_default) declared.emplace_back();
    return std::make_shared<const channel_table>(std::move(declared));
}

std::uint64_t fresh_seed() {
    std::uint64_t seed = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&seed), sizeof seed);
    return seed;
}

}  // namespace

node_group::node_group(const socket_node_options& from, std::optional<tls_context> secured)
    : options(from),
      channels(table_of(from.channels)),
      tls(std::move(secured)),
      incarnation(from.incarnation != 0 ? from.incarnation : fresh_incarnation()),
      seed(from.seed ? *from.seed : fresh_seed()) {
    self.id = node_id(from.name);
    self.name = from.name;
    self.role = from.role;
}

handshake_options node_group::identity() const {
    handshake_options made;
    made.self = {self.name, incarnation, self.address, self.role};
    made.cluster = options.cluster;
    made.secret = options.security.secret;
    RAND_bytes(made.nonce.data(), static_cast<int>(made.nonce.size()));
    return made;
}

void node_group::log(const std::string& line) const {
    if (options.log) return options.log(self.name + ": " + line);
    std::fprintf(stderr, "%s: %s\n", self.name.c_str(), line.c_str());
}

// ---- names -------------------------------------------------------------------------------------

void node_group::name_changed(std::uint64_t digest, std::uint32_t thread, bool taken) {
    const std::lock_guard guard(mutex_);
    if (taken) {
        names_[digest] = thread;
        return;
    }
    const auto found = names_.find(digest);
    if (found != names_.end() && found->second == thread) names_.erase(found);
}

std::optional<std::uint32_t> node_group::thread_of(std::uint64_t digest) const {
    const std::lock_guard guard(mutex_);
    const auto found = names_.find(digest);
    return found == names_.end() ? std::nullopt : std::optional(found->second);
}

// ---- routes ------------------------------------------------------------------------------------

void node_group::publish(std::shared_ptr<const route_table> found) {
    const std::lock_guard guard(mutex_);
    routes_ = std::move(found);
}

std::shared_ptr<const node_group::route_table> node_group::routes() const {
    const std::lock_guard guard(mutex_);
    return routes_;
}

// ---- which peers can be reached ----------------------------------------------------------------

void node_group::tell(std::function<void(node&)> what) const {
    threads.front()->post_action(std::move(what));
}

bool node_group::complete(const reach& known) const {
    return std::all_of(channels->declared().begin(), channels->declared().end(),
                       [&](const channel_options& each) {
                           const auto open = known.open.find(channel(each.name).hash);
                           return open != known.open.end() && open->second == each.parallelism;
                       });
}

void node_group::lane_opened(const peer_spec& peer, std::uint64_t life, std::uint64_t hash) {
    std::vector<std::uint64_t> up;
    bool first = false;
    {
        const std::lock_guard guard(mutex_);
        reach& known = reach_[peer.id];
        known.down.clear();
        if (++known.open[hash] == lanes_of(hash)) up.push_back(hash);
        if (!known.up && complete(known)) {
            first = known.up = true;
            up.clear();
            for (const auto& [each, lanes] : known.open) {
                if (lanes == lanes_of(each)) up.push_back(each);
            }
        }
        if (!known.up) return;
    }
    if (first) tell([peer, life](node& here) { here.peer_up(peer, life); });
    for (const std::uint64_t each : up) {
        tell([peer, each](node& here) { here.channel_up(peer.id, each); });
    }
}

/// A channel that lost some of its lanes is slower, not down: what they carried waits until they
/// are back.
void node_group::lane_lost(node_id peer, std::uint64_t hash, const std::string& why) {
    bool last = false;
    {
        const std::lock_guard guard(mutex_);
        reach& known = reach_[peer];
        if (known.open[hash] == 0 || --known.open[hash] != 0) return;
        last = none_open(known);
        if (last) known.down = why;
        if (!known.up) return;
        if (last) known.up = false;
    }
    tell([peer, hash](node& here) { here.channel_down(peer, hash); });
    if (last) tell([peer, why](node& here) { here.peer_down(peer, why); });
}

bool node_group::none_open(const reach& known) {
    return std::all_of(known.open.begin(), known.open.end(),
                       [](const auto& each) { return each.second == 0; });
}

void node_group::unreachable(node_id peer, const std::string& why) {
    if (peer == node_id{}) return;
    {
        const std::lock_guard guard(mutex_);
        reach& known = reach_[peer];
        if (!none_open(known) || !known.down.empty()) return;
        known.down = why;
    }
    tell([peer, why](node& here) { here.peer_down(peer, why); });
}

void node_group::forget(node_id peer) {
    const std::lock_guard guard(mutex_);
    reach_.erase(peer);
}

std::string node_group::trouble(node_id peer) const {
    const std::lock_guard guard(mutex_);
    const auto known = reach_.find(peer);
    return known == reach_.end() ? std::string() : known->second.down;
}

std::uint32_t node_group::lanes_of(std::uint64_t hash) const {
    channel wanted;
    wanted.hash = hash;
    return channels->of(wanted).parallelism;
}

// ---- accepted connections ----------------------------------------------------------------------

bool node_group::take_accepted() {
    const std::lock_guard guard(mutex_);
    if (accepted_now_ >= options.limits.connections_max) return false;
    ++accepted_now_;
    return true;
}

void node_group::drop_accepted() {
    const std::lock_guard guard(mutex_);
    --accepted_now_;
}

std::shared_ptr<std::atomic<bool>> node_group::came_in(const lane_key& lane) {
    auto mine = std::make_shared<std::atomic<bool>>(true);
    const std::lock_guard guard(mutex_);
    ++accepted_from_[std::get<node_id>(lane)];
    std::shared_ptr<std::atomic<bool>>& place = valid_[lane];
    if (place) place->store(false);
    place = mine;
    return mine;
}

void node_group::went_away(node_id peer, const lane_key& lane,
                           const std::shared_ptr<std::atomic<bool>>& valid) {
    {
        const std::lock_guard guard(mutex_);
        const auto place = valid_.find(lane);
        if (place != valid_.end() && place->second == valid) valid_.erase(place);
        if (--accepted_from_[peer] != 0) return;
        accepted_from_.erase(peer);
    }
    node_thread* const first = threads.front().get();
    first->post_action([first, peer](node&) { first->no_longer_asked_by(peer); });
}

}  // namespace partita::detail
