// Shows that a piece of code ends the process with a message.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <string>

namespace norn::test {

struct Death {
  int exit_code = -1;  // -1: it died of a signal
  std::string message;
};

// death_of() runs `body` in a child process and returns how that ended, and what it wrote on
// standard error.
inline Death death_of(const std::function<void()>& body) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    for (const int number : {SIGSEGV, SIGABRT, SIGBUS}) signal(number, SIG_DFL);
    body();
    _exit(0);
  }
  close(ends[1]);
  Death death;
  std::array<char, 512> buffer{};
  for (ssize_t count = 0; (count = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    death.message.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  death.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return death;
}

}  // namespace norn::test
