#include "campaign/worker.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "campaign/process.hpp"

namespace norn::command {

// As the scenario program sees it.
struct WorkerProcess::Page {
  std::atomic<std::uint64_t> begun;
  std::atomic<std::uint64_t> too_much;
};

namespace {

constexpr std::size_t kLastWords = 12;
constexpr std::size_t kLongestWord = 400;
constexpr int kPageFile = 3;

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

void FileDescriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

bool LineReader::read(int file) {
  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t got = ::read(file, block.data(), block.size());
    if (got > 0) text_.append(block.data(), static_cast<std::size_t>(got));
    if (got == 0) return false;
    if (got < 0 && errno != EINTR) return errno == EAGAIN || errno == EWOULDBLOCK;
  }
}

bool LineReader::next(std::string& line) {
  const std::size_t end = text_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = text_.size();
    return false;
  }
  line = text_.substr(0, end);
  text_.erase(0, end + 1);
  scanned_ = 0;
  return true;
}

Result<WorkerProcess> WorkerProcess::start(const std::vector<std::string>& command) {
  WorkerProcess worker;
  FileDescriptor page(::memfd_create("norn-worker", MFD_CLOEXEC));
  if (page.get() < 0 || ::ftruncate(page.get(), sizeof(Page)) != 0)
    return Error{Errc::io_error, std::string("memory for a worker: ") + std::strerror(errno)};
  void* const at = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, page.get(), 0);
  if (at == MAP_FAILED)
    return Error{Errc::io_error, std::string("memory for a worker: ") + std::strerror(errno)};
  worker.page_ = static_cast<Page*>(at);
  std::vector<std::string> words = command;
  words.insert(words.end(), {"--worker", std::to_string(kPageFile)});
  Result<Pipes> pipes = spawn(words, {{page.get(), kPageFile}});
  if (!pipes) return pipes.error();
  worker.process_ = pipes->process;
  worker.input_ = std::move(pipes->input);
  worker.output_ = std::move(pipes->output);
  worker.errors_ = std::move(pipes->errors);
  return worker;
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)),
      page_(std::exchange(other.page_, nullptr)),
      lines_(std::move(other.lines_)),
      error_lines_(std::move(other.error_lines_)),
      last_words_(std::move(other.last_words_)) {}

WorkerProcess::~WorkerProcess() {
  if (process_ > 0) {
    kill();
    end();
  }
  if (page_ != nullptr) ::munmap(page_, sizeof(Page));
}

void WorkerProcess::send(std::string_view line) {
  while (!line.empty()) {
    const ssize_t done = ::write(input_.get(), line.data(), line.size());
    if (done < 0 && errno != EINTR) return;
    if (done > 0) line.remove_prefix(static_cast<std::size_t>(done));
  }
}

bool WorkerProcess::read() {
  return lines_.read(output_.get());
}

void WorkerProcess::read_errors() {
  if (errors_.get() < 0) return;
  const bool open = error_lines_.read(errors_.get());
  std::string line;
  while (error_lines_.next(line)) {
    last_words_.push_back(line.substr(0, kLongestWord));
    if (last_words_.size() > kLastWords) last_words_.pop_front();
  }
  if (!open) errors_.close();
}

std::uint64_t WorkerProcess::begun() const {
  return page_->begun.load();
}

bool WorkerProcess::used_too_much() const {
  return page_->too_much.load() != 0;
}

std::uint64_t WorkerProcess::resident() const {
  // proc(5): the second number is the resident size in pages.
  const std::string path = "/proc/" + std::to_string(process_) + "/statm";
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return 0;
  std::array<char, 128> text{};
  if (::read(file.get(), text.data(), text.size() - 1) <= 0) return 0;
  unsigned long long size = 0;
  unsigned long long resident = 0;
  // NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers
  if (std::sscanf(text.data(), "%llu %llu", &size, &resident) != 2) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void WorkerProcess::kill() {
  if (process_ > 0) ::kill(process_, SIGKILL);
}

std::string WorkerProcess::end() {
  input_.close();
  const int status = wait_for(std::exchange(process_, -1));
  read_errors();
  return end_text(status);
}

std::vector<std::string> WorkerProcess::last_words() {
  std::vector<std::string> lines(last_words_.begin(), last_words_.end());
  if (!error_lines_.rest().empty()) lines.push_back(error_lines_.rest().substr(0, kLongestWord));
  return lines;
}

}  // namespace norn::command
