// Chrome's trace event format (Google: Trace Event Format, 2016), which Perfetto opens too.

#include "norn/trace/event_json.hpp"
#include "trace/export/formats.hpp"
#include "trace/export/json_fields.hpp"
#include "trace/export/timeline.hpp"
#include "trace/json_text.hpp"

namespace norn::trace {

namespace {

class ChromeSink : public TimelineSink {
 public:
  ChromeSink(const Reader& reader, std::ostream& out) : batch_(out) {
    text() += "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"tool\":\"norn\"";
    for (const char* member : {"scenario", "seed", "build"}) {
      const auto found = reader.header().find(member);
      if (found == reader.header().end()) continue;
      text() += std::string(",\"") + member + "\":" + to_line(*found);
    }
    text() += "},\"traceEvents\":[";
  }

  void process(std::uint32_t process, std::string_view name) override {
    metadata("process_name", process, process, name);
    text() += ",\n{\"ph\":\"M\",\"name\":\"process_sort_index\",\"pid\":";
    append_number(text(), process);
    text() += ",\"tid\":";
    append_number(text(), process);
    text() += ",\"args\":{\"sort_index\":";
    append_number(text(), process);
    text() += "}}";
  }
  void track(TrackNumber track, std::uint32_t process, std::string_view name) override {
    metadata("thread_name", process, track, name);
  }
  void begin(const TimelineMark& mark) override {
    open('B', mark);
    close(mark.arguments);
  }
  void end(TrackNumber track, std::uint32_t process, std::int64_t time_ns,
           std::span<const TimelineArgument> arguments) override {
    open('E', {.track = track, .process = process, .time_ns = time_ns});
    close(arguments);
  }
  void moment(const TimelineMark& mark) override {
    begin(mark);
    if (mark.flow != 0) {
      // Both ends of a flow are found by their name, category and id.
      TimelineMark flow = mark;
      flow.name = "message";
      open(mark.flow_ends ? 'f' : 's', flow);
      text() += ",\"id\":";
      append_number(text(), mark.flow);
      if (mark.flow_ends) text() += ",\"bp\":\"e\"";
      text() += '}';
    }
    end(mark.track, mark.process, mark.time_ns, {});
  }
  void instant(const TimelineMark& mark) override {
    open('i', mark);
    text() += mark.global ? ",\"s\":\"g\"" : ",\"s\":\"t\"";
    close(mark.arguments);
  }
  void counter(std::uint32_t process, std::string_view name, std::int64_t time_ns,
               std::string_view value) override {
    open('C', {.track = process, .process = process, .time_ns = time_ns, .name = name});
    text() += ",\"args\":{\"value\":";
    text() += value;
    text() += "}}";
  }
  bool keep_going() override { return batch_.keep_going(); }
  void finish() { text() += "\n]}\n"; }

 private:
  std::string& text() { return batch_.text(); }

  void open(char phase, const TimelineMark& mark) {
    separate();
    text() += "{\"ph\":\"";
    text() += phase;
    text() += "\",\"pid\":";
    append_number(text(), mark.process);
    text() += ",\"tid\":";
    append_number(text(), mark.track);
    text() += ",\"ts\":";
    append_microseconds(mark.time_ns);
    if (!mark.name.empty() || phase != 'E') {
      text() += ",\"name\":";
      append_json_string(text(), mark.name);
    }
    if (mark.category.empty()) return;
    text() += ",\"cat\":\"";
    text() += mark.category;
    text() += '"';
  }
  void close(std::span<const TimelineArgument> arguments) {
    if (!arguments.empty()) {
      char before = '{';
      text() += ",\"args\":";
      for (const TimelineArgument& each : arguments) {
        text() += before;
        before = ',';
        append_json_string(text(), each.key);
        text() += ':';
        if (each.is_number) {
          append_number(text(), each.number);
        } else {
          append_json_string(text(), each.text);
        }
      }
      text() += '}';
    }
    text() += '}';
  }
  void metadata(const char* what, std::uint32_t process, TrackNumber track, std::string_view name) {
    separate();
    text() += std::string("{\"ph\":\"M\",\"name\":\"") + what + "\",\"pid\":";
    append_number(text(), process);
    text() += ",\"tid\":";
    append_number(text(), track);
    text() += ",\"args\":{\"name\":";
    append_json_string(text(), name);
    text() += "}}";
  }
  void separate() {
    text() += first_ ? "\n" : ",\n";
    first_ = false;
  }
  void append_microseconds(std::int64_t time_ns) {
    append_number(text(), time_ns / 1000);
    const auto rest = static_cast<unsigned>(time_ns % 1000);
    if (rest == 0) return;
    text() += '.';
    for (const unsigned digit : {rest / 100, rest / 10 % 10, rest % 10})
      text() += static_cast<char>('0' + digit);
  }

  TextBatch batch_;
  bool first_ = true;
};

}  // namespace

Result<void> export_chrome(const Reader& reader, const ExportOptions& options, std::ostream& out) {
  ChromeSink sink(reader, out);
  if (auto told = tell_timeline(reader, options, sink); !told.ok()) return told;
  sink.finish();
  return {};
}

}  // namespace norn::trace
