// How many random cases a test goes through: all of them in a build that runs at full speed, a
// tenth where a sanitizer looks on, which is there for what no case should ever do.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NORN_SANITIZED_TESTS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NORN_SANITIZED_TESTS 1
#endif
#endif

namespace norn::test {

constexpr int random_runs(int all) {
#ifdef NORN_SANITIZED_TESTS
  return all / 10;
#else
  return all;
#endif
}

}  // namespace norn::test
