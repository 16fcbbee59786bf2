// A scenario program that runs seeds for a campaign, as a process of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/result.hpp"

namespace norn::command {

// FileDescriptor closes what it holds.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number = -1) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }
  int get() const { return number_; }
  void close();

 private:
  int number_;
};

// LineReader cuts what comes through a pipe into lines.
class LineReader {
 public:
  // read() takes what is there, without waiting. False: the other end is closed.
  bool read(int file);
  // next() is false when no whole line is there.
  bool next(std::string& line);
  // rest() is what came after the last whole line.
  const std::string& rest() const { return text_; }

 private:
  std::string text_;
  std::size_t scanned_ = 0;
};

// WorkerProcess talks with a scenario program that was started with --worker. Its README describes
// what is said. The process is killed with the object.
class WorkerProcess {
 public:
  struct Page;

  // start() is an error when the program cannot be run.
  static Result<WorkerProcess> start(const std::vector<std::string>& command);
  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&& other) = delete;
  ~WorkerProcess();

  // send() gives it a line. What it does not take any more, it does not miss: its end is seen.
  void send(std::string_view line);
  int output() const { return output_.get(); }
  int errors() const { return errors_.get(); }
  // read() takes what it said. False: it has closed its output, as the dead do.
  bool read();
  bool next(std::string& line) { return lines_.next(line); }
  void read_errors();

  // begun() is how many seeds of the line it has begun; 0 when it runs none.
  std::uint64_t begun() const;
  // used_too_much() is whether it ended itself for the memory that a run used.
  bool used_too_much() const;
  // resident() is the memory that it has in use, in bytes; 0 when that cannot be read.
  std::uint64_t resident() const;
  void kill();
  // end() waits for the process, which is about to end: "signal SIGSEGV", "exit code 2".
  std::string end();
  // last_words() are the last lines of its standard error.
  std::vector<std::string> last_words();

 private:
  WorkerProcess() = default;

  pid_t process_ = -1;
  FileDescriptor input_, output_, errors_;
  Page* page_ = nullptr;
  LineReader lines_, error_lines_;
  std::deque<std::string> last_words_;
};

}  // namespace norn::command
