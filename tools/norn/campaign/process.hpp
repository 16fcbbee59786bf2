// Other programs, run as processes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "campaign/worker.hpp"
#include "norn/runtime/result.hpp"

namespace norn::command {

// The ends of a process's standard streams that we hold; reading does not wait.
struct Pipes {
  pid_t process = -1;
  FileDescriptor input, output, errors;
};

// spawn() runs a program in a process group of its own, so that Ctrl-C does not reach it. `more` is
// which of our files it gets under which number. Errors: io_error.
Result<Pipes> spawn(const std::vector<std::string>& command,
                    const std::vector<std::pair<int, int>>& more);

// wait_for() returns the status of a process that has ended or is about to.
int wait_for(pid_t process);
// end_text() is "exit code 2" or "signal SIGSEGV".
std::string end_text(int status);

// What a program that ran to its end did.
struct Ran {
  int exit_code = 0;  // -1: a signal ended it
  std::string output;
  std::string errors;
  std::string end;  // "exit code 0", "signal SIGSEGV", "no end within 60s"
};

// run_program() runs a program and kills it when it takes longer than `limit`.
Result<Ran> run_program(const std::vector<std::string>& command, std::chrono::nanoseconds limit);

}  // namespace norn::command
