// The Raft scenario as a whole: the correct program stands the faults, each planted mistake is
// found by the property that it breaks.
#include <cstdint>
#include <string>
#include <vector>

#include <norn/sim.hpp>

#include "raft/properties.hpp"
#include "raft/reference.hpp"
#include "support/catch.hpp"

namespace {

norn::Report run(const std::string& variant, norn::SeedRange seeds,
                 const std::string& faults = "default") {
  norn::RunOptions options;
  options.seeds = seeds;
  options.variant = variant;
  options.faults = faults;
  options.jobs = 2;
  return norn::run_seeds("raft", options);
}

struct Planted {
  std::string variant;
  norn::SeedRange seeds;                    // the first failure of `norn::run_seeds` lies in here
  std::vector<raft_kv::Safety> properties;  // one of these is what it breaks first
};

}  // namespace

TEST_CASE("The Raft cluster keeps its promises under default and harsh faults") {
  for (const char* faults : {"calm", "default", "harsh"}) {
    const norn::Report report = run("", {1, 150}, faults);
    INFO(report.summary());
    CHECK(report.passed());
    CHECK(report.runs == 150);
  }
}

TEST_CASE("A campaign over the Raft cluster sees elections, snapshots and retries") {
  const norn::Report report = run("", {1, 100});
  for (const norn::PropertyCount& property : report.properties) {
    INFO(property.name);
    CHECK(property.held > 0);
  }
}

TEST_CASE("What clients see tells of reads from a deposed leader, and of appends done twice") {
  for (const auto& [variant, last] :
       {std::pair("stale-read", 100), std::pair("lost-session", 400)}) {
    const norn::Report report = run(variant, {1, static_cast<std::uint64_t>(last)});
    INFO(report.summary());
    REQUIRE(report.failures.size() == 1);
    const norn::Violation& violation = *report.failures[0].run.violation;
    CHECK(violation.property ==
          "linearizable: clients see one store that does one thing at a time");
    CHECK(violation.detail.find("fits nowhere") != std::string::npos);
    // At the event of the answer, on the node of the client, with what took effect before.
    CHECK(violation.nodes.size() == 1);
    CHECK(violation.nodes[0].front() == 'c');
    CHECK(violation.detail.find("before it") != std::string::npos);
    CHECK(run("", {report.failures[0].run.seed, report.failures[0].run.seed}).passed());
  }
}
