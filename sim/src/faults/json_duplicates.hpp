// Members that stand twice in one JSON object: the parser would keep the last and say nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace norn::sim {

// DuplicateFinder is told of every step of a parser (it is a callback of nlohmann::json::parse) and
// keeps the path of the first member that came twice.
class DuplicateFinder {
 public:
  void step(nlohmann::json::parse_event_t event, const nlohmann::json& parsed);
  const std::optional<std::string>& path() const { return path_; }

 private:
  struct Level {
    bool is_array = false;
    std::size_t index = 0;
    std::string member;
    std::set<std::string> members;
  };

  void value_ended();
  std::string path_here() const;

  std::vector<Level> levels_;
  std::optional<std::string> path_;
};

}  // namespace norn::sim
