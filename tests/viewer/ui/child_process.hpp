// A program that a test starts, and that ends with the test.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace norn::viewer::test {

class ChildProcess {
 public:
  // Standard output and error go to the file `output`. The program is looked for in PATH.
  ChildProcess(const std::vector<std::string>& command,
               const std::map<std::string, std::string>& environment, const std::string& output);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  bool running();
  // cpu_ticks() is the processor time used so far, in ticks of a hundredth of a second.
  long cpu_ticks() const;
  // sleeping() is whether no thread of it runs or waits for a processor at this moment: on a busy
  // machine one that has something to do may stand still, but does not sleep.
  bool sleeping() const;
  // wait() waits for the end and returns the exit code, or minus the signal that killed it.
  int wait();
  void terminate();

 private:
  static pid_t start(const std::vector<std::string>& command,
                     const std::map<std::string, std::string>& environment,
                     const std::string& output);

  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

// run() runs a program to its end: exit code and what it printed.
struct Ran {
  int exit_code = -1;
  std::string output;
};
Ran run(const std::vector<std::string>& command,
        const std::map<std::string, std::string>& environment = {});

// program_exists() looks for a program in PATH.
bool program_exists(const std::string& name);

}  // namespace norn::viewer::test
