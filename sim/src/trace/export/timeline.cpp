#include "trace/export/timeline.hpp"

#include <algorithm>
#include <array>

#include "trace/bytes.hpp"

namespace norn::trace {

namespace {

constexpr std::size_t kLongestText = 1024;

TimelineArgument told(std::string_view key, std::string_view text) {
  return {.key = key, .text = text};
}
TimelineArgument counted_as(std::string_view key, std::uint64_t number) {
  return {.key = key, .number = number, .is_number = true};
}

// Whether text is a JSON number (RFC 8259, 6).
bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t before = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - before;
  };
  const bool leading_zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

template <class Enum>
std::string_view timeline_enum(std::uint64_t value) {
  return name(static_cast<Enum>(value < 256 ? value : 255));
}

}  // namespace

Timeline::Timeline(const Reader& reader, TimelineSink& sink)
    : reader_(reader), sink_(sink), next_track_(reader.node_count() + 2) {
  for (NodeId node = 0; node <= reader.node_count(); ++node) node_of(node);
}

Timeline::Node& Timeline::node_of(NodeId node) {
  const auto found = nodes_.find(node);
  if (found != nodes_.end()) return found->second;
  const std::uint32_t process = node + 1;
  const TrackNumber number = node <= reader_.node_count() ? process : next_track_++;
  sink_.process(process, reader_.node_name(node));
  sink_.track(number, process, node == 0 ? "run" : "node");
  Node& made = nodes_[node];
  made.main = {.number = number, .process = process};
  return made;
}

Timeline::Track Timeline::make_track(std::uint32_t process, const std::string& name) {
  const TrackNumber number = next_track_++;
  sink_.track(number, process, name);
  return {.number = number, .process = process};
}

Timeline::Track& Timeline::fiber_track(FiberId fiber, NodeId node) {
  const auto found = fibers_.find(fiber);
  if (found != fibers_.end()) return found->second;
  std::string name = "fiber " + std::to_string(fiber);
  const auto info = reader_.fiber(fiber);
  if (info && info->name != 0) name = std::string(reader_.string(info->name)) + " (" + name + ")";
  node_of(node).fibers.push_back(fiber);
  return fibers_.emplace(fiber, make_track(node + 1, name)).first->second;
}

Timeline::Track& Timeline::client_track(std::uint64_t client, NodeId node) {
  const auto found = clients_.find(client);
  if (found != clients_.end()) return found->second;
  node_of(node).clients.push_back(client);
  return clients_.emplace(client, make_track(node + 1, "client " + std::to_string(client)))
      .first->second;
}

Timeline::Track& Timeline::fault_lane(std::uint64_t fault) {
  const auto free =
      std::find_if(lanes_.begin(), lanes_.end(), [](const Track& lane) { return lane.open == 0; });
  faults_[fault] = static_cast<std::size_t>(free - lanes_.begin());
  if (free != lanes_.end()) return *free;
  const std::size_t number = lanes_.size() + 1;
  return lanes_.emplace_back(make_track(1, "faults " + std::to_string(number)));
}

Timeline::Track& Timeline::where(const Event& event) {
  return event.fiber == 0 ? main_track(event.node) : fiber_track(event.fiber, event.node);
}

void Timeline::begin(Track& track, const Event& event, std::string_view name,
                     std::string_view category, std::span<const TimelineArgument> arguments) {
  ++track.open;
  sink_.begin({.track = track.number,
               .process = track.process,
               .time_ns = event.time_ns,
               .name = name,
               .category = category,
               .arguments = arguments});
}

void Timeline::end(Track& track, std::int64_t time_ns,
                   std::span<const TimelineArgument> arguments) {
  if (track.open == 0) return;
  --track.open;
  sink_.end(track.number, track.process, time_ns, arguments);
}

void Timeline::end_all(Track& track, std::int64_t time_ns) {
  while (track.open > 0) end(track, time_ns);
  track.doing = Doing::unknown;
}

void Timeline::mark(Track& track, const Event& event, std::string_view name,
                    std::string_view category, std::span<const TimelineArgument> arguments,
                    bool rare_name) {
  sink_.instant({.track = track.number,
                 .process = track.process,
                 .time_ns = event.time_ns,
                 .name = name,
                 .rare_name = rare_name,
                 .category = category,
                 .arguments = arguments,
                 .global = event.kind == EventKind::violation});
}

void Timeline::set_doing(Track& track, const Event& event, Doing doing, std::string_view name) {
  if (track.doing != Doing::unknown) end(track, event.time_ns);
  track.doing = doing;
  begin(track, event, name, "fiber");
}

