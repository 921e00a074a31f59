#include "json_codec_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>

#include "json_codec_bytes.hpp"
#include "json_codec_path.hpp"
#include "lexer_quote.hpp"
#include "site_words.hpp"

namespace partita::detail {
namespace {

using nlohmann::json;

/// A value as an error message shows it.
std::string found(const json& value) {
    if (value.is_string()) {
        return ", found " + shown(value.get_ref<const std::string&>());
    }
    return ", found " +
           (value.is_structured() ? std::string("an ") + value.type_name() : value.dump());
}

/// The value as a natural number. The library compares signed with unsigned by a plain cast.
std::optional<std::uint64_t> natural_of(const json& value) {
    if (value.is_number_unsigned()) {
        return value.get<std::uint64_t>();
    }
    const auto number = value.is_number_integer() ? value.get<std::int64_t>() : -1;
    return number < 0 ? std::nullopt : std::optional{static_cast<std::uint64_t>(number)};
}

/// Walks down a JSON value. Every read function fills its target and returns true, or notes the
/// first error and returns false.
class json_reader {
   public:
    explicit json_reader(std::string_view source) : source_(source) {}

    result<schedule> read(const json& root) {
        schedule given;
        const json_path path;
        const bool done =
            is_object(root, path) && read_version(root, path) &&
            has_keys(root, path, {"application", "deviations", "partita_schedule", "steps"}) &&
            read_application(root["application"], path.at("application"), given.application) &&
            read_steps(root["steps"], path.at("steps"), given.steps) &&
            read_deviations(root["deviations"], path.at("deviations"), given.deviations);
        if (!done) {
            return tl::unexpected(*error_);
        }
        return given;
    }

   private:
    bool refuse(const json_path& path, const std::string& message,
                error_code code = error_code::bad_input) {
        error_ = fail_at(source_, to_text(path), message, code).value();
        return false;
    }

    bool is_object(const json& value, const json_path& path) {
        return value.is_object() || refuse(path, "expected an object" + found(value));
    }

    bool is_array(const json& value, const json_path& path) {
        return value.is_array() || refuse(path, "expected an array" + found(value));
    }

    /// Exactly these keys, no fewer and no others.
    bool has_keys(const json& value, const json_path& path,
                  std::initializer_list<std::string_view> keys) {
        for (const auto& key : keys) {
            if (!value.contains(key)) {
                return refuse(path, "the key " + shown(key) + " is missing");
            }
        }
        for (const auto& [key, below] : value.items()) {
            if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
                return refuse(path, "the key " + shown(key) + " is unknown");
            }
        }
        return true;
    }

    /// The version comes first of all: a newer form may have keys that this one does not know.
    bool read_version(const json& root, const json_path& path) {
        if (!root.contains("partita_schedule")) {
            return refuse(path, "the key \"partita_schedule\" is missing");
        }
        const auto& version = root["partita_schedule"];
        const auto below = path.at("partita_schedule");
        const auto number = natural_of(version).value_or(0);
        if (number == 0) {
            return refuse(below, "expected a version number from 1" + found(version));
        }
        if (number > schedule_version) {
            return refuse(below,
                          "version " + version.dump() + " is newer than " +
                              std::to_string(schedule_version) +
                              ", the newest that this build reads",
                          error_code::unsupported);
        }
        return true;
    }

    bool read_word(const json& value, const json_path& path, std::string& word) {
        if (!value.is_string()) {
            return refuse(path, "expected a string" + found(value));
        }
        word = from_json_string(value.get_ref<const std::string&>());
        return true;
    }

    bool read_words(const json& value, const json_path& path, std::vector<std::string>& words) {
        if (!is_array(value, path)) {
            return false;
        }
        words.resize(value.size());
        for (std::size_t index = 0; index < value.size(); ++index) {
            if (!read_word(value[index], path.at(index), words[index])) {
                return false;
            }
        }
        return true;
    }

    bool read_application(const json& value, const json_path& path, application_reference& target) {
        return is_object(value, path) && has_keys(value, path, {"name", "parameters"}) &&
               read_word(value["name"], path.at("name"), target.name) &&
               read_parameters(value["parameters"], path.at("parameters"), target);
    }

    bool read_parameters(const json& value, const json_path& path, application_reference& target) {
        if (!is_object(value, path)) {
            return false;
        }
        for (const auto& [key, below] : value.items()) {
            // Two spellings of one key are possible: a byte of it plain, or as its private-use
            // character.
            const auto [place, fresh] = target.parameters.try_emplace(from_json_string(key));
            if (!fresh) {
                return refuse(path, "the key " + shown(key) + " is given twice");
            }
            if (!read_word(below, path.at(key), place->second)) {
                return false;
            }
        }
        return true;
    }

