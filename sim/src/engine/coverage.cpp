#include "engine/coverage.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace norn::sim {

namespace {

// More states of a run than these tell nothing.
constexpr std::size_t kMostStates = 2'000;
// Choices of one kind in the sample: at least half as many, where there are so many.
constexpr std::size_t kMostOfKind = 256;
constexpr std::uint64_t kSmallNumber = 8;
constexpr std::size_t kMostKinds = 64;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// 1, 2, 3, 4-7, 8-15, ...: 3 and more by their highest bit.
std::uint64_t bucket_of(std::uint64_t times) {
  return times < 4 ? times : 1U + static_cast<unsigned>(std::bit_width(times));
}

// What is published, with numbers in buckets, and names of nodes (as all in quotes) without them.
std::string coarse(std::string_view json) {
  std::string text;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size();) {
    if (json[i] == '"') quoted = !quoted;
    if (!is_digit(json[i])) {
      text += json[i++];
      continue;
    }
    std::uint64_t number = 0;
    for (; i < json.size() && is_digit(json[i]); ++i)
      number = number * 10 + static_cast<std::uint64_t>(json[i] - '0');
    if (quoted) continue;
    text += number < kSmallNumber
                ? static_cast<char>('0' + number)
                : static_cast<char>('A' + static_cast<unsigned>(std::bit_width(number)));
  }
  return text;
}

enum About : std::uint64_t { of_state = 1, of_cluster, of_fault, of_property, of_room, of_code };

}  // namespace

std::uint64_t role_of(std::string_view node) {
  std::string role;
  std::copy_if(node.begin(), node.end(), std::back_inserter(role),
               [](char c) { return !is_digit(c); });
  return text_key(role);
}

void cover_delivery(CoverageMap& coverage, host::NodeId node, std::uint64_t class_hash) {
  coverage.delivered(node, class_hash);
}

CoverageMap::CoverageMap(std::uint64_t salt) : salt_(salt), places_(1), samples_(kMostKinds) {}

void CoverageMap::add_counter(std::uint64_t key, Counter& counter) {
  counter = {.key = key, .times = 1, .first_ns = now_ns_ == nullptr ? 0 : *now_ns_};
  if (++used_ * 2 <= counters_.size()) return;
  const std::vector<Counter> before = std::exchange(counters_, {});
  counters_.resize(before.size() * 2);
  --shift_;
  for (const Counter& one : before) {
    if (one.key == 0) continue;
    std::size_t at = one.key >> shift_;
    while (counters_[at & (counters_.size() - 1)].key != 0) ++at;
    counters_[at & (counters_.size() - 1)] = one;
  }
}

// Adds what is either reached or not, however often.
void CoverageMap::reach(std::uint64_t key) {
  count(key);
  std::size_t at = key >> shift_;
  while (counters_[at & (counters_.size() - 1)].key != key) ++at;
  counters_[at & (counters_.size() - 1)].times = 1;
}

void CoverageMap::reach_state(std::uint64_t key) {
  if (states_ == kMostStates) return;
  const std::size_t before = used_;
  reach(key);
  states_ += used_ - before;
}

void CoverageMap::published(host::NodeId node, std::string_view key, std::string_view json) {
  Place& place = places_[node];
  const std::uint64_t name = text_key(key);
  const std::uint64_t value = mix(mix(name, place.role), text_key(coarse(json)));
  std::uint64_t& there = place.values[name];
  if (there == value) return;
  const std::uint64_t change = value - std::exchange(there, value);
  place.state += change;
  reach_state(mix(place.state, of_state));
  // Numbers of several nodes would make each run a new one.
  if (json.find_first_not_of("-.0123456789") == std::string_view::npos) return;
  cluster_ -= mix(place.shape, of_cluster);
  place.shape += change;
  cluster_ += mix(place.shape, of_cluster);
  reach_state(mix(cluster_, of_cluster));
}

void CoverageMap::under_way(FaultKind fault, host::NodeId node, std::uint64_t class_hash) {
  const std::uint64_t about = mix(static_cast<std::uint64_t>(fault), of_fault);
  reach(mix(mix(about, places_[node].role), class_hash));
}

void CoverageMap::ended(const std::vector<PropertyCount>& properties) {
  for (const PropertyCount& property : properties) {
    const std::uint64_t key = mix(text_key(property.name), text_key(property.kind));
    const bool should_happen = property.kind == "sometimes" || property.kind == "reachable";
    if (should_happen && property.held > 0) reach(mix(key, of_property));
    if (!property.room) continue;
    // Below 0: how much was missing.
    const std::int64_t room = *property.room;
    const auto width = static_cast<unsigned>(
        std::bit_width(room < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(room)
                                : static_cast<std::uint64_t>(room)));
    reach(mix(key, of_room + (std::uint64_t{width} << 8U) + (room < 0 ? 1U << 7U : 0U)));
  }
}

void CoverageMap::add(const TakenChoice& taken, const MadeChoice& choice) {
  Sample& sample = samples_[static_cast<std::size_t>(taken.kind)];
  sample.choices.push_back(choice);
  if (sample.choices.size() <= kMostOfKind) return;
  sample.below /= 2;
  std::erase_if(sample.choices,
                [&](const MadeChoice& one) { return hash_of(one.key) >= sample.below; });
}

void CoverageMap::report(Coverage& coverage) const {
  std::vector<std::pair<std::uint64_t, std::int64_t>> features;
  for (const Counter& one : counters_) {
    if (one.key != 0) features.emplace_back(mix(one.key, bucket_of(one.times)), one.first_ns);
  }
  for (const EdgeCounters::Passed& one : edges_.passed()) {
    const std::uint64_t times = bucket_of(edges_.times(one.edge));
    features.emplace_back(mix(mix(one.edge, of_code), times), one.first_ns);
  }
  std::sort(features.begin(), features.end());
  for (const auto& [feature, first_ns] : features) {
    coverage.features.push_back(feature);
    coverage.reached.emplace_back(Duration(first_ns));
  }
  for (const Sample& sample : samples_)
    coverage.choices.insert(coverage.choices.end(), sample.choices.begin(), sample.choices.end());
  coverage.redrawn = redrawn_;
}

}  // namespace norn::sim
