// Chaos: what a world does to node code that asks for it.
#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

#include "norn/runtime/time.hpp"

namespace norn::host {

class Process;
struct Fiber;

enum class KnobType : std::uint8_t { duration, number, flag };

struct KnobSpec {
  std::string_view name;
  KnobType type = KnobType::number;
  std::int64_t standard = 0;  // a duration in ns, a flag as 0 or 1
  std::int64_t least = 0;
  std::int64_t most = 0;
};

struct BuggifyPlace {
  std::string_view function;
  std::string_view label;
  std::source_location where;  // for people; no part of any choice
};

// Whether a client makes its next operation, and how long it stands still when it does not.
struct OperationTurn {
  bool wanted = true;
  Duration stands_still{};
};

class Chaos {
 public:
  Chaos() = default;
  Chaos(const Chaos&) = delete;
  Chaos& operator=(const Chaos&) = delete;
  virtual ~Chaos() = default;

  virtual bool buggify(const Process& process, const BuggifyPlace& place) = 0;
  virtual std::int64_t knob(const KnobSpec& spec) = 0;
  // operation() counts one more operation of the fiber. Of those that are left out it passes over
  // the draws.
  virtual OperationTurn operation(Fiber& fiber) = 0;
};

// The chaos of the simulation that runs on this thread, which sets it while it runs. Without one,
// buggify() and knob() do nothing.
struct AttachedChaos {
  Chaos* chaos = nullptr;
  bool buggify = false;
  // tidy: allow thread-local (inline, so that buggify() costs the test of a flag when it is off)
  static constinit thread_local AttachedChaos here;
};
inline constinit thread_local AttachedChaos AttachedChaos::here{};  // tidy: allow thread-local (it)

}  // namespace norn::host
