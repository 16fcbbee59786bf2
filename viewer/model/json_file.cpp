#include "model/json_file.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

namespace norn::viewer {

using nlohmann::json;

Result<std::optional<json>> read_json_file(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::optional<json>();
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return {Errc::io_error, path + ": cannot be read"};
  try {
    return std::optional<json>(json::parse(text));
  } catch (const json::parse_error& problem) {
    return {Errc::invalid, path + ": byte " + std::to_string(problem.byte) + ": not JSON"};
  }
}

Result<void> write_json_file(const std::string& path, const json& value) {
  namespace fs = std::filesystem;
  std::error_code problem;
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty()) fs::create_directories(folder, problem);
  const std::string beside = path + ".partial";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out << value.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
    out.flush();
    if (!out) {
      fs::remove(beside, problem);
      return {Errc::io_error, path + ": cannot be written"};
    }
  }
  fs::rename(beside, path, problem);
  if (problem) return {Errc::io_error, path + ": cannot be written: " + problem.message()};
  return {};
}

}  // namespace norn::viewer
