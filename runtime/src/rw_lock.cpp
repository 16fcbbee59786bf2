#include "norn/runtime/rw_lock.hpp"

#include "norn/runtime/assert.hpp"

namespace norn {

namespace {

bool dying() {
  return host::this_fiber("RwLock").killed();
}

}  // namespace

bool RwLock::try_lock() {
  if (writing_ || readers_ > 0) return false;
  writing_ = true;
  return true;
}

bool RwLock::try_lock_shared() {
  if (writing_ || waiting_.first() != nullptr) return false;
  ++readers_;
  return true;
}

void RwLock::lock() {
  if (try_lock()) return;
  struct ServeOthers {  // a writer that gives up lets those behind it go ahead
    RwLock& lock;
    ~ServeOthers() { lock.serve(); }
  } serve_others{*this};
  host::Waiter waiter(host::this_fiber("RwLock::lock()"), this);
  waiting_.push(waiter);
  host::wait(waiter, host::BlockReason::rw_lock);
}

void RwLock::lock_shared() {
  if (try_lock_shared()) return;
  host::Waiter waiter(host::this_fiber("RwLock::lock_shared()"));
  waiting_.push(waiter);
  host::wait(waiter, host::BlockReason::rw_lock);
}

void RwLock::unlock() {
  if (!writing_ && dying()) return;  // it died while it waited for the lock
  NORN_ASSERT(writing_, "unlock() of an RwLock that nobody holds for writing");
  writing_ = false;
  serve();
}

void RwLock::unlock_shared() {
  if (readers_ == 0 && dying()) return;
  NORN_ASSERT(readers_ > 0, "unlock_shared() of an RwLock that nobody holds for reading");
  --readers_;
  serve();
}

void RwLock::serve() {
  while (host::Waiter* const waiter = waiting_.first()) {
    const bool writer = waiter->item != nullptr;
    if (writing_ || (writer && readers_ > 0)) return;
    if (writer) {
      writing_ = true;
    } else {
      ++readers_;
    }
    waiting_.serve(*waiter);
  }
}

}  // namespace norn
