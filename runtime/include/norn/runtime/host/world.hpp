// World: all that the runtime asks of the world it runs in. The simulated world and the real one
// implement it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/host/alarm.hpp"
#include "norn/runtime/host/message.hpp"
#include "norn/runtime/host/posix_calls.hpp"
#include "norn/runtime/host/process.hpp"
#include "norn/runtime/host/sockets.hpp"
#include "norn/runtime/time.hpp"

namespace norn::host {

// World is the contract between node code and where it runs. All calls come from the thread of the
// scheduler. File calls follow POSIX: they return a value >= 0, or minus an errno value; they may
// park the calling fiber. Nothing here assumes that the caller is C++ that can be unwound:
// arguments are pointers and lengths.
class World {
 public:
  World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  virtual ~World() = default;

  // ---- time
  // now() is what the monotonic clock of the node shows on whose behalf the world is called, and
  // the times given to the world are meant by that clock.
  virtual TimePoint now() const = 0;
  // wall_time() is the time of day by that node's clock: since 1970, UTC, without leap seconds.
  virtual Duration wall_time() const = 0;
  // wake_at() makes `fiber` ready at `when`, unless it was woken from its present park before.
  virtual void wake_at(Fiber& fiber, TimePoint when) = 0;
  // set_alarm() makes the alarm ring at `when`, and gives it a slot until it has rung or is
  // dropped.
  virtual void set_alarm(Alarm& alarm, TimePoint when) = 0;
  virtual void drop_alarm(Alarm& alarm) = 0;
  // wake_later() calls Scheduler::wake_next(process) once `delay` has passed, if it still lives.
  virtual void wake_later(Process& process, Duration delay) = 0;
  // advance() lets the world go on until a fiber is ready (true), or until the host must act or
  // nothing is left to happen (false). Called on whatever stack has just blocked: it must be lean.
  virtual bool advance() = 0;

  // ---- chance
  // draw() returns 64 bits that belong to (stream, index) of this process alone.
  virtual std::uint64_t draw(const Process& process, std::uint64_t stream, std::uint64_t index) = 0;
  // ready_priority() ranks fibers that are ready at one instant: the lowest runs first.
  virtual std::uint64_t ready_priority(const Fiber& fiber) = 0;
  // choose_ready() says which of `count` ready fibers of one node runs first (ReadyOrder::chosen).
  virtual std::size_t choose_ready(std::size_t count) {
    static_cast<void>(count);
    return 0;
  }

  // ---- work
  // blocking() runs `work` away from the fibers, so that they go on meanwhile; the calling fiber is
  // parked until it is done. In virtual time it runs at once and takes no time.
  virtual void blocking(void (*work)(void* argument), void* argument) = 0;

  // ---- messages
  virtual NodeId find_node(std::string_view name) const = 0;  // 0: there is none
  virtual std::string_view node_name(NodeId id) const = 0;
  virtual void send(Process& from, Message& message) = 0;  // takes the message over
  MessagePool& messages() { return messages_; }

  // ---- files of a node: what lies below the descriptors of posix(); a number here is a file, not
  // a descriptor of the process
  virtual int file_open(Process& process, std::string_view path, int flags) = 0;
  virtual int file_close(Process& process, int descriptor) = 0;
  virtual std::int64_t file_read(Process& process, int descriptor, std::uint64_t offset,
                                 std::span<std::byte> into) = 0;
  virtual std::int64_t file_write(Process& process, int descriptor, std::uint64_t offset,
                                  std::span<const std::byte> bytes) = 0;
  virtual std::int64_t file_size(Process& process, int descriptor) = 0;
  virtual int file_sync(Process& process, int descriptor) = 0;
  virtual int file_truncate(Process& process, int descriptor, std::uint64_t size) = 0;
  virtual int file_rename(Process& process, std::string_view from, std::string_view to) = 0;
  virtual int file_remove(Process& process, std::string_view path) = 0;
  virtual int file_list(Process& process, std::string_view path,
                        std::vector<std::string>& names) = 0;
  virtual int file_sync_directory(Process& process, std::string_view path) = 0;

  // ---- sockets of a node
  virtual Sockets& sockets() = 0;

  // ---- descriptors of a node, of files and sockets and all else
  virtual PosixCalls& posix() = 0;

  // ---- what the trace is told
  virtual void fiber_started(const Fiber& fiber) = 0;
  virtual void fiber_ended(const Fiber& fiber, FiberEnd how) = 0;
  // fiber_runs() is called at each switch to a fiber, just before it goes on.
  virtual void fiber_runs(const Fiber& fiber) = 0;
  virtual void fiber_parks(const Fiber& fiber) = 0;
  // An exception that nobody joins for, or a swallowed Killed: the run cannot go on as if nothing
  // happened.
  virtual void fiber_failed(const Fiber& fiber, std::string_view problem) = 0;
  // outside_call(): node code called something of the machine that this world does not have
  // ("socket()"). Returns whether it may.
  virtual bool outside_call(const Fiber& fiber, std::string_view call) = 0;
  // waits_for_ever(): a fiber begins to wait for an answer without a deadline.
  virtual void waits_for_ever(const Fiber& fiber) { static_cast<void>(fiber); }
  virtual void log(const Process& process, int level, std::string_view text) = 0;
  virtual void publish(const Process& process, std::string_view key, std::string_view json) = 0;

 private:
  MessagePool messages_;
};

}  // namespace norn::host
