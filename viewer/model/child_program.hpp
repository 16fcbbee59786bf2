// Another program, run without waiting for it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "norn/runtime/result.hpp"

namespace norn::viewer {

// ChildProgram runs in a process group of its own, with nothing to read and its output and errors
// in one text.
class ChildProgram {
 public:
  static constexpr std::size_t kMostOutput = 4U << 20U;  // bytes; what follows is thrown away

  // start() errors: not_found or io_error, with the program's name.
  static Result<std::unique_ptr<ChildProgram>> start(std::vector<std::string> command);
  // For start() alone.
  ChildProgram() = default;
  // The destructor kills what still runs.
  ~ChildProgram();
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  // poll() takes what was written; false once the program has ended and all was taken.
  bool poll();
  bool running() const { return process_ > 0; }
  const std::string& output() const { return output_; }
  // How it ended: its exit code, or -1 when a signal ended it; and the same in words.
  int exit_code() const { return exit_code_; }
  const std::string& end_text() const { return end_text_; }
  // stop() asks it to end, the second time it makes it.
  void stop();

 private:
  bool drain();

  pid_t process_ = -1;
  int pipe_ = -1;
  bool asked_to_stop_ = false;
  std::string output_;
  int exit_code_ = -1;
  std::string end_text_;
};

// shell_words() takes a command line apart as a shell would: blanks, quotes, backslashes.
std::vector<std::string> shell_words(const std::string& line);
// shell_line() writes words so that a shell reads them as they are.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace norn::viewer
