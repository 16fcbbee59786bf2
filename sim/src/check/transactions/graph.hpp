// A graph of transactions: edges of several kinds, components, short cycles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace norn::check::txn {

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

// Kinds of edges are bits, so that some of them are a mask.
using EdgeMask = std::uint8_t;
inline constexpr EdgeMask kWw = 1;
inline constexpr EdgeMask kWr = 2;
inline constexpr EdgeMask kRw = 4;
inline constexpr EdgeMask kProcess = 8;
inline constexpr EdgeMask kRealtime = 16;
// From a junction: the edge goes on where the one into the junction began. Junctions stand for
// "each of these before each of those" with as many edges as there are transactions, not pairs.
inline constexpr EdgeMask kOn = 32;

struct Edge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint32_t key = kNone;  // of kWw, kWr, kRw
  EdgeMask kind = 0;
};

class EdgeList {
 public:
  explicit EdgeList(std::uint32_t nodes) : nodes_(nodes) {}
  std::uint32_t add_node() { return nodes_++; }
  // An edge from a node to itself says nothing and is left out.
  void add(std::uint32_t from, std::uint32_t to, EdgeMask kind, std::uint32_t key = kNone) {
    if (from != to) edges_.push_back({from, to, key, kind});
  }
  // add_product() lets each of `from` come before each of `to` that is another one. Both are in
  // ascending order, without repetition.
  void add_product(std::span<const std::uint32_t> from, std::span<const std::uint32_t> to,
                   EdgeMask kind, std::uint32_t key);
  std::uint32_t nodes() const { return nodes_; }
  const std::vector<Edge>& edges() const { return edges_; }

 private:
  std::uint32_t nodes_;
  std::vector<Edge> edges_;
};

// Graph holds the edges by the node that they leave, in the order in which they were added.
class Graph {
 public:
  Graph(std::uint32_t nodes, std::span<const Edge> edges);
  std::uint32_t size() const { return static_cast<std::uint32_t>(first_.size() - 1); }
  std::span<const Edge> edges() const { return edges_; }
  std::uint32_t first_edge(std::uint32_t node) const { return first_[node]; }

 private:
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> first_;  // and one more, behind the last
};

// View is the part of a graph that has edges of some kinds only. With `rw_apart`, a path never
// takes two kRw edges one after the other: each node is there twice then, as state 2 * node, and as
// 2 * node + 1 when the last edge was kRw. Otherwise a state is a node.
struct View {
  const Graph& graph;
  EdgeMask mask = 0;
  bool rw_apart = false;

  std::uint32_t states() const { return graph.size() << (rw_apart ? 1U : 0U); }
  std::uint32_t node(std::uint32_t state) const { return rw_apart ? state >> 1U : state; }
  // next() is the state to which an edge leads, or kNone.
  std::uint32_t next(std::uint32_t state, const Edge& edge) const {
    if ((edge.kind & (mask | kOn)) == 0) return kNone;
    if (!rw_apart) return edge.to;
    const std::uint32_t last = state & 1U;
    if (edge.kind == kOn) return 2 * edge.to + last;
    if (edge.kind != kRw) return 2 * edge.to;
    return last != 0 ? kNone : 2 * edge.to + 1;
  }
};

// Strongly connected components: Tarjan ("Depth-First Search and Linear Graph Algorithms", 1972),
// without recursion. An edge between two components leads from a higher number to a lower one.
struct Components {
  std::vector<std::uint32_t> of;     // by state
  std::vector<std::uint32_t> sizes;  // by component

  bool same(std::uint32_t a, std::uint32_t b) const { return of[a] == of[b]; }
  bool cyclic(std::uint32_t state) const { return sizes[of[state]] > 1; }
};
Components components(const View& view);

// PathFinder finds shortest paths by breadth-first search. Edges from junctions have no length.
class PathFinder {
 public:
  // `components` are those of the view: the search stays between the two ends' components. `budget`
  // is how many edges may still be looked at; none is looked at beyond it.
  struct Search {
    const View& view;
    const Components& components;
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::size_t shorter_than = kNone;  // in edges
    std::uint64_t& budget;
  };
  // The edges of the path, as positions in graph.edges(); nothing if there is none, or none that
  // was found within the budget.
  std::optional<std::vector<std::uint32_t>> find(const Search& search);

 private:
  void pass_junctions(const Search& search);
  static bool is_junction(const Search& search, std::uint32_t state);
  void expand(const Search& search, std::uint32_t state, std::vector<std::uint32_t>& into);
  void reach(const Search& search, std::uint32_t state, std::uint32_t edge, std::uint32_t before,
             std::vector<std::uint32_t>& into);

  std::vector<std::uint32_t> seen_;    // by state: the search that saw it last
  std::vector<std::uint32_t> via_;     // the edge by which
  std::vector<std::uint32_t> before_;  // the state before
  std::vector<std::uint32_t> level_;
  std::vector<std::uint32_t> next_level_;
  std::uint32_t search_ = 0;
};

}  // namespace norn::check::txn
