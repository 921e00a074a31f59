#include <partita/faults/nemesis.hpp>

#include <algorithm>
#include <span>
#include <utility>

#include <partita/schedules/codec.hpp>

namespace partita {
namespace {

/// The digest of a node's name as a word of a label, straight from its bits.
std::uint64_t word_of(node_id id) {
    if (id.bits() >> 63 != 0) return site_hasher::hash_of(id.name());
    char letters[8];
    const auto length = static_cast<std::size_t>(id.bits() >> 56);
    for (std::size_t at = 0; at < length; ++at) {
        letters[length - 1 - at] = static_cast<char>((id.bits() >> (7 * at)) & 0x7f);
    }
    return site_hasher::hash_of(std::string_view(letters, length));
}

constexpr std::uint64_t arrow_word = site_hasher::hash_of("->");
constexpr std::uint64_t on_word = site_hasher::hash_of("on");
constexpr std::uint64_t at_word = site_hasher::hash_of("at");
constexpr std::uint64_t send_word = site_hasher::hash_of("send");
constexpr std::uint64_t receive_word = site_hasher::hash_of("receive");

// A message type's hash is the digest of its name, which is the same function as a label word's.
static_assert(name_hash("commit") == site_hasher::hash_of("commit"));

site_hasher with_message(site_hasher words, const envelope& message) {
    words = words.hashed(word_of(message.source.node))
                .hashed(arrow_word)
                .hashed(word_of(message.destination.node));
    if (message.channel.hash != 0) words = words.hashed(on_word).hashed(message.channel.hash);
    return words.hashed(message.type->hash).ordinal(message.ordinal);
}

bool touches(node_id node, const std::optional<node_id>& peer, node_id one, node_id other) {
    return one == node && (!peer || other == *peer);
}

std::optional<std::size_t> group_of(const partition_fault& cut, node_id node) {
    for (std::size_t at = 0; at < cut.groups.size(); ++at) {
        const auto& group = cut.groups[at];
        if (std::find(group.begin(), group.end(), node) != group.end()) return at;
    }
    return std::nullopt;
}

bool severed(const partition_fault& cut, const envelope& message) {
    const auto from = group_of(cut, message.link_from);
    const auto to = group_of(cut, message.link_to);
    if (!from || !to || *from == *to) return false;
    return !cut.one_way || *from == 0;
}

payload flipped(const envelope& message, std::uint64_t bit) {
    payload bytes = message.payload;
    if (bytes.size() == 0) return bytes;
    const std::uint64_t at = bit % (bytes.size() * 8);
    bytes.bytes()[at / 8] ^= static_cast<std::byte>(1u << (at % 8));
    return bytes;
}

/// Adds what one more fault makes of a message.
void add(disposition& sum, disposition&& one) {
    sum.dropped = sum.dropped || one.dropped;
    sum.delay += one.delay;
    sum.copies += one.copies;
    sum.overtakable = sum.overtakable || one.overtakable;
    if (one.rewritten) sum.rewritten = std::move(one.rewritten);
    if (!one.reason.empty()) sum.reason = one.reason;
}

/// Whether the end of a fault means that one: how long or which bit need not be said again.
bool ended_by(const fault& begun, const fault& end) {
    if (const auto* one = std::get_if<delay_fault>(&begun.what)) {
        const auto* other = std::get_if<delay_fault>(&end.what);
        return other != nullptr && one->way == other->way && one->node == other->node &&
               one->peer == other->peer;
    }
    if (const auto* one = std::get_if<reordering_fault>(&begun.what)) {
        const auto* other = std::get_if<reordering_fault>(&end.what);
        return other != nullptr && one->node == other->node && one->peer == other->peer;
    }
    if (const auto* one = std::get_if<corruption_fault>(&begun.what)) {
        const auto* other = std::get_if<corruption_fault>(&end.what);
        return other != nullptr && one->node == other->node && one->peer == other->peer;
    }
    return begun.what == end.what;
}

void add_unique(std::vector<node_id>& to, node_id id) {
    if (std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
}

}  // namespace

site_id message_site(const envelope& message) { return with_message(site_hasher{}, message).id(); }

std::string message_label(const envelope& message) {
    std::string text = message.source.node.name() + " -> " + message.destination.node.name();
    if (message.channel.hash != 0) text += " on " + std::string(message.channel.name);
    return text + " " + std::string(message.type->name) + " #" + std::to_string(message.ordinal);
}

site_id node_site(node_id here, direction way, const envelope& message) {
    const site_hasher words = site_hasher{}
                                  .hashed(word_of(here))
                                  .hashed(at_word)
                                  .hashed(way == direction::send ? send_word : receive_word);
    return with_message(words, message).id();
}

std::string node_label(node_id here, direction way, const envelope& message) {
    return here.name() + (way == direction::send ? " at send " : " at receive ") +
           message_label(message);
}

nemesis::nemesis(nemesis_environment outside, const std::vector<message_rewrite>& rewrites)
    : outside_(std::move(outside)), rewrites_(rewrites), random_(outside_.seed) {}

void nemesis::load(std::vector<site_decision> decisions, std::size_t fixed) {
    decisions_ = std::move(decisions);
    fixed_ = fixed;
    met_.assign(decisions_.size(), false);
    for (const site_decision& each : decisions_) {
        (at_node(each.action.verb) ? node_sites_ : message_sites_) = true;
    }
}

void nemesis::record_offers(const fault_plan& plan, const std::vector<site_action>& alternatives,
                            site_directory& directory) {
    recording_ = site_recording::offers;
    plan_ = &plan;
    alternatives_ = &alternatives;
    directory_ = &directory;
    for (const site_action& each : alternatives) {
        (at_node(each.verb) ? node_sites_ : message_sites_) = true;
    }
}

void nemesis::attach(node& to) {
    const node_id here = to.id();
    to.hooks().install("nemesis", [this, here](direction way, const envelope& message) {
        return answer(here, way, message);
    });
}

void nemesis::note(std::string_view text) {
    outside_.events->record({event_kind::fault,
                             outside_.now(),
                             outside_.control->nodes().front(),
                             {},
                             nullptr,
                             {},
                             text});
}

// ---- sites -------------------------------------------------------------------------------------

disposition nemesis::answer(node_id here, direction way, const envelope& message) {
    const bool labels = recording_ == site_recording::labels;
    // A message has its sites at its two ends; a node that relays it meets none of them again.
    const bool sent_here = way == direction::send && message.relays == 0;
    const bool at_end = sent_here || here == message.destination.node;
    if (at_end && !message.is_copy && (node_sites_ || labels)) {
        const site_id site = node_site(here, way, message);
        visit(site, message, true, here, way);
        if (const site_action* action = decided(site)) {
            strike(here, *action);
            if (action->verb == site_verb::crash) return disposition::drop("node crashed");
            if (action->verb == site_verb::isolate) return disposition::drop("partition");
        }
    }
    disposition sum = active_.empty() ? disposition::pass() : windowed(here, way, message);
    if (sent_here && (message_sites_ || labels)) {
        const site_id site = message_site(message);
        // Whatever else befell a message that is lost already would be the same execution.
        if (labels || !sum.dropped) visit(site, message, false, here, way);
        const site_action* const action = decided(site);
        if (action != nullptr && !sum.dropped) add(sum, alter(*action, site, message));
    }
    if (!sum.dropped && !stalls_.empty()) stall(here, sum);
    return sum;
}

/// A node that pauses at an event does not get to it before it goes on: what it sends in the
/// handler it stopped in, or the message that it stopped at, waits.
void nemesis::stall(node_id here, disposition& sum) const {
    const time_point now = outside_.now();
    for (const auto& [node, until] : stalls_) {
        if (node != here || until <= now) continue;
        sum.delay += until - now;
        sum.reason = "paused";
        return;
    }
}

const site_action* nemesis::decided(site_id site) {
    for (std::size_t at = 0; at < decisions_.size(); ++at) {
        if (decisions_[at].site != site || met_[at]) continue;
        met_[at] = true;
        ++met_count_;
        ++used_[static_cast<std::size_t>(kind_of(decisions_[at].action.verb))];
        if (at < fixed_) {
            std::erase_if(offers_, [site](const decision& each) { return each.site == site; });
        } else {
            offers_.clear();
        }
        return &decisions_[at].action;
    }
    return nullptr;
}

void nemesis::visit(site_id site, const envelope& message, bool node_event, node_id here,
                    direction way) {
    if (recording_ == site_recording::labels) {
        labels_.push_back(node_event ? node_label(here, way, message) : message_label(message));
    } else if (recording_ == site_recording::offers) {
        offer(site, message, node_event, here, way);
    }
}

void nemesis::offer(site_id site, const envelope& message, bool node_event, node_id here,
                    direction way) {
    bool offered = false;
    for (std::size_t at = 0; at < alternatives_->size(); ++at) {
        const site_action& action = (*alternatives_)[at];
        if (at_node(action.verb) != node_event || !allowed(action, message, here)) continue;
        offers_.push_back({site, static_cast<std::uint32_t>(at + 1)});
        offered = true;
    }
    if (offered && !directory_->knows(site)) {
        directory_->add(site, node_event ? node_label(here, way, message) : message_label(message));
    }
}

bool nemesis::allowed(const site_action& action, const envelope& message, node_id here) const {
    const fault_kind kind = kind_of(action.verb);
    if (used_[static_cast<std::size_t>(kind)] >= plan_->most_of(kind)) return false;
    const auto within = [&](node_id id) {
        return plan_->nodes.empty() ||
               std::find(plan_->nodes.begin(), plan_->nodes.end(), id) != plan_->nodes.end();
    };
    if (action.verb == site_verb::rewrite) {
        const auto same = [&](const message_rewrite& each) {
            return each.name == action.rewrite && each.type_hash == message.type->hash;
        };
        if (std::none_of(rewrites_.begin(), rewrites_.end(), same)) return false;
    }
    if (!at_node(action.verb))
        return within(message.source.node) || within(message.destination.node);
    if (!within(here)) return false;
    const bool already = std::find(faulty_.begin(), faulty_.end(), here) != faulty_.end();
    return already || faulty_.size() < plan_->tolerance;
}

void nemesis::strike(node_id here, const site_action& action) {
    add_unique(faulty_, here);
    switch (action.verb) {
        case site_verb::crash:
            note("crash " + here.name());
            add_unique(crashed_, here);
            outside_.control->crash(here);
            if (action.time > duration{0}) {
                outside_.after(action.time, [this, here] {
                    (void)inject(fault{crash_fault{here}, true});
                });
            }
            return;
        case site_verb::pause:
            note("pause " + here.name());
            outside_.control->pause(here);
            stalls_.emplace_back(here, later(outside_.now(), action.time));
            outside_.after(action.time, [this, here] {
                (void)inject(fault{pause_fault{here}, true});
            });
            return;
        case site_verb::isolate: {
            if (settled_) return;  // this message is lost, but nobody is cut off for good
            partition_fault cut{{{here}, {}}, false};
            for (const node_id other : outside_.control->nodes()) {
                if (other != here) cut.groups[1].push_back(other);
            }
            const fault isolation{cut};
            (void)inject(isolation);
            if (action.time > duration{0}) {
                outside_.after(action.time, [this, isolation] { (void)inject(end(isolation)); });
            }
            return;
        }
        default:
            return;
    }
}

disposition nemesis::alter(const site_action& action, site_id site, const envelope& message) {
    switch (action.verb) {
        case site_verb::omit:
            return disposition::drop("omitted");
        case site_verb::delay:
            return disposition::hold(action.time, "delayed");
        case site_verb::reorder:
            return disposition::reorder(action.time, "overtaken");
        case site_verb::duplicate:
            return disposition::duplicate(1, "duplicated");
        case site_verb::corrupt:
            return disposition::rewrite(flipped(message, action.bit.value_or(site.value)),
                                        "bit flipped");
        case site_verb::rewrite:
            for (const message_rewrite& each : rewrites_) {
                if (each.name == action.rewrite && each.type_hash == message.type->hash) {
                    return disposition::rewrite(each.apply(message.payload.bytes()), "rewritten");
                }
            }
            return disposition::pass();
        default:
            return disposition::pass();
    }
}

// ---- windowed faults ---------------------------------------------------------------------------

namespace {

/// What one active fault makes of a message that passes `here`.
struct effect {
    node_id here;
    direction way;
    const envelope& message;
    random_source& random;

