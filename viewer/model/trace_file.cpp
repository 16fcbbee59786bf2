#include "model/trace_file.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "norn/trace/reader.hpp"

namespace norn::viewer {
namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The chunks that one thread decoded last. What is looked up while it walks (a message's send) is
// most often in the same chunk or in one before.
class FileLookup final : public EventSource::Lookup {
 public:
  explicit FileLookup(const trace::Reader& reader) : reader_(reader) {}

  bool with_event(trace::Seq seq, const EventSource::Visitor& visit) override {
    const trace::Event* event = nullptr;
    std::size_t slot = 0;
    for (; slot < kept_.size() && event == nullptr; ++slot) event = find(kept_[slot], seq);
    if (event == nullptr) {
      const std::size_t at = reader_.chunk_of(seq);
      if (at >= reader_.chunk_count()) return false;
      slot = free_slot();
      if (!decode(at, kept_[slot])) return false;
      event = find(kept_[slot], seq);
      ++slot;
    }
    if (event == nullptr) return false;
    // The visitor may ask on; what it was given stays where it is.
    const std::size_t before = std::exchange(visited_, slot - 1);
    visit(*event);
    visited_ = before;
    return true;
  }
  Result<void> for_each_from(trace::Seq first, const EventSource::Stopper& visit) override {
    for (std::size_t at = reader_.chunk_of(first); at < reader_.chunk_count(); ++at) {
      if (kept_[walked_].chunk_number != at) {
        const auto kept = std::find_if(kept_.begin(), kept_.end(),
                                       [&](const Kept& each) { return each.chunk_number == at; });
        walked_ =
            kept == kept_.end() ? free_slot() : static_cast<std::size_t>(kept - kept_.begin());
        if (kept == kept_.end()) {
          if (auto decoded = decode(at, kept_[walked_]); !decoded) return decoded;
        }
      }
      const auto events = kept_[walked_].chunk.events();
      auto event = first_from(events, first);
      for (; event != events.end(); ++event) {
        if (!visit(*event)) return {};
      }
    }
    return {};
  }

 private:
  static constexpr std::size_t kNoChunk = SIZE_MAX;
  struct Kept {
    trace::Chunk chunk;
    std::size_t chunk_number = kNoChunk;
  };
  using Events = std::span<const trace::Event>;

  static Events::iterator first_from(Events events, trace::Seq first) {
    return std::lower_bound(events.begin(), events.end(), first,
                            [](const trace::Event& e, trace::Seq seq) { return e.seq < seq; });
  }
  static const trace::Event* find(const Kept& kept, trace::Seq seq) {
    const Events events = kept.chunk.events();
    if (kept.chunk_number == kNoChunk || events.empty() || seq < events.front().seq ||
        seq > events.back().seq)
      return nullptr;
    const auto found = first_from(events, seq);
    return found->seq == seq ? &*found : nullptr;
  }
  std::size_t free_slot() {
    do {
      oldest_ = (oldest_ + 1) % kept_.size();
    } while (oldest_ == walked_ || oldest_ == visited_);
    return oldest_;
  }
  Result<void> decode(std::size_t at, Kept& kept) {
    kept.chunk_number = kNoChunk;
    if (auto decoded = reader_.decode(at, kept.chunk); !decoded) return decoded;
    kept.chunk_number = at;
    return {};
  }

  const trace::Reader& reader_;
  std::array<Kept, 4> kept_;
  std::size_t oldest_ = 0;
  std::size_t walked_ = 0;
  std::size_t visited_ = 0;
};

class TraceFile final : public EventSource {
 public:
  explicit TraceFile(trace::Reader reader) : reader_(std::move(reader)) {}

  RunFacts facts() const override;
  std::uint64_t event_count() const override { return reader_.events(); }
  std::uint32_t node_count() const override { return reader_.node_count(); }
  std::string node_name(trace::NodeId node) const override { return reader_.node_name(node); }
  std::string node_zone(trace::NodeId node) const override;
  std::vector<trace::NodeId> nodes_meant(const std::string& name) const override;
  std::string fiber_name(trace::FiberId fiber) const override;
  std::string_view string(trace::StringId id) const override { return reader_.string(id); }
  Result<void> for_each(const Visitor& visit) const override { return reader_.for_each(visit); }
  Result<void> for_each_until(const Stopper& visit) const override {
    return reader_.for_each(visit);
  }
  std::int64_t last_time_ns() const override { return reader_.last_time_ns(); }
  Result<void> for_each_from(trace::Seq first, const Stopper& visit) const override;
  std::uint64_t same_until(const EventSource& other) const override;
  bool with_event(trace::Seq seq, const Visitor& visit) const override;
  std::unique_ptr<Lookup> lookup() const override { return std::make_unique<FileLookup>(reader_); }

 private:
  trace::Reader reader_;
  // Reader::event() and fiber() keep what they decoded: one thread at a time. A visitor may ask on.
  mutable std::recursive_mutex asking_;
  // The chunk that for_each_from() decoded last: who comes in slices goes on in it.
  mutable trace::Chunk chunk_;
  mutable std::size_t decoded_ = SIZE_MAX;
  mutable std::atomic<bool> taken_ = false;  // by one thread; others decode for themselves
};

// The groups that a node says it is in, as "zone:a"; the narrowest first.
std::vector<std::string> groups_in(const json& header, trace::NodeId node) {
  std::vector<std::string> groups;
  if (!header.is_object()) return groups;
  const auto nodes = header.find("nodes");
  if (nodes == header.end() || !nodes->is_array() || node == 0 || node > nodes->size())
    return groups;
  const json& one = (*nodes)[node - 1];
  if (!one.is_object()) return groups;
  for (const char* const kind : {"zone", "rack", "region"}) {
    const std::string where = text_at(one, kind);
    if (!where.empty()) groups.push_back(std::string(kind) + ":" + where);
  }
  return groups;
}

std::string TraceFile::node_zone(trace::NodeId node) const {
  const auto groups = groups_in(reader_.header(), node);
  return groups.empty() ? std::string() : groups.front().substr(groups.front().find(':') + 1);
}

std::vector<trace::NodeId> TraceFile::nodes_meant(const std::string& name) const {
  auto nodes = EventSource::nodes_meant(name);
  if (!nodes.empty()) return nodes;
  for (trace::NodeId node = 1; node <= node_count(); ++node) {
    const auto groups = groups_in(reader_.header(), node);
    if (std::find(groups.begin(), groups.end(), name) != groups.end()) nodes.push_back(node);
  }
  return nodes;
}

RunFacts TraceFile::facts() const {
  RunFacts facts;
  facts.path = reader_.name();
  facts.complete = reader_.complete();
  facts.incomplete_reason = reader_.incomplete_reason();
  const json& header = reader_.header();
  if (!header.is_object()) return facts;
  facts.scenario = text_at(header, "scenario");
  const auto options = header.find("options");
  if (options != header.end() && options->is_object()) facts.variant = text_at(*options, "variant");
  facts.replay = text_at(header, "replay");
  const auto seed = header.find("seed");
  if (seed != header.end() && seed->is_number_integer()) facts.seed = seed->get<std::uint64_t>();
  return facts;
}

std::string TraceFile::fiber_name(trace::FiberId fiber) const {
  const std::lock_guard lock(asking_);
  const auto found = reader_.fiber(fiber);
  return found ? std::string(reader_.string(found->name)) : std::string();
}

// Chunks end at the same events in recordings of the same, so their running hashes tell.
std::uint64_t TraceFile::same_until(const EventSource& other) const {
  const auto* const file = dynamic_cast<const TraceFile*>(&other);
  if (file == nullptr) return 0;
  std::uint64_t same = 0;
  for (std::size_t i = 0; i < std::min(reader_.chunk_count(), file->reader_.chunk_count()); ++i) {
    const trace::ChunkInfo mine = reader_.chunk(i);
    const trace::ChunkInfo theirs = file->reader_.chunk(i);
    if (mine.events != theirs.events || mine.running_hash != theirs.running_hash) break;
    same += mine.events;
  }
  return same;
}

bool TraceFile::with_event(trace::Seq seq, const Visitor& visit) const {
  const std::lock_guard lock(asking_);
  const auto event = reader_.event(seq);
  if (!event) return false;
  visit(*event);
  return true;
}

Result<void> TraceFile::for_each_from(trace::Seq first, const Stopper& visit) const {
  if (taken_.exchange(true)) {
    const auto step = [&](const trace::Event& event) { return event.seq < first || visit(event); };
    return reader_.for_each(step, reader_.chunk_of(first));
  }
  const std::unique_ptr<std::atomic<bool>, void (*)(std::atomic<bool>*)> given_back(
      &taken_, [](std::atomic<bool>* taken) { *taken = false; });
  for (std::size_t at = reader_.chunk_of(first); at < reader_.chunk_count(); ++at) {
    if (decoded_ != at) {
      decoded_ = SIZE_MAX;
      if (auto decoded = reader_.decode(at, chunk_); !decoded) return decoded;
      decoded_ = at;
    }
    const auto events = chunk_.events();
    auto event =
        std::lower_bound(events.begin(), events.end(), first,
                         [](const trace::Event& e, trace::Seq seq) { return e.seq < seq; });
    for (; event != events.end(); ++event) {
      if (!visit(*event)) return {};
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<EventSource>> open_trace_file(const std::string& path) {
  auto reader = trace::Reader::open(path);
  if (!reader) return reader.error();
  return std::unique_ptr<EventSource>(std::make_unique<TraceFile>(std::move(reader).value()));
}

}  // namespace norn::viewer
