#include "viewer/ui/child_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "support/scratch_folder.hpp"

namespace norn::viewer::test {

ChildProcess::ChildProcess(const std::vector<std::string>& command,
                           const std::map<std::string, std::string>& environment,
                           const std::string& output)
    : pid_(start(command, environment, output)) {}

pid_t ChildProcess::start(const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& environment,
                          const std::string& output) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot start " + command.front());
  if (child > 0) return child;
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  for (const auto& [name, value] : environment) {
    if (value.empty()) {
      ::unsetenv(name.c_str());
    } else {
      ::setenv(name.c_str(), value.c_str(), 1);
    }
  }
  ::execvp(words.front(), words.data());
  ::_exit(127);
}

ChildProcess::~ChildProcess() {
  if (!running()) return;
  terminate();
  wait();
}

bool ChildProcess::running() {
  if (!ended_ && ::waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

long ChildProcess::cpu_ticks() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string line;
  std::getline(file, line);
  // The name may hold anything; after its closing parenthesis come the fields from the third on
  // (man proc).
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return user + system;
}

bool ChildProcess::sleeping() const {
  const std::string threads = "/proc/" + std::to_string(pid_) + "/task";
  std::error_code problem;
  for (const auto& thread : std::filesystem::directory_iterator(threads, problem)) {
    std::ifstream file(thread.path() / "stat");
    std::string line;
    std::getline(file, line);
    // The name may hold anything; after its closing parenthesis comes the state (man proc).
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos || line.compare(name_end, 3, ") S") != 0) return false;
  }
  return !problem;
}

int ChildProcess::wait() {
  if (!ended_) ::waitpid(pid_, &status_, 0);
  ended_ = true;
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
}

void ChildProcess::terminate() {
  if (!ended_) ::kill(pid_, SIGTERM);
}

Ran run(const std::vector<std::string>& command,
        const std::map<std::string, std::string>& environment) {
  const norn::test::ScratchFolder folder;
  const std::string output = folder.path() + "/output";
  Ran ran;
  ran.exit_code = ChildProcess(command, environment, output).wait();
  std::ostringstream text;
  text << std::ifstream(output).rdbuf();
  ran.output = text.str();
  return ran;
}

bool program_exists(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    folder += "/" + name;
    if (::access(folder.c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace norn::viewer::test
