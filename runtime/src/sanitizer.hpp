// Tells AddressSanitizer and ThreadSanitizer about stack switches; nothing in other builds.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define NORN_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NORN_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define NORN_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NORN_TSAN 1
#endif
#endif

#if defined(NORN_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(NORN_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace norn::host::sanitizer {

#if defined(NORN_ASAN) || defined(NORN_TSAN)
// Instrumented frames are several times as large.
inline constexpr std::size_t kStackFactor = 4;
#else
inline constexpr std::size_t kStackFactor = 1;
#endif

// start_switch() is called just before a jump to the stack [bottom, bottom + size); `save` is null
// when the present stack ends.
inline void start_switch([[maybe_unused]] void** save, [[maybe_unused]] const void* bottom,
                         [[maybe_unused]] std::size_t size, [[maybe_unused]] void* tsan_fiber) {
#if defined(NORN_ASAN)
  __sanitizer_start_switch_fiber(save, bottom, size);
#endif
#if defined(NORN_TSAN)
  __tsan_switch_to_fiber(tsan_fiber, 0);
#endif
}

// finish_switch() is called just after arrival; returns the stack that was left.
inline void finish_switch([[maybe_unused]] void* saved, [[maybe_unused]] const void** bottom,
                          [[maybe_unused]] std::size_t* size) {
#if defined(NORN_ASAN)
  __sanitizer_finish_switch_fiber(saved, bottom, size);
#endif
}

inline void forget_stack([[maybe_unused]] void* bottom, [[maybe_unused]] std::size_t size) {
#if defined(NORN_ASAN)
  ASAN_UNPOISON_MEMORY_REGION(bottom, size);
#endif
}

inline void* make_fiber() {
#if defined(NORN_TSAN)
  return __tsan_create_fiber(0);
#else
  return nullptr;
#endif
}
inline void destroy_fiber([[maybe_unused]] void* fiber) {
#if defined(NORN_TSAN)
  if (fiber != nullptr) __tsan_destroy_fiber(fiber);
#endif
}
inline void* this_fiber() {
#if defined(NORN_TSAN)
  return __tsan_get_current_fiber();
#else
  return nullptr;
#endif
}

}  // namespace norn::host::sanitizer
