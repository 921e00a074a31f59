#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace partita::cli {

struct number_range {
    std::uint64_t least = 0;
    std::uint64_t most = UINT64_MAX;
};

/// A number in decimal digits, nothing before or behind them, within the range.
[[nodiscard]] std::optional<std::uint64_t> parse_number(const std::string& text,
                                                        const number_range& range = {});

/// Declares what a sub-command takes. Keeps CLI11 out of the sub-commands, and reads values
/// strictly where CLI11 is lenient: signs, blanks, other bases, overflow and junk behind a number
/// are refused with the flag, the value and what was expected.
///
/// What `into` refers to must live until the command line has been read.
class declaration {
   public:
    explicit declaration(CLI::App& command) : command_(&command) {}

    /// A sub-command of this one. `example` is printed below its --help.
    declaration sub(const std::string& name, const std::string& about, const std::string& example);
    /// It does nothing itself: one of its own sub-commands must be named.
    void needs_sub();
    /// Called when the command line names this sub-command.
    void chosen(std::function<void()>);

    struct value {
        std::string name;  ///< `--nodes`, or `APP` for a positional argument
        /// what stands for its value in --help; empty for a positional argument
        std::string shown;
        std::string about;
        bool required = false;
    };
    void word(const value&, std::string& into);
    void word(const value&, std::optional<std::string>& into);
    /// May be given more than once.
    void words(const value&, std::vector<std::string>& into);
    /// One of `choices`.
    void choice(const value&, const std::vector<std::string>& choices, std::string& into);
    void number(const value&, const number_range&, std::optional<std::uint64_t>& into);
    void number(const value&, const number_range&, std::uint64_t& into);
    void duration(const value&, std::chrono::nanoseconds least, std::chrono::nanoseconds most,
                  std::optional<std::chrono::nanoseconds>& into);
    void toggle(const std::string& name, const std::string& about, bool& into);

   private:
    void take(const value&, const std::function<void(const std::string&)>& read);
    CLI::App* command_;
};

/// What was declared, for shell completion.
struct command_tree {
    std::string name;
    std::string about;
    struct flag {
        std::string name;  ///< `--nodes`
        std::string about;
        bool takes_value = false;
    };
    std::vector<flag> flags;
    bool takes_application = false;  ///< as a positional argument
    std::vector<command_tree> subs;
};
[[nodiscard]] command_tree tree_of(const CLI::App&);

}  // namespace partita::cli
