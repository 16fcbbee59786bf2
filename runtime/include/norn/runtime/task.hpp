// spawn() and Task<T>: start a fiber, and wait for what it returns.
#pragma once

#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/host/fiber.hpp"
#include "norn/runtime/host/wait_list.hpp"
#include "norn/runtime/killed.hpp"

namespace norn {

namespace detail {

// What a Task and its fiber share. One thread, so a plain count.
struct TaskCore {
  int owners = 2;
  bool done = false;
  bool wanted = true;  // a Task may still join
  host::FiberEnd how = host::FiberEnd::returned;
  host::Fiber* fiber = nullptr;  // until it has ended
  std::exception_ptr problem;
  host::WaitList joiner;
  void (*destroy)(TaskCore*) = nullptr;

  void release() {
    if (--owners == 0) destroy(this);
  }
  void wait();  // blocks until done
  void join();  // and rethrows
  void cancel();
};

template <class T>
struct TaskState : TaskCore {
  std::optional<T> value;
};
template <>
struct TaskState<void> : TaskCore {};

bool task_ended(void* core, std::exception_ptr problem, host::FiberEnd how);
// Returns null when the node is dead: nothing was started, and the end was told.
host::Fiber* start_fiber(std::string_view name, const host::FiberCode& code);

}  // namespace detail

// How a fiber ended.
using TaskEnd = host::FiberEnd;

// What join() throws when the fiber ended by cancellation.
struct TaskCancelled : std::runtime_error {
  TaskCancelled() : std::runtime_error("the task was cancelled") {}
};

struct SpawnOptions {
  // Among fibers that are ready at one instant the highest runs first. In a simulation this narrows
  // what is explored: leave it alone where order must not matter.
  std::int8_t priority = 0;
  // Not 0: after so many channel operations, locks and receives that did not block the fiber
  // yields, so that one busy fiber does not keep the others of its node waiting.
  std::uint32_t budget = 0;
};

// Task<T> is the handle of a fiber. Destroying it lets the fiber go on by itself (as detach()
// does). An exception that leaves the fiber's function is carried to join(); when nobody can join
// any more, it ends the run as a violation that names the fiber.
template <class T>
class [[nodiscard]] Task {
 public:
  Task() = default;
  Task(Task&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      detach();
      state_ = std::exchange(other.state_, nullptr);
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() { detach(); }

  // join() blocks until the fiber has ended, and returns its result or throws what it threw. Once
  // only: joining twice, or after detach(), asserts. A fiber that was cancelled makes it throw
  // TaskCancelled; one that was killed (its node died while the joiner's lives on) Killed.
  T join();
  // wait() blocks until the fiber has ended, and says how. The Task can still be joined.
  TaskEnd wait();
  // cancel() makes the fiber's present blocking call, or its next, throw Cancelled. Nothing happens
  // to a fiber that has ended.
  void cancel();
  bool joinable() const { return state_ != nullptr; }
  bool done() const { return state_ != nullptr && state_->done; }
  void detach();

 private:
  template <class F>
  friend auto spawn(std::string_view name, F&& function, SpawnOptions options,
                    std::source_location where) -> Task<std::invoke_result_t<std::decay_t<F>&>>;
  explicit Task(detail::TaskState<T>* state) : state_(state) {}

  detail::TaskState<T>* state_ = nullptr;
};

template <class T>
T Task<T>::join() {
  NORN_ASSERT(state_ != nullptr, "join() of a Task that was joined, detached or moved from");
  struct Release {
    detail::TaskState<T>* state;
    ~Release() { state->release(); }
  } release{state_};
  detail::TaskState<T>* state = std::exchange(state_, nullptr);
  state->join();
  if constexpr (!std::is_void_v<T>) return std::move(*state->value);
}

template <class T>
TaskEnd Task<T>::wait() {
  NORN_ASSERT(state_ != nullptr, "wait() of a Task that was joined, detached or moved from");
  state_->wait();
  return state_->how;
}

template <class T>
void Task<T>::cancel() {
  NORN_ASSERT(state_ != nullptr, "cancel() of a Task that was joined, detached or moved from");
  state_->cancel();
}

template <class T>
void Task<T>::detach() {
  if (state_ == nullptr) return;
  state_->wanted = false;
  std::exchange(state_, nullptr)->release();
}

namespace detail {

template <class F, class T>
struct FiberBody {
  F function;
  TaskState<T>* state;

  static void run(void* self) {
    auto* body = static_cast<FiberBody*>(self);
    if constexpr (std::is_void_v<T>) {
      body->function();
    } else {
      body->state->value.emplace(body->function());
    }
  }
  static void destroy(void* self) { static_cast<FiberBody*>(self)->~FiberBody(); }
  static void move_to(void* from, void* to) {
    ::new (to) FiberBody(std::move(*static_cast<FiberBody*>(from)));
  }
};

}  // namespace detail

// spawn() starts a fiber on the calling node that runs `function` and returns its Task. The new
// fiber runs at this instant of virtual time, once the caller blocks. `name` appears in traces and
// reports, and so does the place that called. The fiber works in the caller's Context.
template <class F>
auto spawn(std::string_view name, F&& function, SpawnOptions options = {},
           std::source_location where = std::source_location::current())
    -> Task<std::invoke_result_t<std::decay_t<F>&>> {
  using T = std::invoke_result_t<std::decay_t<F>&>;
  using Body = detail::FiberBody<std::decay_t<F>, T>;
  auto* state =
      ::new detail::TaskState<T>();  // tidy: allow new (counted by owners; freed by release)
  state->destroy = [](detail::TaskCore* core) {
    delete static_cast<detail::TaskState<T>*>(core);  // tidy: allow new (the matching delete)
  };
  Body body{std::forward<F>(function), state};
  host::FiberCode code;
  code.run = &Body::run;
  code.destroy = &Body::destroy;
  code.move_to = &Body::move_to;
  code.size = sizeof(Body);
  code.alignment = alignof(Body);
  code.callable = &body;
  code.ended = &detail::task_ended;
  code.completion = static_cast<detail::TaskCore*>(state);
  code.file = where.file_name();
  code.line = where.line();
  code.priority = options.priority;
  code.budget = options.budget;
  state->fiber = detail::start_fiber(name, code);
  return Task<T>(state);
}

template <class F>
  requires std::is_invocable_v<std::decay_t<F>&>
auto spawn(F&& function, SpawnOptions options = {},
           std::source_location where = std::source_location::current()) {
  return spawn(std::string_view{}, std::forward<F>(function), options, where);
}

}  // namespace norn
