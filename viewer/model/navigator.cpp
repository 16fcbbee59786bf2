#include "model/navigator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace norn::viewer {
namespace {

constexpr double kPanStep = 0.15;
constexpr double kWheelFactor = 0.8;
constexpr double kWheelFine = 0.95;
constexpr double kWheelCoarse = 0.5;
// An event alone is shown with so many on either side.
constexpr double kStepsAround = 20;

}  // namespace

Navigator::Navigator(const TraceModel& model)
    : model_(&model),
      view_(model.events().begin_ns(), model.end_ns()),
      steps_(OrdinalAxis(model).last()) {}

void Navigator::set_model(const TraceModel& model) {
  model_ = &model;
  const bool led = view_ == led_;
  TimeView view(model.events().begin_ns(), model.end_ns());
  view.show(view_.begin_ns(), view_.end_ns());
  view_ = view;
  StepView steps(OrdinalAxis(model).last());
  steps.show(steps_.from(), steps_.to());
  steps_ = steps;
  if (led) led_ = view_;
}

void Navigator::set_ordinal(bool ordinal) {
  if (ordinal == ordinal_) return;
  ordinal_ = ordinal;
  if (ordinal) lead(steps());
}

DiagramAxis Navigator::axis() const {
  if (!ordinal_) return {model_->events(), view_};
  return {model_->events(), steps(), OrdinalAxis(*model_)};
}

StepView Navigator::steps() const {
  if (view_ == led_) return steps_;
  const OrdinalAxis axis(*model_);
  StepView steps = steps_;
  steps.show(axis.first_step(view_.begin_ns()), axis.last_step(view_.end_ns()));
  return steps;
}

void Navigator::lead(const StepView& steps) {
  const OrdinalAxis axis(*model_);
  steps_ = steps;
  view_.show(axis.time_at(steps.from()), axis.time_at(steps.to()));
  led_ = view_;
}

void Navigator::zoom(double factor, double anchor) {
  if (!ordinal_) return view_.zoom(factor, anchor);
  StepView steps = this->steps();
  steps.zoom(factor, anchor);
  lead(steps);
}

void Navigator::pan(double share) {
  if (!ordinal_) return view_.pan(share);
  StepView steps = this->steps();
  steps.pan(share);
  lead(steps);
}

void Navigator::show(const Moment& from, const Moment& to) {
  if (!ordinal_) return view_.show(from.t_ns, to.t_ns);
  const OrdinalAxis axis(*model_);
  StepView steps = steps_;
  steps.show(from.step ? *from.step : axis.first_step(from.t_ns),
             to.step ? *to.step : axis.last_step(to.t_ns));
  lead(steps);
}

void Navigator::show_all() {
  view_.show_all();
  if (!ordinal_) return;
  steps_.show_all();
  lead(steps_);
}

void Navigator::centre_on(double t_ns) {
  if (!ordinal_) return view_.centre_on(t_ns);
  StepView steps = this->steps();
  steps.centre_on(OrdinalAxis(*model_).last_step(t_ns));
  lead(steps);
}

void Navigator::reveal(double t_ns) {
  if (!ordinal_) return view_.reveal(t_ns);
  StepView steps = this->steps();
  steps.reveal(OrdinalAxis(*model_).last_step(t_ns));
  lead(steps);
}

void Navigator::reveal_event(Index event) {
  if (!ordinal_) return view_.reveal(static_cast<double>(model_->events().time_ns(event)));
  StepView steps = this->steps();
  steps.reveal(event);
  lead(steps);
}

void Navigator::remember() {
  if (!past_.empty() && past_.back() == place()) return;
  if (past_.size() == kMostRemembered) past_.erase(past_.begin());
  past_.push_back(place());
  future_.clear();
}

void Navigator::go(const Place& place) {
  view_.show(place.view.begin_ns(), place.view.end_ns());
  steps_ = place.steps;
  led_ = place.led;
  select(place.selected);
}

bool Navigator::back() {
  // The place where one is may have been remembered already, by a jump that led nowhere.
  while (!past_.empty() && past_.back() == place()) past_.pop_back();
  if (past_.empty()) return false;
  future_.push_back(place());
  go(past_.back());
  past_.pop_back();
  return true;
}

bool Navigator::forward() {
  if (future_.empty()) return false;
  past_.push_back(place());
  go(future_.back());
  future_.pop_back();
  return true;
}

void Navigator::select(Index event) {
  selected_ = event < model_->events().size() ? event : kNone;
  if (selected_ == kNone) only_past_ = false;
}

