#include "model/published_state.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace norn::viewer {

void PublishedState::add(Index index, const trace::Event& event) {
  StateTrack& track = tracks_[{event.node, event.text}];
  track.node = event.node;
  track.key = event.text;
  track.changes.push_back(parse(index, event.payload));
}

StateChange PublishedState::parse(Index index, std::span<const std::byte> payload) {
  const auto* const begin = reinterpret_cast<const char*>(payload.data());
  const std::string_view json(begin, payload.size());
  std::int64_t number = 0;
  const auto parsed = std::from_chars(begin, begin + json.size(), number);
  if (!json.empty() && parsed.ec == std::errc() && parsed.ptr == begin + json.size()) {
    return {.event = index, .number = number};
  }
  const auto value = nlohmann::json::parse(json, nullptr, false);
  std::string text = value.is_string() ? value.get<std::string>()
                     : value.is_discarded()
                         ? std::string(json)
                         : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return {.event = index, .text = intern(std::move(text))};
}

std::uint32_t PublishedState::intern(std::string text) {
  const auto [found, is_new] =
      pool_index_.try_emplace(std::move(text), static_cast<std::uint32_t>(pool_.size() + 1));
  if (is_new) pool_.push_back(found->first);
  return found->second;
}

const StateTrack* PublishedState::track(trace::NodeId node, trace::StringId key) const {
  const auto found = tracks_.find({node, key});
  return found == tracks_.end() ? nullptr : &found->second;
}

std::vector<const StateTrack*> PublishedState::tracks_of(trace::NodeId node) const {
  std::vector<const StateTrack*> out;
  for (auto it = tracks_.lower_bound({node, 0}); it != tracks_.end() && it->first.first == node;
       ++it) {
    out.push_back(&it->second);
  }
  return out;
}

std::string PublishedState::value(const StateChange& change) const {
  return change.text == 0 ? std::to_string(change.number) : pool_[change.text - 1];
}

const StateChange* PublishedState::at(const StateTrack& track, Index event) {
  const auto after =
      std::upper_bound(track.changes.begin(), track.changes.end(), event,
                       [](Index at, const StateChange& change) { return at < change.event; });
  return after == track.changes.begin() ? nullptr : &*(after - 1);
}

std::size_t PublishedState::bytes() const {
  std::size_t sum = 0;
  for (const auto& [key, track] : tracks_) sum += track.changes.capacity() * sizeof(StateChange);
  for (const std::string& text : pool_) sum += 2 * (sizeof(std::string) + text.capacity());
  return sum;
}

}  // namespace norn::viewer