    bool read_steps(const json& value, const json_path& path, std::vector<step>& steps) {
        if (!is_array(value, path)) {
            return false;
        }
        steps.resize(value.size());
        for (std::size_t index = 0; index < value.size(); ++index) {
            if (!read_step(value[index], path.at(index), steps[index])) {
                return false;
            }
        }
        return true;
    }

    bool read_step(const json& value, const json_path& path, step& target) {
        if (!is_object(value, path)) {
            return false;
        }
        if (value.size() == 1 && value.contains("command")) {
            return read_command(value["command"], path.at("command"), target.emplace<command>());
        }
        if (value.size() == 1 && value.contains("fault")) {
            return read_fault(value["fault"], path.at("fault"), target.emplace<fault_step>());
        }
        if (value.size() == 1 && value.contains("wait_ns")) {
            return read_wait(value["wait_ns"], path.at("wait_ns"), target.emplace<wait_step>());
        }
        if (value.size() == 1 && value.contains("await")) {
            target = await_step{};
            return read_true(value["await"], path.at("await"));
        }
        if (value.size() == 1 && value.contains("check")) {
            return read_word(value["check"], path.at("check"),
                             target.emplace<check_step>().property);
        }
        return refuse(path,
                      "expected one key, \"command\", \"fault\", \"wait_ns\", \"await\" or "
                      "\"check\", found " +
                          keys_of(value));
    }

    static std::string keys_of(const json& value) {
        return value.empty()       ? "none"
               : value.size() == 1 ? shown(value.begin().key())
                                   : std::to_string(value.size()) + " keys";
    }

    bool read_command(const json& value, const json_path& path, command& target) {
        if (!is_object(value, path)) {
            return false;
        }
        target.background = value.contains("background");
        const bool has_all =
            target.background
                ? has_keys(value, path, {"arguments", "background", "name", "node"}) &&
                      read_true(value["background"], path.at("background"))
                : has_keys(value, path, {"arguments", "name", "node"});
        return has_all && read_word(value["node"], path.at("node"), target.node) &&
               read_word(value["name"], path.at("name"), target.name) &&
               read_words(value["arguments"], path.at("arguments"), target.arguments);
    }

    /// A key that is absent unless it says true.
    bool read_true(const json& value, const json_path& path) {
        return value == true || refuse(path, "expected true" + found(value));
    }

    bool read_fault(const json& value, const json_path& path, fault_step& target) {
        return is_object(value, path) && has_keys(value, path, {"arguments", "name"}) &&
               read_word(value["name"], path.at("name"), target.name) &&
               read_words(value["arguments"], path.at("arguments"), target.arguments);
    }

    bool read_wait(const json& value, const json_path& path, wait_step& target) {
        using count_type = std::chrono::nanoseconds::rep;
        constexpr auto count_max =
            static_cast<std::uint64_t>(std::numeric_limits<count_type>::max());
        const auto count = natural_of(value);
        if (!count || *count > count_max) {
            return refuse(path, "expected an integer from 0 to 2^63 - 1" + found(value));
        }
        target.duration = std::chrono::nanoseconds(static_cast<count_type>(*count));
        return true;
    }

    bool read_deviations(const json& value, const json_path& path,
                         std::vector<deviation>& deviations) {
        if (!is_array(value, path)) {
            return false;
        }
        deviations.resize(value.size());
        for (std::size_t index = 0; index < value.size(); ++index) {
            if (!read_deviation(value[index], path.at(index), deviations[index])) {
                return false;
            }
        }
        return true;
    }

    bool read_deviation(const json& value, const json_path& path, deviation& target) {
        return is_object(value, path) && has_keys(value, path, {"action", "arguments", "site"}) &&
               read_word(value["action"], path.at("action"), target.action) &&
               read_site(value["site"], path.at("site"), target.site) &&
               read_words(value["arguments"], path.at("arguments"), target.arguments);
    }

    bool read_site(const json& value, const json_path& path, site_label& target) {
        std::string text;
        if (!read_word(value, path, text)) {
            return false;
        }
        if (const auto sound = check_label(text); !sound) {
            return refuse(path, sound.error().message);
        }
        target = site_label(text);
        return true;
    }

    std::string_view source_;
    std::optional<error> error_;
};

}  // namespace

result<schedule> read_schedule(const json& root, std::string_view source) {
    return json_reader(source).read(root);
}

}  // namespace partita::detail
