#include "model/causality.hpp"

#include <algorithm>
#include <unordered_map>

#include "norn/trace/happens_before.hpp"

namespace norn::viewer {
namespace {

constexpr std::size_t kStopEvery = 8192;
constexpr std::size_t kVersionBytes = 16U << 20U;
constexpr std::size_t kMostVersions = 1024;
constexpr std::size_t kLeastVersions = 8;

void raise_to(Index& value, Index least) {
  value = std::max(value, least);
}

}  // namespace

// Builder goes over the events once with the clock of each node. The clock that a message carries
// is the one its sender had: of each node the last versions of its clock are kept; a message that
// was under way for longer than these reach is asked of the checkpoints.
class Causality::Builder {
 public:
  explicit Builder(Causality& owner)
      : owner_(owner),
        nodes_(owner.nodes_),
        most_(std::clamp(kVersionBytes / (nodes_ * nodes_ * sizeof(Index) + 1), kLeastVersions,
                         kMostVersions)),
        clocks_(nodes_ * nodes_),
        versions_(nodes_) {
    for (Versions& versions : versions_) {
      versions.from.resize(most_);
      versions.clocks.resize(most_ * nodes_);
    }
  }

  void add(Index event) {
    if (owner_.is_loose(event)) return;
    const EventTable& events = owner_.model_->events();
    const std::size_t at = events.node(event) - 1;
    Index* const clock = &clocks_[at * nodes_];
    clock[at] = event + 1;
    const Index cause = owner_.firm(events.cause(event));
    if (cause == kNone) return;
    const std::size_t from = events.node(cause) - 1;
    if (from == at || clock[from] > cause) return;
    merge(from, cause, clock);
    clock[at] = event + 1;
    Versions& mine = versions_[at];
    const std::size_t slot = mine.count++ % most_;
    mine.from[slot] = event;
    std::copy_n(clock, nodes_, &mine.clocks[slot * nodes_]);
  }

  std::unique_ptr<Index[]> checkpoint() const {
    auto copy = std::make_unique<Index[]>(clocks_.size());
    std::copy(clocks_.begin(), clocks_.end(), copy.get());
    return copy;
  }

 private:
  struct Versions {
    std::size_t count = 0;  // ever; the last most_ are kept
    std::vector<Index> from;
    std::vector<Index> clocks;
  };

  // What the node knew at its event `cause` is known now.
  void merge(std::size_t from, Index cause, Index* clock) const {
    const Versions& theirs = versions_[from];
    std::size_t low = theirs.count > most_ ? theirs.count - most_ : 0;
    const std::size_t oldest = low;
    std::size_t high = theirs.count;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (theirs.from[middle % most_] <= cause) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low > oldest) {
      const Index* const version = &theirs.clocks[((low - 1) % most_) * nodes_];
      for (std::size_t n = 0; n < nodes_; ++n) raise_to(clock[n], version[n]);
    } else if (oldest > 0) {
      const Clock version = owner_.past_of(cause);
      for (std::size_t n = 0; n < nodes_; ++n) raise_to(clock[n], version[n]);
    }
    raise_to(clock[from], cause + 1);
  }

  Causality& owner_;
  std::size_t nodes_;
  std::size_t most_;
  std::vector<Index> clocks_;
  std::vector<Versions> versions_;
};

Causality::Causality(const TraceModel& model)
    : model_(&model),
      nodes_(model.lanes().node_count()),
      interval_(std::max(kLeastInterval, nodes_ * nodes_ * sizeof(Index))) {
  if (nodes_ > 0 && nodes_ <= kMostNodes) {
    checkpoints_.resize(model.events().size() / interval_ + 1);
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { prepare(stop); });
}

Causality::~Causality() = default;

void Causality::find_loose_effects(const std::stop_token& stop) {
  const EventTable& events = model_->events();
  for (Index i = 0; i < events.size(); ++i) {
    if (i % kStopEvery == 0 && stop.stop_requested()) return;
    const Index cause = events.cause(i);
    if (cause != kNone && is_loose(cause)) loose_effects_.emplace_back(cause, i);
  }
  std::sort(loose_effects_.begin(), loose_effects_.end());
  loose_effects_.shrink_to_fit();
}

