// Supervisor: an actor that starts others, starts them again when they fail, and stops them in
// order. As OTP's supervisor.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "norn/runtime/actor.hpp"
#include "norn/runtime/log.hpp"
#include "norn/runtime/result.hpp"

namespace norn {

// Which children are started again when one has ended and is to be started again.
enum class Strategy : std::uint8_t {
  one_for_one,         // that one
  one_for_all,         // all: the others are stopped first, in reverse order
  rest_for_one,        // that one and those that were started after it
  simple_one_for_one,  // that one; all children are of one kind, and started by start_child_with()
};

// After which ends a child is started again.
enum class Restart : std::uint8_t {
  permanent,  // every one
  transient,  // those other than normal and shutdown
  temporary,  // none; the supervisor forgets it
};

// Values of ChildSpec::shutdown besides a time.
inline constexpr Duration kBrutalKill = Duration::zero();
inline constexpr Duration kInfinity = Duration::max();

struct ChildSpec {
  // Its own among its siblings: two children with one id assert in start_supervisor(), and are an
  // error in start_child(). It is the name of the child's fiber as well.
  std::string id{};
  std::function<void()> start{};  // what the child runs
  Restart restart = Restart::permanent;
  // Stopping: the exit signal `shutdown`, and `kill` if it has not ended after this. kBrutalKill:
  // `kill` at once. kInfinity, for supervisors: no `kill`.
  Duration shutdown = std::chrono::seconds(5);
  // How long it may take until it says started(), blocks in receive(), or serves. One that takes
  // longer has failed to start.
  Duration start_timeout = std::chrono::seconds(5);
  // Of simple_one_for_one, in place of start: see dynamic_child().
  std::function<void(const Bytes&)> start_with{};
};

struct SupervisorOptions {
  Strategy strategy = Strategy::one_for_one;
  // More than `intensity` restarts within `period` and the supervisor gives up: it stops its
  // children and ends with the reason `shutdown`. The defaults are OTP's.
  std::uint32_t intensity = 1;
  Duration period = std::chrono::seconds(5);
};

// start_supervisor() starts a supervisor and its children, one after the other, each when the one
// before has started, and blocks until all have. When a child ends before it has started, those
// that were are stopped in reverse order, and the error `closed` says which child failed and how.
// When the caller is an actor, it is the supervisor's parent: linked to it, and its exit signal
// stops it. Anybody may stop() it.
Result<Pid> start_supervisor(std::string_view name, SupervisorOptions options,
                             std::vector<ChildSpec> children);

// supervisor_child() is a supervisor as a child of another one, with all the time it needs to stop.
ChildSpec supervisor_child(std::string id, SupervisorOptions options,
                           std::vector<ChildSpec> children);

// dynamic_child<Args>() is the one child of a simple_one_for_one supervisor: f(const Args&) is what
// each child runs.
template <class Args, class F>
ChildSpec dynamic_child(std::string id, F function);

// Of the calls below all but start_child() work over nodes. Error `closed`: the supervisor is gone.

// start_child() adds a child and starts it. Errors: already_exists (the id), closed (it failed to
// start, and was not added), invalid (the supervisor is of another node: functions cannot be sent).
Result<Pid> start_child(const Pid& supervisor, ChildSpec child);
// start_child_with() starts a child of a simple_one_for_one supervisor.
template <class Args>
Result<Pid> start_child_with(const Pid& supervisor, const Args& args);

// terminate_child() stops a child. Its specification stays, for restart_child(); that of a
// temporary child, and of one of simple_one_for_one (named by its pid), does not. Error: not_found.
Result<void> terminate_child(const Pid& supervisor, std::string_view id);
Result<void> terminate_child(const Pid& supervisor, const Pid& child);
// restart_child() starts one that was terminated or has ended. Errors: not_found, already_exists
// (it runs), closed (it failed to start).
Result<Pid> restart_child(const Pid& supervisor, std::string_view id);
// delete_child() forgets one that does not run. Errors: not_found, already_exists (it runs).
Result<void> delete_child(const Pid& supervisor, std::string_view id);

struct ChildInfo {
  std::string id;
  Pid pid;  // names nobody when it does not run
  Restart restart = Restart::permanent;
};
// which_children() tells the children in order of their start.
Result<std::vector<ChildInfo>> which_children(const Pid& supervisor);

namespace detail {

Result<Pid> start_child_with_bytes(const Pid& supervisor, Bytes args);
void bad_arguments(const Error& error);

}  // namespace detail

template <class Args, class F>
ChildSpec dynamic_child(std::string id, F function) {
  ChildSpec spec;
  spec.id = std::move(id);
  spec.start_with = [function = std::move(function)](const Bytes& bytes) mutable {
    const Result<Args> args = Codec<Args>::decode(bytes);
    if (!args) return detail::bad_arguments(args.error());
    function(*args);
  };
  return spec;
}

template <class Args>
Result<Pid> start_child_with(const Pid& supervisor, const Args& args) {
  Bytes copy;
  Codec<Args>::encode(
      args, [&](std::span<const std::byte> bytes) { copy.assign(bytes.begin(), bytes.end()); });
  return detail::start_child_with_bytes(supervisor, std::move(copy));
}

}  // namespace norn
