#include "viewer/support/trace_builder.hpp"

#include <span>
#include <stdexcept>
#include <utility>

namespace norn::viewer::test {

using trace::EventKind;

std::string MemorySource::node_name(trace::NodeId node) const {
  return node == 0 || node > nodes.size() ? std::string() : nodes[node - 1];
}

std::string MemorySource::node_zone(trace::NodeId node) const {
  return node == 0 || node > zones.size() ? std::string() : zones[node - 1];
}

std::vector<trace::NodeId> MemorySource::nodes_meant(const std::string& name) const {
  auto meant = EventSource::nodes_meant(name);
  for (trace::NodeId node = 1; meant.empty() && node <= nodes.size(); ++node) {
    if ("zone:" + node_zone(node) != name) continue;
    for (trace::NodeId other = node; other <= nodes.size(); ++other) {
      if (node_zone(other) == node_zone(node)) meant.push_back(other);
    }
  }
  return meant;
}

std::string MemorySource::fiber_name(trace::FiberId) const {
  return "main";
}

std::string_view MemorySource::string(trace::StringId id) const {
  return id < strings.size() ? std::string_view(strings[id]) : std::string_view();
}

Result<void> MemorySource::for_each(const Visitor& visit) const {
  for (const trace::Event& event : events) visit(event);
  return {};
}

Result<void> MemorySource::for_each_from(trace::Seq first, const Stopper& visit) const {
  for (std::size_t at = first == 0 ? 0 : first - 1; at < events.size(); ++at) {
    if (!visit(events[at])) break;
  }
  return {};
}

bool MemorySource::with_event(trace::Seq seq, const Visitor& visit) const {
  if (seq == 0 || seq > events.size()) return false;
  visit(events[seq - 1]);
  return true;
}

TraceBuilder::TraceBuilder(std::vector<std::string> nodes)
    : source_(std::make_unique<MemorySource>()), incarnations_(nodes.size() + 1) {
  source_->nodes = std::move(nodes);
}

trace::StringId TraceBuilder::intern(std::string_view text) {
  if (text.empty()) return 0;
  const auto [found, is_new] =
      ids_.try_emplace(std::string(text), static_cast<trace::StringId>(source_->strings.size()));
  if (is_new) source_->strings.emplace_back(text);
  return found->second;
}

trace::Seq TraceBuilder::add(trace::Event event, std::string_view text, std::string payload) {
  event.seq = source_->events.size() + 1;
  event.time_ns = now_ns_;
  if (event.node != 0) event.incarnation = incarnations_[event.node];
  event.text = intern(text);
  if (!payload.empty()) {
    source_->payloads.push_back(std::make_unique<std::string>(std::move(payload)));
    event.payload = std::as_bytes(std::span<const char>(*source_->payloads.back()));
  }
  source_->events.push_back(event);
  return event.seq;
}

trace::Seq TraceBuilder::start(trace::NodeId node, trace::Seq cause) {
  return add(
      {.kind = EventKind::node_start, .node = node, .cause = cause, .a = ++incarnations_[node]});
}

trace::Seq TraceBuilder::crash(trace::NodeId node, trace::Seq cause) {
  return add(
      {.kind = EventKind::node_crash, .node = node, .cause = cause, .a = incarnations_[node]});
}

trace::Seq TraceBuilder::timer(trace::NodeId node) {
  return add({.kind = EventKind::timer, .node = node, .fiber = 1, .a = 1});
}

trace::Seq TraceBuilder::send(trace::NodeId from, trace::NodeId to, std::string_view message,
                              trace::Seq cause, std::string payload) {
  const auto bytes = payload.size();
  return add(
      {.kind = EventKind::send, .node = from, .fiber = 1, .cause = cause, .a = to, .b = bytes},
      message, std::move(payload));
}

trace::Seq TraceBuilder::deliver(trace::NodeId to, trace::Seq send) {
  return add({.kind = EventKind::deliver, .node = to, .cause = send, .a = send});
}

trace::Seq TraceBuilder::drop(trace::NodeId to, trace::Seq send, trace::DropReason reason) {
  return add({.kind = EventKind::drop,
              .node = to,
              .cause = send,
              .a = send,
              .b = static_cast<std::uint64_t>(reason)});
}

trace::Seq TraceBuilder::duplicate(trace::NodeId from, trace::Seq send) {
  return add({.kind = EventKind::duplicate, .node = from, .cause = send, .a = send});
}

trace::Seq TraceBuilder::hold(trace::NodeId from, trace::Seq send) {
  return add({.kind = EventKind::hold, .node = from, .cause = send, .a = send});
}

trace::Seq TraceBuilder::state(trace::NodeId node, std::string_view key, std::string_view json,
                               trace::Seq cause) {
  return add({.kind = EventKind::state, .node = node, .cause = cause}, key, std::string(json));
}

trace::Seq TraceBuilder::log(trace::NodeId node, trace::LogLevel level, std::string_view text,
                             trace::Seq cause) {
  return add({.kind = EventKind::log,
              .node = node,
              .cause = cause,
              .a = static_cast<std::uint64_t>(level)},
             {}, std::string(text));
}

trace::Seq TraceBuilder::call(std::uint64_t client, std::uint64_t number, std::string_view function,
                              std::string arguments, trace::NodeId node) {
  return add({.kind = EventKind::op_call, .node = node, .a = client, .b = number}, function,
             std::move(arguments));
}

trace::Seq TraceBuilder::ret(std::uint64_t client, std::uint64_t number, trace::OpOutcome outcome,
                             std::string result, trace::NodeId node) {
  return add({.kind = EventKind::op_return,
              .node = node,
              .a = client,
              .b = number,
              .c = static_cast<std::uint64_t>(outcome)},
             {}, std::move(result));
}

trace::Seq TraceBuilder::fault_begin(std::uint64_t index, std::string_view kind,
                                     std::string_view json) {
  return add({.kind = EventKind::fault_begin, .a = index}, kind, std::string(json));
}

trace::Seq TraceBuilder::fault_end(std::uint64_t index, std::string_view kind, std::uint64_t bit) {
  return add({.kind = EventKind::fault_end, .a = index, .b = bit}, kind);
}

trace::Seq TraceBuilder::violation(trace::NodeId node, std::string_view property,
                                   std::string_view detail, trace::Seq cause) {
  return add({.kind = EventKind::violation, .node = node, .cause = cause}, property,
             std::string(detail));
}

trace::Seq TraceBuilder::run_end(trace::RunEnd end) {
  return add({.kind = EventKind::run_end, .a = static_cast<std::uint64_t>(end)});
}

TraceModel TraceBuilder::model() {
  auto built = TraceModel::build(take());
  if (!built) throw std::runtime_error(built.error().message);
  return std::move(built).value();
}

}  // namespace norn::viewer::test
