// OpenTelemetry traces: a line is one ExportTraceServiceRequest in the JSON form of OTLP 1.x
// (opentelemetry.io, OTLP specification, "JSON Protobuf Encoding": identifiers in hexadecimal,
// 64-bit integers as text), as the collector's file receiver reads them.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <vector>

#include "norn/trace/describe.hpp"
#include "norn/trace/event_json.hpp"
#include "trace/export/formats.hpp"
#include "trace/export/json_fields.hpp"
#include "trace/export/selection.hpp"

namespace norn::trace {

namespace {

// Virtual time 0 is 2026-01-01 00:00:00 UTC, where the wall clocks of simulated nodes begin.
constexpr std::int64_t kVirtualEpochNs = 1'767'225'600'000'000'000;
constexpr std::size_t kSpansALine = 512;
constexpr std::size_t kLongestAttribute = 4096;

// opentelemetry/proto/trace/v1/trace.proto
enum class SpanKind : std::uint8_t { internal = 1, client = 3, producer = 4, consumer = 5 };
enum class SpanStatus : std::uint8_t { unset = 0, ok = 1, error = 2 };

void append_hex(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 15U];
}

void append_epoch_time(std::string& out, std::int64_t time_ns) {
  out += '"';
  append_number(out, kVirtualEpochNs + time_ns);
  out += '"';
}

// Appends members of an OTLP list of attributes.
void attribute(std::string& list, std::string_view key, std::string_view text) {
  if (!list.empty()) list += ',';
  list += "{\"key\":";
  append_json_string(list, key);
  list += ",\"value\":{\"stringValue\":";
  append_json_string(list, text);
  list += "}}";
}
void attribute(std::string& list, std::string_view key, std::uint64_t number) {
  if (!list.empty()) list += ',';
  list += "{\"key\":";
  append_json_string(list, key);
  list += ",\"value\":{\"intValue\":\"";
  append_number(list, number);
  list += "\"}}";
}

// Which span something belongs to: the event it is named after, and that of the root of its trace.
struct SpanContext {
  Seq span = 0;  // 0: none
  Seq root = 0;
};

struct Span {
  SpanContext context;
  Seq parent = 0;
  SpanContext link;
  NodeId node = 0;
  std::string name;
  SpanKind kind = SpanKind::internal;
  std::int64_t begin_ns = 0;
  std::int64_t last_ns = 0;  // when something last happened in it
  std::string attributes;
  std::string events;
  SpanStatus status = SpanStatus::unset;
  std::string status_text;
  bool wanted = true;  // false: only if something happens in it
  FiberId fiber = 0;   // of an operation
};

class OtlpWriter {
 public:
  OtlpWriter(const Reader& reader, std::ostream& out)
      : reader_(reader), batch_(out), trace_id_(reader.hash() == 0 ? 1 : reader.hash()) {}

  bool add(const Event& event);
  void finish();

 private:
  Span span_of(const Event& event, std::string name, SpanKind kind);
  SpanContext parent_of(const Event& event);
  void put(const Span& span, std::int64_t end_ns);
  void flush();

  void add_message(const Event& event);
  void add_operation(const Event& event);
  void add_fault(const Event& event);
  void add_moment(const Event& event);
  void begin_activity(Span span);
  void end_activity(NodeId node);

  struct Sent {
    SpanContext context;
    std::uint32_t copies = 1;
  };

