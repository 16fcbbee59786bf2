#include "panels/spots.hpp"

#include <algorithm>
#include <utility>

namespace norn::viewer {

void Spots::note(std::string name) {
  const ImVec2 from = ImGui::GetItemRectMin();
  const ImVec2 to = ImGui::GetItemRectMax();
  note(std::move(name), {.x0 = from.x, .y0 = from.y, .x1 = to.x, .y1 = to.y});
}

std::optional<Rect> Spots::find(std::string_view name) const {
  const auto found =
      std::find_if(last_.begin(), last_.end(), [&](const Spot& spot) { return spot.name == name; });
  if (found == last_.end()) return std::nullopt;
  return found->rect;
}

std::vector<std::string> Spots::names() const {
  std::vector<std::string> out;
  out.reserve(last_.size());
  for (const Spot& spot : last_) out.push_back(spot.name);
  return out;
}

void Spots::next_frame() {
  last_.swap(now_);
  now_.clear();
}

}  // namespace norn::viewer
