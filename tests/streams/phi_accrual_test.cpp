#include "norn/runtime/phi_accrual.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace std::chrono_literals;

namespace {

// The formula in floating point, for comparison.
double exact_phi(double y) {
  return std::log10(1 + std::exp(y * (1.5976 + 0.070566 * y * y)));
}

norn::TimePoint at(norn::Duration since_start) {
  return norn::TimePoint{} + since_start;
}

}  // namespace

TEST_CASE("phi in integers follows the formula") {
  for (int y = -5000; y <= 12'000; y += 7) {
    const double exact = exact_phi(y / 1000.0);
    const double ours = static_cast<double>(norn::PhiAccrual::phi_of(y)) / 1000;
    CHECK(std::abs(ours - exact) <= 0.015 + exact * 0.001);
  }
  CHECK(norn::PhiAccrual::phi_of(1'000'000'000) > 1'900'000);
}

TEST_CASE("suspicion grows with the silence and ends with a heartbeat") {
  norn::PhiAccrual detector({.pause = 0s});
  CHECK(detector.phi_milli(at(100s)) == 0);
  for (int i = 0; i < 50; ++i) detector.heartbeat(at(i * 1s));
  CHECK_FALSE(detector.is_suspect(at(49s + 1s)));
  std::uint64_t last = 0;
  for (auto silence = 0ms; silence < 5s; silence += 10ms) {
    const std::uint64_t phi = detector.phi_milli(at(49s + silence));
    CHECK(phi >= last);
    last = phi;
  }
  CHECK(detector.is_suspect(at(49s + 5s)));
  detector.heartbeat(at(54s));
  CHECK_FALSE(detector.is_suspect(at(55s)));
}

TEST_CASE("irregular heartbeats earn more patience than regular ones") {
  norn::PhiAccrual regular({.pause = 0s});
  norn::PhiAccrual irregular({.pause = 0s});
  norn::Duration late = 0s;
  for (int i = 0; i < 100; ++i) {
    regular.heartbeat(at(i * 1s));
    late = i * 1s + (i % 2 == 0 ? 0ms : 800ms);
    irregular.heartbeat(at(late));
  }
  CHECK(regular.is_suspect(at(99s + 2500ms)));
  CHECK_FALSE(irregular.is_suspect(at(late + 2500ms)));
}

TEST_CASE("the pause that is allowed shifts everything, and a long silence is no sample") {
  norn::PhiAccrual detector({.pause = 3s});
  for (int i = 0; i < 20; ++i) detector.heartbeat(at(i * 1s));
  CHECK_FALSE(detector.is_suspect(at(19s + 4s)));
  CHECK(detector.is_suspect(at(19s + 6s)));
  detector.heartbeat(at(1000s));
  detector.heartbeat(at(1001s));
  CHECK(detector.is_suspect(at(1001s + 6s)));
}
