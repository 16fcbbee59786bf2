// Sharded, event-sourced counters, as Akka has them: each lives on one node of a cluster, and is
// made again elsewhere, from its events, when that node is gone. Invariants: no acknowledged
// increment is lost, none counts twice.     Faults: crashes, partitions.
#include <norn/runtime/codec_json.hpp>
#include <norn/runtime/journal.hpp>
#include <norn/runtime/sharding.hpp>
#include <norn/sim.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kWorkers = 3;
constexpr std::uint64_t kCounters = 4;

// ---- what they say to each other

struct Load {  // a counter to the store, when it is made
  struct Reply {
    std::uint64_t version = 0;
    std::uint64_t value = 0;
    std::map<std::string, std::uint64_t> done;  // by client: its last increment
  };
  std::string counter;
};
struct Counted {  // the event: an increment, and what came of it
  struct Reply {
    bool stored = false;
  };
  std::string counter;
  std::uint64_t version = 0;  // that it follows: a fencing token against a second counter
  std::uint64_t value = 0;    // after it
  std::string client;
  std::uint64_t number = 0;  // of the increment, by its client
};
struct Add {  // a client to a counter
  struct Reply {
    bool counted = false;
  };
  std::string client;
  std::uint64_t number = 0;
};

// ---- what the properties look at, by counter

struct Seen {
  std::map<std::string, std::uint64_t> asked;         // increments that clients began
  std::map<std::string, std::uint64_t> acknowledged;  // that they know to be counted
  std::map<std::string, std::uint64_t> stored;        // what the store has
  std::map<std::string, norn::TimePoint> last;        // when one was last acknowledged
  const norn::Simulation* sim = nullptr;              // has the true time: clocks of nodes may err
};

// ---- the store: events in files

struct Records {
  std::map<std::string, Load::Reply> by_counter;

  void apply(const Counted& event) {
    Load::Reply& record = by_counter[event.counter];
    ++record.version;
    record.value = event.value;
    record.done[event.client] = event.number;
  }
};

void store(const std::shared_ptr<Seen>& seen, const std::string& mistake) {
  auto recovered =
      norn::EventSourced<Records, Counted>::recover("counters", {.snapshot_every = 100});
  NORN_ASSERT(recovered.ok(), "the journal can be read: " + recovered.error().message);
  auto records = std::make_shared<norn::EventSourced<Records, Counted>>(std::move(*recovered));
  seen->stored.clear();
  for (const auto& [counter, record] : records->state().by_counter)
    seen->stored[counter] = record.value;
  const auto version_of = [&](const std::string& counter) {
    const auto found = records->state().by_counter.find(counter);
    return found == records->state().by_counter.end() ? 0 : found->second.version;
  };
  norn::serve(
      [&](const Load& load) {
        const auto found = records->state().by_counter.find(load.counter);
        return found == records->state().by_counter.end() ? Load::Reply{} : found->second;
      },
      [&](const Counted& event) {
        const bool next = event.version == version_of(event.counter);
        if (!next && mistake != "no-fencing") return Counted::Reply{false};  // planted: no-fencing
        if (mistake == "early-answer") {  // planted: answered before it is safe
          norn::spawn("persist", [records, event] {
            static_cast<void>(records->persist(event));
          }).detach();
        } else if (!records->persist(event).ok()) {
          return Counted::Reply{false};
        }
        seen->stored[event.counter] = event.value;
        return Counted::Reply{true};
      });
}

// ---- a counter

class Counter {
 public:
  explicit Counter(std::string_view id) : id_(id) {}

  Add::Reply handle(const Add& add) {
    if (!loaded_) load();
    if (!loaded_) return {false};
    std::uint64_t& done = state_.done[add.client];
    if (add.number <= done) return {true};  // asked again: it was counted
    const Counted event{.counter = id_,
                        .version = state_.version,
                        .value = state_.value + 1,
                        .client = add.client,
                        .number = add.number};
    const auto reply = norn::call("store", event, {.timeout = 300ms});
    if (!reply || !reply->stored) {
      loaded_ = false;  // whether it was stored is not known, or another counter was faster
      return {false};
    }
    ++state_.version;
    ++state_.value;
    done = add.number;
    return {true};
  }

