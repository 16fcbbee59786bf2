// What a run's choices follow, and who is told of them.
#include <csignal>
#include <string>

#include "engine/coverage.hpp"
#include "engine/engine.hpp"
#include "engine/order_mode.hpp"
#include "norn/runtime/host/debugger.hpp"
#include "norn/sim/bad_input.hpp"

namespace norn::sim {

namespace {

ChoiceKinds kinds_of(const std::vector<std::string>& names) {
  ChoiceKinds kinds = 0;
  for (const std::string& name : names) {
    const auto kind = choice_kind_of(name);
    if (!kind) throw BadInput("there is no kind of choice called '" + name + "'");
    kinds |= only(*kind);
  }
  return kinds;
}

}  // namespace

ChoiceOptions Engine::choice_options() {
  ChoiceOptions choices{.seed = options_.choice_seed.value_or(options_.seed),
                        .overrides = options_.overrides,
                        .dull = options_.dull ? kAllKinds & ~kinds_of(options_.seeded) : 0,
                        .observer = {},
                        .redraws = {}};
  if (options_.coverage != nullptr) {
    choices.redraws = options_.coverage->redraws;
    coverage_ = std::make_unique<CoverageMap>(options_.coverage->salt);
  }
  if (options_.record_choices || options_.choices != nullptr || coverage_ != nullptr)
    choices.observer = [this](const TakenChoice& choice) { note_choice(choice); };
  return choices;
}

MadeChoice Engine::describe(const TakenChoice& choice) {
  const host::Fiber* const fiber = scheduler_.running();
  return {.kind = sim::name(choice.kind),
          .key = choice.key,
          .place = choice.place,
          .node = fiber == nullptr ? 0 : fiber->process->id(),
          .options = choice.options,
          .taken = choice.taken,
          .dull = choice.dull,
          .at = true_now(),
          .event = core_.recorder == nullptr ? 0 : core_.recorder->next_seq()};
}

void Engine::note_choice(const TakenChoice& choice) {
  const bool begun = core_.recorder != nullptr;
  if (coverage_ != nullptr) {
    if (choice.redrawn) coverage_->note_redrawn(choice);
    if (coverage_->wants(choice)) coverage_->add(choice, describe(choice));
  }
  if (options_.choices != nullptr) options_.choices->push_back(describe(choice));
  if (!begun || !options_.record_choices) return;
  trace::Event event;
  event.kind = trace::EventKind::choice;
  event.a = choice.key;
  event.b = static_cast<std::uint64_t>(choice.options);
  event.c = static_cast<std::uint64_t>(choice.taken);
  event.text = core_.recorder->intern(sim::name(choice.kind));
  event.cause = scheduler_.cause();
  core_.recorder->record(event);
}

std::optional<host::NodeId> Engine::node_of(const QueuedEvent& event) const {
  switch (static_cast<EventType>(event.data >> 56U)) {
    case EventType::deliver:
      return static_cast<host::NodeId>(event.data >> 32U & 0xffffffU);
    case EventType::timer:
    case EventType::alarm: {
      const host::NodeId node = node_of_timer(event);
      return node == 0 ? std::nullopt : std::optional(node);
    }
    case EventType::wake:
      return static_cast<host::NodeId>(event.data & 0xffffffffU);
    default:
      return 0;
  }
}

void Engine::choose_strategy() {
  if (search_every_order()) return;
  const std::uint64_t seed = options_.choice_seed.value_or(options_.seed);
  const auto known = explore::make_strategy(options_.strategy, seed);
  if (!known) throw BadInput("strategy " + known.error().message);
  if (*known == nullptr) return;
  const auto make = [text = options_.strategy](std::uint64_t its_seed) {
    return explore::make_strategy(text, its_seed).value();
  };
  event_order_ = std::make_unique<OrderMode>(
      core_, make, seed, [this](const QueuedEvent& event) { return node_of(event); });
}

// ---- coverage

void Engine::begin_coverage() {
  if (coverage_ == nullptr) return;
  for (host::NodeId id = 1; id <= cluster_.size(); ++id) coverage_->name_node(cluster_.at(id).name);
  coverage_->use_clock(&core_.now_ns);
  core_.coverage = coverage_.get();
}

void Engine::report_coverage(const RunSummary& summary) {
  if (coverage_ == nullptr) return;
  Coverage& coverage = *options_.coverage;
  coverage_->ended(summary.properties);
  coverage_->report(coverage);
  coverage.nodes = cluster_.names(false);
  coverage.may_fail = cluster_.names(true);
}

void Engine::schedule_branch() {
  if (!options_.branch) return;
  schedule_host(options_.branch->at.count(), [this] {
    core_.choices.follow(options_.branch->seed);
    if (event_order_) event_order_->follow(options_.branch->seed);
  });
}

void Engine::schedule_stop() {
  if (options_.break_at != 0) {
    core_.recorder->stop_at(options_.break_at, [] {
      host::note_fibers();
      std::raise(SIGTRAP);
    });
  } else if (options_.until_event != 0) {
    core_.recorder->stop_at(options_.until_event, [this] { stop(); });
  }
}

void Engine::leave_out_absent() {
  for (const std::string& name : options_.absent) {
    const host::NodeId node = cluster_.find(name);
    if (node == 0) throw BadInput("absent: there is no node called '" + name + "'");
    cluster_.at(node).absent = true;
  }
  for (const LeftOutOperations& range : options_.left_out_operations) {
    if (cluster_.find(range.client.node) == 0)
      throw BadInput("left_out.operations: there is no node called '" + range.client.node + "'");
  }
}

}  // namespace norn::sim
