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
struct ContextState;

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
  select,
  semaphore,
  rw_lock,
  wait_group,
  once,
  barrier,
  cpu,      // computes: consume()
  mailbox,  // an actor that waits for a message
  socket,
};

// How a fiber ended. The values are those of the trace format.
enum class FiberEnd : std::uint8_t { returned, killed, threw, cancelled };

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

inline constexpr std::size_t kBlockReasons = 20;
// name() is the reason in words.
std::string_view name(BlockReason reason);

// What a fiber runs: a callable placed on the fiber's own stack.
struct FiberCode {
  void (*run)(void* callable) = nullptr;      // calls it; may throw
  void (*destroy)(void* callable) = nullptr;  // destroys it
  void (*move_to)(void* from, void* to) = nullptr;
  std::uint32_t size = 0;
  std::uint32_t alignment = 1;
  void* callable = nullptr;
  // Told when the fiber ends: how, and with the exception that escaped, or null. Returns whether
  // somebody took it.
  bool (*ended)(void* completion, std::exception_ptr problem, FiberEnd how) = nullptr;
  void* completion = nullptr;
  const char* file = "";  // where it was spawned
  std::uint32_t line = 0;
  std::int8_t priority = 0;  // higher runs first among fibers that are ready at one instant
  std::uint32_t budget = 0;  // not 0: operations without blocking after which it yields
};

// Why a blocking call of a fiber must not simply block: bits of Fiber::alerts.
using Alerts = std::uint8_t;
inline constexpr Alerts kKilled = 1;     // its node is dead: every blocking call throws Killed
inline constexpr Alerts kCancelled = 2;  // its context is over, or it was cancelled: they throw
                                         // Cancelled
inline constexpr Alerts kNoYield = 4;    // inside a NoYield block: blocking is misuse
// Its present park was ended by a cancellation, and by nothing else.
inline constexpr Alerts kInterrupted = 8;

struct Fiber;
struct Message;
struct MessageClass;

// A question to another node that has no answer yet; on the stack of the fiber that waits for it.
struct OpenCall {
  std::uint32_t to = 0;  // the node
  const MessageClass* request_class = nullptr;
  std::uint64_t request = 0;  // its number
  std::uint64_t actor = 0;    // not 0: it is asked, and the class is not known here
  std::int64_t since_ns = 0;  // of virtual time
  std::uint32_t sent = 1;     // how often
  bool endless = false;       // no deadline ends it
};

// What a fiber serves, and the request that it is at; on its stack. Kept up to date so that it can
// be said who waits for whom.
struct Serving {
  const std::uint64_t* classes = nullptr;  // hashes of what it takes
  std::size_t class_count = 0;
  std::uint64_t request = 0;  // 0: none that somebody waits for
  std::uint32_t caller = 0;   // its node
  const Serving* outer = nullptr;
};

// The fiber or the call that a parked fiber waits for, where that is known. Its reason says which:
// of a mutex and a join it is the place where the other fiber stands, of a call the call.
union WaitsFor {
  Fiber* const* fiber = nullptr;
  const OpenCall* call;
};

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
  void* saved = nullptr;  // stack pointer while not running
  Process* process = nullptr;
  std::uint64_t cause = 0;               // sequence number of the event that made it ready
  const std::byte* stack_end = nullptr;  // the lowest address of its stack
  ExceptionState exceptions;
  std::uint32_t park_generation = 0;  // counts parks: a wake-up for an earlier park is stale
  std::uint32_t id = 0;               // numbered by start, over the whole scheduler, from 1
  FiberState state = FiberState::ready;
  BlockReason reason = BlockReason::other;
  Alerts alerts = 0;
  bool timed_out = false;  // how the last park with a deadline ended
  std::uint32_t wakes = 0;

  // What messages and timers touch besides, in the next one.
  [[no_unique_address]] Receiver receiver;
  std::uint32_t budget_left = 0;  // lies in the receiver's padding
  std::uint64_t key = 0;          // identity for keyed choices: the same in every run of a seed
  std::uint32_t slot = 0;         // index of its stack in the pool
  std::uint32_t draws = 0;
  std::int64_t parked_since_ns = 0;

  std::uint32_t spawned = 0;    // how many fibers it started
  std::uint32_t swallowed = 0;  // how often it caught Killed and went on
  FiberCode code;
  Fiber* previous_in_process = nullptr;
  Fiber* next_in_process = nullptr;
  const char* name = "";
  std::uint32_t name_size = 0;
  std::uint32_t parent_id = 0;
  void* tsan_fiber = nullptr;
  void* fake_stack = nullptr;
  bool started = false;
  bool cancel_asked = false;    // by its Task
  bool has_deadline = false;    // its present park ends by itself
  std::uint16_t shields = 0;    // Shield blocks it is in: no cancellation reaches it
  std::uint16_t no_yields = 0;  // NoYield blocks it is in
  std::uint32_t alarms = 0;     // counts the alarms it made
  std::uint32_t selects = 0;    // counts choices among ready cases
  WaitsFor waits_for;
  const Serving* serving = nullptr;  // the innermost serve() that it is in
  ContextState* context = nullptr;   // owned by count; null: the background
  Fiber* previous_in_context = nullptr;
  Fiber* next_in_context = nullptr;

  bool killed() const { return (alerts & kKilled) != 0; }
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
