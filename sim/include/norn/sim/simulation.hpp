// Simulation: one universe: a cluster, its network, disks and clock, driven by one seed.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "norn/runtime/knob.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/time.hpp"
#include "norn/sim/fault_plan.hpp"
#include "norn/sim/link_options.hpp"
#include "norn/sim/monitor.hpp"
#include "norn/sim/promise.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn {

namespace sim {
class Engine;
}

struct RuleMatch;
class RuleVerdict;
class Rule;

struct NodeOptions {
  bool may_fail = true;  // whether the nemesis may crash it and cut it off
  std::uint32_t mailbox_limit =
      4096;  // messages that may wait; what comes then is lost (full queue)
  // How long work takes on this node, in thousandths: 2500 is a processor that is 2.5 times slower.
  // See consume().
  std::uint32_t cpu_time_permille = 1000;
  // When a run_for() ends and all fibers of the node wait for each other, with no message, timer or
  // deadline that could wake one, the run is violated ("no deadlock"). So it is within a second
  // when fibers wait for each other in a circle through calls without a deadline, on one node or
  // more. False: that is no mistake.
  bool deadlock_is_violation = true;
  // Where the node stands. "zone:a" in the sides of a fault (and "rack:…", "region:…") means all
  // nodes that say so here, so that what stands together dies together.
  std::string region{};
  std::string zone{};
  std::string rack{};
  // Bytes of memory() (memory.hpp) that the node may have in use. The default: no limit.
  std::uint64_t memory_limit = ~std::uint64_t{0};
};

// A set of nodes, by name.
using NodeNames = std::vector<std::string>;

struct WithinOptions {
  Duration within{};  // virtual time
  // Says what is wrong ("n2 is 17 entries behind"), for the report of the violation.
  std::function<std::string()> explain{};
};

// What each node has, as a hash of it.
using Digests = std::map<std::string, std::uint64_t>;

struct ProgressOptions {
  Duration within{};  // virtual time, from the begin of the calm
  // Says why no progress can be expected ("two disks of three are empty"), or nothing. Asked at the
  // deadline, when there was none.
  std::function<std::string()> excuse{};
  // It must grow again and again: in each such time, one after the other, for as long as the calm
  // lasts. For a workload that never ends.
  bool again = false;
};

// Simulation owns its nodes, its network and disks, its event queue and its trace; nothing of it is
// global. It runs on the calling thread. Calls that take the name of a node assert that there is
// one.
class Simulation {
 public:
  explicit Simulation(SimOptions options);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation();

  // ---- the cluster
  // node() adds a node. `main` is called in a fiber of the node at its start, and again at each
  // restart: what must not survive a crash belongs inside it. All nodes are added before the first
  // run. Two nodes with one name assert.
  Address node(std::string name, std::function<void()> main, NodeOptions options = {});
  // set_name() makes resolve() answer `name` with the addresses of `nodes` from now on; no nodes:
  // there is no such name any more. A node that asked before goes on with its answer for the `ttl`
  // that came with it, so a name that moves is found at its old place for as long. Names of nodes
  // are known without it; to give one of them here moves it. From the scenario and from node code.
  void set_name(std::string name, const NodeNames& nodes, Duration ttl = std::chrono::seconds(30));
  // links() sets all links, link() one direction of one. A fault plan's links replace what links()
  // set, and not link()'s.
  void links(LinkOptions options);
  // links() of groups: of two that a link is in, the later one counts; those of an earlier call are
  // forgotten. They come before the links of all, and behind link(). A plan that has groups of its
  // own replaces them. <norn/sim/wan.hpp> has some ready.
  void links(std::vector<GroupLinks> groups);
  void link(std::string_view from, std::string_view to, LinkOptions options);
  // promise() says what the system must survive: see promise.hpp. Before the first run.
  void promise(SurvivalPromise promise);
  // next_version() gives a node the main function of its next version, which it has from its next
  // upgrade on: a fault `upgrade`, or upgrade(). Each call adds one more. Before the first run.
  void next_version(std::string_view node, std::function<void()> main);

  // ---- going on
  // run() runs for the duration that the options (--time) or the scenario give, with the faults
  // asked for.
  void run();
  // run_for() lets `duration` of virtual time pass. Both end early when a property is violated or
  // stop() was called; later calls then do nothing.
  void run_for(Duration duration);
  // run_until() is run_for() that ends once `done` holds (tested after every step); returns whether
  // it does.
  bool run_until(std::function<bool()> done, Duration at_most);
  void stop();
  TimePoint now() const;

