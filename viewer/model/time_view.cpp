#include "model/time_view.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace norn::viewer {

ZoomView::ZoomView(double first, double last, double least_span)
    : first_(first), last_(last), least_span_(least_span) {
  show_all();
}

void ZoomView::show_all() {
  const double whole = last_ - first_;
  begin_ = first_ - whole * kMargin;
  span_ = whole * (1 + 2 * kMargin);
  clamp();
}

void ZoomView::show(double begin, double end) {
  if (!std::isfinite(begin) || !std::isfinite(end)) return;
  if (end < begin) std::swap(begin, end);
  const double lacking = std::max(0.0, least_span_ - (end - begin));
  begin_ = begin - lacking / 2;
  span_ = end - begin + lacking;
  clamp();
}

void ZoomView::zoom(double factor, double anchor) {
  if (!std::isfinite(factor) || factor <= 0) return;
  const double place = at(anchor);
  const double whole = (last_ - first_) * (1 + 2 * kMargin);
  span_ = std::clamp(span_ * factor, least_span_, std::max(whole, least_span_));
  begin_ = place - anchor * span_;
  clamp();
}

void ZoomView::pan(double share) {
  begin_ += share * span_;
  clamp();
}

void ZoomView::centre_on(double place) {
  begin_ = place - span_ / 2;
  clamp();
}

void ZoomView::reveal(double place) {
  constexpr double kEdge = 0.1;
  const double where = fraction(place);
  if (where < 0 || where > 1) {
    centre_on(place);
  } else if (where < kEdge) {
    pan(where - kEdge);
  } else if (where > 1 - kEdge) {
    pan(where - (1 - kEdge));
  }
}

void ZoomView::clamp() {
  const double whole = last_ - first_;
  const double margin = whole * kMargin;
  span_ = std::clamp(span_, least_span_, std::max(whole + 2 * margin, least_span_));
  // Close up, the first and last place may come to the middle, so that each can be centred.
  const double slack = std::max(margin, std::min(span_ / 2, whole / 2));
  const double low = first_ - slack;
  const double high = last_ + slack - span_;
  begin_ = high < low ? first_ + whole / 2 - span_ / 2 : std::clamp(begin_, low, high);
}

TimeView::TimeView(std::int64_t first_ns, std::int64_t last_ns)
    : ZoomView(static_cast<double>(first_ns),
               std::max(static_cast<double>(last_ns), static_cast<double>(first_ns) + kMinSpanNs),
               kMinSpanNs) {}

}  // namespace norn::viewer
