// Layer: messages, each alone with its slope, its head and its fate, or many as a bundle.
#include <algorithm>
#include <cmath>
#include <string>

#include "panels/frame.hpp"

namespace norn::viewer {
namespace {

constexpr float kFilteredOpacity = 0.15F;
constexpr std::size_t kMostHeads = 400;
constexpr float kConcurrentOpacity = 0.35F;
constexpr std::size_t kMostNames = 60;
constexpr std::size_t kMostLossLabels = 60;
// Bundles of many links lie over one another: each may hide only little.
constexpr float kLeastOpaque = 0.04F;
constexpr float kMostOpaque = 0.20F;
constexpr float kLeastLabelledRow = 44;

const char* loss_word(Loss loss) {
  switch (loss) {
    case Loss::chance:
      return "lost";
    case Loss::partition:
      return "cut off";
    case Loss::dead_peer:
      return "dead peer";
    case Loss::other:
      return "refused";
    case Loss::none:
      break;
  }
  return "";
}

// How a message is drawn; crowds are drawn lighter, so that what is special stands out.
struct Look {
  Stroke stroke;
  bool dashed = false;
  bool head = true;
  int layer = 0;
};

Look look_of(const Frame& frame, const Message& message) {
  const std::size_t crowd = frame.messages.size();
  const float opacity = crowd <= 120 ? 0.95F : crowd <= 300 ? 0.7F : crowd <= 800 ? 0.5F : 0.3F;
  const Theme& theme = frame.theme;
  Look look{
      .stroke = {.colour = faded(theme.message, opacity), .thickness = crowd <= 300 ? 1.4F : 1.0F}};
  if (message.fate == Fate::in_flight) {
    look.dashed = true;
    look.head = false;
  } else if (message.fate == Fate::lost) {
    look = {.stroke = {.colour = theme.lost, .thickness = crowd <= 300 ? 1.7F : 1.2F},
            .head = false,
            .layer = 2};
  } else if (message.held || message.slow) {
    look.stroke.colour = theme.late;
    look.layer = 1;
  }
  if (message.duplicate) {
    look.dashed = true;
    look.layer = std::max(look.layer, 1);
    if (message.fate == Fate::delivered) look.stroke.colour = theme.duplicate;
  }
  if (frame.context.causal.frontiers.event != kNone &&
      relation_of(frame, message) == Relation::concurrent) {
    look.stroke.colour = faded(look.stroke.colour, kConcurrentOpacity);
    look.layer = 0;
  }
  if (frame.filter_index() != nullptr && !frame.context.filter->may_pass(message)) {
    look.stroke.colour = faded(look.stroke.colour, kFilteredOpacity);
    look.layer = 0;
  }
  return look;
}

void mark_loss(Frame& frame, const ImVec2& at, Loss loss, bool crowded) {
  const float r = crowded ? 3.2F : 4.5F;
  const Stroke stroke{.colour = frame.theme.lost, .thickness = crowded ? 1.6F : 2.2F};
  draw_cross(frame.list, at, r, stroke);
  frame.labels.keep_free({.x0 = at.x - r, .y0 = at.y - r, .x1 = at.x + r, .y1 = at.y + r});
  // The form tells the cause too: a ring for a dead peer, a bar for anything else that is not
  // chance or partition.
  if (loss == Loss::dead_peer) frame.list.AddCircle(at, r + 3, stroke.colour, 0, 1.4F);
  if (loss == Loss::other)
    frame.list.AddLine({at.x - r - 2, at.y + r + 3}, {at.x + r + 2, at.y + r + 3}, stroke.colour,
                       1.6F);
}

void draw_one(Frame& frame, const DrawnMessage& drawn, const Look& look) {
  Segment line = frame.segment(drawn.path);
  if (drawn.ref.link->from == drawn.ref.link->to) {
    // A message to oneself is a bow above the lane.
    const auto x0 = static_cast<float>(line.x0);
    const auto x1 = static_cast<float>(std::min(line.x1, line.x0 + 1e5));
    const auto y = static_cast<float>(line.y0);
    const float rise = frame.layout.row_height() * 0.35F;
    frame.list.AddBezierCubic({x0, y}, {x0, y - rise}, {x1, y - rise}, {x1, y}, look.stroke.colour,
                              look.stroke.thickness);
    return;
  }
  const bool crowded = frame.messages.size() > 300;
  const ImVec2 tip{static_cast<float>(line.x1), static_cast<float>(line.y1)};
  const bool tip_visible = frame.lanes.contains(tip);
  const Segment whole = line;
  if (!clip(line, {.x0 = frame.lanes.x0 - 8,
                   .y0 = frame.lanes.y0 - 8,
                   .x1 = frame.lanes.x1 + 8,
                   .y1 = frame.lanes.y1 + 8}))
    return;
  if (look.dashed) {
    draw_dashed(frame.list, line, look.stroke, 5, 4);
  } else {
    draw_segment(frame.list, line, look.stroke);
  }
  if (drawn.path.loss != Loss::none) {
    if (tip_visible) mark_loss(frame, tip, drawn.path.loss, crowded);
    return;
  }
  if (look.head && tip_visible && frame.messages.size() <= kMostHeads &&
      frame.layout.row_height() > 30) {
    draw_arrow_head(frame.list, whole, 6, look.stroke, drawn.ref.message->duplicate);
  }
  if ((drawn.ref.message->held || drawn.ref.message->slow) && !crowded) {
    const auto share = static_cast<double>(between_lanes(*drawn.ref.link));
    const ImVec2 middle{static_cast<float>(whole.x0 + share * (whole.x1 - whole.x0)),
                        static_cast<float>(whole.y0 + share * (whole.y1 - whole.y0))};
    frame.list.AddCircleFilled(middle, 3.5F, frame.theme.background);
    frame.list.AddCircle(middle, 3.5F, look.stroke.colour, 0, 1.5F);
  }
}

void label_loss(Frame& frame, const DrawnMessage& drawn) {
  const Segment line = frame.segment(drawn.path);
  const ImVec2 tip{static_cast<float>(line.x1), static_cast<float>(line.y1)};
  if (!frame.lanes.contains(tip)) return;
  std::string text = loss_word(drawn.path.loss);
  const ImVec2 size = frame.labels.size_of(text, false);
  const float above = tip.y - size.y - 5;
  const float below = tip.y + 5;
  const bool downward = line.y1 > line.y0;
  LabelRequest request{
      .rank = LabelRank::loss, .text = std::move(text), .colour = frame.theme.lost, .places = {}};
  if (drawn.path.loss == Loss::chance) request.places.push_back({tip.x + 8, tip.y - size.y / 2});
  for (const float x : {tip.x + 6, tip.x - size.x / 2}) {
    request.places.push_back({x, downward ? below : above});
    request.places.push_back({x, downward ? above : below});
  }
  frame.labels.add(std::move(request));
}

// Losses of one cause that lie close together share one label.
class LossLabels {
 public:
  void add(Frame& frame, const DrawnMessage& drawn) {
    const double x = frame.segment(drawn.path).x1;
    for (const Labelled& other : labelled_) {
      if (other.loss == drawn.path.loss && other.y == drawn.path.end_y &&
          std::abs(other.x - x) < kApartPx)
        return;
    }
    labelled_.push_back({drawn.path.loss, drawn.path.end_y, x});
    label_loss(frame, drawn);
  }

