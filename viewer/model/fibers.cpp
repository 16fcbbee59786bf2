#include "model/fibers.hpp"

#include <algorithm>

namespace norn::viewer {

FiberTrack* Fibers::find(trace::FiberId fiber) {
  if (fiber == 0 || fiber >= places_.size() || places_[fiber].node == 0) return nullptr;
  return &tracks_[places_[fiber].node][places_[fiber].track];
}

void Fibers::add(Index index, const trace::Event& event) {
  using trace::EventKind;
  if (event.kind == EventKind::fiber_start) {
    // Fibers are numbered one by one: a damaged number must not cost memory.
    if (event.a == 0 || event.a > places_.size() + 65'536) return;
    const auto fiber = static_cast<trace::FiberId>(event.a);
    if (places_.size() <= fiber) places_.resize(fiber + 1);
    if (tracks_.size() <= event.node) tracks_.resize(event.node + 1);
    auto& tracks = tracks_[event.node];
    places_[fiber] = {event.node, static_cast<std::uint32_t>(tracks.size())};
    tracks.push_back({.fiber = fiber, .node = event.node, .name = event.text, .begin = index});
    return;
  }
  if (event.kind == EventKind::fiber_end) {
    FiberTrack* const track = find(static_cast<trace::FiberId>(event.a));
    if (track == nullptr) return;
    track->end = index;
    track->how = static_cast<trace::FiberEnd>(event.b);
    return;
  }
  if (event.kind == EventKind::fiber_block) {
    FiberTrack* const track = find(static_cast<trace::FiberId>(event.a));
    if (track == nullptr) return;
    know_blocking_ = true;
    track->steps.push_back(
        {.from = index, .blocked = true, .on = static_cast<trace::BlockReason>(event.b)});
    return;
  }
  // Whatever a blocked fiber does next shows that it runs again.
  if (!know_blocking_) return;
  const bool woken = event.kind == EventKind::timer && event.a != 0;
  FiberTrack* const track = find(woken ? static_cast<trace::FiberId>(event.a) : event.fiber);
  if (track != nullptr && !track->steps.empty() && track->steps.back().blocked)
    track->steps.push_back({.from = index});
}

std::span<const FiberTrack> Fibers::of(trace::NodeId node) const {
  if (node >= tracks_.size()) return {};
  return tracks_[node];
}

const FiberStep* Fibers::at(const FiberTrack& track, Index event) {
  const auto after =
      std::upper_bound(track.steps.begin(), track.steps.end(), event,
                       [](Index at, const FiberStep& step) { return at < step.from; });
  return after == track.steps.begin() ? nullptr : &*(after - 1);
}

std::size_t Fibers::bytes() const {
  std::size_t sum = places_.capacity() * sizeof(Place);
  for (const auto& tracks : tracks_) {
    sum += tracks.capacity() * sizeof(FiberTrack);
    for (const FiberTrack& track : tracks) sum += track.steps.capacity() * sizeof(FiberStep);
  }
  return sum;
}

}  // namespace norn::viewer
