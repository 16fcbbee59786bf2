// The life of a real world: nodes start, run, stop and end.
#include "os/world.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "norn/runtime/assert.hpp"
#include "os/signals.hpp"

namespace norn::real {

World::World(RealOptions options)
    : options_(std::move(options)),
      scheduler_(*this, {.size = options_.stack_size, .guard_pages = options_.guard_pages}),
      loop_(scheduler_, options_.workers),
      files_(loop_),
      calls_(files_),
      sockets_(files_, calls_),
      posix_(files_, calls_) {
  NORN_ASSERT(options_.workers > 0, "RealOptions::workers: at least one thread is needed");
  scheduler_.use_clock(loop_.clock());
  scheduler_.order_ready(host::ReadyOrder::first_come);
}

World::~World() {
  loop_.disown_alarms();
}

void World::add_node(std::string name, std::function<void()> main, RealNodeOptions options) {
  NORN_ASSERT(!has_run_, "node() after run(): add all nodes before");
  NORN_ASSERT(!name.empty(), "a node needs a name");
  const auto id = static_cast<host::NodeId>(nodes_.size() + 1);
  NORN_ASSERT(by_name_.emplace(name, id).second, "two nodes are called '" + name + "'");
  sockets_.add_node(name);
  auto node = std::make_unique<Node>();
  node->name = std::move(name);
  node->main = std::move(main);
  node->options = std::move(options);
  nodes_.push_back(std::move(node));
}

// ---- beginning

std::optional<std::string> World::open_folders() {
  if (!loop_.is_open()) return "no descriptor is left for the event loop";
  std::map<std::string, std::shared_ptr<const Folder>, std::less<>> folders;
  for (const auto& node : nodes_) {
    std::shared_ptr<const Folder>& folder = folders[node->options.root];
    if (folder == nullptr) {
      auto made = std::make_shared<Folder>();
      if (const int error = made->open_root(node->options.root); error != 0) {
        return "the folder '" + node->options.root + "' of node '" + node->name +
               "' cannot be opened: " + std::strerror(-error);
      }
      folder = std::move(made);
    }
    files_.add_node(folder);
  }
  return std::nullopt;
}

namespace {

host::FiberCode main_fiber(const std::function<void()>*& main) {
  using Callable = const std::function<void()>*;
  host::FiberCode code;
  code.run = [](void* callable) { (**static_cast<Callable*>(callable))(); };
  code.destroy = [](void*) {};
  code.move_to = [](void* from, void* to) {
    *static_cast<Callable*>(to) = *static_cast<Callable*>(from);
  };
  code.size = sizeof(Callable);
  code.alignment = alignof(Callable);
  code.callable = static_cast<void*>(&main);
  return code;
}

}  // namespace

void World::start_nodes() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    node.process.emplace(static_cast<host::NodeId>(i + 1), node.name, 1U,
                         node.options.mailbox_limit);
    node.process->cpu_time_permille = 0;  // work takes the time it takes
  }
  for (const auto& node : nodes_) {
    const std::function<void()>* main = &node->main;
    scheduler_.start(*node->process, "main", main_fiber(main));
  }
}

// ---- running

RealResult World::run() {
  NORN_ASSERT(!has_run_, "run() of a RealWorld is called twice: make another one");
  has_run_ = true;
  if (host::Scheduler::current() != nullptr)
    return {RealEnd::refused, "a world runs on this thread already"};
  if (std::optional<std::string> problem = open_folders())
    return {RealEnd::refused, std::move(*problem)};
  take_seed();
  const Signals signals(options_.stop_signals);
  if (signals.fd() >= 0) loop_.watch_signals(signals.fd());
  const host::Scheduler::Attach attach(scheduler_);
  start_nodes();
  RealResult result;
  while (!all_ended() && !failure_) {
    scheduler_.run();
    end_idle_nodes();
    act_on_interruptions();
    if (failure_ || all_ended() || can_go_on()) continue;
    result = {RealEnd::deadlock, describe_deadlock()};
    break;
  }
  shut_down();
  if (failure_) return {RealEnd::failed, *failure_};
  if (result.ok() && interruptions_seen_ > 0) result.end = RealEnd::stopped;
  return result;
}

bool World::all_ended() const {
  return std::all_of(nodes_.begin(), nodes_.end(),
                     [](const auto& node) { return node->ended || node->options.daemon; });
}

