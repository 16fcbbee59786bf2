#include "engine/edge_counters.hpp"

#include <utility>

namespace norn::sim {

namespace {

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
// tidy: allow thread-local (the compiler's hooks are told nothing but where they are)
constinit thread_local EdgeCounters* attached = nullptr;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

EdgeCounters* EdgeCounters::attach(EdgeCounters* counters) {
  return std::exchange(attached, counters);
}

}  // namespace norn::sim

// ---- the names that compilers call, and those that linkers give (gcc's documentation of
// -fsanitize-coverage, clang's "SanitizerCoverage")

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
extern "C" {

extern const char __executable_start;
extern const char etext;

[[gnu::weak]] void __sanitizer_cov_trace_pc() {
  if (norn::sim::attached == nullptr) return;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  const auto begin = reinterpret_cast<std::uintptr_t>(&__executable_start);
  if (here < begin || here >= reinterpret_cast<std::uintptr_t>(&etext)) return;
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;  // 2^64 over the golden ratio
  norn::sim::attached->pass(static_cast<std::uint16_t>((here - begin) * kOdd >> 48U));
}

[[gnu::weak]] void __sanitizer_cov_trace_pc_guard_init(std::uint32_t* begin, std::uint32_t* end) {
  static std::uint32_t edges = 0;  // this is called before main(), once a module
  if (begin == end || *begin != 0) return;
  for (std::uint32_t* guard = begin; guard != end; ++guard) *guard = ++edges;
}

[[gnu::weak]] void __sanitizer_cov_trace_pc_guard(const std::uint32_t* guard) {
  if (norn::sim::attached != nullptr) norn::sim::attached->pass(static_cast<std::uint16_t>(*guard));
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