void Causality::prepare(const std::stop_token& stop) {
  find_loose_effects(stop);
  loose_ready_ = true;
  loose_ready_.notify_all();
  if (!checkpoints_.empty()) {
    Builder builder(*this);
    const Index size = model_->events().size();
    for (Index i = 0; i < size; ++i) {
      if (i % interval_ == 0) {
        checkpoints_[i / interval_] = builder.checkpoint();
        ready_.store(i / interval_ + 1, std::memory_order_release);
        if (stop.stop_requested()) break;
      }
      builder.add(i);
    }
  }
  complete_ = true;
  complete_.notify_all();
}

bool Causality::answers_soon(Index event) const {
  constexpr std::size_t kSoon = 30'000;  // events to walk over
  if (event < kSoon && model_->events().size() < 10 * kSoon) return true;
  if (!loose_ready_.load()) return false;
  return checkpoints_.empty() || event < ready_.load(std::memory_order_acquire) * interval_ + kSoon;
}

bool Causality::is_loose(Index event) const {
  const EventTable& events = model_->events();
  return events.node(event) == 0 || !trace::ordered_by_node(events.kind(event));
}

// The nearest event of a node from which this one comes, itself included.
Index Causality::firm(Index event) const {
  while (event != kNone && is_loose(event)) event = model_->cause_of(event);
  return event;
}

// All events of the node up to past[node] are looked at, back to the last checkpoint, whose
// frontier stands for the rest. Nodes are expanded from the latest event on, and causes come before
// their effects: each node needs that once.
void Causality::expand(trace::NodeId node, Clock& past, Clock& done) const {
  const EventTable& events = model_->events();
  const Index last = past[node - 1];
  const std::size_t ready = ready_.load(std::memory_order_acquire);
  const std::size_t k = ready == 0 ? 0 : std::min((last - 1) / interval_, ready - 1);
  const auto begin = static_cast<Index>(k * interval_);
  const Index floor = std::max(begin, done[node - 1]);
  const auto& lane = model_->lanes().of(node).events;
  auto at = std::lower_bound(lane.begin(), lane.end(), last);
  while (at != lane.begin() && *(at - 1) >= floor) {
    --at;
    if (is_loose(*at)) continue;
    const Index cause = firm(events.cause(*at));
    if (cause != kNone) raise_to(past[events.node(cause) - 1], cause + 1);
  }
  done[node - 1] = last;
  if (begin == 0 || ready == 0) return;
  const Index* const row = &checkpoints_[k][(node - 1) * nodes_];
  for (std::size_t n = 0; n < nodes_; ++n) {
    raise_to(past[n], row[n]);
    raise_to(done[n], row[n]);
  }
}

Causality::Clock Causality::past_of(Index event) const {
  Clock past(nodes_);
  Clock done(nodes_);
  const Index start = firm(event);
  if (start == kNone) return past;
  past[model_->events().node(start) - 1] = start + 1;
  for (;;) {
    std::size_t latest = nodes_;
    for (std::size_t n = 0; n < nodes_; ++n) {
      if (past[n] > done[n] && (latest == nodes_ || past[n] > past[latest])) latest = n;
    }
    if (latest == nodes_) return past;
    expand(static_cast<trace::NodeId>(latest + 1), past, done);
  }
}

// Forward from the event: the first event of a node that comes from the future belongs to it, and
// so does all behind it. The walk ends when every node that still does something is reached.
std::vector<Index> Causality::future_of(Index event) const {
  const EventTable& events = model_->events();
  std::vector<Index> future(nodes_ + 1, kNone);
  std::size_t open = 0;
  for (const Lane& lane : model_->lanes().nodes()) {
    if (!lane.events.empty() && lane.events.back() > event) ++open;
  }
  if (!is_loose(event)) {
    const trace::NodeId node = events.node(event);
    future[node] = event;
    if (model_->lanes().of(node).events.back() > event) --open;
  }
  std::unordered_map<Index, bool> known;  // of causes that no node orders
  const auto in_future = [&](Index cause) {
    Index at = cause;
    bool is_in = false;
    while (at != kNone && at >= event) {
      if (at == event) {
        is_in = true;
        break;
      }
      if (!is_loose(at)) {
        const Index first = future[events.node(at)];
        is_in = first != kNone && at >= first;
        break;
      }
      const auto found = known.find(at);
      if (found != known.end()) {
        is_in = found->second;
        break;
      }
      at = model_->cause_of(at);
    }
    if (at != cause) known[cause] = is_in;
    return is_in;
  };
  for (Index i = event + 1; i < events.size() && open > 0; ++i) {
    const trace::NodeId node = events.node(i);
    if (node == 0 || future[node] != kNone) continue;
    const Index cause = events.cause(i);
    if (cause == kNone || cause < event || is_loose(i) || !in_future(cause)) continue;
    future[node] = i;
    --open;
  }
  return future;
}

