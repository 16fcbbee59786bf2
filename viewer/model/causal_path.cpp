// The way with the fewest steps from node to node between two events.
#include <algorithm>

#include "model/causality.hpp"
#include "model/describe.hpp"
#include "norn/trace/happens_before.hpp"

namespace norn::viewer {
namespace {

// From its event `first` on, a node is reached with `steps` from node to node.
struct Reach {
  Index first = kNone;
  std::uint32_t steps = 0;
};

PathStep::By by(const TraceModel& model, Index event) {
  return model.events().cause(event) == kNone ? PathStep::By::found_after : PathStep::By::cause;
}

// PathSearch goes forward over the events between the two. What reaches a node later is kept only
// when it takes fewer steps, so the last entry at or before an event is the best one.
class PathSearch {
 public:
  PathSearch(const TraceModel& model, Index from, Index to)
      : model_(model),
        events_(model.events()),
        from_(from),
        to_(to),
        reached_(model.lanes().node_count() + 1) {
    if (!is_loose(from)) reached_[events_.node(from)].push_back({.first = from, .steps = 0});
  }

  void run() {
    const trace::NodeId goal = events_.node(to_);
    for (Index i = from_ + 1; i <= to_; ++i) {
      const Index cause = events_.cause(i);
      if (cause == kNone || cause < from_ || is_loose(i)) continue;
      const Reach* const before = reach(firm(cause));
      if (before == nullptr && firm(cause) != from_) continue;
      const std::uint32_t steps = (before == nullptr ? 0 : before->steps) + 1;
      auto& mine = reached_[events_.node(i)];
      if (!mine.empty() && mine.back().steps <= steps) continue;
      mine.push_back({.first = i, .steps = steps});
      if (events_.node(i) == goal && steps == 1) return;
    }
  }

  // From the goal back to the start.
  std::vector<PathStep> backwards() const {
    std::vector<PathStep> path;
    Index at = to_;
    while (at != from_) {
      const Reach* const here = reach(at);
      if (here == nullptr) return {};
      if (here->first != at) {
        path.push_back({.event = at, .by = PathStep::By::node_order});
        at = here->first;
        continue;
      }
      do {
        path.push_back({.event = at, .by = by(model_, at)});
        at = model_.cause_of(at);
      } while (at != from_ && is_loose(at));
    }
    path.push_back({.event = from_, .by = PathStep::By::start});
    return path;
  }

 private:
  bool is_loose(Index event) const {
    return events_.node(event) == 0 || !trace::ordered_by_node(events_.kind(event));
  }
  Index firm(Index event) const {
    while (event != kNone && event > from_ && is_loose(event)) event = model_.cause_of(event);
    return event;
  }
  const Reach* reach(Index event) const {
    if (event == kNone || event < from_ || is_loose(event)) return nullptr;
    const auto& list = reached_[events_.node(event)];
    const auto after =
        std::upper_bound(list.begin(), list.end(), event,
                         [](Index at, const Reach& reach) { return at < reach.first; });
    return after == list.begin() ? nullptr : &*(after - 1);
  }

  const TraceModel& model_;
  const EventTable& events_;
  Index from_;
  Index to_;
  std::vector<std::vector<Reach>> reached_;
};

}  // namespace

void refresh(CausalView& view, const TraceModel& model, Index selected, Index second) {
  constexpr std::size_t kMostTitles = 200;
  view.waiting = false;
  if (selected != view.frontiers.event) {
    view.frontiers = {};
    view.counts = {};
    view.second = kNone;
    view.path.clear();
    view.path_titles.clear();
    if (selected == kNone) return;
    if (view.causality == nullptr) view.causality = std::make_shared<Causality>(model);
    view.waiting = !view.causality->answers_soon(selected);
    if (view.waiting) return;
    view.frontiers = view.causality->frontiers(selected);
    view.counts = view.causality->count(view.frontiers);
  }
  if (second == view.second) return;
  view.second = second;
  view.path.clear();
  view.path_titles.clear();
  if (selected == kNone || second == kNone) return;
  view.path = view.causality->shortest_path(selected, second);
  for (const PathStep& step : view.path) {
    if (view.path_titles.size() == kMostTitles) break;
    view.path_titles.push_back(title_of(model, step.event));
  }
}

std::vector<PathStep> Causality::shortest_path(Index one, Index other) const {
  const Index from = std::min(one, other);
  const Index to = std::max(one, other);
  if (from == to || !happened_before(from, to)) return {};
  // What no node orders comes from its causes alone; these are the end of the way.
  std::vector<PathStep> path;
  Index goal = to;
  while (goal != from && is_loose(goal)) {
    path.push_back({.event = goal, .by = by(*model_, goal)});
    goal = model_->cause_of(goal);
    if (goal == kNone) return {};
  }
  PathSearch search(*model_, from, goal);
  if (goal != from) search.run();
  const std::vector<PathStep> rest = search.backwards();
  path.insert(path.end(), rest.begin(), rest.end());
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace norn::viewer
