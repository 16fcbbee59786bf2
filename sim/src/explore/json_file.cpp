#include "explore/json_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "faults/json_duplicates.hpp"

namespace norn::explore {

namespace {

// The parser's message without its error number and its own idea of the place.
std::string plain_reason(const nlohmann::json::parse_error& problem) {
  std::string text = problem.what();
  const auto start = text.find("syntax error");
  if (start != std::string::npos) text.erase(0, start);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string place(const std::string& text, std::size_t byte) {
  const std::size_t offset = std::min(byte == 0 ? 0 : byte - 1, text.size());
  const auto begin = text.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(offset);
  const auto line = std::count(begin, end, '\n') + 1;
  const std::size_t line_start = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
  const std::size_t column = line_start == std::string::npos ? offset + 1 : offset - line_start;
  return std::to_string(line) + ":" + std::to_string(column);
}

}  // namespace

Result<nlohmann::json> read_json_file(const std::string& path) {
  // A folder opens like a file, and throws when it is read.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return Error{Errc::io_error, path + ": " + std::strerror(EISDIR)};
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int problem = errno == 0 ? EIO : errno;
    return Error{problem == ENOENT ? Errc::not_found : Errc::io_error,
                 path + ": " + std::strerror(problem)};
  }
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad() || (text.empty() && errno != 0)) {
    return Error{Errc::io_error, path + ": " + std::strerror(errno == 0 ? EIO : errno)};
  }
  if (text.empty()) return Error{Errc::invalid, path + ":1:1: the file is empty"};
  sim::DuplicateFinder duplicates;
  const auto step = [&](int, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    duplicates.step(event, parsed);
    return true;
  };
  try {
    nlohmann::json json = nlohmann::json::parse(text, step);
    if (duplicates.path()) {
      return Error{Errc::invalid, path + ": " + *duplicates.path() + ": is there twice"};
    }
    return json;
  } catch (const nlohmann::json::parse_error& problem) {
    return Error{Errc::invalid,
                 path + ":" + place(text, problem.byte) + ": not JSON: " + plain_reason(problem)};
  }
}

}  // namespace norn::explore
