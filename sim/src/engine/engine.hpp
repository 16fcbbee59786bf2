// Engine: the simulated world and its loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cluster/cluster.hpp"
#include "engine/activity.hpp"
#include "engine/chaos.hpp"
#include "engine/claims.hpp"
#include "engine/core.hpp"
#include "engine/event_order.hpp"
#include "engine/exhaustive_mode.hpp"
#include "engine/profiler.hpp"
#include "engine/wait_graph.hpp"
#include "engine/watchdog.hpp"
#include "faults/fault_runner.hpp"
#include "faults/scripted_faults.hpp"
#include "kernel/kernel.hpp"
#include "kernel/posix_kernel.hpp"
#include "network/network.hpp"
#include "norn/check/properties.hpp"
#include "norn/runtime/host/scheduler.hpp"
#include "norn/runtime/host/world.hpp"
#include "norn/sim/sim_options.hpp"

namespace norn::sim {

// The loop: take the next event, move virtual time to it, apply it, run the fibers it made ready
// until all block, check the properties. advance() does the first half on the stack of whatever
// fiber blocked; faults and properties are handled on the host, where no fiber runs.
class Engine final : public host::World {
 public:
  explicit Engine(SimOptions options);
  ~Engine() override;

  // ---- for Simulation
  host::NodeId add_node(std::string name, std::function<void()> main, NodeOptions node_options);
  void run_until(std::int64_t limit_ns, const std::function<bool()>& done);
  // on_host() does something that must not happen inside a fiber: now, or when the calling fiber
  // next blocks.
  void on_host(std::function<void()> action);
  void stop() {
    stop_ = true;
    want_host();
  }
  bool over() const { return stop_ || violation_.has_value() || incomplete_.has_value(); }
  void fail(std::string_view property, std::string_view detail);
  // give_up() ends the run as incomplete, unless it is violated.
  void give_up(std::string reason) {
    if (!over()) incomplete_ = std::move(reason);
  }
  // record_operation() fills in who and when. `event.text` is the number of `function`; 0 is
  // replaced by it.
  trace::Seq record_operation(trace::Event& event, std::string_view function,
                              const std::string& json);
  RunSummary summary();
  std::string dump_fibers() const;

  Core& core() { return core_; }
  Cluster& cluster() { return cluster_; }
  const Cluster& cluster() const { return cluster_; }
  Network& network() { return network_; }
  Kernel& kernel() { return kernel_; }
  FaultRunner& faults() { return faults_; }
  // These are for faults of the scenario's own code, which a shrunk case may leave out.
  std::uint32_t begin_fault(Fault fault);
  void crash_by_hand(host::NodeId node);
  void restart_by_hand(host::NodeId node);
  // true_now() is the time of the simulation, whatever the clocks of nodes show.
  TimePoint true_now() const { return TimePoint(Duration(core_.now_ns)); }
  // change_clock() changes the clocks of a node, and returns how many of its timers this moved.
  std::size_t change_clock(host::NodeId node, const std::function<void(NodeClock&)>& change);
  check::PropertySet& properties() { return properties_; }
  void limit_calls(Duration limit) { call_limit_ = limit; }
  // heat() and cool() are for monitors, by their number among the properties.
  void heat(std::size_t monitor, std::string_view state);
  void cool(std::size_t monitor, std::string_view state) {
    properties_.cool(monitor, state, core_.now_ns);
  }
  host::Scheduler& scheduler() { return scheduler_; }
  RunChaos& chaos() { return chaos_; }
  // knob_problem() is what is wrong with the knobs that the options set.
  std::optional<std::string> knob_problem() const;
  const SimOptions& options() const { return options_; }
  const std::optional<Violation>& violation() const { return violation_; }
  const FaultPlan& plan() const { return plan_; }
  void set_links(const LinkOptions& links);
  void set_link_groups(std::vector<GroupLinks> groups);
  void add_promise(SurvivalPromise promise);
  std::uint64_t next_operation() { return ++operations_; }
  // begin() draws the faults, opens the trace and starts the nodes; the first run does it.
  void begin();
  bool begun() const { return begun_; }

