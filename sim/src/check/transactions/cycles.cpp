#include "check/transactions/cycles.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace norn::check::txn {

namespace {

// Edges that are looked at for one kind of cycle in one component, beyond the first cycle.
constexpr std::uint64_t kBudget = 4'000'000;
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

constexpr EdgeMask kData = kWw | kWr | kRw;

// Which edges besides the data's may be taken, and what the anomalies are called then.
struct Variant {
  EdgeMask time;
  Anomaly g0, g1c, single, nonadjacent, g2;
};

constexpr std::array<Variant, 3> kVariants = {{
    {0, Anomaly::g0, Anomaly::g1c, Anomaly::g_single, Anomaly::g_nonadjacent, Anomaly::g2_item},
    {kProcess, Anomaly::g0_process, Anomaly::g1c_process, Anomaly::g_single_process,
     Anomaly::g_nonadjacent_process, Anomaly::g2_item_process},
    {kRealtime, Anomaly::g0_realtime, Anomaly::g1c_realtime, Anomaly::g_single_realtime,
     Anomaly::g_nonadjacent_realtime, Anomaly::g2_item_realtime},
}};

// A strongly connected part of the graph, with nodes of its own.
struct Part {
  std::vector<std::uint32_t> nodes;
  Graph graph;
};

class PartSearch {
 public:
  PartSearch(const Part& part, std::uint32_t transactions, Cycles& cycles)
      : part_(part), transactions_(transactions), cycles_(cycles) {}

  // An anomaly that is a special case of others stands before them. So each search can count on
  // this: a cycle that it finds has no other name than the one it looks for.
  void run() {
    for (const Variant& variant : kVariants) {
      const EdgeMask time = variant.time;
      search(variant, variant.g0, {part_.graph, EdgeMask(kWw | time)}, kWw);
      search(variant, variant.g1c, {part_.graph, EdgeMask(kWw | kWr | time)}, kWr);
      const bool searched = search_single(variant);
      search(variant, variant.nonadjacent, {part_.graph, EdgeMask(kData | time), true}, kRw);
      search(variant, variant.g2, {part_.graph, EdgeMask(kData | time)}, kRw);
      // Without a G-nonadjacent there is no G-single.
      if (time == 0 && !searched && known(variant.nonadjacent) && !known(variant.single))
        cycles_.gave_up = true;
    }
  }

 private:
  using Path = std::vector<std::uint32_t>;

  bool known(Anomaly anomaly) const { return implied_by(found_).contains(anomaly); }

  // Looks for the shortest cycle that goes through an edge of the kind `closing`.
  void search(const Variant& variant, Anomaly anomaly, const View& view, EdgeMask closing) {
    if (!worth_looking_for(anomaly)) return;
    const Components parts = components(view);
    Path best;
    std::uint64_t first = known(anomaly) ? 0 : kNoLimit;
    std::uint64_t budget = kBudget;
    for (std::uint32_t at = 0; at < part_.graph.edges().size() && budget > 0; ++at) {
      const Edge& edge = part_.graph.edges()[at];
      if (edge.kind != closing) continue;
      const std::uint32_t start = view.rw_apart ? 2 * edge.from : edge.from;
      const std::uint32_t next = view.next(start, edge);
      if (!parts.same(start, next)) continue;
      auto path = finder_.find(
          {view, parts, next, start, wanted(anomaly, best), first > 0 ? first : budget});
      first = 0;
      if (!path) continue;
      path->insert(path->begin(), at);
      if (is_simple(*path)) best = std::move(*path);
      if (length(best) == 2) break;
    }
    keep(variant, best);
  }

  // A cycle with one kRw edge: whether there is one, components do not tell. Returns whether the
  // search came to an end.
  bool search_single(const Variant& variant) {
    if (!worth_looking_for(variant.single)) return true;
    const View all{part_.graph, EdgeMask(kData | variant.time)};
    const View rest{part_.graph, EdgeMask(kWw | kWr | variant.time)};
    const Components parts = components(all);
    const Components order = components(rest);
    Path best;
    std::uint64_t budget = kBudget;
    for (std::uint32_t at = 0; at < part_.graph.edges().size() && budget > 0; ++at) {
      const Edge& edge = part_.graph.edges()[at];
      if (edge.kind != kRw || !parts.same(edge.from, edge.to)) continue;
      if (order.of[edge.to] < order.of[edge.from]) continue;  // no way back
      auto path =
          finder_.find({rest, order, edge.to, edge.from, wanted(variant.single, best), budget});
      if (!path) continue;
      path->insert(path->begin(), at);
      best = std::move(*path);
      if (length(best) == 2) break;
    }
    keep(variant, best);
    return budget > 0;
  }