    [[nodiscard]] node_id other() const {
        return way == direction::send ? message.link_to : message.link_from;
    }
    [[nodiscard]] bool on(flow which) const {
        return which == flow::both || (which == flow::send) == (way == direction::send);
    }

    disposition operator()(const omission_fault& what) const {
        if (!on(what.way) || !touches(what.node, what.peer, here, other())) return {};
        return disposition::drop(way == direction::send ? "send omission" : "receive omission");
    }
    disposition operator()(const delay_fault& what) const {
        if (!on(what.way) || !touches(what.node, what.peer, here, other())) return {};
        return disposition::hold(what.by,
                                 way == direction::send ? "egress delay" : "ingress delay");
    }
    disposition operator()(const reordering_fault& what) const {
        if (way != direction::send || !touches(what.node, what.peer, here, other())) return {};
        if (!random.chance(1, 2)) return {};
        const auto most =
            static_cast<std::uint64_t>(std::max<std::int64_t>(what.window.count(), 1));
        return disposition::reorder(duration(static_cast<std::int64_t>(random.below(most) + 1)),
                                    "overtaken");
    }
    disposition operator()(const duplication_fault& what) const {
        if (way != direction::send || !touches(what.node, what.peer, here, other())) return {};
        return disposition::duplicate(1, "duplicated");
    }
    disposition operator()(const corruption_fault& what) const {
        if (way != direction::send || !touches(what.node, what.peer, here, other())) return {};
        return disposition::rewrite(flipped(message, what.bit ? *what.bit : random.next()),
                                    "bit flipped");
    }
    disposition operator()(const partition_fault& what) const {
        if (way != direction::send || !severed(what, message)) return {};
        return disposition::drop("partition");
    }
    template <typename Other>
    disposition operator()(const Other&) const {
        return {};
    }
};

}  // namespace

disposition nemesis::windowed(node_id here, direction way, const envelope& message) {
    disposition sum;
    for (const fault& each : active_) {
        disposition one = std::visit(effect{here, way, message, random_}, each.what);
        if (one.dropped) return one;
        add(sum, std::move(one));
    }
    return sum;
}

result<void> nemesis::inject(const fault& it) {
    const std::vector<node_id> known = outside_.control->nodes();
    for (const node_id id : nodes_of(it)) {
        if (std::find(known.begin(), known.end(), id) == known.end()) {
            return fail(error_code::unknown_name,
                        "fault names " + id.name() + ": expected one of the " +
                            std::to_string(known.size()) + " nodes of this schedule");
        }
    }
    note(to_text(step{to_step(it)}));
    if (const auto* custom = std::get_if<custom_fault>(&it.what))
        return outside_.custom(*custom, it.ends);
    it.ends ? lift(it) : begin(it);
    return {};
}

void nemesis::begin(const fault& it) {
    if (const auto* what = std::get_if<crash_fault>(&it.what)) {
        add_unique(faulty_, what->node);
        add_unique(crashed_, what->node);
        return outside_.control->crash(what->node);
    }
    if (const auto* what = std::get_if<pause_fault>(&it.what)) {
        add_unique(faulty_, what->node);
        return outside_.control->pause(what->node);
    }
    if (const auto* what = std::get_if<partition_fault>(&it.what)) {
        for (const node_id id : cut_off_by(*what)) add_unique(faulty_, id);
    }
    if (const auto* what = std::get_if<resolve_all_fault>(&it.what)) return resolve(what->crash);
    if (std::holds_alternative<heal_fault>(it.what)) {
        std::erase_if(active_, [](const fault& kept) {
            return std::holds_alternative<partition_fault>(kept.what);
        });
        return;
    }
    active_.push_back(it);
}

void nemesis::lift(const fault& it) {
    if (const auto* what = std::get_if<crash_fault>(&it.what)) {
        std::erase(crashed_, what->node);
        return outside_.control->restart(what->node);
    }
    if (const auto* what = std::get_if<pause_fault>(&it.what)) {
        std::erase_if(stalls_, [&](const auto& each) { return each.first == what->node; });
        return outside_.control->resume(what->node);
    }
    const auto found = std::find_if(active_.begin(), active_.end(),
                                    [&](const fault& kept) { return ended_by(kept, it); });
    if (found != active_.end()) active_.erase(found);
}

void nemesis::resolve(bool crash) {
    const std::vector<fault> lifted = std::exchange(active_, {});
    stalls_.clear();
    for (const node_id id : outside_.control->nodes()) outside_.control->resume(id);
    if (!crash) return restart_crashed();
    for (const fault& each : lifted) {
        if (const auto* what = std::get_if<omission_fault>(&each.what))
            outside_.control->crash(what->node);
        if (const auto* cut = std::get_if<partition_fault>(&each.what)) {
            for (const node_id id : cut_off_by(*cut)) outside_.control->crash(id);
        }
    }
}

void nemesis::settle() {
    settled_ = true;
    active_.clear();
    stalls_.clear();
    for (const node_id id : outside_.control->nodes()) outside_.control->resume(id);
}

void nemesis::restart_crashed() {
    for (const node_id id : std::exchange(crashed_, {})) {
        if (!outside_.control->is_up(id)) outside_.control->restart(id);
    }
}

}  // namespace partita
