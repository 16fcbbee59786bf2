#include "faults/swarm_draws.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "norn/faults/catalog.hpp"
#include "norn/runtime/assert.hpp"

namespace norn::sim {
namespace {

using Indices = std::vector<std::size_t>;

constexpr std::uint32_t kMillion = 1'000'000;
// How many of the kinds that could be on are: a run with few of them shows what the others hide.
constexpr std::array<Ratio, 4> kAppetites = {{{1, 8}, {1, 4}, {1, 2}, {1, 1}}};
constexpr Ratio kWithoutStorms = {1, 4};

Duration whole_grains(Duration time) {
  return std::max(time - time % NemesisDraws::kGrain, NemesisDraws::kGrain);
}

}  // namespace

// ---- one fault

SwarmFault::SwarmFault(const NemesisDraws& draws, FaultKind kind, std::uint64_t number)
    : draws_(draws), kind_key_(text_key(name(kind))), number_(number) {
  fault.kind = kind;
}

std::uint64_t SwarmFault::bits(std::string_view what, std::uint64_t node_key) const {
  return draws_.bits(Aspect::swarm_fault, number_, mix(mix(kind_key_, text_key(what)), node_key));
}

Duration SwarmFault::time(std::string_view what, Duration low, Duration high) const {
  return whole_grains(log_uniform(bits(what), low, high));
}

Indices SwarmFault::ranked() const {
  Indices nodes(draws_.nodes().size());
  std::iota(nodes.begin(), nodes.end(), std::size_t{0});
  std::sort(nodes.begin(), nodes.end(), [this](std::size_t a, std::size_t b) {
    return bits("node", draws_.nodes()[a].key) < bits("node", draws_.nodes()[b].key);
  });
  return nodes;
}

std::vector<std::string> SwarmFault::named(Indices nodes) const {
  std::sort(nodes.begin(), nodes.end());
  std::vector<std::string> names;
  names.reserve(nodes.size());
  for (const std::size_t node : nodes) names.push_back(draws_.nodes()[node].name);
  return names;
}

void SwarmFault::one_node() {
  some_nodes({0, 1});
}

void SwarmFault::some_nodes(Ratio share) {
  Indices chosen;
  for (const std::size_t node : ranked()) {
    if (chosen.empty() || sim::chance(bits("side_a", draws_.nodes()[node].key), share))
      chosen.push_back(node);
  }
  fault.side_a = named(std::move(chosen));
}

void SwarmFault::all_nodes() {
  fault.side_a = named(ranked());
}

void SwarmFault::one_to_some(Ratio share) {
  const Indices nodes = ranked();
  Indices others;
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    if (i == 1 || sim::chance(bits("side_b", draws_.nodes()[nodes[i]].key), share))
      others.push_back(nodes[i]);
  }
  if (others.empty()) return leave_out();
  fault.side_a = named({nodes.front()});
  fault.side_b = named(std::move(others));
}

void SwarmFault::split() {
  const Indices nodes = ranked();
  if (nodes.size() < 2) return leave_out();
  std::array<Indices, 2> sides{Indices{nodes[0]}, Indices{nodes[1]}};
  for (std::size_t i = 2; i < nodes.size(); ++i)
    sides.at(bits("side_a", draws_.nodes()[nodes[i]].key) >> 63U).push_back(nodes[i]);
  fault.side_a = named(std::move(sides[0]));
  fault.side_b = named(std::move(sides[1]));
}

void SwarmFault::isolate() {
  one_to_some({1, 1});
}

void SwarmFault::set_time(std::string_view parameter, Duration low, Duration high) {
  fault.with.insert_or_assign(std::string(parameter), time(parameter, low, high));
}

void SwarmFault::set_number(std::string_view parameter, std::int64_t low, std::int64_t high) {
  fault.with.insert_or_assign(std::string(parameter), log_number(parameter, low, high));
}

void SwarmFault::set_share(std::string_view parameter, Ratio low, Ratio high) {
  const auto millionths = [](Ratio ratio) {
    return static_cast<std::int64_t>(std::uint64_t{ratio.times} * kMillion / ratio.out_of);
  };
  const std::int64_t share = log_number(parameter, millionths(low), millionths(high));
  fault.with.insert_or_assign(std::string(parameter),
                              Ratio{static_cast<std::uint32_t>(share), kMillion});
}

