#include "engine/engine.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/coverage.hpp"
#include "engine/distributions.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/sim/bad_input.hpp"
#include "norn/sim/case_file.hpp"
#include "norn/sim/nemesis.hpp"

namespace norn::sim {

Engine::Engine(SimOptions options)
    : options_(std::move(options)),
      core_(choice_options()),
      chaos_(core_, options_),
      scheduler_(*this, {.size = options_.stack_size, .guard_pages = options_.guard_pages}),
      cluster_(core_),
      network_(core_, cluster_, messages()),
      kernel_(core_, cluster_, network_, messages()),
      posix_(kernel_, *this),
      faults_({.core = core_,
               .cluster = cluster_,
               .network = network_,
               .kernel = kernel_,
               .pool = messages(),
               .schedule =
                   [this](std::int64_t time_ns, std::function<void()> action) {
                     schedule_host(time_ns, std::move(action));
                   },
               .change_clock =
                   [this](host::NodeId node, const std::function<void(NodeClock&)>& change) {
                     return change_clock(node, change);
                   }}),
      claims_({.broken = [this](std::string_view name,
                                std::string_view detail) { claim_broken(name, detail); },
               .seen = [this](std::string_view name) { claim_seen(name); }}) {
  core_.scheduler = &scheduler_;
  scheduler_.use_clock(&core_.now_ns);
  if (options_.profile) profiler_.emplace();
  choose_strategy();
  scheduler_.tell_parks(options_.profile || options_.record_parks);
  scheduler_.order_ready(options_.ready_order);
  network_.set_kernel(kernel_);
  properties_.excuse_all([this] { return why_stuck(); });
  cluster_.on_kill([this](host::Process& process) { kernel_.exit(process); });
  cluster_.on_end([this](host::NodeId node) { kernel_.forget(node); });
}

Engine::~Engine() {
  shutting_down_ = true;
  cluster_.shut_down(messages());
  for (const AlarmSlot& slot : alarms_) {
    if (slot.alarm != nullptr) slot.alarm->world = nullptr;  // it outlives its world
  }
}

host::NodeId Engine::add_node(std::string name, std::function<void()> main,
                              NodeOptions node_options) {
  NORN_ASSERT(!begun_, "node() after the first run: add all nodes before");
  return cluster_.add(std::move(name), std::move(main), node_options);
}

void Engine::set_links(const LinkOptions& links) {
  links_set_ = true;
  usual_links_ = links;
  network_.set_all(links);
}

void Engine::set_link_groups(std::vector<GroupLinks> groups) {
  usual_groups_ = std::move(groups);
  network_.set_groups(usual_groups_);
}

// ---- beginning

void Engine::begin() {
  if (begun_) return;
  begun_ = true;
  leave_out_absent();
  if (options_.guide) options_.guide->begins(cluster_.names(true));
  begin_coverage();
  materialise_plan();
  open_trace();
  schedule_stop();
  chaos_.begin();
  schedule_plan();
  schedule_branch();
  for (host::NodeId id = 1; id <= cluster_.size(); ++id)
    core_.recorder->name_node(id, cluster_.at(id).name);
  const host::Scheduler::Attach attach(scheduler_);
  for (host::NodeId id = 1; id <= cluster_.size(); ++id) cluster_.start(id, 0);
  ran_ = true;
  watch_calm();
}

// The name of a node, with where it stands if it stands somewhere.
nlohmann::json header_of(const Node& node) {
  const NodeOptions& options = node.options;
  if (options.region.empty() && options.zone.empty() && options.rack.empty()) return node.name;
  nlohmann::json header = {{"name", node.name}};
  if (!options.region.empty()) header["region"] = options.region;
  if (!options.zone.empty()) header["zone"] = options.zone;
  if (!options.rack.empty()) header["rack"] = options.rack;
  return header;
}

// What stands at the begin of a trace that is kept.
nlohmann::json Engine::trace_header() const {
  nlohmann::json nodes = nlohmann::json::array();
  for (std::size_t id = 1; id <= cluster_.size(); ++id)
    nodes.push_back(header_of(cluster_.at(static_cast<host::NodeId>(id))));
  return {
      {"scenario", options_.scenario},
      {"build", build_id()},
      {"replay", options_.replay},
      {"seed", options_.seed},
      {"options",
       {{"variant", options_.variant},
        {"time", format_duration(options_.time)},
        {"faults", options_.fault_level},
        {"buggify", options_.buggify},
        {"knobs", options_.knobs}}},
      {"fault_plan", to_json(plan_)},
      {"nodes", std::move(nodes)},
  };
}

void Engine::open_trace() {
  using Mode = trace::RecorderOptions::Mode;
  const Mode mode = options_.trace.mode;
  const bool kept = mode == Mode::memory || mode == Mode::file;
  nlohmann::json header = kept ? trace_header() : nlohmann::json::object();
  Result<std::unique_ptr<trace::Recorder>> recorder =
      trace::Recorder::open(options_.trace, std::move(header));
  if (!recorder) {
    incomplete_ = recorder.error().message;
    trace::RecorderOptions off;
    off.mode = trace::RecorderOptions::Mode::off;
    core_.recorder = trace::Recorder::open(off, nlohmann::json::object()).value();
    return;
  }
  core_.recorder = std::move(*recorder);
}

void Engine::schedule_plan() {
  for (const Fault& fault : plan_.faults) {
    // What goes on in the liveness phase goes on outside of its core, and does not end the calm.
    const bool frozen =
        plan_.liveness && (!fault.lasts || fault.at + *fault.lasts > plan_.liveness->at);
    const std::uint32_t number = faults_.add(fault, frozen);
    if (!frozen) ++faults_to_come_;
    const host::NodeId node = only_node_of(fault);
    schedule_host(fault.at.count(),
                  [this, number, frozen] {
                    if (!frozen) --faults_to_come_;
                    faults_.begin(number);
                  },
                  {.kind = EventNature::Kind::fault_begin, .node = node, .fault = number});
    if (fault.lasts)
      schedule_host((fault.at + *fault.lasts).count(), [this, number] { faults_.end(number); },
                    {.kind = EventNature::Kind::fault_end, .node = node, .fault = number});
  }
  if (plan_.liveness) {
    ++faults_to_come_;
    schedule_host(plan_.liveness->at.count(), [this] { --faults_to_come_; });
  }
  if (plan_.links_until) {
    ++faults_to_come_;
    schedule_host(plan_.links_until->count(), [this] {
      --faults_to_come_;
      network_.set_all(usual_links_);
      if (!plan_.link_groups.empty()) network_.set_groups(usual_groups_);
    });
  }
}

// A number that no fault has: to end it does nothing.
constexpr std::uint32_t kNoFault = ~std::uint32_t{0};

std::uint32_t Engine::begin_fault(Fault fault) {
  if (!scripted_.comes_true(scripted_.next(scripted_words(fault)), true_now())) {
    const FaultKind kind = fault.kind;
    const bool ends_life =
        kind == FaultKind::kill || kind == FaultKind::crash || kind == FaultKind::shutdown;
    if (!ends_life || fault.lasts) return kNoFault;
    for (const std::string& name : fault.side_a) {
      for (const host::NodeId node : cluster_.members(name)) scripted_.stays_up(node);
    }
    return kNoFault;
  }
  const std::optional<Duration> lasts = fault.lasts;
  const std::uint32_t number = faults_.add(std::move(fault));
  on_host([this, number, lasts] {
    faults_.begin(number);
    if (lasts)
      schedule_host(core_.now_ns + lasts->count(), [this, number] { faults_.end(number); });
  });
  return number;
}

void Engine::crash_by_hand(host::NodeId node) {
  const std::string name = scripted_.next("crash " + cluster_.at(node).name);
  on_host([this, node, name] {
    if (cluster_.at(node).process == nullptr) return;
    if (!scripted_.comes_true(name, true_now())) return scripted_.stays_up(node);
    faults_.crash(node);
  });
}

// To start what is down is no fault.
void Engine::restart_by_hand(host::NodeId node) {
  const std::string name = scripted_.next("restart " + cluster_.at(node).name);
  on_host([this, node, name] {
    const bool runs = cluster_.at(node).process != nullptr;
    if (scripted_.was_up(node) && runs) return;
    if (runs && !scripted_.comes_true(name, true_now())) return;
    faults_.restart(node);
  });
}

// ---- the loop

void Engine::run_until(std::int64_t limit_ns, const std::function<bool()>& done) {
  begin();
  limit_ns_ = limit_ns;
  watchdog_.emplace(scheduler_, options_.stall_limit);
  struct Release {
    std::optional<Watchdog>& watchdog;
    host::AttachedChaos chaos;
    host::ClaimSink* claims;
    EdgeCounters* edges;
    ~Release() {
      watchdog.reset();
      host::AttachedChaos::here = chaos;
      host::AttachedClaims::here.sink = claims;
      EdgeCounters::attach(edges);
    }
  } release{watchdog_, std::exchange(host::AttachedChaos::here, {&chaos_, options_.buggify}),
            std::exchange(host::AttachedClaims::here.sink, &claims_),
            EdgeCounters::attach(coverage_ == nullptr ? nullptr : &coverage_->edges())};
  if (event_order_) event_order_->look_again();
  while (!over()) {
    scheduler_.run();
    do_host_work();
    if (chaos_.value_problem()) [[unlikely]]
      incomplete_ = chaos_.value_problem();
    if (ran_) check_properties();
    if (over() || (done && done())) return;
    if (scheduler_.any_ready() || !due_.empty()) continue;
    const bool idle = event_order_ ? !event_order_->any_enabled(limit_ns_)
                                   : core_.queue.empty() || core_.queue.next_time() > limit_ns_;
    if (idle) break;
  }
  if (over()) return;
  report_deadlocks();
  core_.now_ns = limit_ns;
  core_.recorder->set_time(limit_ns);
  if (looks_for_circles_ && !over()) look_for_circles();
  if (call_limit_ && !over()) report_overdue_calls();
}

// Asks the processor for what the next events will touch, if there is so much that it will not be
// in the caches: once every kBatch events, for the kBatch events to come and the kBatch events
// after these. In batches, because a prefetch that misses the TLB holds up the processor until the
// walk through the page tables is done; the walks of a batch overlap.
inline void Engine::look_ahead() {
  constexpr unsigned kBatch = 4;
  constexpr std::size_t kFewFibers = 16;
  constexpr int kFrameLines = 8;
  static_assert(2 * kBatch <= EventQueue::kLookAhead);
  if (to_look_ahead_-- > 0) return;
  to_look_ahead_ = kBatch - 1;
  if (scheduler_.fiber_count() < kFewFibers) return;
  for (unsigned i = 0; i < 2 * kBatch; ++i) {
    const QueuedEvent* const next = core_.queue.look_ahead(i);
    if (next == nullptr) return;
    const auto type = static_cast<EventType>(next->data >> 56U);
    if (type == EventType::deliver) {
      if (i < kBatch) {
        network_.prefetch_receiver(next->data);
      } else {
        network_.prefetch_delivery(next->data);
      }
    } else if (type == EventType::timer && i < kBatch) {
      if (const host::Fiber* const fiber = scheduler_.live(static_cast<std::uint32_t>(next->data)))
        host::prefetch(fiber, -kFrameLines, 1);
    }
  }
}

[[gnu::always_inline]] inline void Engine::apply(const QueuedEvent& event) {
  const auto type = static_cast<EventType>(event.data >> 56U);
  switch (type) {
    case EventType::deliver:
      core_.clocks.act_for(static_cast<host::NodeId>(event.data >> 32U & 0xffffffU));
      return network_.deliver(static_cast<std::uint32_t>(event.data));
    case EventType::timer:
      return fire_timer(event.data);
    case EventType::alarm:
      return fire_alarm(event.data);
    case EventType::host:
      return call_host(static_cast<std::uint32_t>(event.data));
    case EventType::kernel:
      return kernel_.fire(event.data);
    case EventType::wake:
      return fire_wake(event.data);
  }
}

bool Engine::advance() {
  if (!due_.empty() || over()) [[unlikely]]
    return false;
  if (ran_ && properties_.evaluates()) return false;
  ran_ = true;
  if (core_.recorder->next_seq() > options_.max_events) [[unlikely]] {
    stop_at_limit();
    return false;
  }
  if (event_order_) [[unlikely]]
    return advance_in_any_order();
  for (;;) {
    if (core_.queue.empty()) return false;
    const QueuedEvent& top = core_.queue.top();
    if (top.time_ns > limit_ns_) return false;
    if (top.time_ns != core_.now_ns) {
      core_.now_ns = top.time_ns;
      core_.recorder->set_time(top.time_ns);
      runs_at_instant_ = 0;
    }
    const QueuedEvent event = core_.queue.pop();
    look_ahead();
    apply(event);
    if (scheduler_.any_ready()) return true;
    if (!due_.empty()) [[unlikely]]
      return false;
  }
}

bool Engine::advance_in_any_order() {
  for (;;) {
    const std::int64_t before_ns = core_.now_ns;
    const std::optional<QueuedEvent> event = event_order_->next(limit_ns_);
    if (!event) return false;
    if (core_.now_ns != before_ns) {
      core_.recorder->set_time(core_.now_ns);
      runs_at_instant_ = 0;
    }
    apply(*event);
    if (scheduler_.any_ready()) return true;
    if (!due_.empty()) return false;
  }
}

void Engine::stop_at_limit() {
  incomplete_ = "the run passed its limit of " + std::to_string(options_.max_events) + " events";
}

void Engine::wake_at(host::Fiber& fiber, TimePoint when) {
  const std::uint64_t tie =
      core_.choices.order(ChoiceKind::event_order, fiber.key, fiber.wakes) & 0xffffffU;
  const std::uint64_t data = std::uint64_t{fiber.park_generation & 0xffffffU} << 32U | fiber.slot;
  if (core_.pending() > sweep_above_) [[unlikely]]
    sweep_timers();
  if (core_.clocks.any()) [[unlikely]]
    return push_timer(fiber.process->id(), when, tie, EventType::timer, data);
  core_.push(std::max(when.time_since_epoch().count(), core_.now_ns), tie, EventType::timer, data);
}

// Timers of waits that are over stay in the queue until their time comes. Long deadlines that are
// mostly met would fill it.
void Engine::sweep_timers() {
  constexpr std::size_t kGrowth = 4;
  core_.forget_if([this](const QueuedEvent& event) {
    const auto type = static_cast<EventType>(event.data >> 56U);
    if (type == EventType::alarm) {
      const AlarmSlot& slot = alarms_[static_cast<std::uint32_t>(event.data)];
      return (slot.generation & 0xffffffU) != (event.data >> 32U & 0xffffffU);
    }
    if (type != EventType::timer) return false;
    const host::Fiber* const fiber = scheduler_.live(static_cast<std::uint32_t>(event.data));
    return fiber == nullptr ||
           (fiber->park_generation & 0xffffffU) != (event.data >> 32U & 0xffffffU);
  });
  sweep_above_ = std::max(kFewPending, kGrowth * core_.pending());
}

void Engine::fire_timer(std::uint64_t data) {
  host::Fiber* const fiber = scheduler_.live(static_cast<std::uint32_t>(data));
  const std::uint64_t generation = data >> 32U & 0xffffffU;
  if (fiber == nullptr || (fiber->park_generation & 0xffffffU) != generation) return;
  if (fiber->state != host::FiberState::parked) return;
  fiber->timed_out = true;
  scheduler_.set_cause(core_.recorder->timer(fiber->process->id(), fiber->id, fiber->cause));
  scheduler_.make_ready(*fiber);
}

// ---- the host's part

void Engine::call_host(std::uint32_t action) {
  due_.push_back(std::exchange(host_actions_[action], {}));
  free_actions_.push_back(action);
}

void Engine::on_host(std::function<void()> action) {
  begin();
  if (scheduler_.running() != nullptr) {
    due_.push_back(std::move(action));
    want_host();
    return;
  }
  const host::Scheduler::Attach attach(scheduler_);
  action();
  watch_calm();
}

void Engine::schedule_host(std::int64_t time_ns, std::function<void()> action, EventNature nature) {
  if (free_actions_.empty()) {
    free_actions_.push_back(static_cast<std::uint32_t>(host_actions_.size()));
    host_actions_.emplace_back();
    host_natures_.emplace_back();
  }
  const std::uint32_t number = free_actions_.back();
  free_actions_.pop_back();
  host_actions_[number] = std::move(action);
  host_natures_[number] = nature;
  core_.push(time_ns, 0, EventType::host, number);
}

void Engine::do_host_work() {
  if (due_.empty()) return;
  core_.clocks.act_for(0);
  const host::Scheduler::Attach attach(scheduler_);
  for (const std::function<void()>& action : std::exchange(due_, {})) action();
  watch_calm();
  ran_ = true;
}

std::optional<std::string> Engine::knob_problem() const {
  if (chaos_.value_problem()) return chaos_.value_problem();
  return over() ? std::nullopt : chaos_.unasked();
}

}  // namespace norn::sim
