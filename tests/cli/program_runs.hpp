#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <temporary_directory.hpp>
#include <test_paths.hpp>

namespace partita::test {

/// What a call of the program ended with.
struct program_run {
    int code = -1;
    std::string out;
    std::string err;
    [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

inline std::ostream& operator<<(std::ostream& to, const program_run& run) {
    return to << "exit " << run.code << "\nstdout:\n" << run.out << "stderr:\n" << run.err;
}

inline std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A directory of its own for one test, where the program is called; gone afterwards.
class workplace : public temporary_directory {
   public:
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(*this / name, std::ios::binary) << text;
        return name;
    }

    /// Calls the program. `file_bytes_max`: no file of its may grow beyond (a disk that is full).
    [[nodiscard]] program_run call(std::vector<std::string> words,
                                   rlim_t file_bytes_max = RLIM_INFINITY) const {
        const pid_t child = ::fork();
        if (child == 0) become_program(words, file_bytes_max);
        int status = 0;
        ::waitpid(child, &status, 0);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(*this / ".out"),
                text_of(*this / ".err")};
    }

    /// The same for a program that is a function of this one: `main` in a process of its own.
    template <typename Main>
    [[nodiscard]] program_run call_function(const Main& main, std::vector<std::string> line) const {
        const pid_t child = ::fork();
        if (child == 0) {
            redirect(STDOUT_FILENO, ".out");
            redirect(STDERR_FILENO, ".err");
            std::vector<char*> arguments;
            for (std::string& word : line) arguments.push_back(word.data());
            arguments.push_back(nullptr);
            if (::chdir(path().c_str()) != 0) ::_exit(127);
            const int code = main(static_cast<int>(line.size()), arguments.data());
            std::cout.flush();
            ::_exit(code);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(*this / ".out"),
                text_of(*this / ".err")};
    }

   private:
    void redirect(int descriptor, const char* name) const {
        const int file = ::open((*this / name).c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
        ::dup2(file, descriptor);
        ::close(file);
    }
    [[noreturn]] void become_program(std::vector<std::string>& words, rlim_t file_bytes_max) const {
        redirect(STDOUT_FILENO, ".out");
        redirect(STDERR_FILENO, ".err");
        const rlimit limit{file_bytes_max, file_bytes_max};
        ::signal(SIGXFSZ, SIG_IGN);
        const bool ready = ::chdir(path().c_str()) == 0 && ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
        std::vector<char*> arguments{const_cast<char*>("partita")};
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        if (ready) ::execv(program, arguments.data());
        ::_exit(127);
    }
};

inline std::vector<std::string> words(const std::string& line) {
    std::istringstream in(line);
    return {std::istream_iterator<std::string>(in), {}};
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

inline std::string last_line(std::string text) {
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text.substr(text.find_last_of('\n') + 1);
}

/// A lost commit: the smallest schedule that breaks two-phase commit.
inline constexpr const char* lost_commit =
    "app lampson-2pc nodes=4\n"
    "n1 broadcast 42\n"
    "omit n1 -> n2 commit #1\n";

}  // namespace partita::test
