#include "model/time_view.hpp"

#include <algorithm>
#include <cmath>

namespace norn::viewer {

TimeView::TimeView(std::int64_t first_ns, std::int64_t last_ns)
    : first_ns_(static_cast<double>(first_ns)),
      last_ns_(std::max(static_cast<double>(last_ns), first_ns_ + kMinSpanNs)) {
  show_all();
}

void TimeView::show_all() {
  const double whole = last_ns_ - first_ns_;
  begin_ns_ = first_ns_ - whole * kMargin;
  span_ns_ = whole * (1 + 2 * kMargin);
}

void TimeView::show(double begin_ns, double end_ns) {
  if (!std::isfinite(begin_ns) || !std::isfinite(end_ns)) return;
  if (end_ns < begin_ns) std::swap(begin_ns, end_ns);
  begin_ns_ = begin_ns;
  span_ns_ = end_ns - begin_ns;
  clamp();
}

void TimeView::zoom(double factor, double anchor) {
  if (!std::isfinite(factor) || factor <= 0) return;
  const double t = time_at(anchor);
  const double whole = (last_ns_ - first_ns_) * (1 + 2 * kMargin);
  span_ns_ = std::clamp(span_ns_ * factor, kMinSpanNs, std::max(whole, kMinSpanNs));
  begin_ns_ = t - anchor * span_ns_;
  clamp();
}

void TimeView::pan(double share) {
  begin_ns_ += share * span_ns_;
  clamp();
}

void TimeView::centre_on(double t_ns) {
  begin_ns_ = t_ns - span_ns_ / 2;
  clamp();
}

void TimeView::reveal(double t_ns) {
  constexpr double kEdge = 0.1;
  const double at = fraction(t_ns);
  if (at < 0 || at > 1) {
    centre_on(t_ns);
  } else if (at < kEdge) {
    pan(at - kEdge);
  } else if (at > 1 - kEdge) {
    pan(at - (1 - kEdge));
  }
}

void TimeView::clamp() {
  const double whole = last_ns_ - first_ns_;
  const double margin = whole * kMargin;
  span_ns_ = std::clamp(span_ns_, kMinSpanNs, std::max(whole + 2 * margin, kMinSpanNs));
  // Close up, the first and last event may come to the middle, so that each can be centred.
  const double slack = std::max(margin, std::min(span_ns_ / 2, whole / 2));
  const double low = first_ns_ - slack;
  const double high = last_ns_ + slack - span_ns_;
  begin_ns_ = high < low ? first_ns_ + whole / 2 - span_ns_ / 2 : std::clamp(begin_ns_, low, high);
}

}  // namespace norn::viewer