// A fiber that does something is no longer blocked.
void Timeline::note_activity(const Event& event) {
  const FiberId fiber =
      event.kind == EventKind::timer ? static_cast<FiberId>(event.a) : event.fiber;
  if (fiber == 0 || event.kind == EventKind::fiber_block) return;
  const auto found = fibers_.find(fiber);
  if (found == fibers_.end() || found->second.doing != Doing::blocked) return;
  set_doing(found->second, event, Doing::running, "running");
}

void Timeline::add(const Event& event, Seq flow) {
  note_activity(event);
  switch (event.kind) {
    case EventKind::node_start:
    case EventKind::node_exit:
    case EventKind::node_crash:
      return add_node_event(event);
    case EventKind::fiber_start:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
    case EventKind::timer:
      return add_fiber_event(event);
    case EventKind::send:
    case EventKind::deliver:
    case EventKind::drop:
    case EventKind::duplicate:
    case EventKind::hold:
      return add_message(event, flow);
    case EventKind::op_call:
    case EventKind::op_return:
      return add_operation(event);
    case EventKind::fault_begin:
    case EventKind::fault_end:
      return add_fault(event);
    case EventKind::state:
      return add_state(event);
    default:
      return add_other(event);
  }
}

void Timeline::add_node_event(const Event& event) {
  Track& track = main_track(event.node);
  const TimelineArgument arguments[] = {counted_as("event", event.seq)};
  if (event.kind == EventKind::node_start) {
    end_node(event.node, event.time_ns);
    return begin(track, event, "life " + std::to_string(event.a), "node", arguments);
  }
  mark(track, event, event.kind == EventKind::node_crash ? "crash" : "exit", "node", arguments);
  end_node(event.node, event.time_ns);
}

void Timeline::end_node(NodeId node, std::int64_t time_ns) {
  Node& ended = node_of(node);
  for (const FiberId fiber : ended.fibers) {
    const auto found = fibers_.find(fiber);
    if (found == fibers_.end()) continue;
    end_all(found->second, time_ns);
    fibers_.erase(found);
  }
  ended.fibers.clear();
  for (const std::uint64_t client : ended.clients) end_all(clients_[client], time_ns);
  end_all(ended.main, time_ns);
}

void Timeline::add_fiber_event(const Event& event) {
  const auto fiber = static_cast<FiberId>(event.a);
  const TimelineArgument arguments[] = {counted_as("event", event.seq),
                                        counted_as("cause", event.cause)};
  if (event.kind == EventKind::timer && fiber == 0)
    return mark(main_track(event.node), event, "deadline", "timer", arguments);
  if (fiber == 0) return;
  // The end of a fiber of a node that crashed before: it has been ended with its node.
  if (event.kind == EventKind::fiber_end && fibers_.find(fiber) == fibers_.end()) return;
  Track& track = fiber_track(fiber, event.node);
  switch (event.kind) {
    case EventKind::fiber_start:
      if (track.open == 0) begin(track, event, reader_.string(event.text), "fiber", arguments);
      return;
    case EventKind::fiber_block:
      return set_doing(track, event, Doing::blocked,
                       "blocked: " + std::string(timeline_enum<BlockReason>(event.b)));
    case EventKind::fiber_end: {
      mark(track, event, timeline_enum<FiberEnd>(event.b), "fiber", arguments);
      end_all(track, event.time_ns);
      auto& live = node_of(track.process - 1).fibers;
      const auto place = std::find(live.begin(), live.end(), fiber);
      if (place != live.end()) {
        *place = live.back();
        live.pop_back();
      }
      fibers_.erase(fiber);
      return;
    }
    default:
      return mark(track, event, "timer", "timer", arguments);
  }
}

void Timeline::add_message(const Event& event, Seq flow) {
  const auto send = event.kind == EventKind::send ? Result<Event>(event) : reader_.event(event.a);
  const bool known = send.ok() && send->kind == EventKind::send;
  const std::string from = known ? reader_.node_name(send->node) : "?";
  const std::string to = known ? reader_.node_name(static_cast<NodeId>(send->a)) : "?";
  const std::string_view message = reader_.string(known ? send->text : event.text);
  const std::string payload =
      event.kind == EventKind::send ? payload_text(event, kLongestText) : std::string();
  std::array<TimelineArgument, 6> arguments = {counted_as("event", event.seq), told("from", from),
                                               told("to", to),
                                               counted_as("bytes", known ? send->b : event.b)};
  std::size_t count = 4;
  if (event.kind != EventKind::send) arguments[count++] = counted_as("send", event.a);
  if (!payload.empty()) arguments[count++] = told("payload", payload);
  std::string label;
  if (event.kind == EventKind::drop) {
    arguments[count++] = told("reason", timeline_enum<DropReason>(event.b));
    label = "lost: " + std::string(message);
  } else if (event.kind == EventKind::duplicate) {
    label = "duplicate: " + std::string(message);
  } else if (event.kind == EventKind::hold) {
    label = "held back: " + std::string(message);
  } else {
    label = (event.kind == EventKind::send ? "send " : "receive ") + std::string(message);
  }
  Track& track = where(event);
  sink_.moment({.track = track.number,
                .process = track.process,
                .time_ns = event.time_ns,
                .name = label,
                .category = "message",
                .arguments = std::span(arguments).first(count),
                .flow = flow,
                .flow_ends = event.kind == EventKind::deliver || event.kind == EventKind::drop});
}

