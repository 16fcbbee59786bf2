// Cancelled: how a fiber learns that its work is no longer wanted.
#pragma once

#include "norn/runtime/result.hpp"

namespace norn {

// Cancelled is thrown out of every blocking call of a fiber whose Context is over or whose Task was
// cancelled, so that destructors run. The next blocking call throws again, until the fiber has left
// the Context; not while an exception unwinds (destructors may block) and not inside a Shield. File
// calls and consume() are finished first. It derives from nothing: catch (const std::exception&)
// lets it pass. A fiber that ends so has ended in good order.
struct Cancelled {
  Errc why = Errc::cancelled;  // or timeout: the Context's deadline passed
};

// Shield keeps cancellation away from the calling fiber while it lives: for clean-up that must
// block. Killed still comes through.
class Shield {
 public:
  Shield();
  Shield(const Shield&) = delete;
  Shield& operator=(const Shield&) = delete;
  ~Shield();
};

}  // namespace norn
