#include <partita/runtime/interposition.hpp>

namespace partita {

disposition disposition::drop(std::string_view why) {
    disposition answer;
    answer.dropped = true;
    answer.reason = why;
    return answer;
}

disposition disposition::hold(duration time, std::string_view why) {
    disposition answer;
    answer.delay = time;
    answer.reason = why;
    return answer;
}

disposition disposition::reorder(duration time, std::string_view why) {
    disposition answer = hold(time, why);
    answer.overtakable = true;
    return answer;
}

disposition disposition::duplicate(std::uint32_t copies, std::string_view why) {
    disposition answer;
    answer.copies = copies;
    answer.reason = why;
    return answer;
}

disposition disposition::rewrite(partita::payload bytes, std::string_view why) {
    disposition answer;
    answer.rewritten = std::move(bytes);
    answer.reason = why;
    return answer;
}

template <typename Hook>
void interposition::stage<Hook>::put(std::string name, Hook hook) {
    by_name.insert_or_assign(std::move(name), std::move(hook));
    refresh();
}

template <typename Hook>
bool interposition::stage<Hook>::erase(std::string_view name) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) return false;
    by_name.erase(found);
    refresh();
    return true;
}

template <typename Hook>
void interposition::stage<Hook>::refresh() {
    auto hooks = std::make_shared<std::vector<Hook>>();
    for (const auto& [name, hook] : by_name) hooks->push_back(hook);
    snapshot = std::move(hooks);
}

void interposition::install_pre(std::string name, pre_interposer hook) {
    pre_.put(std::move(name), std::move(hook));
    refresh_empty();
}

void interposition::install(std::string name, interposer hook) {
    on_.put(std::move(name), std::move(hook));
    refresh_empty();
}

void interposition::install_post(std::string name, post_interposer hook) {
    post_.put(std::move(name), std::move(hook));
    refresh_empty();
}

bool interposition::remove(std::string_view name) {
    const bool pre = pre_.erase(name);
    const bool on = on_.erase(name);
    const bool post = post_.erase(name);
    refresh_empty();
    return pre || on || post;
}

void interposition::refresh_empty() {
    empty_ = pre_.by_name.empty() && on_.by_name.empty() && post_.by_name.empty();
}

namespace {

/// Adds one hook's answer to what the hooks before it said.
void merge(disposition& sum, disposition&& answer, envelope& message) {
    sum.dropped = answer.dropped;
    sum.overtakable = sum.overtakable || answer.overtakable;
    sum.delay += answer.delay;
    sum.copies += answer.copies;
    if (!answer.reason.empty()) sum.reason = answer.reason;
    if (answer.rewritten) {
        message.payload = *answer.rewritten;
        sum.rewritten = std::move(answer.rewritten);
    }
}

}  // namespace

disposition interposition::apply(direction way, envelope& message) {
    const auto before = pre_.snapshot;
    for (const pre_interposer& hook : *before) hook(way, message);
    const auto after = post_.snapshot;
    std::optional<envelope> original;
    if (!after->empty()) original.emplace(message);
    disposition sum;
    const auto hooks = on_.snapshot;
    for (const interposer& hook : *hooks) {
        merge(sum, hook(way, message), message);
        if (sum.dropped) break;
    }
    for (const post_interposer& hook : *after) {
        hook(way, *original, sum.dropped ? nullptr : &message);
    }
    return sum;
}

}  // namespace partita
