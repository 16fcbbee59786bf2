// call_library(): the only way into the library. A fault inside it becomes a value instead of the
// end of the process.
#pragma once

#include <optional>
#include <string>

namespace norn_libraft {

class LibraryHeap;

namespace detail {

struct Callable {
  void* object;
  void (*run)(void* object);
};

std::optional<std::string> call(LibraryHeap& heap, Callable callable);

}  // namespace detail

// call_library() runs `code` with `heap` as the library's memory. It returns nothing when `code`
// came back, and else what ended it: a bad memory access, a failed assertion (abort) or a misuse of
// the heap, with the place in the library. The stack of C frames is then left behind as it is: the
// caller must not touch the library's state again. `code` must not block its fiber: a killed fiber
// would unwind C frames.
template <class F>
[[nodiscard]] std::optional<std::string> call_library(LibraryHeap& heap, F& code) {
  void* const object = const_cast<void*>(static_cast<const void*>(&code));
  return detail::call(heap, {object, [](void* callable) { (*static_cast<F*>(callable))(); }});
}

// prepare_library_calls() sees to it that faults come to us; each new LibraryHeap calls it, because
// others (test frameworks) set handlers too.
void prepare_library_calls();

// fail_library_call() ends the innermost call_library() of this thread with the reason given.
[[noreturn]] void fail_library_call(const char* reason);

}  // namespace norn_libraft
