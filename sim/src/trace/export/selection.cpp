#include "trace/export/selection.hpp"

#include "norn/trace/happens_before.hpp"

namespace norn::trace {

namespace {

// The events up to one, as happens_before.hpp wants them: event seq at position seq - 1.
class EarlierEvents {
 public:
  void add(const Event& event) {
    nodes_.push_back(ordered_by_node(event.kind) ? event.node : 0);
    const Seq distance = event.cause == 0 ? 0 : event.seq - event.cause;
    distances_.push_back(distance > std::numeric_limits<std::uint32_t>::max()
                             ? 0
                             : static_cast<std::uint32_t>(distance));
  }
  void reserve(std::size_t count) {
    nodes_.reserve(count);
    distances_.reserve(count);
  }

  std::size_t size() const { return nodes_.size(); }
  std::size_t node(std::size_t i) const { return nodes_[i]; }
  std::size_t cause(std::size_t i) const {
    return distances_[i] == 0 || distances_[i] > i ? kNowhere : i - distances_[i];
  }

 private:
  std::vector<NodeId> nodes_;
  std::vector<std::uint32_t> distances_;  // back to the cause; 0: a root
};

}  // namespace

Result<Selection> Selection::make(const Reader& reader, const ExportOptions& options) {
  Selection selection;
  selection.nodes_ = options.nodes;
  selection.kinds_.fill(options.kinds.empty());
  for (const EventKind kind : options.kinds)
    selection.kinds_[static_cast<std::size_t>(kind)] = true;
  selection.everything_ = options.nodes.empty() && options.kinds.empty() && !options.from_ns &&
                          !options.until_ns && options.past_of == 0 && options.last == 0;
  if (options.from_ns) {
    selection.from_ns_ = *options.from_ns;
    selection.first_chunk_ = reader.chunk_at(*options.from_ns);
  }
  if (options.until_ns) selection.until_ns_ = *options.until_ns;
  if (options.past_of != 0) {
    if (auto kept = selection.keep_past(reader, options.past_of); !kept.ok()) return kept.error();
  }
  if (options.last != 0) {
    if (auto kept = selection.keep_last(reader, options.last); !kept.ok()) return kept.error();
  }
  return selection;
}

bool Selection::in_past(const Event& event) const {
  if (event.node == 0 || !ordered_by_node(event.kind))
    return std::binary_search(unordered_.begin(), unordered_.end(), event.seq);
  return event.node < frontier_.size() && event.seq <= frontier_[event.node];
}

Result<void> Selection::keep_past(const Reader& reader, Seq of) {
  if (of > reader.events()) {
    return {Errc::invalid, reader.name() + ": there is no event " + std::to_string(of) +
                               ": it has " + std::to_string(reader.events())};
  }
  EarlierEvents events;
  events.reserve(of);
  auto walked = reader.for_each([&](const Event& event) {
    events.add(event);
    return event.seq < of;
  });
  if (!walked.ok()) return walked;
  CausalSet past = causal_past(events, of - 1);
  frontier_.resize(past.frontier.size());
  for (std::size_t node = 0; node < frontier_.size(); ++node)
    frontier_[node] = past.frontier[node] == kNowhere ? 0 : past.frontier[node] + 1;
  for (const std::size_t position : past.unordered) unordered_.push_back(position + 1);
  past_only_ = true;
  last_ = of;
  return {};
}

Result<void> Selection::keep_last(const Reader& reader, std::uint64_t last) {
  const auto all = count(reader);
  if (!all.ok()) return all.error();
  if (*all <= last) return {};
  std::uint64_t before = *all - last;
  Seq first = 1;
  auto walked = walk(reader, [&](const Event& event) {
    if (before == 0) {
      first = event.seq;
      return false;
    }
    --before;
    return true;
  });
  if (!walked.ok()) return walked;
  first_ = first;
  first_chunk_ = std::max(first_chunk_, reader.chunk_of(first));
  return {};
}

Result<std::uint64_t> Selection::count(const Reader& reader) const {
  std::uint64_t count = 0;
  auto walked = walk(reader, [&](const Event&) {
    ++count;
    return true;
  });
  if (!walked.ok()) return walked.error();
  return count;
}

}  // namespace norn::trace
