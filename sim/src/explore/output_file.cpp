#include "explore/output_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace norn::explore {

namespace {

Error system_error(const std::string& path, int problem) {
  Errc code = Errc::io_error;
  if (problem == ENOSPC || problem == EDQUOT) code = Errc::no_space;
  if (problem == EEXIST) code = Errc::already_exists;
  return {code, path + ": " + std::strerror(problem)};
}

// Returns 0 or an errno value.
int write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t done = ::write(file, content.data(), content.size());
    if (done < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    content.remove_prefix(static_cast<std::size_t>(done));
  }
  return 0;
}

int write_new_file(const std::string& path, std::string_view content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return errno;
  int problem = write_all(file, content);
  if (::close(file) != 0 && problem == 0) problem = errno;
  if (problem != 0) ::unlink(path.c_str());
  return problem;
}

}  // namespace

Result<void> write_output(const std::string& path, std::string_view content, bool overwrite) {
  // The process id keeps two programs that write the same path at once apart.
  const std::string beside = path + ".partial-" + std::to_string(::getpid());
  if (const int problem = write_new_file(beside, content); problem != 0) {
    return system_error(beside, problem);
  }
  // link() refuses to replace a file, rename() replaces it: both in one step.
  const int failed =
      overwrite ? std::rename(beside.c_str(), path.c_str()) : ::link(beside.c_str(), path.c_str());
  const int problem = failed == 0 ? 0 : errno;
  if (!overwrite || failed != 0) ::unlink(beside.c_str());
  if (problem != 0) return system_error(path, problem);
  return {};
}

Result<void> make_directories(const std::string& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (!problem && !std::filesystem::is_directory(path, problem) && !problem) {
    problem = std::make_error_code(std::errc::not_a_directory);
  }
  if (problem) return system_error(path, problem.value());
  return {};
}

Result<void> check_writable(const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code problem;
  fs::path existing = directory;
  while (!fs::exists(existing, problem)) {
    if (problem && problem != std::errc::not_a_directory) break;
    const fs::path above = existing.has_parent_path() ? existing.parent_path() : fs::path(".");
    if (above == existing) break;
    existing = above;
  }
  if (!fs::is_directory(existing, problem)) return system_error(existing.string(), ENOTDIR);
  if (::access(existing.c_str(), W_OK | X_OK) != 0) return system_error(existing.string(), errno);
  return {};
}

}  // namespace norn::explore
