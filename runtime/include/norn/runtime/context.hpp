// Context: cancellation, deadlines and values that go with a piece of work, through all its fibers.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "norn/runtime/cancelled.hpp"
#include "norn/runtime/host/context_state.hpp"
#include "norn/runtime/result.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

// A key of values in a Context: make one object of it, with static storage, for each meaning.
template <class T>
struct ContextKey {};

// A Context is over when it was cancelled, when its deadline passed, or when the one it was made
// from is over. Copies are the same context. A fiber works in one Context (at first in that of the
// fiber which spawned it): when that is over, each of its blocking calls throws Cancelled, the
// present one included. The background, which a default Context is, is never over.
//
// As Go's context package, but the context need not be passed along: functions find it as
// current().
class Context {
 public:
  Context() = default;
  Context(const Context& other);
  Context(Context&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  Context& operator=(Context other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~Context();

  // current() is the context that the calling fiber works in.
  static Context current();

  // A new context below this one.
  Context with_cancel() const;
  Context with_deadline(TimePoint when) const;
  Context with_timeout(Duration duration) const { return with_deadline(now() + duration); }
  template <class T>
  Context with_value(const ContextKey<T>& key, T value) const {
    return with_any(&key, std::make_shared<const T>(std::move(value)));
  }

  // cancel() ends this context and all made from it. Asserts on the background. Once is enough.
  void cancel() const;

  bool over() const { return state_ != nullptr && state_->over; }
  // error() says why it is over: cancelled or timeout.
  std::optional<Errc> error() const;
  // deadline() is the earliest deadline of it and those it was made from.
  std::optional<TimePoint> deadline() const;
  // value() is what this context or the nearest above it holds under `key`; else null.
  template <class T>
  const T* value(const ContextKey<T>& key) const {
    return static_cast<const T*>(find(&key));
  }

  // wait() blocks until the context is over; in the background, for ever.
  void wait() const;

  // A Scope makes a context that of the calling fiber while it lives. Scopes nest.
  class Scope {
   public:
    explicit Scope(const Context& context);
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();

   private:
    host::ContextState* before_;
  };

  host::ContextState* state() const { return state_; }

 private:
  explicit Context(host::ContextState* owned) : state_(owned) {}
  Context with_any(const void* key, std::shared_ptr<const void> value) const;
  const void* find(const void* key) const;

  host::ContextState* state_ = nullptr;
};

// with_timeout() calls `work` in a context that ends after `duration`, and returns what it returns,
// or the error timeout if that context ended it. When an outer context is over, Cancelled goes on.
template <class F>
auto with_timeout(Duration duration, F&& work) -> Result<std::invoke_result_t<F&>> {
  const Context context = Context::current().with_timeout(duration);
  try {
    const Context::Scope scope(context);
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (const Cancelled&) {
    if (Context::current().over() || context.error() != Errc::timeout) throw;
    return Error{Errc::timeout, "the work took longer than it was given"};
  }
}

}  // namespace norn
