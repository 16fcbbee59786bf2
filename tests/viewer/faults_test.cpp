#include "model/faults.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "model/describe.hpp"
#include "model/message_path.hpp"
#include "norn/faults/catalog.hpp"
#include "support/catch.hpp"
#include "viewer/support/trace_builder.hpp"

namespace norn::viewer {

using test::kMs;
using test::TraceBuilder;
using trace::DropReason;
using trace::Seq;

namespace {

using Links = std::vector<std::pair<trace::NodeId, trace::NodeId>>;

// A kind with the fault of its example, in a cluster of n1 to n5.
struct Shown {
  FaultForm form = FaultForm::unknown;
  std::string_view label;
  Links hit = {};    // links that the fault is about
  Links clear = {};  // and links that it is not about
};

// Every kind of the catalogue, as its example is drawn.
const std::map<std::string_view, Shown>& shown_kinds() {
  using enum FaultForm;
  static const Links n1_all = {{1, 2}, {2, 1}, {1, 5}, {5, 1}};
  static const Links others = {{2, 3}, {3, 2}, {4, 5}};
  static const std::map<std::string_view, Shown> kinds = {
      {"partition", {cut, "partition  n1 | n2 n3", {{1, 2}, {3, 1}}, {{2, 3}, {1, 4}, {4, 1}}}},
      {"partition_one_way", {cut, "partition one way  n1 \u219B n2", {{1, 2}}, {{2, 1}, {1, 3}}}},
      {"isolate", {cut, "isolate  n1 \u219A all", {{2, 1}, {5, 1}}, {{1, 2}, {1, 5}, {2, 3}}}},
      {"split", {cut, "split  n1 n2 n3 n4 n5"}},
      {"random_partition", {cut, "random partition  n1 n2 n3 n4 n5"}},
      {"ring",
       {cut, "ring  n1 n2 n3 n4 n5", {{1, 3}, {3, 1}, {2, 5}}, {{1, 2}, {5, 1}, {1, 5}, {4, 3}}}},
      {"flapping", {cut, "flapping  n1 | n2 n3", {{1, 2}, {3, 1}}, {{2, 3}, {1, 4}}}},
      {"hold", {hold, "hold  n1 \u2192 n2", {{1, 2}}, {{2, 1}, {1, 3}}}},
      {"clog", {hold, "clog  n1", n1_all, others}},
      {"swizzle", {hold, "swizzle  n1 n2 n3"}},
      {"slow_node", {link, "slow node  n1  \u00D720", n1_all, others}},
      {"slow_link",
       {link, "slow link  n1 \u2194 n2  \u00D720", {{1, 2}, {2, 1}}, {{1, 3}, {2, 3}}}},
      {"delay", {link, "delay  n1  +50ms", n1_all, others}},
      {"loss", {link, "loss  n1  1/5", n1_all, others}},
      {"loss_burst", {link, "loss burst  n1", n1_all, others}},
      {"duplicate", {link, "duplicate  n1  1/4", n1_all, others}},
      {"reorder", {link, "reorder  n1  1/4", n1_all, others}},
      {"corrupt", {link, "corrupt  n1  1/10", n1_all, others}},
      {"truncate", {link, "truncate  n1  1/10", n1_all, others}},
      {"bandwidth", {link, "bandwidth  n1  10000 B/s", n1_all, others}},
      {"mtu", {link, "mtu  n1  576 B", n1_all, others}},
      {"reset_connections", {link, "reset connections  n1", n1_all, others}},
      {"connect_hang", {link, "connect hang  n1 \u2192 n2", {{1, 2}}, {{2, 1}, {1, 3}}}},
      {"connect_refused", {link, "connect refused  n1 \u2192 n2", {{1, 2}}, {{2, 1}, {1, 3}}}},
      {"rule", {link, "rule  n1  deliver_after", {{1, 2}}, others}},
      {"crash", {life, "crash  n1"}},
      {"kill", {life, "kill  n1"}},
      {"crash_loop", {life, "crash loop  n1"}},
      {"crash_in_recovery", {life, "crash in recovery  n1"}},
      {"shutdown", {life, "shutdown  n1"}},
      {"upgrade", {life, "upgrade  n1"}},
      {"wipe_disk", {life, "wipe disk  n1"}},
      {"swap_disk", {life, "swap disk  n1 n2"}},
      {"pause", {pause, "pause  n1"}},
      {"slow_cpu", {machine, "slow cpu  n1  \u00D720"}},
      {"memory_limit", {machine, "memory limit  n1"}},
      {"dns_stale", {machine, "dns stale  n1  database"}},
      {"torn_writes", {machine, "torn writes  n1"}},
      {"lost_write", {machine, "lost write  n1"}},
      {"misdirected_write", {machine, "misdirected write  n1"}},
      {"bit_rot", {machine, "bit rot  n1 n2 n3"}},
      {"read_error", {machine, "read error  n1"}},
      {"write_error", {machine, "write error  n1"}},
      {"sync_error", {machine, "sync error  n1"}},
      {"disk_full", {machine, "disk full  n1"}},
      {"disk_quota", {machine, "disk quota  n1"}},
      {"disk_slow", {machine, "disk slow  n1"}},
      {"disk_stall", {machine, "disk stall  n1"}},
      {"read_only", {machine, "read only  n1"}},
      {"clock_skew", {clock, "clock skew  n1  -2s"}},
      {"clock_drift", {clock, "clock drift  n1  -300 ppm"}},
      {"clock_jump", {clock, "clock jump  n1  -60m"}},
      {"clock_slew", {clock, "clock slew  n1  500 ppm"}},
      {"leap_second", {clock, "leap second  n1 n2  smear"}},
  };
  return kinds;
}

// A cluster in which each message takes a millisecond, unless it is cut off.
struct Talk {
  TraceBuilder build;
  std::int64_t now = 0;

