#include "faults/json_duplicates.hpp"

#include <utility>

namespace norn::sim {

void DuplicateFinder::step(nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
  using Event = nlohmann::json::parse_event_t;
  switch (event) {
    case Event::object_start:
    case Event::array_start: {
      Level level;
      level.is_array = event == Event::array_start;
      levels_.push_back(std::move(level));
      return;
    }
    case Event::object_end:
    case Event::array_end:
      levels_.pop_back();
      return value_ended();
    case Event::value:
      return value_ended();
    case Event::key: {
      Level& level = levels_.back();
      level.member = parsed.get<std::string>();
      if (!level.members.insert(level.member).second && !path_) path_ = path_here();
      return;
    }
  }
}

void DuplicateFinder::value_ended() {
  if (!levels_.empty() && levels_.back().is_array) ++levels_.back().index;
}

std::string DuplicateFinder::path_here() const {
  std::string path;
  for (const Level& level : levels_) {
    if (level.is_array) {
      path += '[' + std::to_string(level.index) + ']';
    } else {
      path += (path.empty() ? "" : ".") + level.member;
    }
  }
  return path;
}

}  // namespace norn::sim
