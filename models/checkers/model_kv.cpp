#include "model_kv.hpp"

#include <algorithm>
#include <cstring>

#include "model_shapes.hpp"
#include "relation_report.hpp"

namespace partita::detail {
namespace {

kv_model::state text_state(std::string_view text) {
    kv_model::state made;
    made.reserve(text.size() + 1);
    made += 's';
    made += text;
    return made;
}
bool is_text(const kv_model::state& value) { return !value.empty() && value.front() == 's'; }

}  // namespace

std::string kv_model::wrong(const client_operation& each) {
    if (each.function == "get" || each.function == "read") return wrong_read(each);
    if (each.function == "put" || each.function == "write") return {};
    if (each.function != "append") {
        return unknown_function(each, "get, put, append, read or write");
    }
    return each.argument.text() == nullptr ? wrong_argument(each, "a text") : "";
}

kv_model::state kv_model::encoded(const history_value& value) {
    if (value.nothing()) return {};
    if (value.text() != nullptr) return text_state(*value.text());
    const std::uint32_t number = numbers_(value);
    std::string bytes(sizeof number, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    return "v" + bytes;
}

history_value kv_model::decoded(const state& value) const {
    if (value.empty()) return {};
    if (is_text(value)) return {value.substr(1)};
    std::uint32_t number = 0;
    std::memcpy(&number, value.data() + 1, sizeof number);
    return numbers_[number];
}

kv_model::operation kv_model::prepare(const client_operation& each) {
    operation coded;
    coded.known = each.outcome == response_kind::ok;
    if (each.function == "append") {
        coded.is = operation::kind::append;
        coded.value = *each.argument.text();
    } else if (each.function == "put" || each.function == "write") {
        coded.is = operation::kind::put;
        coded.value = encoded(each.argument);
    } else if (coded.known) {
        coded.value = encoded(each.result);
    }
    return coded;
}

std::optional<kv_model::state> kv_model::step(const state& now, const operation& by) const {
    switch (by.is) {
        case operation::kind::get:
            if (by.known && by.value != now) return std::nullopt;
            return now;
        case operation::kind::put:
            return by.value;
        case operation::kind::append:
            if (now.empty()) return text_state(by.value);
            if (is_text(now)) return now + by.value;
            return std::nullopt;
    }
    return std::nullopt;
}

std::optional<history_value> kv_model::answer(const state& now, const operation& by) const {
    return by.is == operation::kind::get ? decoded(now) : history_value{};
}

std::string kv_model::describe(const state& of) const { return shortened(to_text(decoded(of))); }

std::vector<observation<kv_model::state>> kv_model::observe(
    const std::vector<operation>& all) const {
    return append_observer(all).observe();
}

append_observer::append_observer(const std::vector<kv_model::operation>& all)
    : all_(all), seen_(all.size()) {
    for (std::size_t i = 0; i < all.size(); ++i) add(i);
    std::sort(lengths_.begin(), lengths_.end());
    lengths_.erase(std::unique(lengths_.begin(), lengths_.end()), lengths_.end());
    std::sort(reads_.begin(), reads_.end());
    reads_.erase(std::unique(reads_.begin(), reads_.end()), reads_.end());
}

void append_observer::add(std::size_t operation) {
    using kind = kv_model::operation::kind;
    const kv_model::operation& each = all_[operation];
    if (each.is == kind::get) {
        if (!each.known) return;
        seen_[operation].before = each.value;
        if (is_text(each.value)) reads_.push_back(std::string_view(each.value).substr(1));
        return;
    }
    const bool append = each.is == kind::append;
    if (!append) seen_[operation].after = each.value;
    if (!append && !is_text(each.value)) return;
    const std::string_view text = std::string_view(each.value).substr(append ? 0 : 1);
    if (text.empty()) return;
    piece& of_text = pieces_[text];
    (append ? of_text.appends : of_text.puts).push_back(operation);
    lengths_.push_back(text.size());
}

std::vector<observation<kv_model::state>> append_observer::observe() {
    std::string_view previous;
    for (const std::string_view read : reads_) {
        const auto end = std::mismatch(read.begin(), read.end(), previous.begin(), previous.end());
        divide(read, static_cast<std::size_t>(end.first - read.begin()));
        if (boundaries_.back().ways > 1) ambiguous_ = true;
        if (boundaries_.back().ways == 1) walk_back(read);
        previous = read;
    }
    for (std::size_t i = 0; i < all_.size(); ++i) {
        const bool append = all_[i].is == kv_model::operation::kind::append;
        if (append) seen_[i].leads_anywhere = ambiguous_ || all_[i].value.empty();
    }
    return std::move(seen_);
}

/// The boundaries of a text that begins with `kept` letters of the text before it.
void append_observer::divide(std::string_view read, std::size_t kept) {
    boundaries_.resize(boundaries_.empty() ? 0 : kept + 1);
    boundaries_.resize(read.size() + 1);
    boundaries_[0].ways = 1;
    const std::size_t longest = lengths_.empty() ? 0 : lengths_.back();
    for (std::size_t from = kept - std::min(kept, longest); from < read.size(); ++from) {
        if (boundaries_[from].ways > 0) extend(read, from, kept);
    }
}

/// Adds the pieces that begin at `from` and end after `kept`.
void append_observer::extend(std::string_view read, std::size_t from, std::size_t kept) {
    for (const std::size_t length : lengths_) {
        if (length > read.size() - from) return;
        if (from + length <= kept) continue;
        const auto found = pieces_.find(read.substr(from, length));
        if (found == pieces_.end() || (from > 0 && found->second.appends.empty())) continue;
        boundary& end = boundaries_[from + length];
        end.ways = static_cast<std::uint8_t>(std::min(2, end.ways + boundaries_[from].ways));
        end.length = length;
        end.last = &found->second;
    }
}

/// Tells of the pieces of a text that is made of them in one way, but those told of before.
void append_observer::walk_back(std::string_view read) {
    for (std::size_t end = read.size(); end > 0 && !boundaries_[end].walked;
         end -= boundaries_[end].length) {
        boundaries_[end].walked = true;
        tell(read, end);
    }
}

void append_observer::tell(std::string_view read, std::size_t end) {
    const piece& last = *boundaries_[end].last;
    const std::size_t begin = end - boundaries_[end].length;
    const kv_model::state after = text_state(read.substr(0, end));
    if (!last.puts.empty() || last.appends.size() > 1) {
        for (const std::size_t each : last.appends) seen_[each].perhaps.push_back(after);
        return;
    }
    observation<kv_model::state>& only = seen_[last.appends.front()];
    if (only.after) return;
    only.after = after;
    if (begin > 0) only.before = text_state(read.substr(0, begin));
}

}  // namespace partita::detail