void SwarmFault::set_word(std::string_view parameter, std::vector<std::string_view> words) {
  fault.with.insert_or_assign(std::string(parameter),
                              std::string(words.at(below(parameter, words.size()))));
}

// ---- all faults of a run

SwarmDraws::SwarmDraws(const NemesisScene& scene, Duration calm_begin)
    : scene_(scene),
      draws_(scene.seed, scene.nodes),
      calm_begin_(calm_begin),
      appetite_(kAppetites.at(sim::below(bits("swarm", "appetite"), kAppetites.size()))) {
  using std::chrono::milliseconds;
  if (sim::chance(bits("storms", "absent"), kWithoutStorms)) return;
  storms_.storm_every =
      log_uniform(bits("storms", "every"), milliseconds(1000), milliseconds(8000));
  storms_.storm_lasts = log_uniform(bits("storms", "lasts"), milliseconds(500), milliseconds(3000));
}

std::uint64_t SwarmDraws::bits(std::string_view name, std::string_view what) const {
  return draws_.bits(Aspect::swarm_run, 0, mix(text_key(name), text_key(what)));
}

bool SwarmDraws::vetoed(std::string_view word) const {
  return std::find(scene_.vetoes.begin(), scene_.vetoes.end(), word) != scene_.vetoes.end();
}

bool SwarmDraws::on(std::string_view name, std::string_view family, Ratio share) const {
  return sim::chance(bits(name, "on"), share) && sim::chance(bits(name, "wanted"), appetite_) &&
         !vetoed(name) && !vetoed(family);
}

void SwarmDraws::draw(FaultKind kind, const SwarmRate& rate,
                      const std::function<void(SwarmFault&)>& choose) {
  const FaultSpec& spec = spec_of(kind);
  if (nodes().empty() || !on(spec.name, name(spec.family), rate.on)) return;
  const Duration seldom = std::max(rate.often, std::min(rate.seldom, calm_begin_));
  const Duration mean = log_uniform(bits(spec.name, "every"), rate.often, seldom);
  const std::uint64_t kind_key = text_key(spec.name);
  StormClock storms(storms_, draws_, rate.storm_factor);
  Duration quiet_time{};
  for (std::uint64_t number = 0;; ++number) {
    quiet_time += draws_.exponential(Aspect::swarm_gap, number, mean, kind_key);
    const Duration at = storms.real(quiet_time);
    if (at > calm_begin_ - NemesisDraws::kLeast) return;
    SwarmFault drawn(draws_, kind, number);
    drawn.fault.at = at;
    choose(drawn);
    if (!drawn.left_out_) add(drawn);
  }
}

void SwarmDraws::add(SwarmFault& drawn) {
  Fault& fault = drawn.fault;
  const FaultSpec& spec = spec_of(fault.kind);
  NORN_ASSERT(
      fault.lasts.has_value() == (spec.lasts != FaultLasts::none),
      "the swarm draws a " + std::string(spec.name) + ": lasts() is for faults with an end");
  if (fault.lasts) fault.lasts = std::min(*fault.lasts, calm_begin_ - fault.at);
  faults_.push_back(std::move(fault));
}

std::vector<Fault> SwarmDraws::take() {
  const auto order = [](const Fault& fault) {
    return std::tie(fault.at, fault.kind, fault.side_a, fault.side_b);
  };
  std::sort(faults_.begin(), faults_.end(),
            [&order](const Fault& a, const Fault& b) { return order(a) < order(b); });
  std::map<std::pair<FaultKind, std::string>, Duration> until;  // of exclusive kinds, by node
  std::vector<Fault> kept;
  for (Fault& fault : faults_) {
    const bool exclusive = spec_of(fault.kind).exclusive;
    const bool free =
        std::all_of(fault.side_a.begin(), fault.side_a.end(), [&](const std::string& node) {
          const auto found = until.find({fault.kind, node});
          return found == until.end() || found->second <= fault.at;
        });
    const bool twice = !kept.empty() && order(kept.back()) == order(fault);
    if ((exclusive && !free) || twice) continue;
    if (exclusive) {
      for (const std::string& node : fault.side_a)
        until[{fault.kind, node}] = fault.lasts ? fault.at + *fault.lasts : Duration::max();
    }
    kept.push_back(std::move(fault));
  }
  faults_.clear();
  return kept;
}

}  // namespace norn::sim
