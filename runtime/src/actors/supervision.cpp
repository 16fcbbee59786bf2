#include "actors/supervision.hpp"

#include <algorithm>
#include <utility>

#include "actors/actor_system.hpp"
#include "norn/runtime/detail/actor_call.hpp"
#include "norn/runtime/detail/server_impl.hpp"

namespace norn::detail {

namespace {

TimePoint deadline_of(Duration patience) {
  return patience == kInfinity ? kNoDeadline : deadline_after(patience);
}

}  // namespace

StartFailure await_start(const Pid& pid, Duration timeout) {
  ActorSystem& system = ActorSystem::here("the start of an actor");
  const TimePoint deadline = deadline_of(timeout);
  struct Guard {
    ActorSystem& system;
    const Pid& pid;
    StartWait wait;
    ~Guard() {
      Actor* const actor = system.find(pid);
      if (actor != nullptr && actor->start_wait == &wait) actor->start_wait = nullptr;
    }
  } guard{system, pid, {}};
  system.find(pid)->start_wait = &guard.wait;
  while (!guard.wait.over) {
    if (deadline == kNoDeadline) {
      guard.wait.waiting.wait(host::BlockReason::call);
    } else if (!guard.wait.waiting.wait(host::BlockReason::call, deadline)) {
      break;
    }
  }
  if (guard.wait.started) return std::nullopt;
  if (guard.wait.over) return guard.wait.reason;
  exit(pid, ExitKind::kill);
  return ExitReason::error("it did not say started(), block in receive() or serve in time");
}

void stop_actor(const Pid& pid, Duration patience) {
  CallWait gone(pid);
  if (patience != kBrutalKill) {
    exit(pid, ExitKind::shutdown);
    gone.wait(deadline_of(patience));
  }
  if (gone.failed()) return;
  exit(pid, ExitKind::kill);
  gone.wait(kNoDeadline);
}

// ---- the children one by one

std::size_t Supervision::find(std::string_view id) const {
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [id](const Child& child) { return child.spec.id == id; });
  return static_cast<std::size_t>(found - children_.begin());
}

std::size_t Supervision::find(const Pid& pid) const {
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [&](const Child& child) { return child.pid == pid; });
  return pid.valid() ? static_cast<std::size_t>(found - children_.begin()) : children_.size();
}

void Supervision::erase(std::size_t index) {
  children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(index));
}

StartFailure Supervision::start(Child& child) {
  const Pid pid = spawn_link(child.spec.id, child.spec.start);
  StartFailure failure = await_start(pid, child.spec.start_timeout);
  if (!failure) {
    child.pid = pid;
    return std::nullopt;
  }
  stop_actor(pid, kBrutalKill);
  receive(match_if<ExitSignal>([&](const ExitSignal& s) { return s.from == pid; },
                               [](const ExitSignal&) {}),
          after(Duration(0), [] {}));
  return failure;
}

void Supervision::stop(Child& child) {
  if (!child.pid.valid()) return;
  const Pid pid = std::exchange(child.pid, Pid{});
  unlink(pid);
  stop_actor(pid, child.spec.shutdown);
  if (own_exit() != nullptr) return;  // nobody looks into the mailbox any more
  receive(match_if<ExitSignal>([&](const ExitSignal& s) { return s.from == pid; },
                               [](const ExitSignal&) {}),
          after(Duration(0), [] {}));
}

std::optional<std::size_t> Supervision::start_from(std::size_t first, StartFailure& failure) {
  for (std::size_t i = first; i < children_.size(); ++i) {
    failure = start(children_[i]);
    if (failure) return i;
  }
  return std::nullopt;
}

void Supervision::stop_from(std::size_t first) {
  for (std::size_t i = children_.size(); i-- > first;) {
    stop(children_[i]);
    if (children_[i].spec.restart == Restart::temporary) erase(i);
  }
}

void Supervision::begin(std::vector<ChildSpec> children) {
  trap_exits(true);
  if (is_simple()) {
    dynamic_ = std::move(children.front());
    return;
  }
  for (ChildSpec& spec : children) children_.push_back({std::move(spec), {}});
  StartFailure failure;
  if (const auto failed = start_from(0, failure)) {
    const std::string text =
        "child '" + children_[*failed].spec.id + "' failed to start: " + to_string(*failure);
    stop_from(0);
    exit({ExitKind::shutdown, text});
  }
}

// ---- restarts

