#include "model/child_program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

namespace norn::viewer {
namespace {

// What a child is started with; the usual signals do in it what they do anywhere.
class ChildSetup {
 public:
  ChildSetup() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    ::posix_spawnattr_setsigdefault(&attributes_, &usual);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  ChildSetup(const ChildSetup&) = delete;
  ChildSetup& operator=(const ChildSetup&) = delete;
  ~ChildSetup() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  void write_to(int pipe) {
    ::posix_spawn_file_actions_adddup2(&actions_, pipe, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, pipe, STDERR_FILENO);
  }
  int spawn(std::vector<std::string>& words, pid_t& child) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return ::posix_spawnp(&child, pointers[0], &actions_, &attributes_, pointers.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<std::unique_ptr<ChildProgram>> ChildProgram::start(std::vector<std::string> command) {
  if (command.empty() || command.front().empty())
    return Error{Errc::invalid, "there is no program to run"};
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Error{Errc::io_error, std::string("a pipe: ") + std::strerror(errno)};
  auto child = std::make_unique<ChildProgram>();
  child->pipe_ = ends[0];
  ChildSetup setup;
  setup.write_to(ends[1]);
  const int problem = setup.spawn(command, child->process_);
  ::close(ends[1]);
  if (problem != 0) {
    child->process_ = -1;
    return Error{problem == ENOENT ? Errc::not_found : Errc::io_error,
                 command.front() + " cannot be run: " + std::strerror(problem)};
  }
  ::fcntl(child->pipe_, F_SETFL, ::fcntl(child->pipe_, F_GETFL) | O_NONBLOCK);
  return child;
}

ChildProgram::~ChildProgram() {
  if (process_ > 0) {
    ::kill(-process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (pipe_ >= 0) ::close(pipe_);
}

// Takes all that is there; false when the other end is closed.
bool ChildProgram::drain() {
  std::array<char, 65536> block{};
  while (pipe_ >= 0) {
    const ssize_t got = ::read(pipe_, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return true;
    if (got == 0) {
      ::close(pipe_);
      pipe_ = -1;
      break;
    }
    if (output_.size() < kMostOutput) output_.append(block.data(), static_cast<std::size_t>(got));
  }
  return false;
}

bool ChildProgram::poll() {
  if (process_ <= 0) return false;
  drain();
  int status = 0;
  const pid_t ended = ::waitpid(process_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return true;
  drain();
  process_ = -1;
  if (WIFEXITED(status)) {
    exit_code_ = WEXITSTATUS(status);
    end_text_ = "exit code " + std::to_string(exit_code_);
  } else {
    end_text_ = std::string("ended by a signal: ") + ::strsignal(WTERMSIG(status));
  }
  return false;
}

void ChildProgram::stop() {
  if (process_ > 0) ::kill(-process_, std::exchange(asked_to_stop_, true) ? SIGKILL : SIGTERM);
}

std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (quote == '\0' && (c == ' ' || c == '\t' || c == '\n')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (quote != '\0' && c == quote) {
      quote = '\0';
    } else if (c == '\\' && quote != '\'' && at + 1 < line.size()) {
      words.back() += line[++at];
    } else {
      words.back() += c;
    }
  }
  return words;
}

std::string shell_line(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
  std::string line;
  for (const std::string& each : words) {
    if (!line.empty()) line += ' ';
    if (!each.empty() && each.find_first_not_of(kPlain) == std::string::npos) {
      line += each;
      continue;
    }
    line += '\'';
    for (const char c : each) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

}  // namespace norn::viewer