void Navigator::select_and_show(Index event) {
  select(event);
  if (selected_ != kNone) reveal_event(selected_);
}

void Navigator::select_second(Index event) {
  second_ = event < model_->events().size() ? event : kNone;
}

void Navigator::clear() {
  selected_ = kNone;
  second_ = kNone;
  only_past_ = false;
  help_open_ = false;
}

bool Navigator::press(Key key, Modifiers modifiers) {
  switch (key) {
    case Key::left:
      step(-1, modifiers.shift);
      return true;
    case Key::right:
      step(1, modifiers.shift);
      return true;
    case Key::up:
      step_lane(-1, modifiers.shift);
      return true;
    case Key::down:
      step_lane(1, modifiers.shift);
      return true;
    case Key::escape:
      clear();
      return true;
    case Key::help:
      help_open_ = !help_open_;
      return true;
    case Key::unfold:
      return unfold();
    case Key::zones:
      return unfolding_.fold_all(*model_);
    case Key::axis:
      set_ordinal(!ordinal_);
      return true;
    case Key::back:
      return back();
    case Key::forward:
      return forward();
    default:
      return jump(key, modifiers) || move_view(key, modifiers);
  }
}

// The fibers of the node of the selected event; of all nodes when nothing is selected.
bool Navigator::unfold() {
  const trace::NodeId node = selected_ == kNone ? 0 : model_->events().node(selected_);
  if (node != 0) {
    unfolding_.toggle_fibers(node);
    return true;
  }
  for (trace::NodeId each = 1; each <= model_->lanes().node_count(); ++each)
    unfolding_.toggle_fibers(each);
  return true;
}

// Keys that lead away from here at once, so that one may want to come back.
bool Navigator::jump(Key key, Modifiers /*modifiers*/) {
  const Place before = place();
  bool meant = true;
  switch (key) {
    case Key::f:
      focus();
      break;
    case Key::home:
      show_all();
      break;
    case Key::violation:
      if (model_->violations().empty()) return false;
      select_and_show(model_->violations().front().event);
      break;
    case Key::next_cause:
      if (selected_ == kNone || model_->cause_of(selected_) == kNone) return false;
      select_and_show(model_->cause_of(selected_));
      break;
    case Key::next_effect: {
      const Index effect = selected_ == kNone ? kNone : model_->effect_of(selected_);
      if (effect == kNone) return false;
      select_and_show(effect);
      break;
    }
    case Key::only_past:
      only_past_ = !only_past_ && selected_ != kNone;
      return true;
    case Key::previous_fault:
      step_fault(-1);
      break;
    case Key::next_fault:
      step_fault(1);
      break;
    default:
      meant = false;
      break;
  }
  if (meant && !(place() == before)) {
    const Place after = place();
    go(before);
    remember();
    go(after);
  }
  return meant;
}

bool Navigator::move_view(Key key, Modifiers modifiers) {
  const double zoom = modifiers.control ? kWheelFine
                      : modifiers.shift ? kWheelCoarse
                                        : kWheelFactor;
  const double pan = modifiers.control ? kPanStep / 4 : modifiers.shift ? kPanStep * 4 : kPanStep;
  // Zooming by keys holds the cursor in place when it is visible, the middle otherwise.
  const auto cursor = this->cursor();
  const double at = cursor ? axis().fraction(*cursor) : 0.5;
  const double anchor = at >= 0 && at <= 1 ? at : 0.5;
  switch (key) {
    case Key::w:
      this->zoom(zoom, anchor);
      return true;
    case Key::s:
      this->zoom(1 / zoom, anchor);
      return true;
    case Key::a:
      this->pan(-pan);
      return true;
    case Key::d:
      this->pan(pan);
      return true;
    default:
      return false;
  }
}

void Navigator::wheel(float steps, double anchor, Modifiers modifiers) {
  const double factor = modifiers.control ? kWheelFine
                        : modifiers.shift ? kWheelCoarse
                                          : kWheelFactor;
  zoom(std::pow(factor, steps), anchor);
}

Index Navigator::first_in_view(bool all) const {
  const EventTable& events = model_->events();
  if (events.empty()) return kNone;
  const EventFilter* const passing = filter(all);
  const auto from = [&](Index i) { return passing == nullptr ? i : passing->next(i); };
  const Index first = std::min(axis().first_event(), events.size() - 1);
  for (Index i = from(first); i < events.size(); i = from(i + 1)) {
    if (events.node(i) != 0 && events.kind(i) != trace::EventKind::drop) return i;
  }
  return kNone;
}

