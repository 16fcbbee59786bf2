// NoYield: a block in which nothing else may run.
#pragma once

namespace norn {

// NoYield says that the calling fiber does not block while the guard lives, so that no other fiber
// sees what is half done. A call that blocks inside it asserts, and names the fiber; one that need
// not wait is fine.
class NoYield {
 public:
  NoYield();
  NoYield(const NoYield&) = delete;
  NoYield& operator=(const NoYield&) = delete;
  ~NoYield();
};

}  // namespace norn
