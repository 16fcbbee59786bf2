#include "check/transactions/graph.hpp"

#include <algorithm>
#include <utility>

namespace norn::check::txn {

// ---- edges

// Junctions in two chains: one leads on to each of `to` from some place to the end, the other one
// from some place to the begin. Who is in `to` as well leaves itself out by entering both.
void EdgeList::add_product(std::span<const std::uint32_t> from, std::span<const std::uint32_t> to,
                           EdgeMask kind, std::uint32_t key) {
  if (from.size() <= 1 || to.size() <= 1) {
    for (const std::uint32_t a : from) {
      for (const std::uint32_t b : to) add(a, b, kind, key);
    }
    return;
  }
  const auto count = static_cast<std::uint32_t>(to.size());
  const std::uint32_t forward = nodes_;  // forward + i leads to to[i] and all behind it
  const std::uint32_t back = forward + count;
  nodes_ = back + count;
  for (std::uint32_t i = 0; i < count; ++i) {
    add(forward + i, to[i], kOn, key);
    add(back + i, to[i], kOn, key);
    if (i + 1 < count) add(forward + i, forward + i + 1, kOn, key);
    if (i > 0) add(back + i, back + i - 1, kOn, key);
  }
  std::uint32_t at = 0;
  for (const std::uint32_t each : from) {
    while (at < count && to[at] < each) ++at;
    if (at == count || to[at] != each) {
      add(each, forward, kind, key);
      continue;
    }
    if (at > 0) add(each, back + at - 1, kind, key);
    if (at + 1 < count) add(each, forward + at + 1, kind, key);
  }
}

Graph::Graph(std::uint32_t nodes, std::span<const Edge> edges)
    : edges_(edges.size()), first_(std::size_t{nodes} + 1) {
  for (const Edge& edge : edges) ++first_[edge.from + 1];
  for (std::uint32_t node = 0; node < nodes; ++node) first_[node + 1] += first_[node];
  std::vector<std::uint32_t> at(first_.begin(), first_.end() - 1);
  for (const Edge& edge : edges) edges_[at[edge.from]++] = edge;
}

// ---- components

namespace {

class Tarjan {
 public:
  explicit Tarjan(const View& view)
      : view_(view), order_(view.states(), kNone), low_(view.states()) {
    found_.of.assign(view.states(), kNone);
  }

  Components run() {
    for (std::uint32_t state = 0; state < view_.states(); ++state) {
      if (order_[state] == kNone) visit(state);
    }
    return std::move(found_);
  }

 private:
  struct Frame {
    std::uint32_t state = 0;
    std::uint32_t edge = 0;  // the next to look at
  };

  void enter(std::uint32_t state) {
    order_[state] = low_[state] = count_++;
    open_.push_back(state);
    frames_.push_back({state, view_.graph.first_edge(view_.node(state))});
  }

  void visit(std::uint32_t root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const std::uint32_t state = frame.state;
      if (frame.edge == view_.graph.first_edge(view_.node(state) + 1)) {
        leave(state);
        continue;
      }
      const Edge& edge = view_.graph.edges()[frame.edge++];
      const std::uint32_t next = view_.next(state, edge);
      if (next == kNone) continue;
      if (order_[next] == kNone) {
        enter(next);
      } else if (found_.of[next] == kNone) {
        low_[state] = std::min(low_[state], order_[next]);
      }
    }
  }

  void leave(std::uint32_t state) {
    frames_.pop_back();
    if (!frames_.empty()) {
      const std::uint32_t before = frames_.back().state;
      low_[before] = std::min(low_[before], low_[state]);
    }
    if (low_[state] != order_[state]) return;
    const auto number = static_cast<std::uint32_t>(found_.sizes.size());
    found_.sizes.push_back(0);
    for (bool last = false; !last;) {
      last = open_.back() == state;
      found_.of[open_.back()] = number;
      ++found_.sizes.back();
      open_.pop_back();
    }
  }

  const View& view_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> low_;
  std::vector<std::uint32_t> open_;
  std::vector<Frame> frames_;
  std::uint32_t count_ = 0;
  Components found_;
};

}  // namespace

Components components(const View& view) {
  return Tarjan(view).run();
}

// ---- paths

std::optional<std::vector<std::uint32_t>> PathFinder::find(const Search& search) {
  if (seen_.size() < search.view.states()) {
    seen_.resize(search.view.states());
    via_.resize(search.view.states());
    before_.resize(search.view.states());
  }
  ++search_;
  level_.clear();
  reach(search, search.from, kNone, kNone, level_);
  for (std::size_t length = 0; length < search.shorter_than && !level_.empty(); ++length) {
    pass_junctions(search);
    if (seen_[search.to] == search_ || length + 1 == search.shorter_than) break;
    next_level_.clear();
    for (const std::uint32_t state : level_) expand(search, state, next_level_);
    if (seen_[search.to] == search_) break;
    std::swap(level_, next_level_);
  }
  if (seen_[search.to] != search_) return std::nullopt;
  std::vector<std::uint32_t> path;
  for (std::uint32_t state = search.to; via_[state] != kNone; state = before_[state])
    path.push_back(via_[state]);
  std::reverse(path.begin(), path.end());
  return path;
}

// Adds to the level what is no edge further away. All edges of a junction are kOn, and no others.
void PathFinder::pass_junctions(const Search& search) {
  for (std::size_t i = 0; i < level_.size(); ++i) {
    const std::uint32_t state = level_[i];
    if (is_junction(search, state)) expand(search, state, level_);
  }
  std::erase_if(level_, [&](std::uint32_t state) { return is_junction(search, state); });
}

bool PathFinder::is_junction(const Search& search, std::uint32_t state) {
  const Graph& graph = search.view.graph;
  const std::uint32_t node = search.view.node(state);
  const std::uint32_t first = graph.first_edge(node);
  return first != graph.first_edge(node + 1) && graph.edges()[first].kind == kOn;
}

void PathFinder::expand(const Search& search, std::uint32_t state,
                        std::vector<std::uint32_t>& into) {
  const Graph& graph = search.view.graph;
  const std::uint32_t node = search.view.node(state);
  for (std::uint32_t at = graph.first_edge(node); at < graph.first_edge(node + 1); ++at) {
    if (search.budget == 0) return;
    --search.budget;
    const std::uint32_t next = search.view.next(state, graph.edges()[at]);
    if (next != kNone) reach(search, next, at, state, into);
  }
}

void PathFinder::reach(const Search& search, std::uint32_t state, std::uint32_t edge,
                       std::uint32_t before, std::vector<std::uint32_t>& into) {
  const auto& of = search.components.of;
  if (seen_[state] == search_ || of[state] < of[search.to] || of[state] > of[search.from]) return;
  seen_[state] = search_;
  via_[state] = edge;
  before_[state] = before;
  into.push_back(state);
}

}  // namespace norn::check::txn