  explicit Talk(std::vector<std::string> names) : build(std::move(names)) {}
  void pass(trace::NodeId from, trace::NodeId to) {
    const Seq sent = build.at(now += kMs).send(from, to, "Ping");
    build.at(now += kMs).deliver(to, sent);
  }
  void lose(trace::NodeId from, trace::NodeId to, DropReason reason = DropReason::partition) {
    const Seq sent = build.at(now += kMs).send(from, to, "Ping");
    build.drop(to, sent, reason);
  }
};

}  // namespace

TEST_CASE("every kind of fault of the catalogue has its drawing, label and links") {
  for (const FaultSpec& spec : fault_catalog()) {
    const std::string kind(spec.name);
    CAPTURE(kind);
    const auto known = shown_kinds().find(spec.name);
    REQUIRE(known != shown_kinds().end());
    const Shown& shown = known->second;
    TraceBuilder build({"n1", "n2", "n3", "n4", "n5"});
    build.fault_begin(0, kind, spec.example);
    build.at(kMs).timer(1);
    const TraceModel model = build.model();
    REQUIRE(model.faults().size() == 1);
    const Fault& fault = model.faults()[0];
    CHECK(form_of(kind) == shown.form);
    CHECK(fault.form == shown.form);
    CHECK(fault.label == shown.label);
    CHECK_FALSE(fault.nodes.empty());
    for (const auto& [from, to] : shown.hit) CHECK(fault.concerns(from, to));
    for (const auto& [from, to] : shown.clear) CHECK_FALSE(fault.concerns(from, to));
    // What cuts or holds and needs no messages to be known is about some links.
    const bool needs_messages = kind == "split" || kind == "random_partition" || kind == "swizzle";
    const bool is_band = fault.form == FaultForm::cut || fault.form == FaultForm::hold;
    CHECK((!is_band || needs_messages || !shown.hit.empty()));
    CHECK(fault.is_partition() == (shown.form == FaultForm::cut));
    CHECK(fault_words(model, fault).empty() == (fault.links == FaultLinks::none));
  }
}

TEST_CASE("a kind that no catalogue knows is shown by its name and its nodes") {
  TraceBuilder build({"n1", "n2"});
  build.fault_begin(0, "solar_flare", R"({"side_a":["n1"],"side_b":["n2"]})");
  const TraceModel model = build.model();
  CHECK(form_of("solar_flare") == FaultForm::unknown);
  CHECK(model.faults()[0].label == "solar flare  n1 \u2192 n2");
  CHECK(model.faults()[0].nodes.size() == 2);
  CHECK_FALSE(model.faults()[0].concerns(1, 2));
}

TEST_CASE("isolation goes one way or both") {
  TraceBuilder build({"n1", "n2", "n3"});
  build.fault_begin(0, "isolate", R"({"side_a":["n1","n2"],"way":"both"})");
  build.fault_begin(1, "isolate", R"({"side_a":["n1"],"way":"out"})");
  const TraceModel model = build.model();
  const Fault& both = model.faults()[0];
  CHECK((both.concerns(1, 2) && both.concerns(2, 1) && both.concerns(3, 1) && both.concerns(2, 3)));
  CHECK(both.groups().size() == 2);
  CHECK(both.label == "isolate  n1 n2");
  const Fault& out = model.faults()[1];
  CHECK((out.concerns(1, 2) && !out.concerns(2, 1)));
  CHECK(fault_words(model, out) ==
        "nothing passes from n1 to any other node, the other way is open");
}

TEST_CASE("the parts of a split are found from what passed and what was cut off") {
  Talk talk({"n1", "n2", "n3", "n4", "n5", "n6"});
  talk.lose(1, 2);
  talk.build.fault_begin(0, "split", R"({"side_a":["n1","n2","n3","n4","n5"]})");
  talk.pass(1, 3);
  talk.lose(1, 2);
  talk.lose(4, 1);
  // Lost by chance: so it was not cut off.
  talk.lose(2, 4, DropReason::loss);
  talk.pass(6, 2);
  talk.build.fault_end(0, "split", 2);
  talk.lose(3, 1);
  const TraceModel model = talk.build.model();
  const Fault& split = model.faults()[0];
  CHECK(split.label == "split  n1 n3 | n2 n4");
  CHECK(split.concerns(1, 2));
  CHECK(split.concerns(3, 4));
  CHECK_FALSE(split.concerns(1, 3));
  CHECK_FALSE(split.concerns(2, 4));
  // Nobody sent n5 anything, and n6 is not named.
  CHECK(split.side_of(5) == -1);
  CHECK(split.side_of(6) == -1);
  CHECK(split.groups() == std::vector<std::vector<trace::NodeId>>{{1, 3}, {2, 4}});
}

TEST_CASE("two that a split parts from a third are together, of more parts that is not known") {
  for (const std::string_view kind : {"split", "random_partition"}) {
    Talk talk({"n1", "n2", "n3"});
    talk.build.fault_begin(0, kind, R"({"side_a":["n1","n2","n3"]})");
    talk.lose(1, 2);
    talk.lose(1, 3);
    const TraceModel model = talk.build.model();
    const Fault& fault = model.faults()[0];
    CAPTURE(kind);
    CHECK(fault.sides.size() == (kind == "split" ? 2 : 3));
    CHECK(fault.concerns(1, 2));
    CHECK_FALSE(fault.concerns(2, 3));
  }
}

TEST_CASE("what another partition cut off says nothing of a split") {
  Talk talk({"n1", "n2", "n3"});
  talk.build.fault_begin(0, "partition", R"({"side_a":["n1"],"side_b":["n2"]})");
  talk.build.fault_begin(1, "split", R"({"side_a":["n1","n2","n3"]})");
  talk.lose(1, 2);
  talk.lose(2, 3);
  const TraceModel model = talk.build.model();
  CHECK(model.faults()[1].label == "split  n2 | n3");
}

TEST_CASE("a partition that comes and goes is shut where messages died") {
  Talk talk({"n1", "n2", "n3"});
  talk.build.fault_begin(0, "flapping", R"({"side_a":["n1"],"side_b":["n2"]})");
  talk.pass(1, 2);
  talk.lose(1, 2);
  talk.pass(1, 3);
  talk.lose(2, 1);
  talk.pass(2, 1);
  talk.lose(2, 1);
  talk.build.fault_end(0, "flapping", 3);
  const TraceModel model = talk.build.model();
  const Fault& fault = model.faults()[0];
  REQUIRE(fault.seen_shut.size() == 2);
  CHECK(model.events().time_ns(fault.seen_shut[0].first) == 3 * kMs);
  CHECK(model.events().time_ns(fault.seen_shut[0].second) == 6 * kMs);
  CHECK_FALSE(fault.acts_at(model.events().first_at(2.0 * kMs)));
  CHECK(fault.acts_at(model.events().first_at(4.0 * kMs)));
  CHECK_FALSE(fault.acts_at(model.events().first_at(7.0 * kMs)));
}

TEST_CASE("walls of isolated nodes stand on both sides of their lanes, and show the way") {
  TraceBuilder build({"n1", "n2", "n3"});
  build.fault_begin(0, "isolate", R"({"side_a":["n2"],"way":"in"})");
  build.fault_begin(1, "ring", R"({"side_a":["n1","n2","n3"],"reach":1})");
  const TraceModel model = build.model();
  LaneLayout layout;
  layout.place(3, 300, 0);
  const auto walls = Paths::walls_of(model.faults()[0], layout);
  REQUIRE(walls.size() == 2);
  CHECK((walls[0].below == 2 && walls[0].blocks_down && !walls[0].blocks_up));
  CHECK((walls[1].below == 3 && !walls[1].blocks_down && walls[1].blocks_up));
  CHECK(Paths::walls_of(model.faults()[1], layout).empty());
  // Nodes of a zone that share a row: between rows there are walls, within one there is none.
  layout.place(3, 300, 0, {.row_of = {0, 0, 0, 1}, .more = {0, 0}});
  CHECK(Paths::walls_of(model.faults()[0], layout).empty());
}

TEST_CASE("a zone in a fault means its nodes") {
  TraceBuilder build({"n1", "n2", "n3"});
  build.source().zones = {"east", "west", "east"};
  build.fault_begin(0, "partition", R"({"side_a":["zone:east"],"side_b":["zone:west"]})");
  build.fault_begin(1, "isolate", R"({"side_a":["zone:east"],"way":"both"})");
  const TraceModel model = build.model();
  const Fault& fault = model.faults()[0];
  CHECK(fault.label == "partition  zone:east | zone:west");
  CHECK((fault.concerns(1, 2) && fault.concerns(2, 3) && !fault.concerns(1, 3)));
  // Isolated nodes of one zone do not see each other either.
  CHECK(model.faults()[1].concerns(1, 3));
  // Folded, the zones have one wall between them.
  LaneLayout layout;
  layout.place(3, 300, 0, {.row_of = {0, 0, 1, 0}, .more = {0, 0}});
  CHECK(Paths::walls_of(fault, layout).size() == 1);
  CHECK(Paths::walls_of(model.faults()[1], layout).empty());
}

TEST_CASE("a fault that was to last is no instant, and a jump of a clock is one") {
  TraceBuilder build({"n1"});
  build.fault_begin(0, "crash", R"({"side_a":["n1"],"lasts":"5s"})");
  build.fault_begin(1, "clock_jump", R"({"side_a":["n1"],"by":"-1.5s"})");
  build.fault_begin(2, "kill", R"({"side_a":["n1"]})");
  const TraceModel model = build.model();
  CHECK_FALSE(model.faults()[0].instant);
  CHECK(model.faults()[1].instant);
  CHECK(model.faults()[1].by_ns == -1.5e9);
  CHECK(model.faults()[2].instant);
}

}  // namespace norn::viewer