// Whether anything can still happen. Who handles being asked to stop may be asked at any time.
bool World::can_go_on() {
  if (scheduler_.any_ready() || !under_way_.empty() || loop_.anything_to_come() ||
      loop_.interruptions() != interruptions_seen_)
    return true;
  return std::any_of(nodes_.begin(), nodes_.end(), [](const auto& node) {
    return !node->ended && node->process->asked_to_stop != nullptr;
  });
}

bool World::advance() {
  runs_since_turn_ = 0;
  for (;;) {
    deliver();
    loop_.turn(false);
    if (scheduler_.any_ready()) return true;
    if (all_ended() || failure_ || loop_.interruptions() != interruptions_seen_) return false;
    if (!under_way_.empty()) continue;
    if (!can_go_on()) return false;
    loop_.turn(true);
  }
}

// Fibers that are always ready never come to advance().
void World::fiber_runs(const host::Fiber& fiber) {
  static_cast<void>(fiber);
  constexpr std::uint32_t kRunsATurn = 64;
  if (++runs_since_turn_ < kRunsATurn || shutting_down_) return;
  runs_since_turn_ = 0;
  deliver();
  loop_.turn(false);
  if (loop_.interruptions() != interruptions_seen_) scheduler_.want_host();
}

std::string World::describe_deadlock() const {
  constexpr std::uint32_t kToldFibers = 20;
  std::string text = "all fibers are asleep and nothing can wake them";
  std::uint32_t told = 0;
  for (const auto& node : nodes_) {
    for (const host::Fiber* fiber = node->process->first_fiber; fiber != nullptr;
         fiber = fiber->next_in_process) {
      if (++told <= kToldFibers) text += "; " + scheduler_.describe(*fiber);
    }
  }
  if (told > kToldFibers) text += "; and " + std::to_string(told - kToldFibers) + " more";
  return text;
}

// ---- ending

void World::kill(Node& node) {
  if (node.ended) return;
  if (!node.is_idle) loop_.finish_work();  // on the stacks of fibers
  scheduler_.kill(*node.process);
  node.ended = true;
  files_.close_all(*node.process);
}

void World::end_idle_nodes() {
  for (const auto& node : nodes_) {
    if (node->is_idle) kill(*node);
  }
}

void World::act_on_interruptions() {
  const std::uint32_t asked = loop_.interruptions();
  if (asked == interruptions_seen_) return;
  const bool again = interruptions_seen_ > 0 || asked > 1;
  interruptions_seen_ = asked;
  for (const auto& node : nodes_) {
    if (node->ended) continue;
    if (!again && node->process->asked_to_stop != nullptr) {
      node->process->asked_to_stop(*node->process);
    } else {
      kill(*node);
    }
  }
}

void World::shut_down() {
  shutting_down_ = true;
  for (const auto& node : nodes_) kill(*node);
  for (host::Message* const message : std::exchange(under_way_, {})) messages().release(*message);
  for (const auto& node : nodes_) {
    node->process->empty_mailbox(messages());
    node->process->drop_locals();
  }
}

void World::fiber_started(const host::Fiber& fiber) {
  static_cast<void>(fiber);
}

void World::fiber_parks(const host::Fiber& fiber) {
  static_cast<void>(fiber);
}

// A node has ended with its last fiber; that of its actor system, which goes on for ever, does not
// count: the host ends it.
void World::fiber_ended(const host::Fiber& fiber, host::FiberEnd how) {
  const host::Process& process = *fiber.process;
  const std::uint32_t serving = process.inbox != nullptr ? 1 : 0;
  if (how == host::FiberEnd::killed || process.fiber_count > 1 + serving) return;
  Node& node = *nodes_[process.id() - 1];
  if (serving > 0) {
    node.is_idle = true;
    return scheduler_.want_host();
  }
  files_.close_all(process);
  node.ended = true;
  if (all_ended()) scheduler_.want_host();
}

void World::fiber_failed(const host::Fiber& fiber, std::string_view problem) {
  if (failure_) return;
  failure_ = "fiber '" + std::string(fiber.name_view()) + "' of node '" + fiber.process->name() +
             "': " + std::string(problem);
  scheduler_.want_host();
}

bool World::outside_call(const host::Fiber& fiber, std::string_view call) {
  static_cast<void>(fiber);
  static_cast<void>(call);
  return true;  // this is the outside
}

}  // namespace norn::real
