// defer: do something at the end of the scope.
#pragma once

#include <utility>

namespace norn {

// A Defer calls its function when it goes out of scope, however that happens: by return, by an
// exception, by the death of the node. Several run in the reverse order, as Go's defer. In a dying
// node blocking calls do nothing; in a cancelled fiber they block as usual while an exception
// unwinds, else wrap them in a Shield.
template <class F>
class [[nodiscard]] Defer {
 public:
  explicit Defer(F function) : function_(std::move(function)) {}
  Defer(const Defer&) = delete;
  Defer& operator=(const Defer&) = delete;
  ~Defer() noexcept(false) {
    if (armed_) function_();
  }
  // cancel() makes it do nothing.
  void cancel() { armed_ = false; }

 private:
  F function_;
  bool armed_ = true;
};

}  // namespace norn
