// Which stretch of virtual time is on the screen.
#pragma once

#include <cstdint>

namespace norn::viewer {

// TimeView maps virtual time to a fraction of the width (0 left, 1 right). Its span stays between
// 100 ns and a little more than the whole trace, and it never leaves the trace altogether.
class TimeView {
 public:
  static constexpr double kMinSpanNs = 100;
  // How much of the whole span is kept free on each side when everything is shown.
  static constexpr double kMargin = 0.015;

  TimeView() = default;
  // The limits are those of the trace; the view starts with all of it.
  TimeView(std::int64_t first_ns, std::int64_t last_ns);

  double begin_ns() const { return begin_ns_; }
  double end_ns() const { return begin_ns_ + span_ns_; }
  double span_ns() const { return span_ns_; }

  double fraction(double t_ns) const { return (t_ns - begin_ns_) / span_ns_; }
  double time_at(double fraction) const { return begin_ns_ + fraction * span_ns_; }

  void show_all();
  void show(double begin_ns, double end_ns);
  // zoom() changes the span by `factor` (below 1: closer) and keeps the time under `anchor` (a
  // fraction) in place.
  void zoom(double factor, double anchor);
  // pan() moves the view by a share of its span, to the right when positive.
  void pan(double share);
  void centre_on(double t_ns);
  // reveal() pans just so far that t is visible, with a margin.
  void reveal(double t_ns);

  bool operator==(const TimeView&) const = default;

 private:
  void clamp();

  double first_ns_ = 0;
  double last_ns_ = 1;
  double begin_ns_ = 0;
  double span_ns_ = 1;
};

}  // namespace norn::viewer
