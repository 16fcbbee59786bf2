#include "norn/sim/fault_plan.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "support/source_folder.hpp"

namespace norn {
namespace {

using namespace std::chrono_literals;

std::string read_error(std::string_view json) {
  const Result<FaultPlan> plan = fault_plan_from_json(nlohmann::json::parse(json));
  return plan ? "(no error)" : plan.error().message;
}

// The error of a plan with one fault, given by its members.
std::string fault_error(const std::string& members) {
  return read_error(R"({"faults": [{)" + members + "}]}");
}

std::string links_error(const std::string& members) {
  return read_error(R"({"links": {)" + members + "}}");
}

std::string duration_error(std::string_view text) {
  const Result<Duration> duration = parse_duration(text);
  return duration ? "(no error)" : duration.error().message;
}

// A plan in a file.
class PlanFile {
 public:
  explicit PlanFile(std::string_view content) {
    std::ofstream(path(), std::ios::binary) << content;
  }

  std::string path() const { return folder_.path() + "/plan.json"; }
  // What load_fault_plan() says, without the path.
  std::string error() const {
    const Result<FaultPlan> plan = load_fault_plan(path());
    if (plan) return "(no error)";
    REQUIRE(plan.error().message.starts_with(path()));
    return plan.error().message.substr(path().size());
  }

 private:
  test::ScratchFolder folder_;
};

// Random plans that make sense, from the least to the greatest values.
class RandomPlan {
 public:
  explicit RandomPlan(std::uint64_t seed) : seed_(seed) {}

