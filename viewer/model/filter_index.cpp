#include "model/filter_index.hpp"

#include <algorithm>

namespace norn::viewer {
namespace {

// So many positions are looked at between two looks at the clock.
constexpr std::size_t kIndexSlice = 4096;

// True when all positions are known; false when time is over or the filter is not so far.
bool follow_list(const RankedBits& events, const std::vector<Index>& positions, RankedBits& out,
                 FilterIndex::Clock::time_point deadline) {
  while (out.size() < positions.size()) {
    const std::size_t end = std::min(positions.size(), out.size() + kIndexSlice);
    for (std::size_t i = out.size(); i < end; ++i) {
      if (!events.is_known(positions[i])) return false;
      out.append(events.at(positions[i]));
    }
    if (FilterIndex::Clock::now() >= deadline) return false;
  }
  return true;
}

}  // namespace

FilterIndex::FilterIndex(const TraceModel& model)
    : model_(&model),
      lanes_(model.lanes().node_count() + 1),
      notable_(model.lanes().node_count() + 1),
      messages_(model.messages().links().size()),
      lost_(model.messages().links().size()) {}

bool FilterIndex::follow_link(const RankedBits& events, std::size_t number,
                              Clock::time_point deadline) {
  const auto& messages = model_->messages().links()[number].messages;
  RankedBits& out = messages_[number];
  while (out.size() < messages.size()) {
    const std::size_t end = std::min(messages.size(), out.size() + kIndexSlice);
    for (std::size_t i = out.size(); i < end; ++i) {
      const Message& message = messages[i];
      if (!events.is_known(message.send)) return false;
      bool passes = events.at(message.send);
      if (!passes && message.end != kNone) {
        if (!events.is_known(message.end)) return false;
        passes = events.at(message.end);
      }
      out.append(passes);
      if (message.fate == Fate::lost) lost_[number].append(passes);
    }
    if (Clock::now() >= deadline) return false;
  }
  return true;
}

bool FilterIndex::advance(const RankedBits& events, Clock::time_point deadline) {
  if (done_) return false;
  bool complete = true;
  bool moved = false;
  const auto follow = [&](const RankedBits& out, bool finished, std::size_t before) {
    moved = moved || out.size() != before;
    complete = complete && finished;
  };
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    const std::size_t before = messages_[i].size();
    const bool finished = follow_link(events, i, deadline);
    follow(messages_[i], finished, before);
    if (!finished && Clock::now() >= deadline) return moved;
  }
  for (trace::NodeId node = 0; node < lanes_.size(); ++node) {
    const Lane& lane = model_->lanes().of(node);
    for (const bool notable : {false, true}) {
      RankedBits& out = notable ? notable_[node] : lanes_[node];
      const std::size_t before = out.size();
      const bool finished =
          follow_list(events, notable ? lane.notable : lane.events, out, deadline);
      follow(out, finished, before);
      if (!finished && Clock::now() >= deadline) return moved;
    }
  }
  done_ = complete;
  return moved || done_;
}

}  // namespace norn::viewer
