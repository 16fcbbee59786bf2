// Fiber: one user-space thread, as the scheduler and a world see it. Node code never meets this
// class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string_view>

namespace norn::host {

class Process;
class Scheduler;

// Why a fiber is parked. The values are those of the trace format.
enum class BlockReason : std::uint8_t {
  sleep,
  receive,
  call,
  mutex,
  condition,
  channel_send,
  channel_receive,
  join,
  file,
  yield,
  other,
};

enum class FiberState : std::uint8_t {
  ready,    // in the scheduler's ready queue
  running,  // on the processor
  parked,   // in no queue of the scheduler: somebody holds its pointer, or a timer will fire
  ended,    // its function has returned; the stack goes back to the pool at the next switch
};

// The part of the C++ runtime's state that belongs to a fiber and not to its thread: which
// exceptions are being handled. Saved and restored at each switch, so that a fiber may block inside
// a catch block. (Itanium C++ ABI: Exception Handling, section 2.2.2, __cxa_eh_globals.)
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

// What a fiber runs: a callable placed on the fiber's own stack.
struct FiberCode {
  void (*run)(void* callable) = nullptr;      // calls it; may throw
  void (*destroy)(void* callable) = nullptr;  // destroys it
  void (*move_to)(void* from, void* to) = nullptr;
  std::uint32_t size = 0;
  std::uint32_t alignment = 1;
  void* callable = nullptr;
  // Told when the fiber ends: with the exception that escaped, or null. Returns whether somebody
  // took it.
  bool (*ended)(void* completion, std::exception_ptr problem, bool killed) = nullptr;
  void* completion = nullptr;
};

struct Fiber;
struct Message;

// Which message a fiber waits for; in use while it stands in its process's list of receivers.
struct Receiver {
  const std::uint64_t* classes = nullptr;  // hashes of the classes it takes
  std::uint64_t request = 0;               // not 0: it takes the reply to that call only
  Message* got = nullptr;
  Fiber* next = nullptr;
  std::uint32_t class_count = 0;
};

// A fiber's control block lies at the top of its own stack: parked, a fiber costs one page.
struct alignas(64) Fiber {
  // What every switch touches, in one cache line.
  void* context = nullptr;  // saved stack pointer while not running
  Process* process = nullptr;
  std::uint64_t cause = 0;               // sequence number of the event that made it ready
  const std::byte* stack_end = nullptr;  // the lowest address of its stack
  ExceptionState exceptions;
  std::uint32_t park_generation = 0;  // counts parks: a wake-up for an earlier park is stale
  std::uint32_t id = 0;               // numbered by start, over the whole scheduler, from 1
  FiberState state = FiberState::ready;
  BlockReason reason = BlockReason::other;
  bool killed = false;     // its node is dead: every blocking call throws Killed
  bool timed_out = false;  // how the last park with a deadline ended
  std::uint32_t wakes = 0;

  // What messages and timers touch besides, in the next one.
  Receiver receiver;
  std::uint64_t key = 0;   // identity for keyed choices: the same in every run of a seed
  std::uint32_t slot = 0;  // index of its stack in the pool
  std::uint32_t draws = 0;

  std::uint32_t spawned = 0;    // how many fibers it started
  std::uint32_t swallowed = 0;  // how often it caught Killed and went on
  FiberCode code;
  Fiber* previous_in_process = nullptr;
  Fiber* next_in_process = nullptr;
  const char* name = "";
  std::uint32_t name_size = 0;
  std::uint32_t parent_id = 0;
  std::int64_t parked_since_ns = 0;
  void* tsan_fiber = nullptr;
  void* fake_stack = nullptr;
  bool started = false;

  std::string_view name_view() const { return {name, name_size}; }
};

// prefetch() asks for the cache lines [from, to) around a place, counted in lines. Always inline:
// gcc takes a function that only prefetches for one without effects and removes its calls.
[[gnu::always_inline]] inline void prefetch(const void* place, int from, int to) {
  constexpr int kCacheLine = 64;
  const char* const middle = static_cast<const char*>(place);
  for (int line = from; line < to; ++line) __builtin_prefetch(middle + line * kCacheLine, 1);
}

}  // namespace norn::host