 private:
  void load() {
    const auto record = norn::call("store", Load{id_}, {.timeout = 300ms});
    if (!record) return;
    state_ = *record;
    loaded_ = true;
  }

  std::string id_;
  bool loaded_ = false;
  Load::Reply state_;
};

using Counters = norn::Sharding<Counter, Add>;

// ---- a worker: some of the counters, and a client

void client(Counters& counters, Seen& seen, std::uint64_t life) {
  const std::string name = std::string(norn::self().name()) + "." + std::to_string(life);
  for (std::uint64_t number = 1;; ++number) {
    if (!norn::operation_wanted()) continue;
    norn::sleep_for(norn::random().between(50ms, 500ms));
    const std::string counter = "c" + std::to_string(norn::random().below(kCounters));
    ++seen.asked[counter];
    for (bool counted = false; !counted;) {
      const auto reply = counters.ask(counter, Add{name, number}, {.timeout = 2s});
      counted = reply.ok() && reply->counted;
      if (!counted) norn::sleep_for(100ms);
    }
    ++seen.acknowledged[counter];
    seen.last[counter] = seen.sim->now();
  }
}

void worker(const std::shared_ptr<Seen>& seen) {
  norn::MembershipOptions options;
  for (std::uint64_t i = 1; i <= kWorkers; ++i) options.seeds.emplace_back("w" + std::to_string(i));
  norn::Membership membership(options);
  Counters counters(membership, [](std::string_view id) { return std::make_unique<Counter>(id); });
  client(counters, *seen, norn::random("life").bits());
}

std::string compare(const std::map<std::string, std::uint64_t>& less,
                    const std::map<std::string, std::uint64_t>& more, const char* what) {
  for (const auto& [counter, count] : less) {
    const auto found = more.find(counter);
    const std::uint64_t other = found == more.end() ? 0 : found->second;
    if (count > other) return counter + ": " + std::to_string(count) + what + std::to_string(other);
  }
  return {};
}

}  // namespace

NORN_SCENARIO(counters, "sharded, event-sourced counters in the manner of Akka",
              {.time = 60s,
               .faults = "default",
               .variants =
                   {
                       {"early-answer", "the store answers before the event is synced"},
                       {"no-fencing", "the store takes an event of a counter that is out of date"},
                   },
               // There is one store, and it stops when its disk fails.
               .vetoes = {"lost_write", "misdirected_write", "bit_rot", "read_error", "write_error",
                          "sync_error", "disk_full", "read_only"}}) {
  const auto seen = std::make_shared<Seen>();
  seen->sim = &sim;
  const std::string mistake = sim.variant();
  sim.node("store", [=] { store(seen, mistake); });
  for (std::uint64_t i = 1; i <= kWorkers; ++i)
    sim.node("w" + std::to_string(i), [=] { worker(seen); });
  sim.always(
      "no acknowledged increment is lost",
      [=] { return compare(seen->acknowledged, seen->stored, "").empty(); },
      [=] { return compare(seen->acknowledged, seen->stored, " acknowledged, and stored are "); });
  sim.always(
      "no increment counts twice", [=] { return compare(seen->stored, seen->asked, "").empty(); },
      [=] { return compare(seen->stored, seen->asked, " stored, and asked for were "); });
  sim.eventually("every counter counts",
                 [seen, &sim] {
                   return seen->last.size() == kCounters &&
                          std::all_of(seen->last.begin(), seen->last.end(), [&](const auto& each) {
                            return sim.now() - each.second < 5s;
                          });
                 },
                 {.within = 14s});
  sim.run();
}
