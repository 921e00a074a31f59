#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "program_runs.hpp"

namespace partita::test {

/// Asks again and again until it holds; false after a time that no healthy machine needs.
inline bool comes_true(const std::function<bool()>& holds) {
    for (int waited = 0; waited < 2'000; ++waited) {
        if (holds()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

/// The program, running in a process of its own while the test goes on. Killed with the test.
class background_program {
   public:
    background_program(const workplace& here, const std::string& name,
                       std::vector<std::string> words)
        : out_(here / (name + ".out")), err_(here / (name + ".err")) {
        process_ = ::fork();
        if (process_ != 0) return;
        redirect(STDOUT_FILENO, out_);
        redirect(STDERR_FILENO, err_);
        std::vector<char*> arguments{const_cast<char*>("partita")};
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        if (::chdir((here / "").c_str()) == 0) ::execv(program, arguments.data());
        ::_exit(127);
    }
    ~background_program() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    background_program(const background_program&) = delete;
    background_program& operator=(const background_program&) = delete;

    [[nodiscard]] pid_t process() const { return process_; }
    [[nodiscard]] std::string out() const { return text_of(out_); }
    [[nodiscard]] std::string err() const { return text_of(err_); }
    [[nodiscard]] bool says(const std::string& part) const {
        return comes_true([&] { return contains(out(), part); });
    }
    [[nodiscard]] bool complains(const std::string& part) const {
        return comes_true([&] { return contains(err(), part); });
    }
    void signal(int number) const { ::kill(process_, number); }

    /// Waits for its end; the code of a program that ended by a signal is -1.
    [[nodiscard]] program_run end() {
        int status = 0;
        const bool ended =
            comes_true([&] { return ::waitpid(process_, &status, WNOHANG) == process_; });
        if (!ended) return {-2, out(), err()};
        process_ = -1;
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out(), err()};
    }

    /// The process of a node of a cluster that this program runs.
    [[nodiscard]] std::optional<pid_t> process_of(const std::string& node) const {
        const std::string list =
            "/proc/" + std::to_string(process_) + "/task/" + std::to_string(process_) + "/children";
        std::istringstream children(text_of(list));
        for (pid_t each = 0; children >> each;) {
            const std::string name = text_of("/proc/" + std::to_string(each) + "/comm");
            if (name == "partita " + node + "\n") return each;
        }
        return std::nullopt;
    }

   private:
    static void redirect(int descriptor, const std::filesystem::path& file) {
        const int opened = ::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
        ::dup2(opened, descriptor);
        ::close(opened);
    }
    std::filesystem::path out_;
    std::filesystem::path err_;
    pid_t process_ = -1;
};

}  // namespace partita::test