  // ---- World
  TimePoint now() const override {
    if (core_.clocks.any()) [[unlikely]]
      return TimePoint(Duration(core_.clocks.read_monotonic(core_.now_ns)));
    return TimePoint(Duration(core_.now_ns));
  }
  Duration wall_time() const override;
  void wake_later(host::Process& process, Duration delay) override;
  void wake_at(host::Fiber& fiber, TimePoint when) override;
  void set_alarm(host::Alarm& alarm, TimePoint when) override;
  void drop_alarm(host::Alarm& alarm) override;
  void blocking(void (*work)(void* argument), void* argument) override;
  bool advance() override;
  std::uint64_t draw(const host::Process& process, std::uint64_t stream,
                     std::uint64_t index) override;
  std::uint64_t ready_priority(const host::Fiber& fiber) override;
  std::size_t choose_ready(std::size_t count) override;
  host::NodeId find_node(std::string_view name) const override { return cluster_.find(name); }
  std::string_view node_name(host::NodeId id) const override { return cluster_.at(id).name; }
  void send(host::Process& from, host::Message& message) override;
  int file_open(host::Process& process, std::string_view path, int flags) override;
  int file_close(host::Process& process, int descriptor) override;
  std::int64_t file_read(host::Process& process, int descriptor, std::uint64_t offset,
                         std::span<std::byte> into) override;
  std::int64_t file_write(host::Process& process, int descriptor, std::uint64_t offset,
                          std::span<const std::byte> bytes) override;
  std::int64_t file_size(host::Process& process, int descriptor) override;
  int file_sync(host::Process& process, int descriptor) override;
  int file_truncate(host::Process& process, int descriptor, std::uint64_t size) override;
  int file_rename(host::Process& process, std::string_view from, std::string_view to) override;
  int file_remove(host::Process& process, std::string_view path) override;
  int file_list(host::Process& process, std::string_view path,
                std::vector<std::string>& names) override;
  int file_sync_directory(host::Process& process, std::string_view path) override;
  host::Sockets& sockets() override { return kernel_; }
  host::PosixCalls& posix() override { return posix_; }
  void fiber_started(const host::Fiber& fiber) override;
  void fiber_ended(const host::Fiber& fiber, host::FiberEnd how) override;
  void fiber_runs(const host::Fiber& fiber) override;
  void fiber_parks(const host::Fiber& fiber) override;
  void fiber_failed(const host::Fiber& fiber, std::string_view problem) override;
  void waits_for_ever(const host::Fiber& fiber) override;
  bool outside_call(const host::Fiber& fiber, std::string_view call) override;
  void log(const host::Process& process, int level, std::string_view text) override;
  void publish(const host::Process& process, std::string_view key, std::string_view json) override;

