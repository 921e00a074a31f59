#include <partita/runtime/supervisor.hpp>

#include <algorithm>
#include <exception>

#include <partita/runtime/context_access.hpp>

namespace partita {
namespace {

/// What is spawned meanwhile is not linked yet.
class starting {
   public:
    explicit starting(context& self)
        : self_(self), before_(detail::context_access::exchange_starting(self, self.self())) {}
    ~starting() { (void)detail::context_access::exchange_starting(self_, before_); }
    starting(const starting&) = delete;
    starting& operator=(const starting&) = delete;

   private:
    context& self_;
    actor_id before_;
};

}  // namespace

child_spec child_fiber(std::string name, fiber_function body) {
    auto start = [name, body = std::move(body)](context& self) {
        return self.spawn_fiber(name, body);
    };
    return {std::move(name), std::move(start)};
}

child_spec child_supervisor(std::string name, supervision what) {
    return child<supervisor>(std::move(name), std::move(what)).shut_down_within(duration::max());
}

supervisor::supervisor(supervision what) : what_(std::move(what)) {
    for (child_spec& each : what_.children) children_.push_back({std::move(each), {}});
}

void supervisor::on_start(context& self) {
    self.trap_exits(true);
    if (what_.tolerates_exceptions) detail::context_access::tolerate_exceptions(self);
    for (kept_child& each : children_) start_or_report(self, each);
}

// ---- children that end -------------------------------------------------------------------------

void supervisor::on_message(context& self, const exited& told) {
    if (told.actor == stopping_child_ && !told.asked) {
        self.cancel(stopping_timer_);
        stopping_child_ = {};
        find(told.actor)->actor = {};
        return stop_next(self);
    }
    const place child = told.asked ? children_.end() : find(told.actor);
    if (child != children_.end()) {
        child->actor = {};
        // One that was about to be stopped is no failure.
        if (std::find(stopping_.begin(), stopping_.end(), child->spec.id) != stopping_.end())
            return;
        return when_free(self, [this, id = child->spec.id, reason = told.reason](context& then) {
            failed(then, id, reason);
        });
    }
    if (told.asked) return end(self, told.reason);
    if (told.reason != end_reason::normal) end(self, detail::over_a_link(told.reason));
}

void supervisor::on_message(context& self, const detail::start_failed& told) {
    when_free(self, [this, told](context& then) { failed(then, told.id, told.reason); });
}

void supervisor::failed(context& self, std::string_view id, std::string_view reason) {
    const place child = find(id);
    if (child == children_.end() || child->actor.valid()) return;
    const bool well = reason == end_reason::normal || reason == end_reason::shutdown;
    if (child->spec.restart == restart_rule::temporary) {
        children_.erase(child);
    } else if (child->spec.restart == restart_rule::permanent || !well) {
        if (too_often(self.now())) return end(self, std::string(gave_up));
        restart_with(self, child);
    }
}

bool supervisor::too_often(time_point now) {
    restarts_.push_back(now);
    while (later(restarts_.front(), what_.period) < now) restarts_.pop_front();
    return restarts_.size() > what_.restarts_max;
}

void supervisor::restart_with(context& self, place child) {
    child->start_again = true;
    const place first =
        what_.strategy == restart_strategy::rest_for_one ? child : children_.begin();
    std::vector<std::string> others;
    if (what_.strategy != restart_strategy::one_for_one) {
        for (place each = first; each != children_.end(); ++each) {
            if (!each->actor.valid()) continue;
            each->start_again = true;
            others.push_back(each->spec.id);
        }
        std::reverse(others.begin(), others.end());
    }
    stop(self, std::move(others), [this](context& then) { start_again(then); });
}

void supervisor::start_again(context& self) {
    std::erase_if(children_, [](const kept_child& each) {
        return each.start_again && each.spec.restart == restart_rule::temporary;
    });
    for (kept_child& each : children_) {
        if (std::exchange(each.start_again, false)) start_or_report(self, each);
    }
}

// ---- starting and stopping ---------------------------------------------------------------------

supervisor::place supervisor::find(std::string_view id) {
    return std::find_if(children_.begin(), children_.end(),
                        [&](const kept_child& each) { return each.spec.id == id; });
}

supervisor::place supervisor::find(actor_id actor) {
    return std::find_if(children_.begin(), children_.end(),
                        [&](const kept_child& each) { return each.actor == actor; });
}

std::optional<std::string> supervisor::start(context& self, kept_child& child) {
    ++child.starts;
    const starting now(self);
    try {
        child.actor = child.spec.start(self);
    } catch (const std::exception& error) {
        return std::string("exception: ") + error.what();
    }
    if (!child.actor.valid()) return std::string(end_reason::no_actor);
    self.link(child.actor);
    return std::nullopt;
}

/// A start that fails is a child that ended; told by a message, so that a child that can never
/// start is no endless loop.
void supervisor::start_or_report(context& self, kept_child& child) {
    if (const auto why = start(self, child)) {
        self.send(self.self(), detail::start_failed{child.spec.id, *why});
    }
}

void supervisor::stop(context& self, std::vector<std::string> ids, task then) {
    stopping_.assign(ids.begin(), ids.end());
    then_ = std::move(then);
    stop_next(self);
}

void supervisor::stop_next(context& self) {
    while (!stopping_.empty()) {
        const place child = find(stopping_.front());
        stopping_.pop_front();
        if (child == children_.end() || !child->actor.valid()) continue;
        stopping_child_ = child->actor;
        const duration time = child->spec.shutdown;
        self.stop_actor(child->actor, time > duration{0} ? end_reason::shutdown : end_reason::kill);
        stopping_timer_ = {};
        if (time > duration{0} && time != duration::max()) {
            stopping_timer_ = self.send_after(time, detail::shutdown_late{child->actor});
        }
        return;
    }
    if (end_for_) return detail::context_access::end(self, *end_for_);
    if (const task then = std::exchange(then_, {})) then(self);
    run_waiting(self);
}

void supervisor::on_message(context& self, const detail::shutdown_late& late) {
    if (late.child == stopping_child_) self.stop_actor(late.child, end_reason::kill);
}

void supervisor::end(context& self, std::string reason) {
    if (end_for_) return;
    end_for_ = std::move(reason);
    waiting_.clear();
    stopping_.clear();
    for (const kept_child& each : children_) {
        if (each.actor.valid() && each.actor != stopping_child_) {
            stopping_.push_front(each.spec.id);
        }
    }
    if (!stopping_child_.valid()) stop_next(self);
}

void supervisor::when_free(context& self, task what) {
    if (end_for_) return;
    waiting_.push_back(std::move(what));
    run_waiting(self);
}

void supervisor::run_waiting(context& self) {
    // What one task leads to is left to the same loop, however many wait.
    if (std::exchange(at_work_, true)) return;
    while (!waiting_.empty() && !stopping_child_.valid() && !end_for_) {
        const task next = std::move(waiting_.front());
        waiting_.pop_front();
        next(self);
    }
    at_work_ = false;
}

// ---- requests ----------------------------------------------------------------------------------

void supervisor::on_message(context& self, const which_children&) {
    child_list answer;
    for (const kept_child& each : children_) {
        answer.all.push_back({each.spec.id, each.actor, each.starts});
    }
    self.reply(self.caller(), answer);
}

void supervisor::start_for(context& self, const caller& who, std::string_view id) {
    const place child = find(id);
    if (const auto why = start(self, *child)) {
        self.reply(who, child_refused{child->spec.id, *why});
        if (child->starts == 1) children_.erase(child);
        return;
    }
    self.reply(who, child_started{child->spec.id, child->actor});
}

void supervisor::on_message(context& self, const start_child& asked) {
    when_free(self, [this, asked, who = self.caller()](context& then) {
        const auto refuse = [&](std::string why) {
            then.reply(who, child_refused{asked.id, std::move(why)});
        };
        if (find(asked.id) != children_.end()) return refuse("there is such a child");
        if (children_.size() >= what_.children_max) return refuse("too many children");
        std::optional<child_spec> made;
        if (what_.make_child) made = what_.make_child(asked);
        if (!made) return refuse("no such kind");
        made->id = asked.id;
        children_.push_back({std::move(*made), {}});
        start_for(then, who, asked.id);
    });
}

void supervisor::on_message(context& self, const restart_child& asked) {
    when_free(self, [this, asked, who = self.caller()](context& then) {
        const place child = find(asked.id);
        if (child == children_.end()) {
            return then.reply(who, child_refused{asked.id, "no such child"});
        }
        if (child->actor.valid()) return then.reply(who, child_refused{asked.id, "it runs"});
        start_for(then, who, asked.id);
    });
}

void supervisor::on_message(context& self, const terminate_child& asked) {
    when_free(self, [this, asked, who = self.caller()](context& free) {
        const place child = find(asked.id);
        if (child == children_.end()) {
            return free.reply(who, child_refused{asked.id, "no such child"});
        }
        stop(free, {asked.id}, [this, asked, who](context& then) {
            const place gone = find(asked.id);
            if (gone->spec.restart == restart_rule::temporary) children_.erase(gone);
            then.reply(who, child_stopped{asked.id});
        });
    });
}

void supervisor::on_message(context& self, const delete_child& asked) {
    when_free(self, [this, asked, who = self.caller()](context& then) {
        const place child = find(asked.id);
        if (child == children_.end()) {
            return then.reply(who, child_refused{asked.id, "no such child"});
        }
        if (child->actor.valid()) return then.reply(who, child_refused{asked.id, "it runs"});
        children_.erase(child);
        then.reply(who, child_stopped{asked.id});
    });
}

}  // namespace partita