  // One that follows from another one is told as well if it makes a shorter story.
  bool worth_looking_for(Anomaly anomaly) const { return !known(anomaly) || shortest_ > 2; }

  // How long the way back must not be.
  std::size_t wanted(Anomaly anomaly, const Path& best) const {
    if (!best.empty()) return length(best) - 1;
    return known(anomaly) ? shortest_ - 1 : std::size_t{kNone};
  }

  // Edges between transactions: those from junctions do not count.
  std::size_t length(const Path& path) const {
    return static_cast<std::size_t>(std::count_if(path.begin(), path.end(), [&](std::uint32_t at) {
      return part_.graph.edges()[at].kind != kOn;
    }));
  }

  // A path that keeps read-write edges apart may come twice to one transaction. There is a cycle
  // without any then, which is worse and has been found.
  bool is_simple(const Path& path) const {
    std::vector<std::uint32_t> seen;
    for (const std::uint32_t at : path) {
      const std::uint32_t node = part_.graph.edges()[at].from;
      if (part_.nodes[node] < transactions_) seen.push_back(node);
    }
    std::sort(seen.begin(), seen.end());
    return std::adjacent_find(seen.begin(), seen.end()) == seen.end();
  }

  void keep(const Variant& variant, const Path& path) {
    if (path.empty()) return;
    Cycle cycle;
    for (const std::uint32_t at : path) {
      const Edge& edge = part_.graph.edges()[at];
      if (edge.kind == kOn) {
        cycle.edges.back().to = part_.nodes[edge.to];
      } else {
        cycle.edges.push_back({part_.nodes[edge.from], part_.nodes[edge.to], edge.key, edge.kind});
      }
    }
    cycle.anomaly = anomaly_of(variant, cycle.edges);
    found_.insert(cycle.anomaly);
    shortest_ = std::min(shortest_, cycle.edges.size());
    cycles_.found.push_back(std::move(cycle));
  }

  static Anomaly anomaly_of(const Variant& variant, const std::vector<Edge>& edges) {
    std::size_t rw = 0;
    bool adjacent = false;
    EdgeMask kinds = 0;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      kinds |= edges[i].kind;
      if (edges[i].kind != kRw) continue;
      ++rw;
      adjacent = adjacent || edges[(i + 1) % edges.size()].kind == kRw;
    }
    if (rw == 1) return variant.single;
    if (rw > 1) return adjacent ? variant.g2 : variant.nonadjacent;
    return (kinds & kWr) != 0 ? variant.g1c : variant.g0;
  }

  const Part& part_;
  std::uint32_t transactions_;
  Cycles& cycles_;
  AnomalySet found_;
  std::size_t shortest_ = kNone;  // cycle that was found, in transactions
  PathFinder finder_;
};

// The parts that have cycles, by the first transaction in each.
std::vector<Part> cyclic_parts(const EdgeList& edges) {
  const Graph whole(edges.nodes(), edges.edges());
  const Components parts = components({whole, EdgeMask(kData | kProcess | kRealtime)});
  std::vector<std::uint32_t> part_of(parts.sizes.size(), kNone);
  std::vector<std::uint32_t> local(whole.size(), kNone);
  std::vector<std::vector<std::uint32_t>> nodes;
  for (std::uint32_t node = 0; node < whole.size(); ++node) {
    if (!parts.cyclic(node)) continue;
    std::uint32_t& part = part_of[parts.of[node]];
    if (part == kNone) {
      part = static_cast<std::uint32_t>(nodes.size());
      nodes.emplace_back();
    }
    local[node] = static_cast<std::uint32_t>(nodes[part].size());
    nodes[part].push_back(node);
  }
  std::vector<Part> found;
  std::vector<Edge> inside;
  for (std::vector<std::uint32_t>& each : nodes) {
    inside.clear();
    for (const std::uint32_t node : each) {
      for (std::uint32_t at = whole.first_edge(node); at < whole.first_edge(node + 1); ++at) {
        const Edge& edge = whole.edges()[at];
        if (parts.same(edge.from, edge.to))
          inside.push_back({local[edge.from], local[edge.to], edge.key, edge.kind});
      }
    }
    const auto count = static_cast<std::uint32_t>(each.size());
    found.push_back({std::move(each), Graph(count, inside)});
  }
  return found;
}

}  // namespace

Cycles find_cycles(const EdgeList& edges, std::uint32_t transactions) {
  Cycles cycles;
  for (const Part& part : cyclic_parts(edges)) PartSearch(part, transactions, cycles).run();
  return cycles;
}

}  // namespace norn::check::txn
