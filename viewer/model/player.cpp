#include "model/player.hpp"

#include <algorithm>
#include <cmath>

namespace norn::viewer {
namespace {

constexpr double kLongestGap = 0.1;
constexpr double kMessageSeconds = 0.7;
constexpr double kSlowest = 10;    // ns a second
constexpr double kFastest = 1e12;  // a thousand seconds a second

}  // namespace

Player::Player(const TraceModel& model) : model_(&model) {
  for (const Fault& fault : model.faults()) {
    faults_.push_back(fault.begin);
    if (fault.end != kNone) faults_.push_back(fault.end);
  }
  std::sort(faults_.begin(), faults_.end());
  const double typical = model.messages().typical_latency_ns();
  if (typical > 0) set_speed(typical / kMessageSeconds);
  go_to(static_cast<double>(model.events().end_ns()));
}

void Player::set_speed(double ns_per_second) {
  if (std::isfinite(ns_per_second)) speed_ = std::clamp(ns_per_second, kSlowest, kFastest);
}

void Player::go_to(double t_ns) {
  const EventTable& events = model_->events();
  if (!std::isfinite(t_ns)) return;
  time_ns_ = std::clamp(t_ns, static_cast<double>(events.begin_ns()),
                        static_cast<double>(events.end_ns()));
  const Index after = events.first_after(time_ns_);
  event_ = after == 0 ? kNone : after - 1;
}

void Player::go_to_event(Index event) {
  if (event >= model_->events().size()) return;
  event_ = event;
  time_ns_ = static_cast<double>(model_->events().time_ns(event));
}

bool Player::is_step(Index event, StepBy by) const {
  if (by == StepBy::event) return true;
  switch (model_->events().kind(event)) {
    case trace::EventKind::send:
    case trace::EventKind::deliver:
    case trace::EventKind::drop:
      return true;
    default:
      return false;
  }
}

bool Player::step(StepBy by, int direction, const EventFilter* filter) {
  const Index size = model_->events().size();
  if (by == StepBy::fault) {
    const Index here = event_ == kNone ? 0 : event_ + (direction > 0 ? 1 : 0);
    const auto at = std::lower_bound(faults_.begin(), faults_.end(), here);
    if (direction > 0 ? at == faults_.end() : at == faults_.begin()) return false;
    go_to_event(direction > 0 ? *at : *(at - 1));
    return true;
  }
  if (direction > 0) {
    const auto from = [&](Index i) { return filter == nullptr ? i : filter->next(i); };
    for (Index i = from(event_ == kNone ? 0 : event_ + 1); i < size; i = from(i + 1)) {
      if (!is_step(i, by)) continue;
      go_to_event(i);
      return true;
    }
    return false;
  }
  if (event_ == kNone) return false;
  const auto before = [&](Index i) {
    return filter != nullptr ? filter->previous(i) : i == 0 ? kNone : i - 1;
  };
  for (Index i = before(event_); i != kNone; i = before(i)) {
    if (!is_step(i, by)) continue;
    go_to_event(i);
    return true;
  }
  return false;
}

void Player::play() {
  if (model_->events().empty()) return;
  const double end = loop_ ? loop_->end_ns : static_cast<double>(model_->events().end_ns());
  const double begin = loop_ ? loop_->begin_ns : static_cast<double>(model_->events().begin_ns());
  if (time_ns_ >= end || (loop_ && time_ns_ < begin)) go_to(begin);
  playing_ = true;
}

void Player::advance(double wall_seconds) {
  if (!playing_ || !(wall_seconds > 0)) return;
  const double to = time_ns_ + std::min(wall_seconds, kLongestGap) * speed_;
  const auto last = static_cast<double>(model_->events().end_ns());
  if (loop_ && to >= std::min(loop_->end_ns, last)) {
    go_to(loop_->begin_ns);
    return;
  }
  go_to(to);
  if (time_ns_ >= last) playing_ = false;
}

void Player::set_loop(std::optional<Range> range) {
  if (range && range->end_ns < range->begin_ns) std::swap(range->begin_ns, range->end_ns);
  if (range && !(range->end_ns > range->begin_ns)) range.reset();
  loop_ = range;
}

}  // namespace norn::viewer