void Timeline::add_operation(const Event& event) {
  Track& track = client_track(event.a, event.node);
  const std::string payload = payload_text(event, kLongestText);
  if (event.kind == EventKind::op_call) {
    end_all(track, event.time_ns);  // one whose outcome was never known
    const TimelineArgument arguments[] = {counted_as("event", event.seq),
                                          counted_as("operation", event.b),
                                          told("arguments", payload)};
    return begin(track, event, reader_.string(event.text), "operation", arguments);
  }
  const TimelineArgument arguments[] = {counted_as("return event", event.seq),
                                        told("outcome", timeline_enum<OpOutcome>(event.c)),
                                        told("result", payload)};
  if (track.open > 0) return end(track, event.time_ns, arguments);
  mark(track, event, "return", "operation", arguments);
}

void Timeline::add_fault(const Event& event) {
  if (event.kind == EventKind::fault_begin) {
    const std::string detail = payload_text(event, kLongestText);
    const TimelineArgument arguments[] = {counted_as("event", event.seq),
                                          counted_as("fault", event.a), told("detail", detail)};
    return begin(fault_lane(event.a), event, reader_.string(event.text), "fault", arguments);
  }
  const TimelineArgument arguments[] = {counted_as("end event", event.seq),
                                        counted_as("bit", event.b)};
  const auto found = faults_.find(event.a);
  if (found == faults_.end()) {
    return mark(main_track(0), event, "end of " + std::string(reader_.string(event.text)), "fault",
                arguments);
  }
  end(lanes_[found->second], event.time_ns, arguments);
  faults_.erase(found);
}

void Timeline::add_state(const Event& event) {
  const std::string_view key = reader_.string(event.text);
  const std::string_view value = as_text(event.payload);
  if (value.size() <= 32 && is_json_number(value))
    return sink_.counter(event.node + 1, key, event.time_ns, value);
  const std::string shown = payload_text(event, kLongestText);
  const TimelineArgument arguments[] = {counted_as("event", event.seq), told("value", shown)};
  mark(where(event), event, std::string(key) + " = " + payload_text(event, 80), "state", arguments,
       true);
}

void Timeline::add_other(const Event& event) {
  const std::string text = describe(reader_, event);
  const TimelineArgument arguments[] = {counted_as("event", event.seq),
                                        counted_as("cause", event.cause), told("text", text)};
  switch (event.kind) {
    case EventKind::log:
      return mark(where(event), event, payload_text(event, 120), "log", arguments, true);
    case EventKind::file_op:
      return mark(where(event), event,
                  std::string(timeline_enum<FileOp>(event.a)) + " " +
                      std::string(reader_.string(event.text)),
                  "file", arguments);
    case EventKind::violation:
    case EventKind::property:
      return mark(where(event), event,
                  std::string(name(event.kind)) + ": " + std::string(reader_.string(event.text)),
                  "property", arguments);
    default:
      return mark(where(event), event, name(event.kind), name(event.kind), arguments);
  }
}

void Timeline::finish(std::int64_t time_ns) {
  for (const auto& [node, state] : nodes_) end_node(node, time_ns);
  for (Track& lane : lanes_) end_all(lane, time_ns);
}

Result<void> tell_timeline(const Reader& reader, const ExportOptions& options, TimelineSink& sink) {
  const auto selection = Selection::make(reader, options);
  if (!selection.ok()) return selection.error();
  auto flows = Flows::make(reader, *selection);
  if (!flows.ok()) return flows.error();
  Timeline timeline(reader, sink);
  std::int64_t last_ns = 0;
  auto walked = reader.for_each(
      [&](const Event& event) {
        if (selection->is_behind(event)) return false;
        const bool selected = selection->has(event);
        const Seq flow = flows->next(event, selected);
        if (!selected) return true;
        last_ns = event.time_ns;
        timeline.add(event, flow);
        return sink.keep_going();
      },
      selection->first_chunk());
  if (!walked.ok()) return walked;
  timeline.finish(last_ns);
  return {};
}

}  // namespace norn::trace
