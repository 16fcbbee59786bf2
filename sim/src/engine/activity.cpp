#include "engine/activity.hpp"

#include <algorithm>
#include <vector>

#include "engine/in_words.hpp"

namespace norn::sim {

namespace {

constexpr std::uint64_t kOften = 10;  // less is no sign of a livelock

struct Told {
  std::uint64_t count;
  std::string text;
};

// The most frequent ones, in a total order.
void add_to(std::string& story, std::vector<Told> all, std::size_t most) {
  std::sort(all.begin(), all.end(), [](const Told& a, const Told& b) {
    return a.count != b.count ? a.count > b.count : a.text < b.text;
  });
  for (std::size_t i = 0; i < std::min(all.size(), most); ++i)
    story += (story.empty() ? "" : ", ") + all[i].text;
}

template <class Visit>
void for_each_fiber(const Cluster& cluster, const Visit& visit) {
  for (host::NodeId id = 1; id <= cluster.size(); ++id) {
    const host::Process* const process = cluster.process(id);
    for (const host::Fiber* fiber = process == nullptr ? nullptr : process->first_fiber;
         fiber != nullptr; fiber = fiber->next_in_process)
      visit(id, *fiber);
  }
}

}  // namespace

void Activity::begin(const Cluster& cluster, const Network& network, std::int64_t now_ns) {
  begun_ns_ = now_ns;
  sent_.clear();
  woken_.clear();
  network.for_each_flow([this](const Network::FlowCount& flow) {
    sent_[{flow.from, flow.to, flow.class_hash}] = flow.count;
  });
  for_each_fiber(
      cluster, [this](host::NodeId, const host::Fiber& fiber) { woken_[fiber.id] = fiber.wakes; });
}

std::string Activity::story(const Cluster& cluster, const Network& network) const {
  constexpr std::size_t kFlows = 5;
  constexpr std::size_t kFibers = 3;
  std::vector<Told> flows;
  network.for_each_flow([&](const Network::FlowCount& flow) {
    const auto before = sent_.find({flow.from, flow.to, flow.class_hash});
    const std::uint64_t count = flow.count - (before == sent_.end() ? 0 : before->second);
    if (count < kOften) return;
    flows.push_back({count, cluster.at(flow.from).name + " sent " + cluster.at(flow.to).name + " " +
                                std::to_string(count) + " " +
                                std::string(network.class_name(flow.class_hash))});
  });
  std::vector<Told> fibers;
  for_each_fiber(cluster, [&](host::NodeId node, const host::Fiber& fiber) {
    const auto before = woken_.find(fiber.id);
    const std::uint64_t count = fiber.wakes - (before == woken_.end() ? 0 : before->second);
    if (count < kOften) return;
    fibers.push_back({count, cluster.at(node).name + " '" + std::string(fiber.name_view()) +
                                 "' was woken " + std::to_string(count) + " times"});
  });
  std::string story;
  add_to(story, std::move(flows), kFlows);
  add_to(story, std::move(fibers), kFibers);
  return story.empty() ? story : "since " + in_seconds(begun_ns_) + ": " + story;
}

}  // namespace norn::sim
