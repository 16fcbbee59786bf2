// The one place that names Boost.Context: switching from one stack to another.
#pragma once

#include <cstddef>

#include <boost/context/detail/fcontext.hpp>

namespace norn::host {

// Context::jump() saves the caller's registers on its own stack, stores that stack's pointer
// through `save`, and goes on where `target` was saved. It returns when somebody jumps back.
struct Context {
  using Entry = void (*)(boost::context::detail::transfer_t);

  static void* make(void* stack_top, std::size_t size, Entry entry) {
    return boost::context::detail::make_fcontext(stack_top, size, entry);
  }
  static void jump(void* target, void** save) {
    arrived(boost::context::detail::jump_fcontext(target, save));
  }
  // arrived() must be the first thing on the other side: it stores where the jump came from.
  static void arrived(boost::context::detail::transfer_t from) {
    *static_cast<void**>(from.data) = from.fctx;
  }
};

}  // namespace norn::host
