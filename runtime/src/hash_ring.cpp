#include "norn/runtime/hash_ring.hpp"

#include <algorithm>
#include <string>
#include <tuple>

#include "norn/runtime/host/message.hpp"

namespace norn {

std::uint64_t HashRing::position(std::string_view text) {
  std::uint64_t x = host::hash_name(text);
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

bool HashRing::add(std::string_view member) {
  const auto place = std::lower_bound(members_.begin(), members_.end(), member);
  if (place != members_.end() && *place == member) return false;
  members_.emplace(place, member);
  for (std::uint32_t i = 0; i < points_; ++i) {
    const std::string label = std::string(member) + '#' + std::to_string(i);
    ring_.push_back({position(label), std::string(member)});
  }
  std::sort(ring_.begin(), ring_.end(), [](const Point& a, const Point& b) {
    return std::tie(a.position, a.member) < std::tie(b.position, b.member);
  });
  return true;
}

bool HashRing::remove(std::string_view member) {
  const auto place = std::lower_bound(members_.begin(), members_.end(), member);
  if (place == members_.end() || *place != member) return false;
  members_.erase(place);
  std::erase_if(ring_, [&](const Point& point) { return point.member == member; });
  return true;
}

std::size_t HashRing::first_after(std::uint64_t position) const {
  const auto next = std::lower_bound(
      ring_.begin(), ring_.end(), position,
      [](const Point& point, std::uint64_t value) { return point.position < value; });
  return next == ring_.end() ? 0 : static_cast<std::size_t>(next - ring_.begin());
}

std::optional<std::string> HashRing::owner(std::string_view key) const {
  if (ring_.empty()) return std::nullopt;
  return ring_[first_after(position(key))].member;
}

std::vector<std::string> HashRing::owners(std::string_view key, std::size_t count) const {
  std::vector<std::string> found;
  count = std::min(count, members_.size());
  for (std::size_t i = first_after(position(key)); found.size() < count; ++i) {
    const std::string& member = ring_[i % ring_.size()].member;
    if (std::find(found.begin(), found.end(), member) == found.end()) found.push_back(member);
  }
  return found;
}

}  // namespace norn
