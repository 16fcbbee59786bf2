// The write-ahead-log store: each mistake is found by the property that is about it, and the
// correct program recovers from everything that a crash may leave of it.
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "norn/sim/crash_states.hpp"
#include "norn/sim/run_seeds.hpp"
#include "support/catch.hpp"
#include "wal_store/store.hpp"

namespace {

using wal_store::Mistake;
using wal_store::Store;
using Content = std::map<std::string, std::string, std::less<>>;

constexpr int kPuts = 20;

std::string key_of(int put) {
  return "k" + std::to_string(put % 4);
}
std::string value_of(int put) {
  return std::to_string(put) + std::string(static_cast<std::size_t>(put * 13 % 40), 'v');
}

// What the store holds after so many puts.
Content after(int puts) {
  Content content;
  for (int put = 1; put <= puts; ++put) content[key_of(put)] = value_of(put);
  return content;
}

struct Count {
  std::uint64_t states = 0;
  std::uint64_t changes = 0;
  std::uint64_t wrong = 0;  // states from which the store does not find what it promised
};

// Runs twenty puts, and the recovery of every crash state: it must hold what was acknowledged, and
// at most the put that was under way.
Count try_all(Mistake mistake) {
  const wal_store::StoreOptions options{
      .segment_bytes = 400, .segments_a_snapshot = 2, .mistake = mistake};
  Count count;
  const auto tried = norn::for_each_crash_state(
      [&](norn::CrashHistory& history) {
        auto store = Store::open(options);
        if (!store) throw std::runtime_error(store.error().message);
        for (int put = 1; put <= kPuts; ++put) {
          if (!store->put(key_of(put), value_of(put)).ok()) throw std::runtime_error("put");
          history.note(std::to_string(put));
        }
      },
      [&](const norn::CrashState& state) {
        const int promised = state.note.empty() ? 0 : std::stoi(state.note);
        bool right = false;
        const norn::RunSummary run = state.run([&] {
          const auto store = Store::open(options);
          right = store.ok() &&
                  (store->content() == after(promised) || store->content() == after(promised + 1));
        });
        if (run.violation || !right) ++count.wrong;
        return true;
      });
  if (!tried) throw std::runtime_error(tried.error().message);
  count.states = tried->states;
  count.changes = tried->changes;
  return count;
}

}  // namespace

TEST_CASE("the store recovers from every crash state of a history of twenty puts") {
  const Count count = try_all(Mistake::none);
  INFO(count.states << " states of " << count.changes << " changes");
  // Every put is synced before the next, so that few writes are pending at a time.
  CHECK(count.states > 60);
  CHECK(count.wrong == 0);
}

TEST_CASE("crash states show the mistakes that need no failing disk") {
  for (const Mistake mistake :
       {Mistake::no_fsync, Mistake::no_directory_fsync, Mistake::rename_without_sync}) {
    INFO(static_cast<int>(mistake));
    CHECK(try_all(mistake).wrong > 0);
  }
}

TEST_CASE("the store keeps its promises on a disk that fails") {
  const norn::Report report = norn::run_seeds("wal_store", {.seeds = {1, 100}});
  INFO(report.summary());
  CHECK(report.passed());
  for (const norn::PropertyCount& property : report.properties) {
    INFO(property.name);
    CHECK(property.held > 0);
  }
}
