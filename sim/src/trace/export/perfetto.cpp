// Perfetto's own format: protocol buffers, written by hand. The numbers of fields are those of
// Perfetto's public definitions, github.com/google/perfetto, protos/perfetto/trace: trace.proto,
// trace_packet.proto, interned_data/interned_data.proto and, in track_event/, track_event.proto,
// track_descriptor.proto, process_descriptor.proto, thread_descriptor.proto,
// counter_descriptor.proto, debug_annotation.proto. The wire format: protobuf.dev, Encoding.
#include <bit>
#include <cstdlib>
#include <unordered_map>

#include "trace/export/formats.hpp"
#include "trace/export/timeline.hpp"

namespace norn::trace {

namespace {

namespace field {
constexpr std::uint32_t kTracePacket = 1;
// TracePacket
constexpr std::uint32_t kPacketTimestamp = 8;
constexpr std::uint32_t kPacketSequence = 10;
constexpr std::uint32_t kPacketTrackEvent = 11;
constexpr std::uint32_t kPacketInterned = 12;
constexpr std::uint32_t kPacketFlags = 13;
constexpr std::uint32_t kPacketTrack = 60;
// InternedData; each of its entries has a number (1) and a name (2)
constexpr std::uint32_t kInternedCategories = 1;
constexpr std::uint32_t kInternedNames = 2;
constexpr std::uint32_t kInternedKeys = 3;
constexpr std::uint32_t kEntryNumber = 1;
constexpr std::uint32_t kEntryName = 2;
// TrackDescriptor
constexpr std::uint32_t kTrackUuid = 1;
constexpr std::uint32_t kTrackName = 2;
constexpr std::uint32_t kTrackProcess = 3;
constexpr std::uint32_t kTrackThread = 4;
constexpr std::uint32_t kTrackParent = 5;
constexpr std::uint32_t kTrackCounter = 8;
// ProcessDescriptor, ThreadDescriptor
constexpr std::uint32_t kProcessPid = 1;
constexpr std::uint32_t kProcessName = 6;
constexpr std::uint32_t kThreadPid = 1;
constexpr std::uint32_t kThreadTid = 2;
constexpr std::uint32_t kThreadName = 5;
// TrackEvent
constexpr std::uint32_t kEventCategory = 3;
constexpr std::uint32_t kEventArgument = 4;
constexpr std::uint32_t kEventType = 9;
constexpr std::uint32_t kEventName = 10;
constexpr std::uint32_t kEventTrack = 11;
constexpr std::uint32_t kEventRareName = 23;
constexpr std::uint32_t kEventCounter = 30;
constexpr std::uint32_t kEventCounterDouble = 44;
constexpr std::uint32_t kEventFlow = 47;
constexpr std::uint32_t kEventFlowEnds = 48;
// DebugAnnotation
constexpr std::uint32_t kArgumentKey = 1;
constexpr std::uint32_t kArgumentNumber = 3;
constexpr std::uint32_t kArgumentText = 6;
}  // namespace field

enum class TrackEventType : std::uint8_t {
  slice_begin = 1,
  slice_end = 2,
  instant = 3,
  counter = 4
};

constexpr std::uint32_t kSequence = 1;
constexpr std::uint32_t kStateCleared = 1;
constexpr std::uint32_t kNeedsState = 2;

constexpr std::uint64_t kProcessUuid = std::uint64_t{1} << 32U;  // plus the process
constexpr std::uint64_t kCounterUuid = std::uint64_t{1} << 40U;  // plus the counter

// Protobuf appends the fields of one message.
class Protobuf {
 public:
  void clear() { bytes_.clear(); }
  const std::string& bytes() const { return bytes_; }

  void number(std::uint32_t number, std::uint64_t value) {
    varint(std::uint64_t{number} << 3U);
    varint(value);
  }
  void fixed64(std::uint32_t number, std::uint64_t value) {
    varint((std::uint64_t{number} << 3U) | 1U);
    for (unsigned shift = 0; shift < 64; shift += 8) byte((value >> shift) & 0xFFU);
  }
  void text(std::uint32_t number, std::string_view value) {
    varint((std::uint64_t{number} << 3U) | 2U);
    varint(value.size());
    bytes_ += value;
  }
  void message(std::uint32_t number, const Protobuf& message) { text(number, message.bytes_); }

 private:
  void byte(std::uint64_t value) { bytes_ += static_cast<char>(static_cast<unsigned char>(value)); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) byte((value & 0x7FU) | 0x80U);
    byte(value);
  }

  std::string bytes_;
};

// Names that are written once and then named by number.
class InternedNames {
 public:
  explicit InternedNames(std::uint32_t kind) : kind_(kind) {}

  std::uint64_t number(std::string_view name, Protobuf& new_entries) {
    key_ = name;
    const auto [place, is_new] = numbers_.try_emplace(key_, numbers_.size() + 1);
    if (is_new) {
      Protobuf entry;
      entry.number(field::kEntryNumber, place->second);
      entry.text(field::kEntryName, name);
      new_entries.message(kind_, entry);
    }
    return place->second;
  }

 private:
  std::uint32_t kind_;
  std::string key_;
  std::unordered_map<std::string, std::uint64_t> numbers_;
};

class PerfettoSink : public TimelineSink {
 public:
  explicit PerfettoSink(std::ostream& out) : batch_(out) {}