  // ---- faults, by hand (the same as in a plan, begun now)
  // begin_fault() lets any fault of the catalogue begin; its `at` does not count. It ends after
  // `lasts`, if that is given, or by end_fault() with the number that was returned. A fault that a
  // plan could not have is asserted against.
  std::uint32_t begin_fault(Fault fault);
  void end_fault(std::uint32_t number);
  void partition(const NodeNames& side_a, const NodeNames& side_b);
  void partition_one_way(const NodeNames& from, const NodeNames& to);
  // isolate() cuts each of the nodes off from all others.
  void isolate(const NodeNames& nodes);
  // hold() keeps back what goes from `from` to `to`, clog() what goes to and from the nodes, until
  // release().
  void hold(const NodeNames& from, const NodeNames& to);
  void clog(const NodeNames& nodes);
  void release();
  // heal() ends all partitions, of whatever shape, holds and clogs.
  void heal();
  // rule() decides about chosen messages until what it returns dies (<norn/sim/rule.hpp>). The
  // first rule that fits decides; a message that a partition stops is never asked about.
  Rule rule(RuleMatch match, RuleVerdict verdict);
  // crash() kills a node: its fibers end, its mailbox and all that it did not sync are lost.
  // restart() starts it, after a crash if it runs.
  void crash(std::string_view node);
  void restart(std::string_view node);
  // kill() ends a node's process only, as SIGKILL does: what it wrote and did not sync stays in the
  // page cache of its machine, for its next life.
  void kill(std::string_view node);
  // pause() lets a node stand still: none of its fibers runs, its clocks go on, messages queue up.
  // resume() lets it go on: timers fire late. Both end when a fault `pause` of a plan says so.
  void pause(std::string_view node);
  void resume(std::string_view node);
  // shut_down() asks a node to stop (stop.hpp) and kills what is left of it after `grace`.
  void shut_down(std::string_view node, Duration grace = std::chrono::seconds(1));
  // upgrade() shuts a node down and starts its next version `down_for` later; of its last version
  // it only starts another life.
  void upgrade(std::string_view node, Duration down_for = std::chrono::milliseconds(100));
  bool is_up(std::string_view node) const;
  // incarnation() counts the lives of a node, from 1.
  std::uint32_t incarnation(std::string_view node) const;

  // ---- chance: the knobs of the scenario itself ("how many nodes", "how many clients"), as
  // norn::knob() gives them to node code
  Duration knob(std::string_view name, Duration standard, KnobRange<Duration> range);
  std::int64_t knob(std::string_view name, std::int64_t standard, KnobRange<std::int64_t> range);
  bool knob(std::string_view name, bool standard);

  // ---- properties. Node code states its own: <norn/runtime/property.hpp>. These are predicates
  // over state that the scenario can see; evaluated on the host after
  // every instant at which something ran always(): a violation when it is false once. `explain`
  // gives the detail for the report.
  void always(std::string name, std::function<bool()> holds,
              std::function<std::string()> explain = {});
  // sometimes(): should be true at least once in a campaign; a run alone is no violation.
  void sometimes(std::string name, std::function<bool()> holds);
  // eventually(): must hold at some instant of the calm end of the run (from the last fault's end
  // on), within `within`; a run that ends before is not judged.
  void eventually(std::string name, std::function<bool()> holds, WithinOptions options);
  // progress(): `counter` must grow in the calm end of the run, or in the liveness phase of its
  // plan, within the time given. A run that ends before is not judged. A run that cannot make
  // progress is excused, with the reason in the report: when the scenario says why, or when a node
  // of the core is dead and nothing will start it again. The report of a violation says who waits
  // for whom, and what kept happening meanwhile: messages, and fibers that were woken; so do those
  // of eventually(), converges() and monitor().
  void progress(std::string name, std::function<std::uint64_t()> counter, ProgressOptions options);
  // converges(): the digests of all nodes must be equal at some instant of the calm, within
  // `within`: eventually() that says who has what.
  void converges(std::string name, std::function<Digests()> digests, WithinOptions options);
  // monitor() makes a monitor whose states may be hot for `within`: see monitor.hpp.
  Monitor monitor(std::string name, WithinOptions options);
  // calls_are_answered(): a call() that has been open for `limit` when a run_for() ends, or for
  // longer, violates the run ("calls are answered"); the report says who waits for whom. Circles of
  // calls without a deadline are found without it ("no deadlock").
  void calls_are_answered(Duration limit);
  // violation() says at once that something is wrong. Callable from node code and from the host.
  void violation(std::string_view property, std::string_view detail);

  // ---- client operations, for the trace and for checkers; callable from node code
  std::uint64_t op_call(std::uint64_t client, std::string_view function,
                        const nlohmann::json& arguments);
  void op_return(std::uint64_t client, std::uint64_t operation, OpResult result,
                 const nlohmann::json& value);

  // ---- what is known of the run
  // dump_fibers() describes every fiber of every node: what it waits for, since when, and where it
  // was spawned. For people: the text may change.
  std::string dump_fibers() const;
  const SimOptions& options() const;
  std::uint64_t seed() const;
  const std::string& variant() const;  // --variant; empty: the correct program
  Duration time() const;               // the duration of run()
  const std::optional<Violation>& violated() const;
  const FaultPlan& fault_plan() const;  // drawn or given; whole once the first run began
  RunSummary summary();                 // closes the trace: the last call
  sim::Engine& engine() { return *engine_; }

 private:
  std::unique_ptr<sim::Engine> engine_;
};

}  // namespace norn