  FaultPlan plan() {
    FaultPlan plan;
    plan.links.latency.min = duration(1'000'000'000);
    plan.links.latency.usual = plan.links.latency.min + duration(1'000'000'000);
    plan.links.latency.slow_max = plan.links.latency.usual + duration(1'000'000'000);
    plan.links.latency.slow = ratio();
    plan.links.loss = ratio();
    plan.links.duplicate = ratio();
    if (below(2) == 0) plan.links_until = duration(std::numeric_limits<std::int64_t>::max());
    const std::uint64_t faults = below(6);
    for (std::uint64_t i = 0; i < faults; ++i) plan.faults.push_back(fault());
    std::sort(plan.faults.begin(), plan.faults.end(),
              [](const Fault& a, const Fault& b) { return a.at < b.at; });
    return plan;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return sim::below(sim::draw(seed_, ++count_), bound); }

  // Times of any size, round ones included.
  Duration duration(std::int64_t limit) {
    std::int64_t ns = static_cast<std::int64_t>(below(static_cast<std::uint64_t>(limit)));
    for (std::uint64_t i = below(10); i > 0; --i) ns /= 10;
    for (std::uint64_t i = below(10); i > 0 && ns < limit / 10; --i) ns *= 10;
    return Duration(ns);
  }

  Ratio ratio() {
    const std::uint64_t out_of = 1 + below(std::numeric_limits<std::uint32_t>::max());
    return {static_cast<std::uint32_t>(below(out_of + 1)), static_cast<std::uint32_t>(out_of)};
  }

  Fault fault() {
    Fault fault;
    constexpr FaultKind kKinds[] = {FaultKind::partition, FaultKind::partition_one_way,
                                    FaultKind::hold, FaultKind::crash};
    fault.kind = kKinds[below(4)];
    fault.at = duration(std::numeric_limits<std::int64_t>::max() / 2);
    if (below(3) != 0) fault.lasts = duration(std::numeric_limits<std::int64_t>::max() / 2);
    const std::vector<std::string> names = {"n1", "n2", "a \"quoted\" näme", "\x01\t", "日本", "x"};
    std::uint64_t i = below(names.size() - 1);
    fault.side_a = {names[i]};
    for (++i; i < names.size(); ++i) {
      (fault.kind == FaultKind::crash || below(2) == 0 ? fault.side_a : fault.side_b)
          .push_back(names[i]);
    }
    if (fault.kind != FaultKind::crash && fault.side_b.empty()) fault.side_b = {"other"};
    return fault;
  }

  std::uint64_t seed_;
  std::uint64_t count_ = 0;
};

}  // namespace

TEST_CASE("durations are read exactly in every unit") {
  CHECK(parse_duration("250ms").value() == 250ms);
  CHECK(parse_duration("1.5s").value() == 1500ms);
  CHECK(parse_duration("10us").value() == 10us);
  CHECK(parse_duration("7ns").value() == 7ns);
  CHECK(parse_duration("2m").value() == 2min);
  CHECK(parse_duration("1.5m").value() == 90s);
  CHECK(parse_duration("0s").value() == 0s);
  CHECK(parse_duration("0.1s").value() == 100ms);
  CHECK(parse_duration("1.000000001s").value() == 1'000'000'001ns);
  CHECK(parse_duration("007.50000000000000000000ms").value() == 7500us);
  CHECK(parse_duration("-5ms").value() == -5ms);
  CHECK(parse_duration("9223372036.854775807s").value() == Duration::max());
}

TEST_CASE("what is not a duration is said to be none") {
  for (const char* text : {"", "5", "ms", ".5s", "5.s", "5 s", " 5s", "5s ", "5h", "5S", "+5s",
                           "--5s", "1e3s", "1.5.5s", "0x5s", "5µs", "infs"}) {
    CHECK(duration_error(text) == "not a duration: \"" + std::string(text) +
                                      "\" (a number and ns, us, ms, s or m: \"250ms\", \"1.5s\")");
  }
  CHECK(duration_error("1.5ns") == "a duration finer than a nanosecond: \"1.5ns\"");
  CHECK(duration_error("0.0000000001s") == "a duration finer than a nanosecond: \"0.0000000001s\"");
  CHECK(duration_error("0.00000000001m") ==
        "a duration finer than a nanosecond: \"0.00000000001m\"");
  CHECK(duration_error("1.0000000000000000000000000001s") ==
        "a duration finer than a nanosecond: \"1.0000000000000000000000000001s\"");
  CHECK(duration_error("9223372036.854775808s") ==
        "too long a duration: \"9223372036.854775808s\"");
  CHECK(duration_error("99999999999999999999999999999999999999999999m") ==
        "too long a duration: \"99999999999999999999999999999999999999999999m\"");
}

TEST_CASE("durations are written in the largest unit that fits, and read back the same") {
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(60s) == "1m");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(2h) == "120m");
  CHECK(format_duration(1500ms) == "1.5s");
  CHECK(format_duration(768'557us) == "768.557ms");
  CHECK(format_duration(800us) == "800us");
  CHECK(format_duration(1'000'000'001ns) == "1.000000001s");
  CHECK(format_duration(-5ms) == "-5ms");
  CHECK(format_duration(999ns) == "999ns");
  CHECK(format_duration(Duration::max()) == "9223372036.854775807s");
  CHECK(format_duration(Duration::min()) == "-9223372036.854775808s");
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = sim::draw(1, i);
    const Duration duration(static_cast<std::int64_t>(bits >> (1 + bits % 63)));
    REQUIRE(parse_duration(format_duration(duration)).value() == duration);
    REQUIRE(parse_duration(format_duration(-duration)).value() == -duration);
  }
}

TEST_CASE("a plan is written as people would write it") {
  FaultPlan plan;
  plan.links.loss = {1, 50};
  plan.faults = {{FaultKind::partition, 1500ms, 2s, {"n1"}, {"n2", "n3"}},
                 {FaultKind::crash, 3s, {}, {"n2"}, {}}};
  CHECK(to_json(plan) == nlohmann::json::parse(R"({
    "links": {
      "latency": {"min": "100us", "usual": "800us", "slow": "1/1000", "slow_max": "100ms"},
      "loss": "1/50",
      "duplicate": "0/1"
    },
    "faults": [
      {"kind": "partition", "at": "1.5s", "lasts": "2s", "side_a": ["n1"], "side_b": ["n2", "n3"]},
      {"kind": "crash", "at": "3s", "side_a": ["n2"]}
    ]
  })"));
  CHECK(fault_plan_from_json(to_json(plan)).value() == plan);
}

TEST_CASE("any plan survives being written and read") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const FaultPlan plan = RandomPlan(seed).plan();
    const std::string text = to_json(plan).dump(2);
    INFO(text);
    const Result<FaultPlan> read = fault_plan_from_json(nlohmann::json::parse(text));
    REQUIRE(read.ok());
    REQUIRE(*read == plan);
    REQUIRE(to_json(*read).dump(2) == text);
  }
}

TEST_CASE("what a plan leaves out is as usual, and faults may stand in any order") {
  CHECK(fault_plan_from_json(nlohmann::json::parse("{}")).value() == FaultPlan{});
  const FaultPlan plan = fault_plan_from_json(nlohmann::json::parse(R"({
    "$schema": "fault-plan.schema.json",
    "links": {"latency": {"usual": "2ms"}},
    "faults": [
      {"kind": "crash", "at": "2s", "side_a": ["n2"]},
      {"kind": "crash", "at": "1s", "side_a": ["n1"]},
      {"kind": "hold", "at": "2s", "side_a": ["n1"], "side_b": ["n2"]}
    ]})"))
                             .value();
  CHECK(plan.links.latency.usual == 2ms);
  CHECK(plan.links.latency.slow_max == 100ms);
  REQUIRE(plan.faults.size() == 3);
  CHECK(plan.faults[0].side_a == std::vector<std::string>{"n1"});
  CHECK(plan.faults[1].kind == FaultKind::crash);
  CHECK(plan.faults[2].kind == FaultKind::hold);
}

TEST_CASE("a field that is unknown, missing or of the wrong kind is named") {
  CHECK(read_error("[]") == "an object is expected, not a list");
  CHECK(read_error("3") == "an object is expected, not 3");
  CHECK(read_error(R"({"fault": []})") ==
        "fault: unknown field (known are: links, link_groups, links_until, faults, liveness, "
        "$schema)");
  CHECK(read_error(R"({"faults": {}})") == "faults: a list of faults is expected");
  CHECK(read_error(R"({"faults": [7]})") == "faults[0]: an object is expected, not 7");
  CHECK(read_error(R"({"$schema": 1})") == "$schema: a string is expected, not 1");
  CHECK(read_error(R"({"links": null})") == "links: an object is expected, not null");
  CHECK(
      links_error(R"("lose": "1/2")") ==
      "links.lose: unknown field (known are: latency, loss, duplicate, burst, reorder, reorder_by, "
      "corrupt, truncate, undetected, bandwidth, mtu)");
  CHECK(
      links_error(R"("latency": {"max": "1s"})") ==
      "links.latency.max: unknown field (known are: min, usual, slow, slow_max, shape, sigma, far, "
      "far_usual, jitter, quantiles)");
  CHECK(fault_error(R"("kind": "crash", "at": "1s", "nodes": ["n1"])") ==
        "faults[0].nodes: unknown field (known are: kind, at, lasts, side_a)");
  CHECK(fault_error(R"("at": "1s", "side_a": ["n1"])") == "faults[0].kind: is missing");
  CHECK(fault_error(R"("kind": "crash", "side_a": ["n1"])") == "faults[0].at: is missing");
  CHECK(fault_error(R"("kind": "crash", "at": "1s")") == "faults[0].side_a: is missing");
  CHECK(fault_error(R"("kind": "hold", "at": "1s", "side_a": ["n1"])") ==
        "faults[0].side_b: is missing");
  CHECK(fault_error(R"("kind": 4)") == "faults[0].kind: a string is expected, not 4");
  CHECK(fault_error(R"("kind": "flood", "at": "1s", "side_a": ["n1"])")
            .starts_with("faults[0].kind: unknown kind \"flood\" (known are: partition, "));
}

TEST_CASE("a time that makes no sense is named") {
  const std::string rest = R"(, "kind": "crash", "side_a": ["n1"])";
  CHECK(read_error(R"({"faults": [
          {"kind": "crash", "at": "1s", "side_a": ["n1"]},
          {"kind": "crash", "at": "2s", "side_a": ["n1"]},
          {"kind": "crash", "at": "-5ms", "side_a": ["n1"]}]})") ==
        "faults[2].at: negative time -5ms");
  CHECK(fault_error(R"("at": "1s", "lasts": "-1ns")" + rest) ==
        "faults[0].lasts: negative time -1ns");
  CHECK(fault_error(R"("at": 5)" + rest) == "faults[0].at: a string is expected, not 5");
  CHECK(fault_error(R"("at": "soon")" + rest) ==
        "faults[0].at: not a duration: \"soon\" (a number and ns, us, ms, s or m: \"250ms\", "
        "\"1.5s\")");
  CHECK(fault_error(R"("at": "9999999999999s")" + rest) ==
        "faults[0].at: too long a duration: \"9999999999999s\"");
  CHECK(fault_error(R"("at": "9000000000s", "lasts": "9000000000s")" + rest) ==
        "faults[0].lasts: the end is beyond the end of time (292 years)");
}

TEST_CASE("links that make no sense are named") {
  CHECK(read_error(R"({"links_until": "-1s"})") == "links_until: negative time -1s");
  CHECK(links_error(R"("loss": 0.01)") == "links.loss: a string is expected, not 0.01");
  for (const char* share :
       {"1", "1%", "1/0", "3/2", "-1/2", "1/2/3", "/2", "1/", "1/4294967296", " 1/2"}) {
    CHECK(links_error(R"("duplicate": ")" + std::string(share) + '"') ==
          "links.duplicate: not a share: \"" + std::string(share) +
              "\" (a fraction from 0/1 to 1/1: \"1/1000\")");
  }
  CHECK(links_error(R"("latency": {"usual": "50us"})") ==
        "links.latency.usual: 50us is less than min, 100us");
  CHECK(links_error(R"("latency": {"slow_max": "700us"})") ==
        "links.latency.slow_max: 700us is less than usual, 800us");
  CHECK(links_error(R"("latency": {"slow": "0/1", "slow_max": "700us"})") == "(no error)");
  CHECK(links_error(R"("latency": {"slow_max": "1441m"})") ==
        "links.latency.slow_max: 1441m is more than a day");
  CHECK(links_error(R"("latency": {"min": "-1us"})") == "links.latency.min: negative time -1us");
}

TEST_CASE("sides that make no sense are named") {
  const auto sides = [](const std::string& side_a, const std::string& side_b) {
    return fault_error(R"("kind": "partition", "at": "1s", "side_a": )" + side_a +
                       R"(, "side_b": )" + side_b);
  };
  CHECK(sides("[]", R"(["n2"])") == "faults[0].side_a: empty: at least one node is needed");
  CHECK(sides(R"(["n1"])", "[]") == "faults[0].side_b: empty: at least one node is needed");
  CHECK(sides(R"("n1")", R"(["n2"])") ==
        "faults[0].side_a: a list of nodes is expected, not \"n1\"");
  CHECK(sides(R"(["n1", 2])", R"(["n2"])") ==
        "faults[0].side_a[1]: the name of a node is expected, not 2");
  CHECK(sides(R"(["n1", ""])", R"(["n2"])") == "faults[0].side_a[1]: an empty name");
  CHECK(sides(R"(["n1", "n2", "n1"])", R"(["n3"])") ==
        "faults[0].side_a[2]: \"n1\" is named twice");
  CHECK(sides(R"(["n1", "n2"])", R"(["n3", "n2"])") ==
        "faults[0].side_b[1]: \"n2\" is on both sides");
  CHECK(fault_error(R"("kind": "crash", "at": "1s", "side_a": ["n1"], "side_b": ["n2"])") ==
        "faults[0].side_b: unknown field (known are: kind, at, lasts, side_a)");
}

TEST_CASE("the same fault twice is named with both places") {
  CHECK(read_error(R"({"faults": [
          {"kind": "crash", "at": "2s", "side_a": ["n1"]},
          {"kind": "crash", "at": "1s", "side_a": ["n1"]},
          {"kind": "crash", "at": "2s", "side_a": ["n2"]},
          {"kind": "crash", "at": "2000ms", "side_a": ["n1"]}]})") ==
        "faults[3]: the same as faults[0]");
}

