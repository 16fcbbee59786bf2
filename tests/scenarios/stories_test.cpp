// Each small story passes as it is, and each mistake that can be planted in it is found, by the
// property that is about it.
#include <string>
#include <vector>

#include "norn/sim/run_seeds.hpp"
#include "support/catch.hpp"

namespace {

struct Mistake {
  std::string variant;
  std::string property;  // that it breaks
  std::uint64_t within;  // seeds
};

struct Story {
  std::string name;
  std::uint64_t seeds;  // that pass
  std::vector<Mistake> mistakes;
};

const std::vector<Story>& stories() {
  static const std::vector<Story> all = {
      {"lease_lock", 300, {{"forgets-lease", "at most one worker inside", 400}}},
      {"pipeline",
       40,
       {{"leaky-stage", "no stage outlives its request", 20},
        {"cancelled-is-done", "an answer is whole", 20}}},
      {"chat",
       40,
       {{"one-for-one", "everybody is in the room, and nobody else", 60},
        {"forgets-down", "lines are read in order, each once", 20}}},
      {"counters",
       20,
       {{"early-answer", "no acknowledged increment is lost", 60},
        {"no-fencing", "no acknowledged increment is lost", 60}}},
      {"gossip",
       15,
       {{"split-brain", "at most one node does the job", 30},
        {"no-margin", "at most one node does the job", 60}}},
      {"wal_store",
       100,
       {{"no-fsync", "what was acknowledged is never lost", 20},
        {"no-directory-fsync", "the store comes back", 20},
        {"rename-without-sync", "the store comes back", 20},
        {"truncates-middle", "what was acknowledged is never lost", 100},
        {"ignores-failed-fsync", "the store comes back", 100},
        {"no-checksum", "every value was put by a client", 300},
        {"trusts-length", "what was acknowledged is never lost", 1000}}},
  };
  return all;
}

}  // namespace

TEST_CASE("each story passes under its own faults") {
  for (const Story& story : stories()) {
    const norn::Report report = norn::run_seeds(story.name, {.seeds = {1, story.seeds}});
    INFO(report.summary());
    CHECK(report.passed());
  }
}

TEST_CASE("each mistake that is planted in a story is found") {
  for (const Story& story : stories()) {
    for (const Mistake& mistake : story.mistakes) {
      const norn::Report report =
          norn::run_seeds(story.name, {.seeds = {1, mistake.within}, .variant = mistake.variant});
      INFO(story.name << " " << mistake.variant << ": " << report.summary());
      REQUIRE_FALSE(report.failures.empty());
      CHECK(report.failures.front().run.violation->property == mistake.property);
    }
  }
}
