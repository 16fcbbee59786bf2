// Fewer operations of clients. What is left out takes as long as it took, and passes over what it
// drew, so that the operations that stay are asked for when they were, with the same values.
#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "explore/shrink/shrinker.hpp"

namespace norn::explore {

namespace {

using Operations = std::vector<MadeOperation>;

// What lies between two operations of a client, as a range of those that are left out.
LeftOutOperations range_between(const MadeOperation& first, const MadeOperation& next) {
  LeftOutOperations range{.client = first.client,
                          .first = first.number,
                          .last = next.number - 1,
                          .lasts = next.at - first.at};
  for (const auto& [label, count] : next.draws) {
    const auto before = first.draws.find(label);
    const std::uint64_t drawn = count - (before == first.draws.end() ? 0 : before->second);
    if (drawn > 0) range.draws[label] = drawn;
  }
  return range;
}

// The ranges of one client. Behind its last operation it makes none up to the violation; a run that
// goes on, since it lacks something else, has its clients again.
void add_ranges(const std::vector<const MadeOperation*>& made,
                const std::set<const MadeOperation*>& leave, TimePoint violation,
                std::vector<LeftOutOperations>& ranges) {
  const MadeOperation* first = nullptr;
  for (const MadeOperation* const one : made) {
    const bool out = one->left_out || leave.contains(one);
    if (out && first == nullptr) first = one;
    if (out || first == nullptr) continue;
    ranges.push_back(range_between(*first, *one));
    first = nullptr;
  }
  if (first != nullptr)
    ranges.push_back({.client = first->client,
                      .first = first->number,
                      .last = {},
                      .lasts = std::max(violation - first->at, Duration::zero()) + Duration(1),
                      .draws = {}});
}

std::string client_text(const OperationClient& client) {
  std::string text = client.node;
  if (client.life > 1) text += " in life " + std::to_string(client.life);
  if (client.fiber != OperationClient{}.fiber) text += ", " + client.fiber;
  return text;
}

}  // namespace

std::size_t Shrinker::operations() const {
  return static_cast<std::size_t>(
      std::count_if(run_.made_operations.begin(), run_.made_operations.end(),
                    [](const MadeOperation& one) { return !one.left_out; }));
}

// without_operations() leaves out those that `leave` says, by their place among the made ones.
SimOptions Shrinker::without_operations(
    const std::function<bool(std::size_t, const MadeOperation&)>& leave) const {
  std::map<OperationClient, std::vector<const MadeOperation*>> by_client;
  std::set<const MadeOperation*> leaves;
  std::size_t place = 0;
  for (const MadeOperation& one : run_.made_operations) {
    by_client[one.client].push_back(&one);
    if (!one.left_out && leave(place++, one)) leaves.insert(&one);
  }
  SimOptions less = best_;
  less.left_out_operations.clear();
  for (const auto& [client, made] : by_client)
    add_ranges(made, leaves, run_.violation->at, less.left_out_operations);
  return less;
}

bool Shrinker::drop_clients() {
  std::set<std::string> clients;
  for (const MadeOperation& one : run_.made_operations) {
    if (!one.left_out) clients.insert(one.client.node);
  }
  if (clients.size() < 2) return false;
  bool smaller = false;
  for (const std::string& client : clients) {
    const SimOptions less = without_operations(
        [&](std::size_t, const MadeOperation& one) { return one.client.node == client; });
    smaller = take("operations of a client", less) || smaller;
  }
  return smaller;
}

// What nobody asks for makes no progress: of a promise that something will happen, operations stay.
bool Shrinker::needs_operations() const {
  return std::any_of(run_.properties.begin(), run_.properties.end(),
                     [this](const PropertyCount& property) {
                       return property.name == run_.violation->property &&
                              (property.kind == "progress" || property.kind == "eventually" ||
                               property.kind == "monitor");
                     });
}

bool Shrinker::drop_operations(std::size_t least) {
  if (needs_operations()) return false;
  const bool clients = drop_clients();
  const auto count = [this] { return operations(); };
  const auto without = [this](std::size_t begin, std::size_t end) {
    return without_operations(
        [=](std::size_t place, const MadeOperation&) { return place >= begin && place < end; });
  };
  return leave_out("operations", 0, count, without, least) || clients;
}

// Each single operation once more; whether all were left out in vain.
bool Shrinker::drop_last_operations() {
  if (needs_operations()) return false;
  for (std::size_t from = 0;;) {
    const std::size_t count = operations();
    const std::uint64_t before = trials_.replays();
    const auto hit = take_first("last operations", count, [&](std::size_t index) {
      return without_operations(
          [leave = (from + index) % count](std::size_t place, const MadeOperation&) {
            return place == leave;
          });
    });
    if (!hit) return trials_.replays() - before == count;
    from = (from + *hit) % count;
    if (from >= operations()) from = 0;
    // Without it a fault may have become needless.
    trials_.keep(replays_for_faults());
  }
}

std::vector<std::string> operation_lines(const RunSummary& run) {
  std::map<OperationClient, std::vector<std::uint64_t>> by_client;
  for (const MadeOperation& one : run.made_operations) {
    std::vector<std::uint64_t>& numbers = by_client[one.client];
    if (!one.left_out) numbers.push_back(one.number);
  }
  std::vector<std::string> lines;
  for (const auto& [client, numbers] : by_client) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size();) {
      std::size_t last = i;
      while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
      text += (text.empty() ? "" : ", ") + std::to_string(numbers[i]);
      if (last > i) text += ".." + std::to_string(numbers[last]);
      i = last + 1;
    }
    lines.push_back(client_text(client) + ": " + (text.empty() ? "none" : text));
  }
  return lines;
}

}  // namespace norn::explore