TEST_CASE("errors of a plan within something larger begin with its path there") {
  const auto error = [](const char* json) {
    return fault_plan_from_json(nlohmann::json::parse(json), "case.plan").error().message;
  };
  CHECK(error("[]") == "case.plan: an object is expected, not a list");
  CHECK(error(R"({"links": {"loss": 0}})") == "case.plan.links.loss: a string is expected, not 0");
  CHECK(error(R"({"faults": [{}]})") == "case.plan.faults[0].kind: is missing");
  const char* twice = R"({"faults": [{"kind": "crash", "at": "1s", "side_a": ["n1"]},
                                     {"kind": "crash", "at": "1s", "side_a": ["n1"]}]})";
  CHECK(error(twice) == "case.plan.faults[1]: the same as case.plan.faults[0]");
}

TEST_CASE("nodes that a scenario does not have are named") {
  FaultPlan plan;
  plan.faults = {{FaultKind::crash, 1s, 1s, {"n1"}, {}},
                 {FaultKind::partition, 2s, 1s, {"n1"}, {"n2", "n9"}}};
  CHECK(check_plan(plan, {"n1", "n2", "n9"}, 1min).ok());
  const Result<void> unknown = check_plan(plan, {"n1", "n2", "n3"}, 1min);
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == Errc::unknown_node);
  CHECK(unknown.error().message ==
        "faults[1].side_b[1]: no node is named \"n9\" (there are: n1, n2, n3)");
  CHECK(check_plan(plan, {"n2"}, 1min).error().message ==
        "faults[0].side_a[0]: no node is named \"n1\" (there are: n2)");
}

