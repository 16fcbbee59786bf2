#include "engine/profiler.hpp"

#include <algorithm>
#include <ctime>
#include <tuple>

#include "norn/runtime/host/process.hpp"

// Defined by norn::count_allocations, if the program links it.
extern "C" [[gnu::weak]] std::uint64_t norn_allocations();
// Defined by norn::intercept, which answers clock_gettime() for node code.
extern "C" [[gnu::weak]] int norn_real_clock_gettime(clockid_t clock, timespec* time);

namespace norn::sim {

namespace {

constexpr std::int64_t kNanosecondsASecond = 1'000'000'000;

// Measures the simulator, and is never told to what it simulates.
std::int64_t processor_ns() {
  timespec time{};
  // tidy: allow wall-clock (it measures, and decides nothing)
  (norn_real_clock_gettime != nullptr ? norn_real_clock_gettime : ::clock_gettime)(CLOCK_MONOTONIC,
                                                                                   &time);
  return time.tv_sec * kNanosecondsASecond + time.tv_nsec;
}

std::uint64_t allocations() {
  return norn_allocations != nullptr ? norn_allocations() : 0;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string microseconds(std::int64_t ns) {
  constexpr std::int64_t kNanosecondsAMicrosecond = 1000;
  return std::to_string(ns / kNanosecondsAMicrosecond) + " us";
}

}  // namespace

Profiler::Sums& Profiler::of(const host::Fiber& fiber) {
  return sums_[{fiber.process->name(), std::string(fiber.name_view())}];
}

void Profiler::runs(const host::Fiber& fiber, std::int64_t now_ns) {
  parks();
  Sums& sums = of(fiber);
  ++sums.runs;
  if (fiber.started)
    sums.waited_ns.at(static_cast<std::size_t>(fiber.reason)) += now_ns - fiber.parked_since_ns;
  running_ = &sums;
  allocations_before_ = allocations();
  since_ns_ = processor_ns();
}

void Profiler::parks() {
  if (running_ == nullptr) return;
  running_->real_ns += processor_ns() - since_ns_;
  running_->allocations += allocations() - allocations_before_;
  running_ = nullptr;
}

std::vector<FiberProfile> Profiler::result() const {
  std::vector<FiberProfile> profile;
  for (const auto& [who, sums] : sums_) {
    FiberProfile& one = profile.emplace_back();
    one.node = who.first;
    one.fiber = who.second;
    one.fibers = sums.fibers;
    one.runs = sums.runs;
    one.real = Duration(sums.real_ns);
    one.allocations = sums.allocations;
    for (std::size_t i = 0; i < sums.waited_ns.size(); ++i) {
      if (sums.waited_ns[i] > 0)
        one.waited.emplace_back(host::name(static_cast<host::BlockReason>(i)),
                                Duration(sums.waited_ns[i]));
    }
    std::sort(one.waited.begin(), one.waited.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
  }
  return profile;
}

}  // namespace norn::sim

namespace norn {

std::string profile_text(const std::vector<FiberProfile>& profile) {
  constexpr std::size_t kWidth = 12;
  std::vector<const FiberProfile*> order;
  for (const FiberProfile& one : profile) order.push_back(&one);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->real != b->real ? a->real > b->real
                              : std::tie(a->node, a->fiber) < std::tie(b->node, b->fiber);
  });
  std::string text = sim::padded("real", kWidth) + sim::padded("runs", kWidth) +
                     sim::padded("fibers", kWidth) + sim::padded("allocations", kWidth) +
                     "  node and fiber: virtual time blocked\n";
  for (const FiberProfile* one : order) {
    text += sim::padded(sim::microseconds(one->real.count()), kWidth) +
            sim::padded(std::to_string(one->runs), kWidth) +
            sim::padded(std::to_string(one->fibers), kWidth) +
            sim::padded(std::to_string(one->allocations), kWidth) + "  " + one->node + " " +
            (one->fiber.empty() ? "(no name)" : one->fiber) + ":";
    const char* separator = " ";
    for (const auto& [reason, time] : one->waited) {
      text += separator + reason + " " + sim::microseconds(time.count());
      separator = ", ";
    }
    text += "\n";
  }
  return text;
}

}  // namespace norn
