// libFuzzer target: whatever events a trace has, in whatever order and with whatever numbers, the
// viewer refuses it with an error or makes a model that can be asked everything that panels ask.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/causality.hpp"
#include "model/client_history.hpp"
#include "model/describe.hpp"
#include "model/lane_layout.hpp"
#include "model/message_path.hpp"
#include "model/navigator.hpp"
#include "model/time_grid.hpp"
#include "model/trace_model.hpp"
#include "model/unfolding.hpp"
#include "trace/bytes.hpp"

using namespace norn;
using namespace norn::viewer;

namespace {

constexpr std::uint32_t kNodes = 5;

class FuzzedEvents final : public EventSource {
 public:
  explicit FuzzedEvents(std::span<const std::byte> input) {
    trace::ByteReader in(input);
    trace::Seq seq = 0;
    std::int64_t time_ns = 0;
    while (in.ok() && in.left() > 8) {
      trace::Event event;
      const auto shape = in.integer<std::uint8_t>();
      event.kind = static_cast<trace::EventKind>(shape % (trace::kEventKinds + 1));
      const auto where = in.integer<std::uint8_t>();
      event.node = where % (kNodes + 2);
      event.fiber = where / 8;
      event.incarnation = where / 64;
      seq += shape >= 250 ? 0 : shape >= 240 ? 3 : 1;
      event.seq = seq;
      time_ns += in.integer<std::uint8_t>();
      event.time_ns = where == 255 ? -time_ns : time_ns;
      const auto back = in.integer<std::uint8_t>();
      event.cause = back == 255 ? ~trace::Seq{0} : back >= seq ? 0 : seq - back;
      event.a = wide(in.integer<std::uint8_t>(), seq);
      event.b = wide(in.integer<std::uint8_t>(), seq);
      event.c = event.b;
      event.text = in.integer<std::uint8_t>() % 9;
      event.payload = in.take(std::min<std::size_t>(in.integer<std::uint8_t>() % 64, in.left()));
      events_.push_back(event);
    }
  }

  RunFacts facts() const override { return {}; }
  std::uint64_t event_count() const override { return events_.size(); }
  std::uint32_t node_count() const override { return kNodes; }
  std::string node_name(trace::NodeId node) const override { return "n" + std::to_string(node); }
  std::string node_zone(trace::NodeId node) const override { return node % 2 == 0 ? "a" : "b"; }
  std::string fiber_name(trace::FiberId) const override { return "f"; }
  std::string_view string(trace::StringId id) const override {
    static constexpr std::string_view kTexts[] = {"",     "role",      "term",  "partition", "put",
                                                  "hold", "read_file", "pause", "crash"};
    return id < std::size(kTexts) ? kTexts[id] : "?";
  }
  Result<void> for_each(const Visitor& visit) const override {
    for (const trace::Event& event : events_) visit(event);
    return {};
  }
  bool with_event(trace::Seq seq, const Visitor& visit) const override {
    for (const trace::Event& event : events_) {
      if (event.seq != seq) continue;
      visit(event);
      return true;
    }
    return false;
  }

 private:
  // Mostly small, or near the event's own number; sometimes as large as can be.
  static std::uint64_t wide(std::uint8_t byte, trace::Seq seq) {
    if (byte == 255) return ~std::uint64_t{0};
    return byte < 64 ? byte : seq - std::min<trace::Seq>(seq, byte - 64U);
  }
  std::vector<trace::Event> events_;
};

void ask_everything(const TraceModel& model) {
  const EventTable& events = model.events();
  const auto end = static_cast<double>(model.end_ns()) + 1;
  Navigator nav(model);
  LaneLayout layout;
  nav.unfolding().toggle_fibers(1);
  nav.unfolding().toggle_zone("a");
  layout.place(kNodes, 400, 0, nav.unfolding().shape(model, 0, events.size()));
  const Paths paths(model, layout);
  const VisibleMessages visible =
      visible_messages(events, model.messages(), {.end_ns = end, .width_px = 300, .limit = 40});
  for (const MessageRef& ref : visible.single) paths.of(*ref.link, *ref.message);
  const TimeGrid grid(events, static_cast<double>(events.begin_ns()), end, end / 100 + 1);
  for (const Lane& lane : model.lanes().nodes()) {
    fold(events, lane.events, grid);
    for (const FiberTrack& track : model.fibers().of(lane.node)) Fibers::at(track, events.size());
  }
  for (Index event = 0; event < events.size(); ++event) {
    describe(model, event);
    label_of(model, event);
    model.message_of(event);
    nav.select_and_show(event);
    model.chain_of(event, 8);
    nav.focus();
    model.effect_of(event);
    for (const Key key : {Key::left, Key::down, Key::next_fault, Key::next_cause, Key::back})
      nav.press(key, {});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  auto model =
      TraceModel::build(std::make_unique<FuzzedEvents>(std::as_bytes(std::span(data, size))));
  if (model.ok()) ask_everything(*model);
  return 0;
}
