#include "model/time_view.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

namespace norn::viewer {

TEST_CASE("zooming keeps the time under the cursor in place") {
  TimeView view(0, 10'000'000'000);
  const double under = view.time_at(0.3);
  view.zoom(0.5, 0.3);
  CHECK(view.time_at(0.3) == Approx(under));
  view.zoom(0.1, 0.3);
  CHECK(view.time_at(0.3) == Approx(under));
  CHECK(view.span_ns() == Approx(10.3e9 * 0.05));
}

TEST_CASE("a view never shows less than 100 ns or much more than everything") {
  TimeView view(0, 1'000'000'000);
  for (int i = 0; i < 200; ++i) view.zoom(0.5, 0.5);
  CHECK(view.span_ns() == TimeView::kMinSpanNs);
  for (int i = 0; i < 200; ++i) view.zoom(2, 0.5);
  CHECK(view.span_ns() == Approx(1.03e9));
}

TEST_CASE("panning stops where the trace ends") {
  TimeView view(0, 1'000'000'000);
  view.show(0, 100'000'000);
  for (int i = 0; i < 100; ++i) view.pan(-1);
  CHECK(view.end_ns() >= 0);
  for (int i = 0; i < 1000; ++i) view.pan(1);
  CHECK(view.begin_ns() <= 1e9);
}

TEST_CASE("revealing an instant moves the view no more than needed") {
  TimeView view(0, 1'000'000'000);
  view.show(100e6, 200e6);
  const TimeView before = view;
  view.reveal(150e6);
  CHECK(view == before);
  view.reveal(195e6);
  CHECK(view.fraction(195e6) == Approx(0.9));
  view.reveal(700e6);
  CHECK(view.fraction(700e6) == Approx(0.5));
}

TEST_CASE("what makes no sense leaves the view as it is") {
  TimeView view(0, 1'000'000'000);
  const TimeView before = view;
  view.zoom(0, 0.5);
  view.zoom(std::numeric_limits<double>::quiet_NaN(), 0.5);
  view.show(std::numeric_limits<double>::infinity(), 0);
  CHECK(view == before);
}

TEST_CASE("a trace of one instant can be shown") {
  const TimeView view(5, 5);
  CHECK(view.span_ns() > 0);
  CHECK(std::isfinite(view.fraction(5)));
}

}  // namespace norn::viewer
