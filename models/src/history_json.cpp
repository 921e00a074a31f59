#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "history_events.hpp"

namespace partita::detail {
namespace {

using nlohmann::json;

/// Receives the tokens of one line and builds its event. Of entries that nobody asks for it keeps
/// nothing, but they must be JSON.
class event_reader final : public nlohmann::json_sax<json> {
   public:
    explicit event_reader(std::size_t depth_max) : depth_max_(depth_max) {}

    history_event event;
    std::string wrong;

    bool null() override { return put({}); }
    bool boolean(bool value) override { return put({value}); }
    bool number_integer(number_integer_t value) override { return put({std::int64_t{value}}); }
    bool number_unsigned(number_unsigned_t value) override {
        if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            return put({static_cast<std::int64_t>(value)});
        }
        return odd("expected a whole number of 64 bits, found " + std::to_string(value));
    }
    bool number_float(number_float_t, const string_t& digits) override {
        return odd("expected a whole number of 64 bits, found " + digits.substr(0, 40));
    }
    bool string(string_t& value) override { return put({std::move(value)}); }
    bool binary(binary_t&) override { return refuse("expected JSON"); }

    bool start_object(std::size_t) override {
        if (!in_event_) {
            in_event_ = true;
            return true;
        }
        if (is_asked_for()) left_out_from_ = depth_ + 1;
        return deeper();
    }
    bool key(string_t& name) override {
        if (depth_ == 0) key_ = std::move(name);
        return true;
    }
    bool end_object() override {
        if (depth_ == 0) return true;
        if (depth_-- != left_out_from_) return true;
        left_out_from_ = 0;
        return odd("expected a value, found an object");
    }
    bool start_array(std::size_t) override {
        if (!in_event_) return refuse("expected an object, found a list");
        if (is_asked_for()) lists_.emplace_back();
        return deeper();
    }
    bool end_array() override {
        --depth_;
        if (!is_asked_for()) return true;
        history_values done = std::move(lists_.back());
        lists_.pop_back();
        return put({std::move(done)});
    }
    bool parse_error(std::size_t position, const std::string&,
                     const json::exception& why) override {
        constexpr int number_overflow = 406;  // the parser's own name for 1e400
        if (why.id == number_overflow) return refuse("a number that is out of range");
        return refuse("not JSON, from byte " + std::to_string(position) + " of the line on");
    }

   private:
    [[nodiscard]] bool is_asked_for() const { return left_out_from_ == 0 && is_entry(key_); }
    bool refuse(std::string why) {
        wrong = std::move(why);
        return false;
    }
    /// Something that is no value of a history; nothing stands for it.
    bool odd(const std::string& why) {
        if (in_event_ && is_asked_for() && odd_.empty()) odd_ = why;
        return in_event_ ? put({}) : refuse("expected an object, found a number");
    }
    bool deeper() {
        return ++depth_ <= depth_max_ ||
               refuse("values in values, deeper than " + std::to_string(depth_max_));
    }
    bool put(history_value value) {
        if (!in_event_) return refuse("expected an object, found " + to_text(value));
        if (!is_asked_for()) return true;
        if (!lists_.empty()) {
            lists_.back().push_back(std::move(value));
            return true;
        }
        auto taken = put_entry(event, key_, std::move(value), {std::exchange(odd_, {}), 0});
        return taken || refuse(taken.error());
    }

    std::size_t depth_max_;
    bool in_event_ = false;
    std::size_t depth_ = 0;          // below the event
    std::size_t left_out_from_ = 0;  // the depth of an object in a value, 0: in none
    std::string key_;
    std::string odd_;                    // of the value at hand
    std::vector<history_values> lists_;  // that are open
};

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

result<client_history> parse_history_json(std::string_view text, std::string_view source,
                                          const history_options& options) {
    history_builder builder(source, options.keyed_values);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (is_blank(line)) continue;
        if (line.size() > options.bounds.event_bytes_max) {
            return tl::unexpected(history_error(
                source, number,
                "a line of " + std::to_string(line.size()) + " bytes, expected at most " +
                    std::to_string(options.bounds.event_bytes_max)));
        }
        event_reader reader(options.bounds.depth_max);
        if (!json::sax_parse(line.begin(), line.end(), &reader)) {
            return tl::unexpected(history_error(source, number, reader.wrong));
        }
        reader.event.line = number;
        if (auto added = builder.add(std::move(reader.event)); !added) {
            return tl::unexpected(added.error());
        }
    }
    return builder.take();
}

}  // namespace partita::detail