 private:
  ChoiceOptions choice_options();
  MadeChoice describe(const TakenChoice& choice);
  void note_choice(const TakenChoice& choice);
  void begin_coverage();
  void report_coverage(const RunSummary& summary);
  void leave_out_absent();
  void choose_strategy();
  std::optional<host::NodeId> node_of(const QueuedEvent& event) const;
  bool search_every_order();
  EventNature nature_of(const QueuedEvent& event, bool content);
  std::uint64_t content_of(const QueuedEvent& event);
  std::uint64_t lives() const;
  void schedule_branch();
  void schedule_stop();
  bool advance_in_any_order();
  nlohmann::json trace_header() const;
  void open_trace();
  void materialise_plan();
  std::vector<SurvivalPromise> promises_by_node() const;  // without groups
  void keep_promises();
  void check_sides() const;
  void schedule_plan();
  void want_host() { scheduler_.want_host(); }
  void apply(const QueuedEvent& event);
  void fire_timer(std::uint64_t data);
  void fire_alarm(std::uint64_t data);
  void sweep_timers();
  void push_timer(host::NodeId node, TimePoint when, std::uint64_t tie, EventType type,
                  std::uint64_t data);
  host::NodeId node_of_timer(const QueuedEvent& event) const;
  void fire_wake(std::uint64_t data);
  void report_deadlocks();
  WaitGraph wait_graph();
  // look_for_circles() looks for calls that wait for each other for ever, now and in each second in
  // which there are calls that may.
  void look_for_circles();
  void look_later();
  void report_overdue_calls();
  std::string what_went_on();
  [[gnu::noinline]] void call_host(std::uint32_t action);
  [[gnu::noinline]] void stop_at_limit();
  [[gnu::always_inline]] void look_ahead();
  void do_host_work();
  void check_properties();
  void watch_calm();
  void judge_at(std::int64_t deadline_ns);
  std::string why_stuck() const;
  void schedule_host(std::int64_t time_ns, std::function<void()> action, EventNature nature);
  void schedule_host(std::int64_t time_ns, std::function<void()> action) {
    schedule_host(time_ns, std::move(action), {.kind = EventNature::Kind::deadline});
  }
  host::NodeId only_node_of(const Fault& fault) const;
  trace::Event event_of(trace::EventKind kind, const host::Process& process) const;
  void disk_delay(host::Process& process);
  [[gnu::noinline]] void wait_for_disk(host::Process& process, DiskCall call, std::string_view path,
                                       std::uint64_t bytes);
  trace::StringId path_of(const host::Process& process, int descriptor) const;
  void note_file(const host::Process& process, trace::FileOp op, trace::StringId path,
                 std::uint64_t offset, std::uint64_t size, std::int64_t result);
  void claim_broken(std::string_view name, std::string_view detail);
  void claim_seen(std::string_view name);
  void judge_end();

  SimOptions options_;
  std::unique_ptr<CoverageMap> coverage_;  // when SimOptions::coverage asks for it
  Core core_;
  RunChaos chaos_;
  host::Scheduler scheduler_;
  std::optional<Profiler> profiler_;
  std::optional<Watchdog> watchdog_;  // while fibers may run
  Cluster cluster_;
  Network network_;
  Kernel kernel_;
  PosixKernel posix_;
  FaultRunner faults_;
  ScriptedFaults scripted_{options_};
  check::PropertySet properties_;
  RunClaims claims_;
  std::unique_ptr<EventOrder> event_order_;  // when a strategy chooses
  ExhaustiveMode* exhaustive_ = nullptr;     // the same, in a search
  FaultPlan plan_;
  std::vector<SurvivalPromise> promises_;
  bool safety_only_ = false;  // the plan goes beyond a promise
  bool links_set_ = false;
  LinkOptions usual_links_{};  // without a plan
  std::vector<GroupLinks> usual_groups_;
  bool begun_ = false;
  bool stop_ = false;
  bool ran_ = false;     // fibers ran since the properties were checked
  bool closed_ = false;  // the trace is finished
  bool shutting_down_ = false;
  static constexpr std::size_t kFewPending = 1024;
  std::size_t sweep_above_ = kFewPending;
  std::int64_t limit_ns_ = 0;
  std::uint64_t runs_at_instant_ = 0;
  unsigned to_look_ahead_ = 0;
  std::uint64_t operations_ = 0;
  std::size_t faults_to_come_ = 0;
  bool calm_ = false;
  Activity activity_;  // of the calm
  bool looks_for_circles_ = false;
  std::optional<Duration> call_limit_;
  std::optional<std::int64_t> deadline_scheduled_ns_;
  std::vector<std::function<void()>> host_actions_;  // of host events, by number
  std::vector<EventNature> host_natures_;            // the same
  std::vector<std::uint32_t> free_actions_;
  struct AlarmSlot {
    host::Alarm* alarm = nullptr;
    std::uint32_t generation = 0;
  };
  std::vector<AlarmSlot> alarms_;
  std::vector<std::uint32_t> free_alarms_;
  // A timer of a node whose clock stands still: when it is due by that clock.
  struct StoppedTimer {
    host::NodeId node;
    std::int64_t shown_ns;
    QueuedEvent event;
  };
  std::vector<StoppedTimer> stopped_timers_;
  std::vector<std::function<void()>> due_;  // to be done on the host now
  std::optional<Violation> violation_;
  std::optional<std::string> incomplete_;
};

}  // namespace norn::sim