  const Reader& reader_;
  TextBatch batch_;
  std::uint64_t trace_id_;
  std::int64_t last_ns_ = 0;
  std::map<NodeId, std::string> spans_;  // by node: waiting to be written
  std::size_t waiting_ = 0;
  std::map<NodeId, Span> activities_;   // by node: what the last delivery or timer brought about
  std::unordered_map<Seq, Sent> sent_;  // messages on their way
  std::unordered_map<FiberId, std::uint64_t> client_of_;    // fibers with an open operation
  std::vector<std::pair<std::uint64_t, Span>> operations_;  // by client
  std::vector<std::pair<std::uint64_t, Span>> faults_;      // by index in the plan
};

template <class List>
auto open_span(List& list, std::uint64_t key) {
  return std::find_if(list.begin(), list.end(),
                      [&](const auto& each) { return each.first == key; });
}

SpanContext OtlpWriter::parent_of(const Event& event) {
  if (event.fiber != 0) {
    const auto client = client_of_.find(event.fiber);
    if (client != client_of_.end()) {
      const auto found = open_span(operations_, client->second);
      if (found != operations_.end()) return found->second.context;
    }
  }
  Span& activity = activities_[event.node];
  if (activity.context.span == 0 || event.cause != activity.context.span) return {};
  activity.wanted = true;
  activity.last_ns = event.time_ns;
  return activity.context;
}

Span OtlpWriter::span_of(const Event& event, std::string name, SpanKind kind) {
  Span span;
  span.node = event.node;
  span.name = std::move(name);
  span.kind = kind;
  span.begin_ns = event.time_ns;
  span.last_ns = event.time_ns;
  span.context = {.span = event.seq, .root = event.seq};
  attribute(span.attributes, "norn.event", event.seq);
  if (event.incarnation != 0) attribute(span.attributes, "norn.incarnation", event.incarnation);
  if (event.fiber != 0) attribute(span.attributes, "norn.fiber", event.fiber);
  const SpanContext parent = parent_of(event);
  if (parent.span != 0) {
    span.parent = parent.span;
    span.context.root = parent.root;
  }
  return span;
}

void OtlpWriter::put(const Span& span, std::int64_t end_ns) {
  std::string& out = spans_[span.node];
  const auto append_ids = [&](SpanContext context) {
    out += "\"traceId\":\"";
    append_hex(out, trace_id_);
    append_hex(out, context.root);
    out += "\",\"spanId\":\"";
    append_hex(out, context.span);
    out += '"';
  };
  out += out.empty() ? "{" : ",{";
  append_ids(span.context);
  if (span.parent != 0) {
    out += ",\"parentSpanId\":\"";
    append_hex(out, span.parent);
    out += '"';
  }
  out += ",\"name\":";
  append_json_string(out, span.name.empty() ? "unnamed" : span.name);
  out += ",\"kind\":";
  append_number(out, static_cast<unsigned>(span.kind));
  out += ",\"startTimeUnixNano\":";
  append_epoch_time(out, span.begin_ns);
  out += ",\"endTimeUnixNano\":";
  append_epoch_time(out, end_ns);
  out += ",\"attributes\":[" + span.attributes + "]";
  if (!span.events.empty()) out += ",\"events\":[" + span.events + "]";
  if (span.link.span != 0) {
    out += ",\"links\":[{";
    append_ids(span.link);
    out += "}]";
  }
  if (span.status != SpanStatus::unset) {
    out += ",\"status\":{\"code\":";
    append_number(out, static_cast<unsigned>(span.status));
    if (!span.status_text.empty()) {
      out += ",\"message\":";
      append_json_string(out, span.status_text);
    }
    out += '}';
  }
  out += '}';
  if (++waiting_ >= kSpansALine) flush();
}

void OtlpWriter::flush() {
  if (waiting_ == 0) return;
  std::string& line = batch_.text();
  line += "{\"resourceSpans\":[";
  bool first = true;
  for (const auto& [node, spans] : spans_) {
    std::string resource;
    attribute(resource, "service.name", reader_.node_name(node));
    const auto scenario = reader_.header().find("scenario");
    if (scenario != reader_.header().end() && scenario->is_string())
      attribute(resource, "service.namespace", scenario->get_ref<const std::string&>());
    line += first ? "{\"resource\":{\"attributes\":[" : ",{\"resource\":{\"attributes\":[";
    first = false;
    line += resource;
    line += R"(]},"scopeSpans":[{"scope":{"name":"norn"},"spans":[)";
    line += spans;
    line += "]}]}";
  }
  spans_.clear();
  line += "]}\n";
  waiting_ = 0;
}

void OtlpWriter::begin_activity(Span span) {
  const NodeId node = span.node;
  end_activity(node);
  activities_[node] = std::move(span);
}

void OtlpWriter::end_activity(NodeId node) {
  Span& activity = activities_[node];
  if (activity.context.span != 0 && activity.wanted) put(activity, activity.last_ns);
  activity = {};
}

void OtlpWriter::add_message(const Event& event) {
  if (event.kind == EventKind::send) {
    Span span =
        span_of(event, "send " + std::string(reader_.string(event.text)), SpanKind::producer);
    attribute(span.attributes, "messaging.destination.name",
              reader_.node_name(static_cast<NodeId>(event.a)));
    attribute(span.attributes, "messaging.message.body.size", event.b);
    if (!event.payload.empty())
      attribute(span.attributes, "norn.payload", payload_text(event, kLongestAttribute));
    sent_[event.seq] = {.context = span.context};
    return put(span, event.time_ns);
  }
  const auto found = sent_.find(event.a);
  const SpanContext sent = found == sent_.end() ? SpanContext() : found->second.context;
  const auto send = reader_.event(event.a);
  const std::string message(
      reader_.string(send.ok() && send->kind == EventKind::send ? send->text : event.text));
  const bool arrives = event.kind == EventKind::deliver;
  Span span =
      span_of(event, arrives ? "receive " + message : message + " " + std::string(name(event.kind)),
              arrives ? SpanKind::consumer : SpanKind::internal);
  if (sent.span != 0) {
    span.parent = sent.span;
    span.context.root = sent.root;
    span.link = sent;
  }
  if (send.ok() && send->kind == EventKind::send)
    attribute(span.attributes, "messaging.source.name", reader_.node_name(send->node));
  if (event.kind == EventKind::duplicate && found != sent_.end()) ++found->second.copies;
  if (event.kind == EventKind::drop) {
    span.status = SpanStatus::error;
    span.status_text = describe(reader_, event);
  }
  if ((arrives || event.kind == EventKind::drop) && found != sent_.end() &&
      --found->second.copies == 0) {
    sent_.erase(found);
  }
  if (!arrives) return put(span, event.time_ns);
  begin_activity(std::move(span));
}

void OtlpWriter::add_operation(const Event& event) {
  const auto found = open_span(operations_, event.a);
  if (event.kind == EventKind::op_call) {
    if (found != operations_.end()) {
      attribute(found->second.attributes, "norn.outcome", "unknown");
      put(found->second, event.time_ns);
      client_of_.erase(found->second.fiber);
      operations_.erase(found);
    }
    Span span = span_of(event, std::string(reader_.string(event.text)), SpanKind::client);
    span.fiber = event.fiber;
    attribute(span.attributes, "norn.client", event.a);
    attribute(span.attributes, "norn.operation", event.b);
    attribute(span.attributes, "norn.arguments", payload_text(event, kLongestAttribute));
    if (event.fiber != 0) client_of_[event.fiber] = event.a;
    operations_.emplace_back(event.a, std::move(span));
    return;
  }
  if (found == operations_.end()) return add_moment(event);
  Span& span = found->second;
  const auto outcome = static_cast<OpOutcome>(std::min<std::uint64_t>(event.c, 255));
  attribute(span.attributes, "norn.outcome", name(outcome));
  attribute(span.attributes, "norn.result", payload_text(event, kLongestAttribute));
  if (outcome == OpOutcome::ok) span.status = SpanStatus::ok;
  if (outcome == OpOutcome::failed) span.status = SpanStatus::error;
  put(span, event.time_ns);
  client_of_.erase(span.fiber);
  operations_.erase(found);
}

void OtlpWriter::add_fault(const Event& event) {
  const auto found = open_span(faults_, event.a);
  if (event.kind == EventKind::fault_begin) {
    Span span =
        span_of(event, "fault " + std::string(reader_.string(event.text)), SpanKind::internal);
    attribute(span.attributes, "norn.fault", payload_text(event, kLongestAttribute));
    faults_.emplace_back(event.a, std::move(span));
  } else if (found != faults_.end()) {
    attribute(found->second.attributes, "norn.bit", event.b);
    put(found->second, event.time_ns);
    faults_.erase(found);
  }
}

// Something that takes no time: an event of the span it happens in, else a span of its own.
void OtlpWriter::add_moment(const Event& event) {
  std::string attributes;
  attribute(attributes, "norn.event", event.seq);
  attribute(attributes, "norn.text", describe(reader_, event));
  const SpanContext parent = parent_of(event);
  if (parent.span == 0) {
    Span span = span_of(event, std::string(name(event.kind)), SpanKind::internal);
    attribute(span.attributes, "norn.text", describe(reader_, event));
    if (event.kind == EventKind::violation || event.kind == EventKind::node_crash)
      span.status = SpanStatus::error;
    return put(span, event.time_ns);
  }
  const auto operation =
      std::find_if(operations_.begin(), operations_.end(),
                   [&](const auto& each) { return each.second.context.span == parent.span; });
  Span& span = operation != operations_.end() ? operation->second : activities_[event.node];
  span.events += span.events.empty() ? "{\"timeUnixNano\":" : ",{\"timeUnixNano\":";
  append_epoch_time(span.events, event.time_ns);
  span.events += ",\"name\":";
  append_json_string(span.events, name(event.kind));
  span.events += ",\"attributes\":[" + attributes + "]}";
}

bool OtlpWriter::add(const Event& event) {
  last_ns_ = event.time_ns;
  switch (event.kind) {
    case EventKind::send:
    case EventKind::deliver:
    case EventKind::drop:
    case EventKind::duplicate:
    case EventKind::hold:
      add_message(event);
      break;
    case EventKind::op_call:
    case EventKind::op_return:
      add_operation(event);
      break;
    case EventKind::fault_begin:
    case EventKind::fault_end:
      add_fault(event);
      break;
    case EventKind::timer: {
      Span span = span_of(event, "timer", SpanKind::internal);
      span.wanted = false;
      begin_activity(std::move(span));
      break;
    }
    case EventKind::none:
    case EventKind::choice:
    case EventKind::fiber_start:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
      break;
    case EventKind::node_crash:
    case EventKind::node_exit:
      add_moment(event);
      end_activity(event.node);
      break;
    default:
      add_moment(event);
  }
  return batch_.keep_going();
}

void OtlpWriter::finish() {
  for (const auto& [node, activity] : activities_) {
    if (activity.context.span != 0 && activity.wanted) put(activity, activity.last_ns);
  }
  for (auto& [client, span] : operations_) {
    attribute(span.attributes, "norn.outcome", "unknown");
    put(span, last_ns_);
  }
  for (const auto& [fault, span] : faults_) put(span, last_ns_);
  flush();
}

}  // namespace

Result<void> export_otlp(const Reader& reader, const ExportOptions& options, std::ostream& out) {
  const auto selection = Selection::make(reader, options);
  if (!selection.ok()) return selection.error();
  OtlpWriter writer(reader, out);
  auto walked = selection->walk(reader, [&](const Event& event) { return writer.add(event); });
  if (!walked.ok()) return walked;
  writer.finish();
  return {};
}

}  // namespace norn::trace
