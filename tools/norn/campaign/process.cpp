#include "campaign/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "duration.hpp"

namespace norn::command {

namespace {

using std::chrono::steady_clock;

struct Ends {
  FileDescriptor read, write;
};

// Both above the numbers that a child gets, so that making one of these spoils none of ours.
Result<Ends> make_pipe() {
  constexpr int kFirst = 10;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Error{Errc::io_error, std::string("a pipe: ") + std::strerror(errno)};
  const FileDescriptor read(ends[0]);
  const FileDescriptor write(ends[1]);
  Ends high{FileDescriptor(::fcntl(read.get(), F_DUPFD_CLOEXEC, kFirst)),
            FileDescriptor(::fcntl(write.get(), F_DUPFD_CLOEXEC, kFirst))};
  if (high.read.get() < 0 || high.write.get() < 0)
    return Error{Errc::io_error, std::string("a pipe: ") + std::strerror(errno)};
  return high;
}

class Spawner {
 public:
  Spawner() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    // The program must meet the usual signals, whatever this one does with them.
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    ::posix_spawnattr_setsigdefault(&attributes_, &usual);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  }
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;
  ~Spawner() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  void give(int ours, int number) { ::posix_spawn_file_actions_adddup2(&actions_, ours, number); }
  int spawn(std::vector<std::string> words, pid_t& child) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return ::posix_spawnp(&child, pointers[0], &actions_, &attributes_, pointers.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

void read_without_waiting(int file) {
  ::fcntl(file, F_SETFL, ::fcntl(file, F_GETFL) | O_NONBLOCK);
}

std::string signal_name(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("signal SIG") + name;
}

// Takes all that comes through a pipe; false when its end came.
bool drain(FileDescriptor& file, std::string& text) {
  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got > 0) text.append(block.data(), static_cast<std::size_t>(got));
    if (got == 0) file.close();
    if (got == 0) return false;
    if (got < 0 && errno != EINTR) return true;
  }
}

}  // namespace

Result<Pipes> spawn(const std::vector<std::string>& command,
                    const std::vector<std::pair<int, int>>& more) {
  Result<Ends> input = make_pipe();
  Result<Ends> output = make_pipe();
  Result<Ends> errors = make_pipe();
  for (const Result<Ends>* each : {&input, &output, &errors}) {
    if (!*each) return each->error();
  }
  Spawner spawner;
  spawner.give(input->read.get(), STDIN_FILENO);
  spawner.give(output->write.get(), STDOUT_FILENO);
  spawner.give(errors->write.get(), STDERR_FILENO);
  std::vector<FileDescriptor> high;
  for (const auto& [ours, number] : more) {
    high.emplace_back(::fcntl(ours, F_DUPFD_CLOEXEC, 10));
    spawner.give(high.back().get(), number);
  }
  Pipes pipes;
  if (const int problem = spawner.spawn(command, pipes.process); problem != 0)
    return Error{Errc::io_error, command.front() + ": " + std::strerror(problem)};
  pipes.input = std::move(input->write);
  pipes.output = std::move(output->read);
  pipes.errors = std::move(errors->read);
  read_without_waiting(pipes.output.get());
  read_without_waiting(pipes.errors.get());
  return pipes;
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string end_text(int status) {
  if (WIFEXITED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
  return signal_name(WTERMSIG(status));
}

Result<Ran> run_program(const std::vector<std::string>& command, std::chrono::nanoseconds limit) {
  Result<Pipes> pipes = spawn(command, {});
  if (!pipes) return pipes.error();
  pipes->input.close();
  Ran ran;
  const auto begin = steady_clock::now();
  bool late = false;
  while (pipes->output.get() >= 0 || pipes->errors.get() >= 0) {
    std::array<pollfd, 2> files = {
        {{pipes->output.get(), POLLIN, 0}, {pipes->errors.get(), POLLIN, 0}}};
    ::poll(files.data(), files.size(), 100);
    if (pipes->output.get() >= 0) drain(pipes->output, ran.output);
    if (pipes->errors.get() >= 0) drain(pipes->errors, ran.errors);
    if (!late && steady_clock::now() - begin > limit) {
      late = true;
      ::kill(pipes->process, SIGKILL);
    }
  }
  const int status = wait_for(pipes->process);
  ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ran.end = late ? "no end within " + duration_text(limit.count()) : end_text(status);
  return ran;
}

}  // namespace norn::command
