#include "norn/runtime/semaphore.hpp"

#include "norn/runtime/time.hpp"

namespace norn {

namespace {

// Serves those who can go ahead after one has given up waiting.
template <class F>
struct AtEnd {
  F action;
  ~AtEnd() { action(); }
};

}  // namespace

bool Semaphore::try_acquire(std::uint64_t permits) {
  if (free_ < permits || waiting_.first() != nullptr) return false;
  free_ -= permits;
  return true;
}

void Semaphore::acquire(std::uint64_t permits) {
  if (try_acquire(permits)) return;
  const AtEnd serve_others{[this] { serve(); }};
  host::Waiter waiter(host::this_fiber("Semaphore::acquire()"), &permits);
  waiting_.push(waiter);
  host::wait(waiter, host::BlockReason::semaphore);
}

bool Semaphore::acquire_for(Duration duration, std::uint64_t permits) {
  if (try_acquire(permits)) return true;
  const AtEnd serve_others{[this] { serve(); }};
  host::Waiter waiter(host::this_fiber("Semaphore::acquire_for()"), &permits);
  waiting_.push(waiter);
  return host::wait(waiter, host::BlockReason::semaphore, now() + duration);
}

void Semaphore::release(std::uint64_t permits) {
  free_ += permits;
  serve();
}

void Semaphore::serve() {
  while (host::Waiter* const waiter = waiting_.first()) {
    const std::uint64_t wanted = *static_cast<const std::uint64_t*>(waiter->item);
    if (wanted > free_) return;
    free_ -= wanted;
    waiting_.serve(*waiter);
  }
}

}  // namespace norn
