#include <algorithm>
#include <queue>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/event_queue.hpp"
#include "engine_loads.hpp"
#include "fault_loads.hpp"
#include "file_loads.hpp"
#include "judged_loads.hpp"
#include "limit_loop.hpp"
#include "limit_parts.hpp"
#include "load.hpp"
#include "message_load.hpp"

namespace norn::bench {

namespace {

constexpr std::uint64_t kBatch = 200'000;

// Limit wraps LimitLoop, SleepLimit: something with a size and run(operations).
template <class Loop>
class Limit final : public Load {
 public:
  explicit Limit(std::uint32_t size) : loop_(size) {}
  std::uint64_t run() override {
    loop_.run(kBatch);
    return kBatch;
  }

 private:
  Loop loop_;
};

// Two bare contexts that jump to each other.
class SwitchLimit final : public Load {
 public:
  SwitchLimit() : stacks_(1), other_(stacks_.first(0, answer)) {}
  std::uint64_t run() override {
    for (std::uint64_t i = 0; i < kBatch; i += 2) {
      other_ = fcontext::jump_fcontext(other_, nullptr).fctx;
    }
    return kBatch;
  }

 private:
  static void answer(fcontext::transfer_t from) {
    for (;;) from = fcontext::jump_fcontext(from.fctx, nullptr);
  }
  Stacks stacks_;
  fcontext::fcontext_t other_;
};

// ---- the event queue alone, in the hold model: each event popped is followed by a new one

struct Later {
  bool operator()(const sim::QueuedEvent& a, const sim::QueuedEvent& b) const {
    return std::tie(a.time_ns, a.order) > std::tie(b.time_ns, b.order);
  }
};

class StandardQueue {
 public:
  void push(const sim::QueuedEvent& event) { queue_.push(event); }
  sim::QueuedEvent pop() {
    const sim::QueuedEvent event = queue_.top();
    queue_.pop();
    return event;
  }

 private:
  std::priority_queue<sim::QueuedEvent, std::vector<sim::QueuedEvent>, Later> queue_;
};

template <class Queue>
class Hold final : public Load {
 public:
  explicit Hold(std::uint64_t pending) {
    for (std::uint64_t i = 0; i < pending; ++i) push(0);
    for (std::uint64_t i = 0; i < 2 * pending; ++i) push(queue_.pop().time_ns);
  }
  std::uint64_t run() override {
    for (std::uint64_t i = 0; i < kBatch; ++i) push(queue_.pop().time_ns);
    return kBatch;
  }

 private:
  void push(std::int64_t now_ns) {
    const std::int64_t time_ns = now_ns + next_sleep_ns(random_);
    queue_.push({time_ns, random_.hops, 0});
  }
  Queue queue_;
  LoadMessage random_ = first_message(0);
};

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

void add_message_rows(std::vector<Row>& result) {
  for (const std::uint32_t nodes : {2U, 100U, 1'000U, 10'000U, 100'000U}) {
    const auto engine = [nodes](TraceMode mode) {
      return [nodes, mode] { return engine_messages(nodes, mode); };
    };
    result.push_back({"message, " + with_commas(nodes) + " nodes",
                      [nodes] { return std::make_unique<Limit<LimitLoop>>(nodes); },
                      {{"trace off", engine(TraceMode::off)},
                       {"trace hashed", engine(TraceMode::hash)},
                       {"trace to a file", engine(TraceMode::file)}}});
  }
}

void add_fault_rows(std::vector<Row>& result) {
  const auto add = [&result](std::uint32_t nodes, const std::vector<NamedFaults>& all) {
    Row row{"message, " + with_commas(nodes) + " nodes, faults that spare it", nullptr, {}};
    for (const NamedFaults& what : all)
      row.loads.push_back({what.name, [nodes, what] { return faulty_messages(nodes, what); }});
    result.push_back(std::move(row));
  };
  constexpr std::uint32_t some = 100;
  constexpr std::uint32_t many = 10'000;
  add(some, single_faults(some));
  add(many, many_faults(many));
}

void add_queue_rows(std::vector<Row>& result) {
  for (const std::uint64_t pending : {1U, 2U, 100U, 10'000U, 1'000'000U}) {
    result.push_back(
        {"event queue, " + with_commas(pending) + " pending",
         nullptr,
         {{"EventQueue", [pending] { return std::make_unique<Hold<sim::EventQueue>>(pending); }},
          {"std::priority_queue",
           [pending] { return std::make_unique<Hold<StandardQueue>>(pending); }}}});
  }
}

}  // namespace

std::vector<Row> rows() {
  std::vector<Row> result;
  add_message_rows(result);
  add_fault_rows(result);
  for (const std::uint32_t fibers : {1U, 1'000U}) {
    result.push_back({"sleep, " + with_commas(fibers) + " pending",
                      [fibers] { return std::make_unique<Limit<SleepLimit>>(fibers); },
                      {{"trace hashed", [fibers] { return engine_sleep(fibers); }}}});
  }
  result.push_back(
      {"fiber switch", [] { return std::make_unique<SwitchLimit>(); }, {{"yield", engine_yield}}});
  result.push_back({"channel send and receive",
                    nullptr,
                    {{"unbuffered", [] { return engine_channel(0); }},
                     {"of 128", [] { return engine_channel(128); }}}});
  result.push_back(
      {"Raft scenario", nullptr, {{"a seed", raft_seeds}, {"a simulated second", raft_seconds}}});
  result.push_back({"Raft, 10 clients",
                    [] { return raft_cluster(false); },
                    {{"judged as it runs", [] { return raft_cluster(true); }}}});
  result.push_back({"key-value cluster, 10 clients",
                    [] { return key_value_cluster(false); },
                    {{"judged as it runs", [] { return key_value_cluster(true); }}}});
  for (Row& row : file_rows()) result.push_back(std::move(row));
  add_queue_rows(result);
  return result;
}

}  // namespace norn::bench