Frontiers Causality::frontiers(Index event) const {
  Frontiers out;
  if (event >= model_->events().size()) return out;
  out.event = event;
  const Clock past = past_of(event);
  out.past.assign(nodes_ + 1, kNone);
  for (std::size_t n = 0; n < nodes_; ++n) {
    if (past[n] != 0) out.past[n + 1] = past[n] - 1;
  }
  out.future = future_of(event);
  return out;
}

// An event that no node orders is in the past when something that it caused is.
bool Causality::is_loose_past(const Frontiers& frontiers, Index event) const {
  loose_ready_.wait(false);
  const EventTable& events = model_->events();
  std::vector<Index> open{event};
  // Effects come after their causes, so no event is met by two ways: each has one cause.
  while (!open.empty()) {
    const Index at = open.back();
    open.pop_back();
    auto effect = std::lower_bound(loose_effects_.begin(), loose_effects_.end(),
                                   std::pair<Index, Index>(at, 0));
    for (;
         effect != loose_effects_.end() && effect->first == at && effect->second <= frontiers.event;
         ++effect) {
      if (effect->second == frontiers.event) return true;
      if (is_loose(effect->second)) {
        open.push_back(effect->second);
      } else {
        const Index last = frontiers.last_past(events.node(effect->second));
        if (last != kNone && effect->second <= last) return true;
      }
    }
  }
  return false;
}

bool Causality::is_loose_future(const Frontiers& frontiers, Index event) const {
  const EventTable& events = model_->events();
  Index at = event;
  while (at != kNone && at > frontiers.event && is_loose(at)) at = model_->cause_of(at);
  if (at == kNone || at < frontiers.event) return false;
  if (at == frontiers.event) return true;
  const Index first = frontiers.first_future(events.node(at));
  return first != kNone && at >= first;
}

Relation Causality::relation(const Frontiers& frontiers, Index other) const {
  if (frontiers.event == kNone || other >= model_->events().size()) return Relation::concurrent;
  if (other == frontiers.event) return Relation::self;
  if (is_loose(other)) {
    if (other < frontiers.event && is_loose_past(frontiers, other)) return Relation::past;
    return is_loose_future(frontiers, other) ? Relation::future : Relation::concurrent;
  }
  const trace::NodeId node = model_->events().node(other);
  const Index last = frontiers.last_past(node);
  if (last != kNone && other <= last) return Relation::past;
  const Index first = frontiers.first_future(node);
  return first != kNone && other >= first ? Relation::future : Relation::concurrent;
}

bool Causality::happened_before(Index first, Index second) const {
  if (first >= second || second >= model_->events().size()) return false;
  Frontiers only_past;
  only_past.event = second;
  const Clock past = past_of(second);
  only_past.past.assign(nodes_ + 1, kNone);
  for (std::size_t n = 0; n < nodes_; ++n) {
    if (past[n] != 0) only_past.past[n + 1] = past[n] - 1;
  }
  return relation(only_past, first) == Relation::past;
}

Causality::Counts Causality::count(const Frontiers& frontiers, trace::NodeId node) const {
  const auto& lane = model_->lanes().of(node).events;
  const auto before = [&](Index limit) {
    return static_cast<std::uint64_t>(std::lower_bound(lane.begin(), lane.end(), limit) -
                                      lane.begin());
  };
  Counts counts;
  const Index last = frontiers.last_past(node);
  const Index first = frontiers.first_future(node);
  if (last != kNone) counts.past = before(last + 1);
  if (first != kNone) counts.future = lane.size() - before(first);
  // The event itself is in both.
  const std::uint64_t both = last != kNone && last == first ? 1 : 0;
  counts.past -= both;
  counts.future -= both;
  counts.concurrent = lane.size() - counts.past - counts.future - both;
  return counts;
}

Causality::Counts Causality::count(const Frontiers& frontiers) const {
  Counts sum;
  for (const Lane& lane : model_->lanes().nodes()) {
    const Counts counts = count(frontiers, lane.node);
    sum.past += counts.past;
    sum.future += counts.future;
    sum.concurrent += counts.concurrent;
  }
  return sum;
}

std::size_t Causality::bytes() const {
  return ready_.load() * nodes_ * nodes_ * sizeof(Index) +
         (loose_ready_ ? loose_effects_.capacity() * sizeof(loose_effects_[0]) : 0);
}

}  // namespace norn::viewer
