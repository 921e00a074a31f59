#include "json_codec_builder.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "json_codec_path.hpp"
#include "lexer.hpp"
#include "lexer_quote.hpp"

namespace partita::detail {
namespace {

using nlohmann::json;

/// The root, `steps`, a step, a command and its arguments; one more, so that a value nested too
/// deep by one is told as a wrong type.
constexpr std::size_t depth_max = 6;

/// Receives the events of the parser and builds the value. Every event returns true to go on; false
/// ends the parse, with error_ saying why.
class json_builder final : public nlohmann::json_sax<json> {
   public:
    json_builder(std::string_view text, std::string_view source, const parse_bounds& bounds)
        : text_(text), source_(source), bounds_(bounds) {}

    result<json> take(bool complete) {
        if (!complete) {
            return tl::unexpected(*error_);
        }
        return std::move(root_);
    }

    bool null() override { return add(nullptr) != nullptr; }
    bool boolean(bool value) override { return add(value) != nullptr; }
    bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
    bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
    bool string(string_t& value) override { return add(std::move(value)) != nullptr; }
    bool binary(binary_t&) override { return refuse("expected JSON text"); }

    bool number_float(number_float_t, const string_t& digits) override {
        return refuse_below("expected a 64-bit integer, found " + shown(digits));
    }

    bool start_object(std::size_t) override { return open(json::object()); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        auto& top = open_.back();
        if (top.value->contains(name)) {
            return refuse("the key " + shown(name) + " is given twice");
        }
        if (top.value->size() >= bounds_.words_max) {
            return refuse("more than " + std::to_string(bounds_.words_max) + " keys");
        }
        top.key = name;
        return true;
    }

    bool parse_error(std::size_t position, const std::string&,
                     const json::exception& reason) override {
        const auto read = text_.substr(0, position == 0 ? 0 : position - 1);
        const auto line = static_cast<std::size_t>(std::count(read.begin(), read.end(), '\n')) + 1;
        const auto begin = line == 1 ? 0 : read.rfind('\n') + 1;
        const auto message = "not JSON: " + reason_of(reason.what());
        error_ = fail_at({source_, line}, read.size() - begin + 1, message).value();
        return false;
    }

   private:
    /// An array or object that is not closed yet.
    struct open_value {
        json* value;
        std::string key;  ///< of the value to come, in an object
    };

    /// The library's reason, without its own position before it and the raw bytes behind it.
    static std::string reason_of(std::string_view what) {
        const auto column = what.find("column ");
        const auto colon = what.find(": ", column == std::string_view::npos ? 0 : column);
        const auto reason = colon == std::string_view::npos ? what : what.substr(colon + 2);
        return std::string(reason.substr(0, reason.find("; last read: ")));
    }

    /// The path of the innermost open value.
    [[nodiscard]] std::string path() const {
        std::string text = "$";
        for (std::size_t depth = 0; depth + 1 < open_.size(); ++depth) {
            text += step_below(open_[depth], 1);
        }
        return text;
    }

    /// The step from an open value to its last child (added = 1) or to the one to come (added = 0).
    [[nodiscard]] static std::string step_below(const open_value& parent, std::size_t added) {
        return parent.value->is_array() ? path_step(parent.value->size() - added)
                                        : path_step(parent.key);
    }

    bool refuse(const std::string& message) {
        error_ = fail_at(source_, path(), message).value();
        return false;
    }

    bool refuse_below(const std::string& message) {
        const auto below = open_.empty() ? "" : step_below(open_.back(), 0);
        error_ = fail_at(source_, path() + below, message).value();
        return false;
    }

    /// How many elements the innermost open array may have, by the key it stands under.
    [[nodiscard]] std::size_t elements_max() const {
        if (open_.size() < 2) {
            return bounds_.words_max;
        }
        const auto& key = open_[open_.size() - 2].key;
        return key == "steps"        ? bounds_.steps_max
               : key == "deviations" ? bounds_.deviations_max
                                     : bounds_.words_max;
    }

    /// Puts a value where it belongs; null when that is refused.
    template <typename Value>
    json* add(Value&& value) {
        if (open_.empty()) {
            root_ = std::forward<Value>(value);
            return &root_;
        }
        auto& top = open_.back();
        if (top.value->is_object()) {
            return &((*top.value)[top.key] = std::forward<Value>(value));
        }
        if (top.value->size() >= elements_max()) {
            refuse("more than " + std::to_string(elements_max()) + " elements");
            return nullptr;
        }
        top.value->push_back(std::forward<Value>(value));
        return &top.value->back();
    }

    bool open(json empty) {
        if (open_.size() == depth_max) {
            return refuse_below("nested deeper than a schedule is");
        }
        auto* const value = add(std::move(empty));
        if (value != nullptr) {
            open_.push_back({value, {}});
        }
        return value != nullptr;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    std::string_view text_;
    std::string_view source_;
    parse_bounds bounds_;
    json root_;
    std::vector<open_value> open_;
    std::optional<error> error_;
};

}  // namespace

result<json> build_json(std::string_view text, std::string_view source,
                        const parse_bounds& bounds) {
    if (text.size() > bounds.bytes_max) {
        return fail_at({source, 1}, 1, "more than " + std::to_string(bounds.bytes_max) + " bytes");
    }
    json_builder builder(text, source, bounds);
    const bool complete = json::sax_parse(text.begin(), text.end(), &builder);
    return builder.take(complete);
}

}  // namespace partita::detail