  void process(std::uint32_t process, std::string_view name) override {
    Protobuf descriptor;
    descriptor.number(field::kProcessPid, process);
    descriptor.text(field::kProcessName, printable(name));
    Protobuf track;
    track.number(field::kTrackUuid, kProcessUuid + process);
    track.message(field::kTrackProcess, descriptor);
    put_track(track);
  }
  void track(TrackNumber number, std::uint32_t process, std::string_view name) override {
    Protobuf descriptor;
    descriptor.number(field::kThreadPid, process);
    descriptor.number(field::kThreadTid, number);
    descriptor.text(field::kThreadName, printable(name));
    Protobuf track;
    track.number(field::kTrackUuid, number);
    track.number(field::kTrackParent, kProcessUuid + process);
    track.message(field::kTrackThread, descriptor);
    put_track(track);
  }
  void begin(const TimelineMark& mark) override { put(TrackEventType::slice_begin, mark); }
  void end(TrackNumber track, std::uint32_t process, std::int64_t time_ns,
           std::span<const TimelineArgument> arguments) override {
    put(TrackEventType::slice_end,
        {.track = track, .process = process, .time_ns = time_ns, .arguments = arguments});
  }
  // An instant is a slice of no length, and flows may end at it.
  void moment(const TimelineMark& mark) override { put(TrackEventType::instant, mark); }
  void instant(const TimelineMark& mark) override { put(TrackEventType::instant, mark); }
  void counter(std::uint32_t process, std::string_view name, std::int64_t time_ns,
               std::string_view value) override;
  bool keep_going() override { return batch_.keep_going(); }

 private:
  void put_track(const Protobuf& track) {
    Protobuf packet;
    packet.message(field::kPacketTrack, track);
    put_packet(packet);
  }
  void put(TrackEventType type, const TimelineMark& mark);
  void put_event(std::int64_t time_ns) {
    packet_.clear();
    packet_.number(field::kPacketTimestamp, static_cast<std::uint64_t>(time_ns));
    packet_.message(field::kPacketTrackEvent, event_);
    if (!interned_.bytes().empty()) packet_.message(field::kPacketInterned, interned_);
    put_packet(packet_);
  }
  void put_packet(Protobuf& packet) {
    packet.number(field::kPacketSequence, kSequence);
    packet.number(field::kPacketFlags, first_ ? kStateCleared : kNeedsState);
    first_ = false;
    whole_.clear();
    whole_.message(field::kTracePacket, packet);
    batch_.text() += whole_.bytes();
  }

  TextBatch batch_;
  bool first_ = true;
  // Their memory is used again for each event.
  Protobuf packet_;
  Protobuf whole_;
  Protobuf event_;
  Protobuf argument_;
  Protobuf interned_;
  InternedNames names_{field::kInternedNames};
  InternedNames categories_{field::kInternedCategories};
  InternedNames keys_{field::kInternedKeys};
  std::unordered_map<std::string, std::uint64_t> counters_;
};

void PerfettoSink::put(TrackEventType type, const TimelineMark& mark) {
  event_.clear();
  interned_.clear();
  event_.number(field::kEventType, static_cast<std::uint64_t>(type));
  event_.number(field::kEventTrack, mark.track);
  if (mark.rare_name) {
    event_.text(field::kEventRareName, printable(mark.name));
  } else if (!mark.name.empty()) {
    event_.number(field::kEventName, names_.number(printable(mark.name), interned_));
  }
  if (!mark.category.empty())
    event_.number(field::kEventCategory, categories_.number(mark.category, interned_));
  for (const TimelineArgument& each : mark.arguments) {
    argument_.clear();
    argument_.number(field::kArgumentKey, keys_.number(each.key, interned_));
    if (each.is_number) {
      argument_.number(field::kArgumentNumber, each.number);
    } else {
      argument_.text(field::kArgumentText, printable(each.text));
    }
    event_.message(field::kEventArgument, argument_);
  }
  if (mark.flow != 0)
    event_.fixed64(mark.flow_ends ? field::kEventFlowEnds : field::kEventFlow, mark.flow);
  put_event(mark.time_ns);
}

void PerfettoSink::counter(std::uint32_t process, std::string_view name, std::int64_t time_ns,
                           std::string_view value) {
  const std::string key = std::to_string(process) + " " + std::string(name);
  const auto [place, is_new] = counters_.try_emplace(key, kCounterUuid + counters_.size());
  if (is_new) {
    Protobuf track;
    track.number(field::kTrackUuid, place->second);
    track.number(field::kTrackParent, kProcessUuid + process);
    track.text(field::kTrackName, printable(name));
    track.message(field::kTrackCounter, Protobuf());
    put_track(track);
  }
  event_.clear();
  interned_.clear();
  event_.number(field::kEventType, static_cast<std::uint64_t>(TrackEventType::counter));
  event_.number(field::kEventTrack, place->second);
  const std::string text(value);
  constexpr std::size_t kSurelyFits = 18;  // digits of a 64-bit integer
  if (text.size() <= kSurelyFits && text.find_first_of(".eE") == std::string::npos) {
    event_.number(field::kEventCounter,
                  static_cast<std::uint64_t>(std::strtoll(text.c_str(), nullptr, 10)));
  } else {
    event_.fixed64(field::kEventCounterDouble,
                   std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)));
  }
  put_event(time_ns);
}

}  // namespace

Result<void> export_perfetto(const Reader& reader, const ExportOptions& options,
                             std::ostream& out) {
  PerfettoSink sink(out);
  return tell_timeline(reader, options, sink);
}

}  // namespace norn::trace
