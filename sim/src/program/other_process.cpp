#include "program/other_process.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore/text.hpp"

namespace norn::program {

namespace {

Error system_error(const std::string& program, int problem) {
  return {Errc::io_error, program + ": " + std::strerror(problem)};
}

class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

Result<pid_t> start(const std::string& program, const std::vector<std::string>& arguments,
                    SpawnActions& actions) {
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  const int problem =
      ::posix_spawnp(&child, program.c_str(), actions.get(), nullptr, pointers.data(), environ);
  if (problem != 0) return system_error(program, problem);
  return child;
}

Result<int> exit_code_of(const std::string& program, pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return system_error(program, errno);
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return Error{Errc::io_error,
               program + " was ended by signal " + std::to_string(WTERMSIG(status))};
}

std::string read_all(int file) {
  std::string text;
  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t got = ::read(file, block.data(), block.size());
    if (got > 0) text.append(block.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) return text;
  }
}

Result<std::vector<SeedHash>> parse_hashes(const std::string& program, const std::string& text) {
  std::vector<SeedHash> hashes;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    SeedHash one;
    std::string hash;
    words >> one.seed >> hash >> one.events;
    const auto value = explore::parse_hash(hash);
    if (!words || !value) {
      return Error{Errc::invalid,
                   program + " --hashes printed what is no hash: " + line.substr(0, 80)};
    }
    one.trace_hash = *value;
    hashes.push_back(one);
  }
  return hashes;
}

}  // namespace

Result<std::vector<SeedHash>> hashes_of(const std::string& program,
                                        const std::vector<std::string>& arguments) {
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return system_error(program, errno);
  SpawnActions actions;
  ::posix_spawn_file_actions_adddup2(actions.get(), pipe_ends[1], STDOUT_FILENO);
  std::vector<std::string> words = arguments;
  words.emplace_back("--hashes");
  const Result<pid_t> child = start(program, words, actions);
  ::close(pipe_ends[1]);
  if (!child) {
    ::close(pipe_ends[0]);
    return child.error();
  }
  const std::string text = read_all(pipe_ends[0]);
  ::close(pipe_ends[0]);
  const Result<int> code = exit_code_of(program, *child);
  if (!code) return code.error();
  if (*code != 0) {
    return Error{Errc::invalid,
                 program + " --hashes ended with exit code " + std::to_string(*code)};
  }
  return parse_hashes(program, text);
}

Result<int> run_quietly(const std::string& program, const std::vector<std::string>& arguments) {
  SpawnActions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const Result<pid_t> child = start(program, arguments, actions);
  if (!child) return child.error();
  return exit_code_of(program, *child);
}

}  // namespace norn::program