void Navigator::step(int direction, bool all) {
  if (selected_ == kNone) {
    select_and_show(first_in_view(all));
    return;
  }
  const trace::NodeId node = model_->events().node(selected_);
  const auto& lane = model_->lanes().of(node).events;
  const EventFilter* const passing = filter(all);
  const auto found = std::lower_bound(lane.begin(), lane.end(), selected_);
  auto at = static_cast<std::size_t>(found - lane.begin());
  if (direction < 0) {
    if (passing != nullptr) {
      at = passing->index()->lane(node).previous(at);
    } else {
      at = at == 0 ? RankedBits::kNowhere : at - 1;
    }
  } else {
    if (found != lane.end() && *found == selected_) ++at;
    if (passing != nullptr) at = passing->index()->lane(node).next(at, lane.size());
  }
  if (at < lane.size()) select_and_show(lane[at]);
}

void Navigator::step_lane(int direction, bool all) {
  if (selected_ == kNone) {
    select_and_show(first_in_view(all));
    return;
  }
  const EventTable& events = model_->events();
  const Moment here{.t_ns = static_cast<double>(events.time_ns(selected_)),
                    .step = static_cast<double>(selected_)};
  const DiagramAxis axis = this->axis();
  // How far an event is from the selected one, as the axis has it.
  const auto distance = [&](Index i) {
    return axis.ordinal() ? std::abs(static_cast<double>(i) - static_cast<double>(selected_))
                          : std::abs(static_cast<double>(events.time_ns(i)) - here.t_ns);
  };
  auto node = static_cast<std::int64_t>(events.node(selected_));
  for (node += direction;
       node >= 1 && node <= static_cast<std::int64_t>(model_->lanes().node_count());
       node += direction) {
    const auto& lane = model_->lanes().of(static_cast<trace::NodeId>(node)).events;
    if (lane.empty()) continue;
    std::size_t at = axis.nearest(lane, here);
    if (const EventFilter* const passing = filter(all); passing != nullptr) {
      const RankedBits& bits = passing->index()->lane(static_cast<trace::NodeId>(node));
      const std::size_t before = bits.previous(at + 1);
      const std::size_t after = bits.next(at, lane.size());
      const auto away = [&](std::size_t i) {
        return i == RankedBits::kNowhere ? std::numeric_limits<double>::infinity()
                                         : distance(lane[i]);
      };
      at = away(before) <= away(after) ? before : after;
      if (at == RankedBits::kNowhere) continue;
    }
    select_and_show(lane[at]);
    return;
  }
}

void Navigator::step_fault(int direction) {
  const auto& faults = model_->faults();
  if (faults.empty()) return;
  const auto after =
      std::upper_bound(faults.begin(), faults.end(), selected_ == kNone ? 0 : selected_,
                       [](Index at, const Fault& fault) { return at < fault.begin; });
  if (direction > 0) {
    if (after != faults.end()) select_and_show(after->begin);
    return;
  }
  auto before = after;
  if (before != faults.begin() && (before - 1)->begin == selected_) --before;
  if (before != faults.begin()) select_and_show((before - 1)->begin);
}

void Navigator::focus() {
  if (selected_ == kNone) {
    if (!model_->violations().empty()) select(model_->violations().front().event);
  }
  if (selected_ == kNone) return;
  if (ordinal_) return focus_steps();
  const EventTable& events = model_->events();
  const auto t = static_cast<double>(events.time_ns(selected_));
  double first = t;
  double last = t;
  if (const auto found = model_->message_of(selected_)) {
    first = static_cast<double>(events.time_ns(found.message->send));
    last = model_->messages().end_ns(events, *found.message);
  }
  // A message fills a fifth of the width; an event alone is shown with what is near on the scale of
  // messages.
  const double around =
      std::max({(last - first) * 2, model_->messages().typical_latency_ns() * 8, 1000.0});
  view_.show(first - around, last + around);
}

// As focus(), in steps.
void Navigator::focus_steps() {
  Index first = selected_;
  Index last = selected_;
  if (const auto found = model_->message_of(selected_)) {
    first = found.message->send;
    if (found.message->end != kNone) last = found.message->end;
  }
  const double around = std::max(2.0 * (last - first), kStepsAround);
  StepView steps = steps_;
  steps.show(first - around, last + around);
  lead(steps);
}

}  // namespace norn::viewer
