// Traces made by hand, event by event, for tests of the viewer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/event_source.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer::test {

inline constexpr std::int64_t kMs = 1'000'000;

// MemorySource is a recording in memory. Payloads of its events point into `payloads`.
class MemorySource final : public EventSource {
 public:
  RunFacts run_facts;
  std::vector<std::string> nodes;  // node 1 first
  std::vector<std::string> zones;  // of each node, when there are any
  std::vector<std::string> strings = {""};
  std::vector<trace::Event> events;
  std::vector<std::unique_ptr<std::string>> payloads;

  RunFacts facts() const override { return run_facts; }
  std::uint64_t event_count() const override { return events.size(); }
  std::uint32_t node_count() const override { return static_cast<std::uint32_t>(nodes.size()); }
  std::string node_name(trace::NodeId node) const override;
  std::string node_zone(trace::NodeId node) const override;
  std::vector<trace::NodeId> nodes_meant(const std::string& name) const override;
  std::string fiber_name(trace::FiberId fiber) const override;
  std::string_view string(trace::StringId id) const override;
  Result<void> for_each(const Visitor& visit) const override;
  Result<void> for_each_from(trace::Seq first, const Stopper& visit) const override;
  bool with_event(trace::Seq seq, const Visitor& visit) const override;
};

// TraceBuilder appends events; each method returns the new event's number. Time only moves by at().
class TraceBuilder {
 public:
  explicit TraceBuilder(std::vector<std::string> nodes);

  TraceBuilder& at(std::int64_t time_ns) {
    now_ns_ = time_ns;
    return *this;
  }
  std::int64_t now() const { return now_ns_; }

  trace::Seq start(trace::NodeId node, trace::Seq cause = 0);
  trace::Seq crash(trace::NodeId node, trace::Seq cause = 0);
  trace::Seq timer(trace::NodeId node);
  trace::Seq send(trace::NodeId from, trace::NodeId to, std::string_view message,
                  trace::Seq cause = 0, std::string payload = {});
  trace::Seq deliver(trace::NodeId to, trace::Seq send);
  trace::Seq drop(trace::NodeId to, trace::Seq send, trace::DropReason reason);
  trace::Seq duplicate(trace::NodeId from, trace::Seq send);
  trace::Seq hold(trace::NodeId from, trace::Seq send);
  trace::Seq state(trace::NodeId node, std::string_view key, std::string_view json,
                   trace::Seq cause = 0);
  trace::Seq log(trace::NodeId node, trace::LogLevel level, std::string_view text,
                 trace::Seq cause = 0);
  trace::Seq call(std::uint64_t client, std::uint64_t number, std::string_view function,
                  std::string arguments, trace::NodeId node = 1);
  trace::Seq ret(std::uint64_t client, std::uint64_t number, trace::OpOutcome outcome,
                 std::string result, trace::NodeId node = 1);
  trace::Seq fault_begin(std::uint64_t index, std::string_view kind, std::string_view json);
  trace::Seq fault_end(std::uint64_t index, std::string_view kind, std::uint64_t bit);
  trace::Seq violation(trace::NodeId node, std::string_view property, std::string_view detail,
                       trace::Seq cause = 0);
  trace::Seq run_end(trace::RunEnd end);

  MemorySource& source() { return *source_; }
  std::unique_ptr<MemorySource> take() { return std::move(source_); }
  // model() ends the building; a damaged trace fails the test.
  TraceModel model();

 private:
  trace::Seq add(trace::Event event, std::string_view text = {}, std::string payload = {});
  trace::StringId intern(std::string_view text);

  std::unique_ptr<MemorySource> source_;
  std::unordered_map<std::string, trace::StringId> ids_;
  std::vector<std::uint32_t> incarnations_;
  std::int64_t now_ns_ = 0;
};

}  // namespace norn::viewer::test
