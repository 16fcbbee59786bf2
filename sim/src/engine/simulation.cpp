#include "norn/sim/simulation.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/engine.hpp"
#include "norn/runtime/assert.hpp"
#include "norn/sim/rule.hpp"

namespace norn {

namespace {

host::NodeId known(const sim::Engine& engine, std::string_view node) {
  const host::NodeId id = engine.cluster().find(node);
  NORN_ASSERT(id != 0, "the simulation has no node called '" + std::string(node) + "'");
  return id;
}

// Lets the scenario ask for knobs while nothing runs.
class AskedHere {
 public:
  explicit AskedHere(host::Chaos& chaos)
      : previous_(std::exchange(host::AttachedChaos::here, {&chaos, false})) {}
  AskedHere(const AskedHere&) = delete;
  AskedHere& operator=(const AskedHere&) = delete;
  ~AskedHere() { host::AttachedChaos::here = previous_; }

 private:
  host::AttachedChaos previous_;
};

}  // namespace

Simulation::Simulation(SimOptions options)
    : engine_(std::make_unique<sim::Engine>(std::move(options))) {}

Simulation::~Simulation() = default;

// ---- the cluster

Address Simulation::node(std::string name, std::function<void()> main, NodeOptions options) {
  return Address::from_id(engine_->add_node(std::move(name), std::move(main), options));
}

void Simulation::links(LinkOptions options) {
  engine_->set_links(options);
}

void Simulation::links(std::vector<GroupLinks> groups) {
  engine_->set_link_groups(std::move(groups));
}

void Simulation::link(std::string_view from, std::string_view to, LinkOptions options) {
  engine_->network().set_link(known(*engine_, from), known(*engine_, to), options);
}

void Simulation::set_name(std::string name, const NodeNames& nodes, Duration ttl) {
  NORN_ASSERT(!name.empty(), "set_name() of an empty name");
  NORN_ASSERT(ttl >= Duration::zero(), "set_name() with a negative ttl");
  sim::NamedNodes numbers;
  for (const std::string& node : nodes) numbers.push_back(known(*engine_, node));
  engine_->kernel().names().set(std::move(name), std::move(numbers), ttl.count());
}

void Simulation::promise(SurvivalPromise promise) {
  engine_->add_promise(std::move(promise));
}

void Simulation::next_version(std::string_view node, std::function<void()> main) {
  NORN_ASSERT(!engine_->begun(), "next_version() after the first run: say it before");
  engine_->cluster().at(known(*engine_, node)).next_versions.push_back(std::move(main));
}

// ---- going on

void Simulation::run() {
  engine_->run_until(engine_->core().now_ns + time().count(), {});
}

void Simulation::run_for(Duration duration) {
  NORN_ASSERT(duration >= Duration::zero(), "run_for() a negative time");
  engine_->run_until(engine_->core().now_ns + duration.count(), {});
}

bool Simulation::run_until(std::function<bool()> done, Duration at_most) {
  engine_->run_until(engine_->core().now_ns + at_most.count(), done);
  return done();
}

void Simulation::stop() {
  engine_->stop();
}

std::string Simulation::dump_fibers() const {
  return engine_->dump_fibers();
}

TimePoint Simulation::now() const {
  return engine_->true_now();
}

// ---- faults by hand

std::uint32_t Simulation::begin_fault(Fault fault) {
  fault.at = now().time_since_epoch();
  const Result<FaultPlan> read = fault_plan_from_json({{"faults", {to_json(fault)}}});
  NORN_ASSERT(read.ok(), "begin_fault(): " + read.error().message);
  return engine_->begin_fault(std::move(fault));
}

void Simulation::end_fault(std::uint32_t number) {
  engine_->on_host([this, number] { engine_->faults().end(number); });
}

void Simulation::partition(const NodeNames& side_a, const NodeNames& side_b) {
  begin_fault({.kind = FaultKind::partition, .side_a = side_a, .side_b = side_b});
}

void Simulation::partition_one_way(const NodeNames& from, const NodeNames& to) {
  begin_fault({.kind = FaultKind::partition_one_way, .side_a = from, .side_b = to});
}

void Simulation::hold(const NodeNames& from, const NodeNames& to) {
  begin_fault({.kind = FaultKind::hold, .side_a = from, .side_b = to});
}

void Simulation::isolate(const NodeNames& nodes) {
  begin_fault({.kind = FaultKind::isolate, .side_a = nodes});
}

void Simulation::clog(const NodeNames& nodes) {
  begin_fault({.kind = FaultKind::clog, .side_a = nodes});
}

void Simulation::release() {
  engine_->on_host([this] { engine_->faults().end_all({FaultKind::hold, FaultKind::clog}); });
}

void Simulation::heal() {
  engine_->on_host([this] {
    engine_->faults().end_all({FaultKind::partition, FaultKind::partition_one_way});
    engine_->faults().end_all({FaultKind::isolate, FaultKind::split, FaultKind::random_partition,
                               FaultKind::ring, FaultKind::flapping});
    engine_->faults().end_all({FaultKind::hold, FaultKind::clog, FaultKind::swizzle});
  });
}

Rule Simulation::rule(RuleMatch match, RuleVerdict verdict) {
  sim::RuleEntry entry{
      .class_hash = match.message_class.empty() ? 0 : host::hash_name(match.message_class),
      .content = std::move(match.content),
      .predicate = std::move(match.predicate),
      .nth = match.nth,
      .verdict = verdict,
      .owns_slot = true};
  for (const std::string& node : match.from) entry.from.push_back(known(*engine_, node));
  for (const std::string& node : match.to) entry.to.push_back(known(*engine_, node));
  sim::Network& network = engine_->network();
  entry.key = sim::mix(sim::text_key("rule"), network.rules()->made());
  return {network.rules(), network.add_rule(std::move(entry))};
}

void Simulation::crash(std::string_view node) {
  engine_->crash_by_hand(known(*engine_, node));
}

void Simulation::restart(std::string_view node) {
  engine_->restart_by_hand(known(*engine_, node));
}

void Simulation::kill(std::string_view node) {
  begin_fault({.kind = FaultKind::kill, .side_a = {std::string(node)}});
}

void Simulation::pause(std::string_view node) {
  begin_fault({.kind = FaultKind::pause, .side_a = {std::string(node)}});
}

void Simulation::resume(std::string_view node) {
  engine_->on_host(
      [this, id = known(*engine_, node)] { engine_->faults().end_those_of(FaultKind::pause, id); });
}

void Simulation::shut_down(std::string_view node, Duration grace) {
  begin_fault(
      {.kind = FaultKind::shutdown, .side_a = {std::string(node)}, .with = {{"grace", grace}}});
}

void Simulation::upgrade(std::string_view node, Duration down_for) {
  begin_fault({.kind = FaultKind::upgrade, .lasts = down_for, .side_a = {std::string(node)}});
}

bool Simulation::is_up(std::string_view node) const {
  return engine_->cluster().at(known(*engine_, node)).process != nullptr;
}

std::uint32_t Simulation::incarnation(std::string_view node) const {
  return engine_->cluster().at(known(*engine_, node)).incarnation;
}

// ---- knobs

Duration Simulation::knob(std::string_view name, Duration standard, KnobRange<Duration> range) {
  const AskedHere here(engine_->chaos());
  return norn::knob(name, standard, range);
}

std::int64_t Simulation::knob(std::string_view name, std::int64_t standard,
                              KnobRange<std::int64_t> range) {
  const AskedHere here(engine_->chaos());
  return norn::knob(name, standard, range);
}

bool Simulation::knob(std::string_view name, bool standard) {
  const AskedHere here(engine_->chaos());
  return norn::knob(name, standard);
}

// ---- properties

void Simulation::always(std::string name, std::function<bool()> holds,
                        std::function<std::string()> explain) {
  engine_->properties().add({.kind = check::PropertyKind::always,
                             .name = std::move(name),
                             .holds = std::move(holds),
                             .explain = std::move(explain)});
}

void Simulation::sometimes(std::string name, std::function<bool()> holds) {
  engine_->properties().add({.kind = check::PropertyKind::sometimes,
                             .name = std::move(name),
                             .holds = std::move(holds),
                             .explain = {}});
}

void Simulation::eventually(std::string name, std::function<bool()> holds, WithinOptions options) {
  NORN_ASSERT(options.within > Duration::zero(),
              "eventually() needs a time within which it must hold");
  engine_->properties().add({.kind = check::PropertyKind::eventually,
                             .name = std::move(name),
                             .holds = std::move(holds),
                             .explain = std::move(options.explain),
                             .within_ns = options.within.count()});
}

namespace {

// Who says what: "n1, n3: 0x1f; n2: 0x20".
std::string who_differs(const Digests& digests) {
  std::map<std::uint64_t, std::string> by_digest;
  for (const auto& [node, digest] : digests) {
    std::string& nodes = by_digest[digest];
    nodes += (nodes.empty() ? "" : ", ") + node;
  }
  std::string text;
  for (const auto& [digest, nodes] : by_digest) {
    std::array<char, 17> hex{};
    std::to_chars(hex.data(), hex.data() + hex.size() - 1, digest, 16);
    text += (text.empty() ? "they differ: " : "; ") + nodes + " have 0x" + hex.data();
  }
  return text;
}

}  // namespace

void Simulation::converges(std::string name, std::function<Digests()> digests,
                           WithinOptions options) {
  const auto same = [digests] {
    const Digests all = digests();
    return std::all_of(all.begin(), all.end(),
                       [&](const auto& one) { return one.second == all.begin()->second; });
  };
  if (!options.explain) options.explain = [digests] { return who_differs(digests()); };
  eventually(std::move(name), same, std::move(options));
}

Monitor Simulation::monitor(std::string name, WithinOptions options) {
  NORN_ASSERT(options.within > Duration::zero(),
              "monitor() needs a time for which a state may be hot");
  const std::size_t number = engine_->properties().add({.kind = check::PropertyKind::monitor,
                                                        .name = std::move(name),
                                                        .holds = {},
                                                        .explain = std::move(options.explain),
                                                        .within_ns = options.within.count()});
  return {*engine_, number};
}

void Monitor::hot(std::string_view state) {
  engine_->heat(number_, state);
}

void Monitor::cold(std::string_view state) {
  engine_->cool(number_, state);
}

void Simulation::progress(std::string name, std::function<std::uint64_t()> counter,
                          ProgressOptions options) {
  NORN_ASSERT(options.within > Duration::zero(),
              "progress() needs a time within which there must be some");
  engine_->properties().add({.kind = check::PropertyKind::progress,
                             .name = std::move(name),
                             .holds = {},
                             .explain = {},
                             .counter = std::move(counter),
                             .excuse = std::move(options.excuse),
                             .within_ns = options.within.count(),
                             .again = options.again});
}

void Simulation::calls_are_answered(Duration limit) {
  engine_->limit_calls(limit);
}

void Simulation::violation(std::string_view property, std::string_view detail) {
  engine_->begin();
  engine_->fail(property, detail);
}

// ---- client operations

std::uint64_t Simulation::op_call(std::uint64_t client, std::string_view function,
                                  const nlohmann::json& arguments) {
  trace::Event event;
  event.kind = trace::EventKind::op_call;
  event.a = client;
  event.b = engine_->next_operation();
  engine_->record_operation(event, function, arguments.dump());
  return event.b;
}

void Simulation::op_return(std::uint64_t client, std::uint64_t operation, OpResult result,
                           const nlohmann::json& value) {
  trace::Event event;
  event.kind = trace::EventKind::op_return;
  event.a = client;
  event.b = operation;
  event.c = static_cast<std::uint64_t>(result);
  engine_->record_operation(event, {}, value.dump());
}

// ---- what is known

const SimOptions& Simulation::options() const {
  return engine_->options();
}
std::uint64_t Simulation::seed() const {
  return engine_->options().seed;
}
const std::string& Simulation::variant() const {
  return engine_->options().variant;
}
Duration Simulation::time() const {
  return engine_->options().time;
}
const std::optional<Violation>& Simulation::violated() const {
  return engine_->violation();
}
const FaultPlan& Simulation::fault_plan() const {
  return engine_->plan();
}
RunSummary Simulation::summary() {
  return engine_->summary();
}

}  // namespace norn
