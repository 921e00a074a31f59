#include <partita/runtime/interposition.hpp>

#include <algorithm>
#include <utility>

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
    auto changed = std::make_shared<std::vector<named<Hook>>>();
    changed->reserve(hooks ? hooks->size() + 1 : 1);
    if (hooks) *changed = *hooks;
    const auto place = std::find_if(changed->begin(), changed->end(),
                                    [&](const named<Hook>& each) { return each.name >= name; });
    if (place != changed->end() && place->name == name) {
        place->hook = std::move(hook);
    } else {
        changed->insert(place, {std::move(name), std::move(hook)});
    }
    hooks = std::move(changed);
}

template <typename Hook>
bool interposition::stage<Hook>::erase(std::string_view name) {
    if (!hooks) return false;
    auto changed = std::make_shared<std::vector<named<Hook>>>(*hooks);
    if (std::erase_if(*changed, [&](const named<Hook>& each) { return each.name == name; }) == 0)
        return false;
    hooks = changed->empty() ? nullptr : std::move(changed);
    return true;
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

void interposition::refresh_empty() { empty_ = !pre_.hooks && !on_.hooks && !post_.hooks; }

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
    const auto before = pre_.hooks;
    const auto hooks = on_.hooks;
    const auto after = post_.hooks;
    if (before) {
        for (const auto& each : *before) each.hook(way, message);
    }
    std::optional<envelope> original;
    if (after) original.emplace(message);
    disposition sum;
    if (hooks) {
        for (const auto& each : *hooks) {
            merge(sum, each.hook(way, message), message);
            if (sum.dropped) break;
        }
    }
    if (after) {
        for (const auto& each : *after) each.hook(way, *original, sum.dropped ? nullptr : &message);
    }
    return sum;
}

}  // namespace partita