TEST_CASE("a fault that would begin after the end of the run is refused") {
  FaultPlan plan;
  plan.faults = {{FaultKind::crash, 1s, 1s, {"n1"}, {}}, {FaultKind::crash, 5s, 1s, {"n1"}, {}}};
  CHECK(check_plan(plan, {"n1"}, 5s).ok());
  CHECK(check_plan(plan, {"n1"}, 4s).error().message ==
        "faults[1].at: 5s is after the end of the run, 4s");
}

TEST_CASE("a plan is read from a file, and errors say where in it") {
  {
    const PlanFile file(R"({"faults": [{"kind": "crash", "at": "1s", "side_a": ["n1"]}]})");
    REQUIRE(load_fault_plan(file.path()).ok());
    CHECK(load_fault_plan(file.path()).value().faults.size() == 1);
  }
  CHECK(PlanFile(R"({"faults": 3})").error() == ": faults: a list of faults is expected");
  CHECK(PlanFile("{\n  \"faults\": [\n    {\"kind\": }\n]}")
            .error()
            .starts_with(":3:14: not JSON: "));
  CHECK(PlanFile("").error() == ":1:1: the file is empty");
  CHECK(PlanFile("{} x").error().starts_with(":1:4: not JSON: "));
  CHECK(PlanFile("{\"links\": {},\n \"links\": {}}").error() == ": links: is there twice");
  CHECK(
      PlanFile(R"({"faults": [{}, {"at": "1s", "kind": {"x": [1, {"y": 2, "y": 3}]}}]})").error() ==
      ": faults[1].kind.x[1].y: is there twice");
  CHECK(PlanFile("\xff\xfe").error().starts_with(":1:1: not JSON: "));
  const Result<FaultPlan> missing = load_fault_plan("no/such/plan.json");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().message == "no/such/plan.json: No such file or directory");
}

TEST_CASE("a plan that is nested beyond all measure is refused") {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  CHECK(PlanFile(R"({"faults": [)" + deep + "]}").error() ==
        ": faults[0]: an object is expected, not a list");
  CHECK(PlanFile(R"({"links": )" + deep + "}").error() ==
        ": links: an object is expected, not a list");
}

TEST_CASE("the JSON schema knows what links are, and their defaults") {
  std::ifstream file(norn::test::source_folder() + "/sim/fault-plan.schema.json");
  const nlohmann::json schema = nlohmann::json::parse(file);
  const nlohmann::json written = to_json(FaultPlan{});
  const nlohmann::json& links = schema["properties"]["links"]["properties"];
  for (const auto& item : written["links"].items()) CHECK(links.contains(item.key()));
  for (const auto& item : written["links"]["latency"].items()) {
    INFO(item.key());
    CHECK(links["latency"]["properties"][item.key()]["default"] == item.value());
  }
}

}  // namespace norn
