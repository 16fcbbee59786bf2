// What the engine does about properties: when they are judged, and what a violation is.
#include <span>
#include <string>
#include <string_view>

#include "engine/engine.hpp"
#include "norn/check/value.hpp"

namespace norn::sim {

// The calm begins when no fault is active and none is to come.
void Engine::watch_calm() {
  // Of clients that are kept from asking nothing can be expected.
  if (safety_only_ || !options_.left_out_operations.empty()) return;
  const bool calm = faults_.active() == 0 && faults_to_come_ == 0;
  if (calm && !calm_) {
    properties_.calm_begins(core_.now_ns);
    if (properties_.waits_for_calm()) activity_.begin(cluster_, network_, core_.now_ns);
  }
  if (!calm && calm_) properties_.calm_ends(core_.now_ns);
  calm_ = calm;
  if (event_order_) event_order_->be_fair(calm && properties_.waits_for_calm());
  const std::optional<std::int64_t> deadline = properties_.next_deadline();
  if (deadline && deadline != deadline_scheduled_ns_) judge_at(*deadline);
}

void Engine::judge_at(std::int64_t deadline_ns) {
  deadline_scheduled_ns_ = deadline_ns;
  schedule_host(deadline_ns, [this] {
    deadline_scheduled_ns_.reset();
    const std::optional<check::Breach> breach = properties_.deadline(core_.now_ns);
    if (breach) fail(breach->name, breach->detail + what_went_on());
    // What goes on is told of the last such time only.
    if (properties_.window_began(core_.now_ns)) activity_.begin(cluster_, network_, core_.now_ns);
  });
}

void Engine::heat(std::size_t monitor, std::string_view state) {
  properties_.heat(monitor, state, core_.now_ns);
  if (!calm_) return;
  const std::int64_t deadline = core_.now_ns + properties_.all()[monitor].within_ns;
  if (!deadline_scheduled_ns_ || deadline < *deadline_scheduled_ns_) judge_at(deadline);
}

// A node of the core that is dead stays so: nothing fails there any more, and nothing is started.
std::string Engine::why_stuck() const {
  if (!plan_.liveness) return {};
  std::string dead;
  for (const std::string& name : plan_.liveness->core) {
    const host::NodeId id = cluster_.find(name);
    if (id != 0 && cluster_.at(id).process == nullptr) dead += (dead.empty() ? "" : ", ") + name;
  }
  return dead.empty() ? dead : "dead in the core: " + dead;
}

void Engine::check_properties() {
  ran_ = false;
  if (!properties_.evaluates() || over()) return;
  core_.clocks.act_for(0);
  const host::Scheduler::Attach attach(scheduler_);
  if (const auto breach = properties_.check()) fail(breach->name, breach->detail);
}

void Engine::claim_broken(std::string_view name, std::string_view detail) {
  begin();
  fail(name, detail);
}

void Engine::claim_seen(std::string_view name) {
  begin();
  trace::Event event;
  event.kind = trace::EventKind::property;
  if (const host::Fiber* const fiber = scheduler_.running()) {
    event.node = fiber->process->id();
    event.fiber = fiber->id;
  }
  event.cause = scheduler_.cause();
  event.text = core_.recorder->intern(name);
  event.a = static_cast<std::uint64_t>(trace::PropertyResult::seen);
  core_.recorder->record(event);
}

namespace {

// A detail may quote what came from a bad disk; what is kept of it goes into JSON files.
std::string as_utf8(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
  std::string good;
  for (;;) {
    const std::size_t bad = check::find_invalid_utf8(text);
    good += text.substr(0, bad);
    if (bad == std::string_view::npos) return good;
    good += kReplacement;
    text.remove_prefix(bad + 1);
  }
}

}  // namespace

void Engine::fail(std::string_view property, std::string_view detail) {
  if (violation_ || shutting_down_) return;
  trace::Event event;
  event.kind = trace::EventKind::violation;
  if (const host::Fiber* const fiber = scheduler_.running()) {
    event.node = fiber->process->id();
    event.fiber = fiber->id;
  }
  event.cause = scheduler_.cause();
  event.text = core_.recorder->intern(property);
  event.payload = std::as_bytes(std::span(detail));
  violation_ = Violation{.property = std::string(property),
                         .detail = as_utf8(detail),
                         .at = true_now(),
                         .event = core_.recorder->record(event),
                         .nodes = {}};
  if (event.node != 0) violation_->nodes.push_back(cluster_.at(event.node).name);
  want_host();
}

}  // namespace norn::sim
