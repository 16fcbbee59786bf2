// Once: do something a single time, whoever comes first.
#pragma once

#include <cstdint>

#include "norn/runtime/host/wait_list.hpp"

namespace norn {

// As std::call_once: when the function throws (or its fiber is cancelled), it counts as not done
// and the next caller tries.
class Once {
 public:
  // call() calls `function` unless that was done before; blocks while another fiber does it.
  template <class F>
  void call(F&& function) {
    if (!begin()) return;
    struct End {
      Once& once;
      bool done = false;
      ~End() { once.end(done); }
    } end{*this};
    function();
    end.done = true;
  }
  bool done() const { return state_ == State::done; }

 private:
  enum class State : std::uint8_t { open, running, done };

  bool begin();  // whether the caller is the one to do it
  void end(bool done);

  State state_ = State::open;
  host::WaitList waiting_;
};

}  // namespace norn
