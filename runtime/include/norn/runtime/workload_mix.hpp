// WorkloadMix: what clients do, and how often, drawn anew by a swarm run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace norn {

struct WorkloadPart {
  std::string_view name;
  std::int64_t weight;  // how often, beside the others
};

// A mix is picked from by weight. Each weight is a knob "NAME.PART" from 0 to 16 times what is
// given here, so that a swarm run has some operations seldom or never and others most of the time
// (what all runs do alike hides what only some of it shows). When all weights are 0, every part is
// as likely.
//
//   norn::WorkloadMix mix("client", {{"get", 6}, {"put", 3}, {"scan", 1}});
//   switch (mix.pick()) { case 0: get(); ... }
class WorkloadMix {
 public:
  WorkloadMix(std::string_view name, const std::vector<WorkloadPart>& parts);

  // pick() draws the place of a part, with random() of the calling fiber. Node code only.
  std::size_t pick() const;

 private:
  std::vector<std::uint64_t> up_to_;  // sums of weights
};

}  // namespace norn