 private:
  static constexpr double kApartPx = 90;
  struct Labelled {
    Loss loss = Loss::none;
    float y = 0;
    double x = 0;
  };
  std::vector<Labelled> labelled_;
};

void label_message(Frame& frame, const DrawnMessage& drawn) {
  Segment line = frame.segment(drawn.path);
  if (std::abs(line.y1 - line.y0) < 30 || std::abs(line.x1 - line.x0) < 8) return;
  const std::string text(
      frame.model().source().string(frame.events().text(drawn.ref.message->send)));
  if (text.empty()) return;
  const ImVec2 size = frame.labels.size_of(text, false);
  LabelRequest request{.rank = LabelRank::message,
                       .text = text,
                       .colour = look_of(frame, *drawn.ref.message).stroke.colour,
                       .places = {}};
  for (const double share : {0.3, 0.45, 0.6}) {
    const auto x = static_cast<float>(line.x0 + share * (line.x1 - line.x0));
    const auto y = static_cast<float>(line.y0 + share * (line.y1 - line.y0));
    request.places.push_back({x - size.x / 2, y - size.y / 2});
  }
  frame.labels.add(std::move(request));
}

void draw_bundle(Frame& frame, const Bundle& bundle) {
  const Link& link = *bundle.link;
  if (link.to == 0 || link.from == link.to || bundle.passing == 0) return;
  const float y0 = frame.y(frame.layout.centre(link.from));
  const float y1 = frame.y(frame.layout.centre(link.to));
  const Message& first = link.messages[bundle.first];
  const Message& last = link.messages[bundle.first + bundle.count - 1];
  const auto end_x = [&](const Message& message, double end_ns) {
    return message.end != kNone ? frame.x_of(message.end) : frame.x(end_ns);
  };
  const float a = frame.clipped_x_of(first.send);
  const float b = std::max(frame.clipped_x_of(last.send), a + 1);
  const double first_end = end_x(first, bundle.end_begin_ns);
  const float c = frame.clipped(first_end);
  const float d =
      std::max(frame.clipped(std::max(first_end, end_x(last, bundle.end_end_ns))), c + 1);
  // What one sees is how dense the messages are, so a wide bundle needs more of them to look the
  // same as a narrow one.
  const float density = static_cast<float>(bundle.passing) / std::max(1.0F, b - a);
  const float opacity = std::min(kMostOpaque, kLeastOpaque + 0.03F * std::log2(density + 1));
  frame.list.AddQuadFilled({a, y0}, {b, y0}, {d, y1}, {c, y1}, faded(frame.theme.message, opacity));
}

void mark_bundle_losses(Frame& frame, const Bundle& bundle) {
  const Link& link = *bundle.link;
  if (bundle.lost_passing == 0 || link.to == 0 || link.from == link.to) return;
  const Paths paths(frame.model(), frame.layout);
  const auto found = std::lower_bound(link.lost.begin(), link.lost.end(), bundle.first);
  auto at = static_cast<std::size_t>(found - link.lost.begin());
  if (frame.filter_index() != nullptr)
    at = frame.filter_index()->lost(link).next(at, link.lost.size());
  if (at >= link.lost.size()) return;
  const MessagePath path = paths.of(link, link.messages[link.lost[at]]);
  const ImVec2 tip{static_cast<float>(frame.segment(path).x1), frame.y(path.end_y)};
  if (frame.lanes.contains(tip)) mark_loss(frame, tip, path.loss, bundle.lost_passing < 4);
}

}  // namespace

void draw_bundles(Frame& frame) {
  for (const Bundle& bundle : frame.visible.bundles) draw_bundle(frame, bundle);
}

void draw_messages(Frame& frame) {
  for (const Bundle& bundle : frame.visible.bundles) mark_bundle_losses(frame, bundle);
  std::size_t lost = 0;
  for (int layer = 0; layer <= 2; ++layer) {
    for (const DrawnMessage& drawn : frame.messages) {
      const Look look = look_of(frame, *drawn.ref.message);
      if (look.layer != layer) continue;
      draw_one(frame, drawn, look);
      if (drawn.path.loss != Loss::none) ++lost;
    }
  }
  if (frame.layout.row_height() < kLeastLabelledRow) return;
  LossLabels losses;
  for (const DrawnMessage& drawn : frame.messages) {
    if (drawn.path.loss != Loss::none && lost <= kMostLossLabels) losses.add(frame, drawn);
    if (frame.messages.size() <= kMostNames) label_message(frame, drawn);
  }
}

}  // namespace norn::viewer