// Counts a restart. False when there were too many: intensity and period as in OTP.
bool Supervision::may_restart() {
  const TimePoint at = now();
  restarts_.push_back(at);
  while (at - restarts_.front() > options_.period) restarts_.pop_front();
  return restarts_.size() <= options_.intensity;
}

void Supervision::child_ended(const ExitSignal& signal) {
  const std::size_t index = find(signal.from);
  if (index == children_.size()) return;
  Child& child = children_[index];
  child.pid = {};
  if (child.spec.restart == Restart::permanent ||
      (child.spec.restart == Restart::transient && signal.reason.abnormal())) {
    return restart_after(index);
  }
  if (child.spec.restart == Restart::temporary || is_simple()) erase(index);
}

void Supervision::restart_after(std::size_t index) {
  for (;;) {
    const std::string& id = children_[index].spec.id;
    if (!may_restart()) {
      exit(
          {ExitKind::shutdown, "more restarts than the intensity allows, at last of '" + id + "'"});
    }
    log(Log::info, "supervisor " + to_string(self_pid()) + " restarts '" + id + "'");
    StartFailure failure;
    if (options_.strategy == Strategy::one_for_all) {
      stop_from(0);
      const auto failed = start_from(0, failure);
      if (!failed) return;
      index = *failed;
    } else if (options_.strategy == Strategy::rest_for_one) {
      stop_from(index + 1);
      const auto failed = start_from(index, failure);
      if (!failed) return;
      index = *failed;
    } else {
      failure = start(children_[index]);
      if (!failure) return;
    }
    log(Log::warning,
        "child '" + children_[index].spec.id + "' failed to start: " + to_string(*failure));
  }
}

// ---- requests

Result<Pid> Supervision::add(ChildSpec spec) {
  if (is_simple())
    return Error{Errc::invalid, "children of simple_one_for_one are started with start_child_with"};
  if (find(spec.id) != children_.size())
    return Error{Errc::already_exists, "there is a child '" + spec.id + "' already"};
  Child child{std::move(spec), {}};
  if (const StartFailure failure = start(child))
    return Error{Errc::closed, "child '" + child.spec.id + "' failed: " + to_string(*failure)};
  children_.push_back(std::move(child));
  return children_.back().pid;
}

Result<Pid> Supervision::add_with(const Bytes& args) {
  if (!is_simple())
    return Error{Errc::invalid, "start_child_with is for supervisors with simple_one_for_one"};
  Child child{dynamic_, {}};
  child.spec.start = [function = dynamic_.start_with, args] { function(args); };
  if (const StartFailure failure = start(child))
    return Error{Errc::closed, "child '" + child.spec.id + "' failed: " + to_string(*failure)};
  children_.push_back(std::move(child));
  return children_.back().pid;
}

Result<void> Supervision::terminate(std::string_view id, const Pid& pid) {
  const std::size_t index = pid.valid() ? find(pid) : find(id);
  if (index == children_.size() || (is_simple() && !pid.valid()))
    return Error{Errc::not_found,
                 "no child '" + (pid.valid() ? to_string(pid) : std::string(id)) + "'"};
  stop(children_[index]);
  if (is_simple() || children_[index].spec.restart == Restart::temporary) erase(index);
  return {};
}

Result<Pid> Supervision::restart(std::string_view id) {
  const std::size_t index = find(id);
  if (index == children_.size() || is_simple())
    return Error{Errc::not_found, "no child '" + std::string(id) + "'"};
  Child& child = children_[index];
  if (child.pid.valid())
    return Error{Errc::already_exists, "child '" + child.spec.id + "' runs already"};
  if (const StartFailure failure = start(child))
    return Error{Errc::closed, "child '" + child.spec.id + "' failed: " + to_string(*failure)};
  return child.pid;
}

Result<void> Supervision::forget(std::string_view id) {
  const std::size_t index = find(id);
  if (index == children_.size() || is_simple())
    return Error{Errc::not_found, "no child '" + std::string(id) + "'"};
  if (children_[index].pid.valid())
    return Error{Errc::already_exists, "child '" + std::string(id) + "' runs: terminate it first"};
  erase(index);
  return {};
}

std::vector<ChildInfo> Supervision::infos() const {
  std::vector<ChildInfo> infos;
  for (const Child& child : children_)
    infos.push_back({child.spec.id, child.pid, child.spec.restart});
  return infos;
}

}  // namespace norn::detail
