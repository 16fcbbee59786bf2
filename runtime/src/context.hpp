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
  static void jump(void* target, void** save) { arrived(leap(target, save)); }
  // arrived() must be the first thing on the other side: it stores where the jump came from.
  static void arrived(boost::context::detail::transfer_t from) {
    *static_cast<void**>(from.data) = from.fctx;
  }

 private:
  // jump_fcontext() goes on by a jump and not by a `ret`. Reached by a `call` it would leave one
  // address too many on the processor's own stack of return addresses, and after a switch each
  // return would be mispredicted, though mostly both fibers stand in the same functions. So it is
  // reached by a jump as well. Below the stack pointer there may be a red zone.
  [[gnu::always_inline]] static boost::context::detail::transfer_t leap(void* target, void** data) {
#if defined(__x86_64__) && !defined(__ILP32__) && !defined(__AVX512F__)
    boost::context::detail::transfer_t from{};
    asm volatile(
        "leaq -128(%%rsp), %%rsp\n\t"
        "leaq 1f(%%rip), %%rax\n\t"
        "pushq %%rax\n\t"
        "jmp *%[jump]\n"
        "1:\n\t"
        "leaq 128(%%rsp), %%rsp"
        : "=&a"(from.fctx), "=&d"(from.data), "+D"(target), "+S"(data)
        : [jump] "r"(boost::context::detail::jump_fcontext)
        : "rcx", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
          "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
          "xmm15");
    return from;
#else
    return boost::context::detail::jump_fcontext(target, data);
#endif
  }
};

}  // namespace norn::host
