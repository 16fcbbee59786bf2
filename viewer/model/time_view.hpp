// Which stretch of a line of numbers is on the screen: of virtual time, or of the steps of events.
#pragma once

#include <cstdint>

namespace norn::viewer {

// ZoomView maps places on a line to fractions of the width (0 left, 1 right). Its span stays
// between the least one and a little more than the whole line, and it never leaves the line
// altogether.
class ZoomView {
 public:
  // How much of the whole span is kept free on each side when everything is shown.
  static constexpr double kMargin = 0.015;

  ZoomView() = default;
  // The view starts with the whole line, from `first` to `last`.
  ZoomView(double first, double last, double least_span);

  double from() const { return begin_; }
  double to() const { return begin_ + span_; }
  double span() const { return span_; }

  double fraction(double place) const { return (place - begin_) / span_; }
  double at(double fraction) const { return begin_ + fraction * span_; }

  void show_all();
  // show() widens a stretch that is too short to both sides.
  void show(double begin, double end);
  // zoom() changes the span by `factor` (below 1: closer) and keeps what is under `anchor` (a
  // fraction) in place.
  void zoom(double factor, double anchor);
  // pan() moves the view by a share of its span, to the right when positive.
  void pan(double share);
  void centre_on(double place);
  // reveal() pans just so far that the place is visible, with a margin.
  void reveal(double place);

  bool operator==(const ZoomView&) const = default;

 private:
  void clamp();

  double first_ = 0;
  double last_ = 1;
  double least_span_ = 1;
  double begin_ = 0;
  double span_ = 1;
};

// TimeView shows virtual time, at least 100 ns of it.
class TimeView : public ZoomView {
 public:
  static constexpr double kMinSpanNs = 100;

  TimeView() = default;
  // The limits are those of the trace.
  TimeView(std::int64_t first_ns, std::int64_t last_ns);

  double begin_ns() const { return from(); }
  double end_ns() const { return to(); }
  double span_ns() const { return span(); }
  double time_at(double fraction) const { return at(fraction); }

  bool operator==(const TimeView&) const = default;
};

}  // namespace norn::viewer
