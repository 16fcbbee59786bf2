#include "campaign/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace norn::command {

namespace {

Error system_error(const std::string& path, int problem) {
  return {problem == ENOENT ? Errc::not_found : Errc::io_error,
          path + ": " + std::strerror(problem)};
}

int write_synced(const std::string& path, std::string_view content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return errno;
  int problem = 0;
  while (!content.empty() && problem == 0) {
    const ssize_t done = ::write(file, content.data(), content.size());
    if (done >= 0) content.remove_prefix(static_cast<std::size_t>(done));
    if (done < 0 && errno != EINTR) problem = errno;
  }
  if (problem == 0 && ::fsync(file) != 0) problem = errno;
  if (::close(file) != 0 && problem == 0) problem = errno;
  return problem;
}

}  // namespace

Result<void> replace_file(const std::string& path, std::string_view content) {
  const std::string beside = path + ".partial";
  int problem = write_synced(beside, content);
  if (problem == 0 && std::rename(beside.c_str(), path.c_str()) != 0) problem = errno;
  if (problem == 0) return {};
  ::unlink(beside.c_str());
  return system_error(path, problem);
}

Result<std::string> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return system_error(path, EISDIR);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return system_error(path, errno == 0 ? EIO : errno);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) return system_error(path, EIO);
  return text;
}

Result<Json> read_json(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  Json json = Json::parse(*text, nullptr, false);
  if (json.is_discarded()) return Error{Errc::invalid, path + ": not JSON"};
  return json;
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<void> make_folder(const std::string& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (!problem && !std::filesystem::is_directory(path, problem) && !problem)
    problem = std::make_error_code(std::errc::not_a_directory);
  if (problem) return system_error(path, problem.value());
  return {};
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos)
    return std::string(text);
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace norn::command
