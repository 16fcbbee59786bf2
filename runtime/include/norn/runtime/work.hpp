// Work that takes time: on the node's processor, or away from the fibers.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "norn/runtime/time.hpp"

namespace norn {

// consume() models work of the processor: the node computes for `duration` of virtual time, and
// none of its other fibers runs meanwhile. On a node whose processor is slow (NodeOptions) it takes
// longer by that factor. Not ended early by cancellation. In the real world it does nothing: there
// the work itself takes the time.
void consume(Duration duration);

// dump_fibers() describes the fibers of the calling node: name, what each waits for and since when,
// and where it was spawned. For people: the text may change.
std::string dump_fibers();

namespace detail {
void run_blocking(void (*work)(void* argument), void* argument);
}

// blocking() calls `work` away from the fibers and blocks the calling one until it is done, so that
// a foreign call that blocks its thread (a library, a slow system call) does not hold up the
// others. `work` must not use fibers' primitives or node-local objects. In a simulation it runs at
// once and takes no virtual time, and what it does outside is not deterministic unless it is.
// Exceptions come out of blocking().
template <class F>
auto blocking(F&& work) -> std::invoke_result_t<F&> {
  using Value = std::invoke_result_t<F&>;
  using Held = std::conditional_t<std::is_void_v<Value>, bool, Value>;
  struct Call {
    F& work;
    std::optional<Held> value;
    std::exception_ptr problem;
  } call{work, {}, {}};
  detail::run_blocking(
      [](void* argument) {
        auto& self = *static_cast<Call*>(argument);
        try {
          if constexpr (std::is_void_v<Value>) {
            self.work();
          } else {
            self.value.emplace(self.work());
          }
        } catch (...) {
          self.problem = std::current_exception();
        }
      },
      &call);
  if (call.problem != nullptr) std::rethrow_exception(call.problem);
  if constexpr (!std::is_void_v<Value>) return std::move(*call.value);
}

}  // namespace norn
