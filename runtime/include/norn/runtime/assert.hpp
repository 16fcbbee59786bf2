// NORN_ASSERT: misuse of Norn, or a bug of ours. On in every build.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace norn {

// Exit code of a program that ends because of an assertion: our own bug or a misuse of the API.
inline constexpr int kExitInternalError = 5;

namespace detail {

// assertion_failed() prints one line with the place, the condition and the advice on standard
// error, then ends the process with kExitInternalError (by abort() when NORN_ABORT is set in the
// environment, so that a debugger or a core file sees the stack).
[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line,
                                          std::string_view advice);

// set_assertion_note() gives a function that adds a line about what was being run (a scenario
// program: the seed), on the thread that failed.
inline void set_assertion_note(void (*note)());

}  // namespace detail
}  // namespace norn

// NORN_ASSERT(condition, advice) ends the program unless `condition` holds. `advice` says what the
// reader should do about it; it is evaluated only on failure.
#define NORN_ASSERT(condition, advice)                                            \
  do {                                                                            \
    if (!(condition)) [[unlikely]] {                                              \
      ::norn::detail::assertion_failed(#condition, __FILE__, __LINE__, (advice)); \
    }                                                                             \
  } while (false)

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace norn::detail {

inline std::atomic<void (*)()>& assertion_note() {
  static std::atomic<void (*)()> note{nullptr};
  return note;
}

inline void set_assertion_note(void (*note)()) {
  assertion_note().store(note);
}

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line,
                                          std::string_view advice) {
  const std::string_view path(file);
  const auto slash = path.rfind('/');
  const std::string_view base = slash == std::string_view::npos ? path : path.substr(slash + 1);
  std::fprintf(stderr, "norn: %.*s:%d: %.*s [%s]\n", static_cast<int>(base.size()), base.data(),
               line, static_cast<int>(advice.size()), advice.data(), condition);
  std::fflush(stderr);
  if (std::getenv("NORN_ABORT") != nullptr) std::abort();
  if (void (*const note)() = assertion_note().load()) note();
  std::_Exit(kExitInternalError);
}

}  // namespace norn::detail
