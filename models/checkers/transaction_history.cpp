#include "transaction_history.hpp"

#include <algorithm>

namespace partita::detail {

namespace {

const history_values empty_list;

/// The parts of `["append", "x", 1]`.
struct micro_operation {
    bool append = false;
    const history_value* key = nullptr;
    const history_value* value = nullptr;
};

class transaction_reader {
   public:
    transaction_reader(const client_history& history, step_meter& meter)
        : history_(history), meter_(meter) {
        view_.history = &history;
    }

    result<transaction_view> run() {
        for (std::size_t at = 0; at < history_.size(); ++at) {
            view_.first_append.push_back(static_cast<std::uint32_t>(view_.appends.size()));
            view_.first_read.push_back(static_cast<std::uint32_t>(view_.reads.size()));
            if (auto taken = take(at); !taken) return tl::unexpected(taken.error());
            view_.committed.push_back(history_[at].outcome == response_kind::ok);
        }
        view_.first_append.push_back(static_cast<std::uint32_t>(view_.appends.size()));
        view_.first_read.push_back(static_cast<std::uint32_t>(view_.reads.size()));
        return std::move(view_);
    }

   private:
    result<void> take(std::size_t at) {
        const client_operation& of = history_[at];
        if (of.function != "txn") {
            return unreadable(history_, at, "no function `" + of.function + "`; txn");
        }
        const history_values* asked = of.argument.list();
        if (!asked) return unreadable(history_, at, "a txn takes a list of micro-operations");
        const bool answered = of.outcome == response_kind::ok;
        const history_values* given = answered ? of.result.list() : asked;
        if (!given || given->size() != asked->size()) {
            return unreadable(history_, at, "the result is not the list of its micro-operations");
        }
        for (std::uint32_t micro = 0; micro < asked->size(); ++micro) {
            auto taken = take_micro(at, micro, (*asked)[micro], (*given)[micro]);
            if (!taken) return taken;
        }
        mark_last_appends(at);
        return {};
    }

    result<void> take_micro(std::size_t at, std::uint32_t micro, const history_value& asked,
                            const history_value& given) {
        micro_operation question;
        micro_operation answer;
        meter_.spend();
        if (!parse(asked, question) || !parse(given, answer)) {
            return unreadable(history_, at,
                              "`" + to_text(given) +
                                  "` is neither [\"append\", key, element] nor [\"r\", key, list]");
        }
        if (question.append != answer.append || *question.key != *answer.key ||
            (question.append && *question.value != *answer.value)) {
            return unreadable(history_, at,
                              "the result `" + to_text(given) +
                                  "` answers another question than `" + to_text(asked) + "`");
        }
        return question.append ? take_append(at, micro, question) : take_read(at, micro, answer);
    }

    static bool parse(const history_value& value, micro_operation& of) {
        const history_values* parts = value.list();
        if (!parts || parts->size() != 3) return false;
        const std::string* function = (*parts)[0].text();
        if (!function || (*function != "append" && *function != "r")) return false;
        of = {*function == "append", &(*parts)[1], &(*parts)[2]};
        return true;
    }

    result<void> take_append(std::size_t at, std::uint32_t micro, const micro_operation& of) {
        const std::uint32_t key = view_.keys(*of.key);
        const auto number = static_cast<std::uint32_t>(view_.appends.size());
        const auto [first, fresh] = view_.append_of.try_emplace({key, *of.value}, number);
        if (!fresh) {
            const std::uint32_t before = view_.appends[first->second].transaction;
            return unreadable(
                history_, at,
                "appends " + to_text(*of.value) + " to " + to_text(*of.key) + " again, after " +
                    place(history_, before) +
                    "; each element may be appended once, so that reads tell by whom");
        }
        view_.appends.push_back({.transaction = static_cast<std::uint32_t>(at),
                                 .key = key,
                                 .micro = micro,
                                 .value = of.value});
        return {};
    }

    result<void> take_read(std::size_t at, std::uint32_t micro, const micro_operation& of) {
        if (history_[at].outcome != response_kind::ok) return {};
        if (!of.value->nothing() && !of.value->list()) {
            return unreadable(history_, at,
                              "a read returns a list or null, not `" + to_text(*of.value) + "`");
        }
        view_.reads.push_back({.transaction = static_cast<std::uint32_t>(at),
                               .key = view_.keys(*of.key),
                               .micro = micro,
                               .list = of.value->list() ? of.value->list() : &empty_list});
        return {};
    }

    void mark_last_appends(std::size_t at) {
        const auto begin = view_.appends.begin() + view_.first_append[at];
        for (auto each = begin; each != view_.appends.end(); ++each) {
            each->last = std::none_of(each + 1, view_.appends.end(),
                                      [&](const auto& later) { return later.key == each->key; });
        }
    }

    const client_history& history_;
    step_meter& meter_;
    transaction_view view_;
};

}  // namespace

result<transaction_view> view_transactions(const client_history& history, step_meter& meter) {
    return transaction_reader(history, meter).run();
}

}  // namespace partita::detail
