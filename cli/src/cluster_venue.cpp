#include "cluster_venue.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <partita/schedules/codec.hpp>

#include "cluster_merge.hpp"
#include "cluster_output.hpp"
#include "cluster_signals.hpp"
#include "failure.hpp"

namespace partita::cli {
namespace {

constexpr int glance_ms = 50;
constexpr duration start_most{std::chrono::seconds(10)};
constexpr duration farewell{std::chrono::seconds(2)};
/// Between two looks at whether something is left to happen.
constexpr duration look_pause{std::chrono::milliseconds(5)};
/// How many looks must be equal when all that was sent has arrived, and when some of it was lost
/// with a node, so that nobody can say what may still come.
constexpr std::size_t looks_balanced = 1;
constexpr std::size_t looks_unbalanced = 30;

std::vector<site_decision> decisions_of(const schedule& from) {
    std::vector<site_decision> made;
    for (const deviation& each : from.deviations) {
        made.push_back({each.site.id(), need(parse_action(each))});
    }
    return made;
}

/// What the nemesis of every node must know; the rest is for the program.
bool is_for_nodes(const fault& it) {
    return !std::holds_alternative<crash_fault>(it.what) &&
           !std::holds_alternative<custom_fault>(it.what) &&
           (!std::holds_alternative<pause_fault>(it.what) || it.ends);
}

std::vector<std::byte> frame_for(const fault& it) {
    const fault_step words = to_step(it);
    return frame_of(node_order::fault, [&](frame_writer& to) {
        to.put_text(words.name);
        put_texts(to, words.arguments);
    });
}

void put_address(frame_writer& to, const cluster_member& of) {
    to.put_text(of.id().name());
    to.put_text(of.address);
}

}  // namespace

cluster_venue::cluster_venue(const application& of, const schedule& from, duration patience)
    : of_(of),
      patience_(patience),
      settings_(need(settings_of(of, from.application))),
      nodes_(nodes_of(settings_)),
      decisions_(decisions_of(from)),
      met_(from.deviations.size(), false),
      begin_(steady_now()),
      nemesis_(environment(), of.rewrites) {
    for (const node_id id : nodes_) {
        members_.push_back(std::make_unique<cluster_member>(
            id, [this, id](std::uint64_t incarnation, shared_log& log) {
                return life_of(id, incarnation, log);
            }));
    }
}

cluster_venue::~cluster_venue() { stop_all(); }

node_life cluster_venue::life_of(node_id id, std::uint64_t incarnation, shared_log& log) const {
    const std::string place = (directory_.path() / id.name()).string();
    return {of_, settings_, nodes_, decisions_, id, incarnation, place, place + ".output", log};
}

nemesis_environment cluster_venue::environment() {
    nemesis_environment outside;
    outside.control = this;
    outside.events = this;
    outside.now = [this] { return now(); };
    outside.after = [this](duration delay, std::function<void()> action) {
        after(delay, std::move(action));
    };
    outside.seed = settings_.number("seed");
    outside.custom = [this](const custom_fault& it, bool ends) { return strike_custom(it, ends); };
    return outside;
}

time_point cluster_venue::now() const { return time_point(steady_now() - begin_); }

cluster_member& cluster_venue::member(node_id id) {
    return **std::find_if(members_.begin(), members_.end(),
                          [id](const auto& each) { return each->id() == id; });
}

// ---- starting and ending -----------------------------------------------------------------------

void cluster_venue::start() {
    for (const auto& each : members_) each->begin();
    const duration most = std::max(patience_, start_most);
    const bool up = pump(most, [this] { return running_ && all_connected(); });
    if (cannot_start_) throw failure(*cannot_start_);
    // Whatever else ended it is a finding about the application.
    if (!up && !end_) throw failure("the nodes were not all connected within " + to_text(most));
}

void cluster_venue::start_member(cluster_member& which, bool together) {
    std::vector<const cluster_member*> others;
    for (const auto& each : members_) {
        if (each.get() != &which && !each->address.empty() && each->is_up()) {
            others.push_back(each.get());
        }
    }
    ++which.undone;
    which.tell(frame_of(node_order::start, [&](frame_writer& to) {
        to.put(together);
        to.put(static_cast<std::uint32_t>(others.size()));
        for (const cluster_member* each : others) put_address(to, *each);
    }));
}

void cluster_venue::opened(cluster_member& which, std::string address) {
    which.address = std::move(address);
    if (running_) {
        for (const auto& each : members_) {
            if (each.get() == &which) continue;
            each->tell(
                frame_of(node_order::connect, [&](frame_writer& to) { put_address(to, which); }));
        }
        return start_member(which, false);
    }
    const bool all = std::all_of(members_.begin(), members_.end(),
                                 [](const auto& each) { return !each->address.empty(); });
    if (!all) return;
    for (const auto& each : members_) start_member(*each, true);
}

void cluster_venue::stop_all() {
    if (std::exchange(stopped_, true)) return;
    timed_.clear();
    for (const auto& each : members_) {
        if (each->is_stalled()) each->stall(false);
    }
    tell_all(frame_of(node_order::end));
    const time_point limit = later(steady_now(), farewell);
    const auto is_up = [](const auto& each) { return each->is_up(); };
    while (std::any_of(members_.begin(), members_.end(), is_up) && steady_now() < limit) {
        pump_once(glance_ms);
    }
    for (const auto& each : members_) each->kill();
    print_outputs();
}

/// What the nodes printed goes where a program's own output does not.
void cluster_venue::print_outputs() const {
    for (const auto& each : members_) {
        const std::string last = each->last_printed();
        if (!last.empty()) complain_line(each->id().name() + " printed: " + last);
    }
}

std::size_t cluster_venue::lives() const {
    std::size_t all = 0;
    for (const auto& each : members_) all += each->incarnation();
    return all;
}

const partita::trace& cluster_venue::trace() {
    if (merged_.size() != 0) return merged_;
    stop_all();
    std::vector<const partita::trace*> lives;
    for (const auto& each : members_) {
        for (const auto& life : each->lives()) lives.push_back(life.get());
    }
    merged_ = merge(own_, lives, begin_);
    return merged_;
}

// ---- the loop ----------------------------------------------------------------------------------

void cluster_venue::after(duration delay, std::function<void()> action) {
    timed_.push_back({later(now(), delay), std::move(action)});
}

void cluster_venue::take_due() {
    for (;;) {
        const time_point at = now();
        const auto due = std::find_if(timed_.begin(), timed_.end(),
                                      [at](const timed& each) { return each.at <= at; });
        if (due == timed_.end()) return;
        const auto action = std::move(due->action);
        timed_.erase(due);
        action();
    }
}

bool cluster_venue::pump(duration most, const std::function<bool()>& done) {
    const time_point limit = later(steady_now(), most);
    for (;;) {
        take_due();
        if (end_) return false;
        if (done()) return true;
        duration left = limit - steady_now();
        if (left <= duration{0}) return false;
        for (const timed& each : timed_) left = std::min(left, each.at - now());
        const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        pump_once(static_cast<int>(std::clamp<std::int64_t>(rounded, 0, glance_ms)));
    }
}

void cluster_venue::pump_once(int wait_ms) {
    std::vector<pollfd> places;
    std::vector<cluster_member*> of;
    for (const auto& each : members_) {
        if (!each->is_up()) continue;
        places.push_back({each->descriptor(), POLLIN, 0});
        of.push_back(each.get());
    }
    const int ready = ::poll(places.data(), places.size(), wait_ms);
    if (interruptions::came() != 0 && !end_) {
        end_ = trial_end{verdict::inconclusive, {"bounds", "interrupted", "by a signal"}};
    }
    if (ready <= 0) return;
    for (std::size_t at = 0; at < of.size(); ++at) {
        // One may have been killed for what another said.
        if (places[at].revents != 0 && of[at]->is_up()) read(*of[at]);
    }
}

void cluster_venue::read(cluster_member& from) {
    const auto end = from.read();
    take_frames(from);
    if (end) ended(from, *end);
}

void cluster_venue::take_frames(cluster_member& from) {
    while (const auto frame = from.next_frame()) {
        frame_reader reader(*frame);
        take(from, reader);
    }
}

void cluster_venue::take(cluster_member& from, frame_reader& reader) {
    switch (reader.take<node_report>()) {
        case node_report::event:
            return take_event(from, reader);
        case node_report::open:
            return opened(from, std::string(reader.take_text()));
        case node_report::failed:
            cannot_start_ = from.id().name() + ": " + std::string(reader.take_text());
            return fail(from.id(), "start", *cannot_start_);
        case node_report::started:
            from.started = true;
            if (from.undone > 0) --from.undone;
            if (!running_ && std::all_of(members_.begin(), members_.end(),
                                         [](const auto& each) { return each->started; })) {
                running_ = true;
                tell_all(frame_of(node_order::go));
            }
            return;
        case node_report::peer: {
            const auto peer = reader.take<node_id>();
            reader.take<bool>() ? (void)from.peers.insert(peer) : (void)from.peers.erase(peer);
            return;
        }
        case node_report::response: {
            const auto number = reader.take<std::uint64_t>();
            const auto at = reader.take<time_point>();
            const auto kind = reader.take<response_kind>();
            const response answer{kind, std::string(reader.take_text())};
            if (number != 0 && number <= clients_.size()) {
                respond(clients_[number - 1], time_point(at - begin_), answer);
            }
            return;
        }
        case node_report::done: {
            if (from.undone > 0) --from.undone;
            const auto error = reader.take_text();
            if (!error.empty()) done_ = partita::fail(error_code::bad_input, std::string(error));
            return;
        }
        case node_report::met: {
            const auto index = reader.take<std::uint32_t>();
            return met_site(from, index, reader.take<time_point>());
        }
        case node_report::pending:
            from.pending = reader.take<node_pending>();
            return;
    }
}

void cluster_venue::take_event(cluster_member& from, frame_reader& reader) {
    const traced_event& event = from.take_event(reader);
    const bool ends = event.kind == event_kind::failure || event.kind == event_kind::bound;
    if (ends && !end_) end_ = end_by(event.kind, event.node, from.present().text(event));
}

void cluster_venue::ended(cluster_member& which, const worker_end& how) {
    if (stopped_) return;
    std::string what = "its process ended with " + how.kind;
    const std::string printed = which.last_printed();
    if (!printed.empty()) what += "; it printed last: " + printed;
    fail(which.id(), how.kind, what);
}

void cluster_venue::fail(node_id where, std::string kind, std::string explanation) {
    record({event_kind::failure, now(), where, {}, nullptr, {}, explanation});
    if (end_) return;
    end_ = trial_end{verdict::violated,
                     {"no failures", std::move(kind), where.name() + ": " + explanation}};
}

// ---- telling nodes -----------------------------------------------------------------------------

void cluster_venue::tell_all(const std::vector<std::byte>& frame) {
    for (const auto& each : members_) each->tell(frame);
}

void cluster_venue::broadcast(const fault& it, const cluster_member* but) {
    const auto frame = frame_for(it);
    for (const auto& each : members_) {
        if (!each->is_up() || each.get() == but) continue;
        ++each->undone;
        each->tell(frame);
    }
}

bool cluster_venue::all_done() const {
    return std::all_of(members_.begin(), members_.end(), [](const auto& each) {
        return !each->is_up() || each->is_stalled() || each->undone == 0;
    });
}

bool cluster_venue::all_connected() const {
    const auto counts = [](const auto& each) { return each->is_up() && !each->is_stalled(); };
    for (const auto& one : members_) {
        if (!counts(one)) continue;
        if (!one->started) return false;
        for (const auto& other : members_) {
            if (one != other && counts(other) && !one->peers.contains(other->id())) return false;
        }
    }
    return true;
}

void cluster_venue::await_done() {
    if (pump(patience_, [this] { return all_done(); }) || end_) return;
    for (const auto& each : members_) {
        if (each->undone == 0 || !each->is_up() || each->is_stalled()) continue;
        return fail(each->id(), "hang", "it did not answer within " + to_text(patience_));
    }
}

void cluster_venue::await_connected() {
    // What cannot be connected is the application's to find out.
    (void)pump(patience_, [this] { return all_done() && all_connected(); });
}

// ---- faults ------------------------------------------------------------------------------------

event_id cluster_venue::record(const trace_event& event) { return own_.append(event); }

void cluster_venue::crash(node_id id) {
    cluster_member& struck = member(id);
    if (!struck.is_up()) return;
    struck.kill();
    take_frames(struck);
    for (const auto& each : members_) each->peers.erase(id);
    record({event_kind::crash, now(), id, {}, nullptr, {}, {}});
}

void cluster_venue::restart(node_id id) {
    if (member(id).is_up()) return;
    record({event_kind::restart, now(), id, {}, nullptr, {}, {}});
    member(id).begin();
}

void cluster_venue::pause(node_id id) {
    cluster_member& struck = member(id);
    if (!struck.is_up() || struck.is_stalled()) return;
    struck.stall(true);
    record({event_kind::pause, now(), id, {}, nullptr, {}, {}});
}

void cluster_venue::resume(node_id id) {
    if (!member(id).is_stalled()) return;
    record({event_kind::resume, now(), id, {}, nullptr, {}, {}});
    member(id).stall(false);
}

bool cluster_venue::is_up(node_id id) const {
    return std::any_of(members_.begin(), members_.end(),
                       [id](const auto& each) { return each->id() == id && each->is_up(); });
}

/// A custom fault strikes the first node it names, or all running ones.
result<void> cluster_venue::strike_custom(const custom_fault& it, bool ends) {
    std::vector<node_id> struck = nodes_;
    for (const std::string& word : it.arguments) {
        if (std::find(nodes_.begin(), nodes_.end(), node_id(word)) == nodes_.end()) continue;
        struck = {node_id(word)};
        break;
    }
    const auto frame = frame_for(fault{it, ends});
    for (const node_id id : struck) {
        if (!is_up(id)) continue;
        ++member(id).undone;
        member(id).tell(frame);
    }
    done_ = {};
    await_done();
    return std::exchange(done_, {});
}

void cluster_venue::inject_later(duration delay, fault it) {
    after(delay, [this, it = std::move(it)] {
        (void)nemesis_.inject(it);
        if (is_for_nodes(it)) broadcast(it);
    });
}

/// A node came to a site of the schedule: what that does to the whole node, or to others, is done
/// from here.
void cluster_venue::met_site(cluster_member& which, std::uint32_t index, time_point) {
    met_.at(index) = true;
    const site_action& action = decisions_[index].action;
    const node_id here = which.id();
    if (action.verb == site_verb::crash) {
        (void)nemesis_.inject(fault{crash_fault{here}, false});
        if (action.time > duration{0}) inject_later(action.time, fault{crash_fault{here}, true});
    } else if (action.verb == site_verb::pause) {
        (void)nemesis_.inject(fault{pause_fault{here}, false});
        inject_later(action.time, fault{pause_fault{here}, true});
    } else if (action.verb == site_verb::isolate) {
        partition_fault cut{{{here}, {}}, false};
        for (const node_id other : nodes_) {
            if (other != here) cut.groups[1].push_back(other);
        }
        const fault isolation{cut, false};
        (void)nemesis_.inject(isolation);
        broadcast(isolation, &which);
        if (action.time > duration{0}) inject_later(action.time, partita::end(isolation));
    }
}

// ---- steps -------------------------------------------------------------------------------------

void cluster_venue::wait(duration time) {
    begin_step();
    (void)pump(time, [] { return false; });
}

result<void> cluster_venue::inject(const fault& it) {
    done_ = {};
    auto injected = nemesis_.inject(it);
    // A crash is over once it has happened.
    begin_step();
    if (!injected) return injected;
    if (is_for_nodes(it)) broadcast(it);
    await_done();
    await_connected();
    return std::exchange(done_, {});
}

std::size_t cluster_venue::begin(const command_definition&, const command& it, node_id id) {
    begin_step();
    cluster_member& where = member(id);
    client& mine = clients_.emplace_back(client{id, where.incarnation()});
    mine.done.invoked = now();
    mine.done.invoked_position = ++position_;
    record({event_kind::invoke, mine.done.invoked, id, {}, nullptr, {}, to_text(step{it})});
    if (where.is_stalled()) {
        respond(mine, now(), response::unknown("node paused"));
    } else if (!where.is_up()) {
        respond(mine, now(), response::unknown("node down"));
    } else {
        where.tell(frame_of(node_order::command, [&](frame_writer& to) {
            to.put(std::uint64_t{clients_.size()});
            to.put_text(it.node);
            to.put_text(it.name);
            put_texts(to, it.arguments);
        }));
    }
    return clients_.size() - 1;
}

bool cluster_venue::is_gone(const client& of) {
    const cluster_member& where = member(of.where);
    return !where.is_up() || where.incarnation() != of.life;
}

void cluster_venue::respond(client& of, time_point at, response answer) {
    if (of.done.response) return;
    of.done.responded = at;
    of.done.responded_position = ++position_;
    record({event_kind::respond, at, of.where, {}, nullptr, {}, to_text(answer)});
    of.done.response = std::move(answer);
}

bool cluster_venue::is_finished(std::size_t begun) {
    pump_once(0);
    return clients_[begun].done.response || is_gone(clients_[begun]);
}

performance cluster_venue::finish(std::size_t begun) {
    client& mine = clients_[begun];
    const time_point limit = later(steady_now(), of_.bounds.command_max);
    const auto decided = [&] { return mine.done.response || is_gone(mine); };
    equal_looks_ = 0;
    while (!decided() && steady_now() < limit && !end_) {
        // Asking whether something is left to happen is work for the nodes: not at every turn.
        if (pump(10 * look_pause, decided)) break;
        if ((quiescent_ = idle_now() && !decided())) break;
    }
    if (!mine.done.response && is_gone(mine)) respond(mine, now(), response::unknown("node down"));
    if (end_ || !mine.done.response) return {mine.done.invoked, now(), std::nullopt};
    return mine.done;
}

void cluster_venue::settle() {
    begin_step();
    nemesis_.settle();
    const auto lift = frame_of(node_order::settle);
    for (const auto& each : members_) {
        if (!each->is_up()) continue;
        ++each->undone;
        each->tell(lift);
    }
    await_done();
    const time_point limit = later(steady_now(), of_.bounds.settle_max);
    equal_looks_ = 0;
    while (steady_now() < limit && !end_ && !(quiescent_ = idle_now())) {
        (void)pump(look_pause, [] { return false; });
    }
}

// ---- whether something is left to happen -------------------------------------------------------

/// Empty: not all nodes can tell.
std::vector<node_pending> cluster_venue::look() {
    std::vector<node_pending> all;
    for (const auto& each : members_) {
        each->pending.reset();
        if (each->is_stalled()) return all;
    }
    tell_all(frame_of(node_order::ask));
    const bool told = pump(patience_, [this] {
        return std::all_of(members_.begin(), members_.end(),
                           [](const auto& each) { return !each->is_up() || each->pending; });
    });
    for (const auto& each : members_) {
        if (each->is_up() && each->pending) all.push_back(*each->pending);
        if (!told && !end_ && each->is_up() && !each->pending) {
            fail(each->id(), "hang", "it did not answer within " + to_text(patience_));
        }
    }
    if (!told) all.clear();
    return all;
}

bool cluster_venue::idle_now() {
    if (!timed_.empty() || !all_done()) return false;
    const bool any_up = std::any_of(members_.begin(), members_.end(),
                                    [](const auto& each) { return each->is_up(); });
    if (!any_up) return true;
    std::vector<node_pending> now = look();
    const bool equal = !now.empty() && now == last_look_;
    equal_looks_ = equal ? equal_looks_ + 1 : 0;
    last_look_ = std::move(now);
    std::uint64_t sent = 0;
    std::uint64_t arrived = 0;
    for (const node_pending& each : last_look_) {
        if (each.timers != 0 || each.local != 0) return false;
        sent += each.sent;
        arrived += each.received + each.lost;
    }
    return equal_looks_ >= (sent == arrived ? looks_balanced : looks_unbalanced);
}

}  // namespace partita::cli
