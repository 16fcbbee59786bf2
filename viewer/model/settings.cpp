#include "model/settings.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "model/json_file.hpp"

namespace norn::viewer {
namespace {

using nlohmann::json;

constexpr int kLeastSide = 300;
constexpr int kMostSide = 16'384;
constexpr std::array<float, 14> kScales = {0.5F,  0.67F, 0.75F, 0.8F, 0.9F, 1.0F, 1.1F,
                                           1.25F, 1.5F,  1.75F, 2.0F, 2.5F, 3.0F, 4.0F};
constexpr float kAlmost = 0.001F;

template <class Value>
void take_setting(const json& file, const char* name, Value& value, Value least, Value most) {
  const auto found = file.find(name);
  if (found == file.end() || !found->is_number()) return;
  const auto read = found->get<double>();
  if (read >= static_cast<double>(least) && read <= static_cast<double>(most))
    value = static_cast<Value>(read);
}

}  // namespace

void Settings::larger() {
  const auto* const next = std::upper_bound(kScales.begin(), kScales.end(), scale + kAlmost);
  if (next != kScales.end()) scale = *next;
}

void Settings::smaller() {
  const auto* const next = std::lower_bound(kScales.begin(), kScales.end(), scale - kAlmost);
  if (next != kScales.begin()) scale = *(next - 1);
}

void Settings::opened(const std::string& path) {
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(path, ignored).lexically_normal();
  const std::string entry = ignored ? path : absolute.string();
  std::erase(recent, entry);
  recent.insert(recent.begin(), entry);
  if (recent.size() > kMostRecent) recent.resize(kMostRecent);
}

std::string Settings::path() {
  if (const char* const folder = std::getenv("XDG_CONFIG_HOME");
      folder != nullptr && folder[0] == '/')
    return std::string(folder) + "/norn/viewer.json";
  if (const char* const home = std::getenv("HOME"); home != nullptr && home[0] == '/')
    return std::string(home) + "/.config/norn/viewer.json";
  return {};
}

Result<Settings> Settings::load(const std::string& path) {
  Settings settings;
  if (path.empty()) return settings;
  const auto read = read_json_file(path);
  if (!read) return read.error();
  if (!read->has_value() || !(*read)->is_object()) return settings;
  const json& file = **read;
  take_setting(file, "width", settings.width, kLeastSide, kMostSide);
  take_setting(file, "height", settings.height, kLeastSide, kMostSide);
  take_setting(file, "scale", settings.scale, 0.5F, 4.0F);
  take_setting(file, "dock_height", settings.dock_height, 60.0F, 10'000.0F);
  const auto text = [&](const char* name) {
    const auto found = file.find(name);
    return found != file.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  settings.dark = text("theme") == "dark";
  settings.ordinal = text("axis") == "events";
  settings.panel = text("panel");
  const auto recent = file.find("recent");
  if (recent == file.end() || !recent->is_array()) return settings;
  for (const json& entry : *recent) {
    if (entry.is_string() && settings.recent.size() < kMostRecent)
      settings.recent.push_back(entry.get<std::string>());
  }
  return settings;
}

Result<void> Settings::save(const std::string& path) const {
  if (path.empty()) return {};
  return write_json_file(path, {{"width", width},
                                {"height", height},
                                {"theme", dark ? "dark" : "light"},
                                {"axis", ordinal ? "events" : "time"},
                                {"scale", scale},
                                {"panel", panel},
                                {"dock_height", dock_height},
                                {"recent", recent}});
}

}  // namespace norn::viewer
