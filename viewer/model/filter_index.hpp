// How many of a lane's events and of a link's messages pass a filter, for views that draw many at a
// time.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "model/messages.hpp"
#include "model/ranked_bits.hpp"
#include "model/trace_model.hpp"

namespace norn::viewer {

// FilterIndex is made from the bits of a filter, a slice at a time, and follows it while it still
// searches. What is not known yet passes. A message passes when its sending or its end does.
class FilterIndex {
 public:
  explicit FilterIndex(const TraceModel& model);

  // advance() goes on until the deadline; true when there is something new.
  using Clock = std::chrono::steady_clock;
  bool advance(const RankedBits& events, Clock::time_point deadline);
  bool done() const { return done_; }

  // By position in Lane::events, Lane::notable, Link::messages and Link::lost.
  const RankedBits& lane(trace::NodeId node) const { return lanes_[node]; }
  const RankedBits& notable(trace::NodeId node) const { return notable_[node]; }
  const RankedBits& messages(const Link& link) const { return messages_[number_of(link)]; }
  const RankedBits& lost(const Link& link) const { return lost_[number_of(link)]; }

 private:
  std::size_t number_of(const Link& link) const {
    return static_cast<std::size_t>(&link - model_->messages().links().data());
  }
  bool follow_link(const RankedBits& events, std::size_t number, Clock::time_point deadline);

  const TraceModel* model_;
  bool done_ = false;
  std::vector<RankedBits> lanes_;
  std::vector<RankedBits> notable_;
  std::vector<RankedBits> messages_;
  std::vector<RankedBits> lost_;
};

}  // namespace norn::viewer
