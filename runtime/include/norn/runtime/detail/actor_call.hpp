// A question to an actor and its answer: what call() and whereis() stand on.
#pragma once

#include <cstdint>
#include <span>

#include "norn/runtime/exit_reason.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/runtime/host/wait_list.hpp"
#include "norn/runtime/pid.hpp"
#include "norn/runtime/time.hpp"

namespace norn::detail {

// CallWait is an address for one reply, on the stack of the fiber that waits for it. It is told as
// well when the actor that is asked ends, or cannot be reached any more.
class CallWait {
 public:
  // A target that names nobody is not watched.
  explicit CallWait(const Pid& target);
  CallWait(const CallWait&) = delete;
  CallWait& operator=(const CallWait&) = delete;
  ~CallWait();

  // reply_to() is where the answer is to be sent to.
  const Pid& reply_to() const { return alias_; }
  // wait() blocks until there is a reply, the target is gone, or the deadline.
  void wait(TimePoint deadline);
  // reply() is null if none came; it stays the property of this object.
  host::Message* reply() const { return reply_; }
  bool failed() const { return failed_; }
  const ExitReason& reason() const { return reason_; }

 private:
  friend class ActorSystem;
  Pid target_;
  Pid alias_;
  host::Message* reply_ = nullptr;
  bool failed_ = false;
  bool open_ = false;
  ExitReason reason_;
  host::WaitList waiting_;
};

// The pid of the calling actor; one of number 0 when the fiber is none.
Pid caller_pid();

}  // namespace norn::detail
