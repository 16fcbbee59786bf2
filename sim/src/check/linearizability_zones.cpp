// Contradictions that need no search.
//
// A write and the reads that see it form a cluster. If the value is written once, it is there from
// the first return of the cluster until its last call: two values cannot be there at once, and
// nothing can be written meanwhile (Gibbons and Korach, Testing shared memories, 1997).
#include <algorithm>

#include "check/linearizability_search.hpp"

namespace norn::check {

// Asked once, of searches that take long.
bool Search::contradicts_itself() {
  ask_at_ = UINT64_MAX;
  std::vector<std::uint32_t> counts(input_.class_count, 0);
  for (const ClassId each : input_.classes) ++counts[each];
  contradicted_ = reads_what_nobody_makes(counts) || values_overlap(counts);
  if (contradicted_ && !best_is_kept_) keep_best();
  return contradicted_;
}

// With everything still to come, what does not fit now and is not viable never fits.
bool Search::reads_what_nobody_makes(std::span<const std::uint32_t> counts) {
  std::vector<std::uint8_t> asked(input_.class_count, 0);
  for (std::uint32_t operation = 0; operation < input_.completed; ++operation) {
    const ClassId each = input_.classes[operation];
    if (settles_[each] == 0 || asked[each] != 0) continue;
    asked[each] = 1;
    StateId next = 0;
    if (!machine_.step(initial_, each, next) && !machine_.viable(initial_, each, counts))
      return true;
  }
  return false;
}

bool Search::values_overlap(std::span<const std::uint32_t> counts) {
  const std::size_t count = input_.classes.size();
  std::vector<std::uint32_t> only(input_.class_count, kNone);  // the operation of each class
  for (std::uint32_t operation = 0; operation < count; ++operation) {
    if (counts[input_.classes[operation]] == 1) only[input_.classes[operation]] = operation;
  }
  // What each class reads, if one operation alone makes it.
  std::vector<std::uint32_t> maker(input_.class_count, kNone);
  std::vector<std::uint8_t> unsure(count, 0);  // that value is there at first as well
  for (ClassId each = 0; each < input_.class_count; ++each) {
    const ClassId found = counts[each] == 0 ? kNone : machine_.maker_of(each);
    if (found == kNone || only[found] == kNone) continue;
    maker[each] = only[found];
    StateId next = 0;
    if (machine_.step(initial_, each, next)) unsure[only[found]] = 1;
  }
  std::vector<std::uint32_t> first_return(count, kNone);  // of each cluster, by its maker
  std::vector<std::uint32_t> last_call(count, 0);
  for (std::uint32_t at = 0; at < input_.events.size(); ++at) {
    const std::uint32_t operation = input_.events[at] >> 1U;
    for (const std::uint32_t of : {operation, maker[input_.classes[operation]]}) {
      if (of == kNone) continue;
      if ((input_.events[at] & 1U) == 0) {
        last_call[of] = at;
      } else if (first_return[of] == kNone) {
        first_return[of] = at;
      }
    }
  }
  // The last value that was there for some time, from when until when.
  std::uint32_t shown = kNone;
  std::uint32_t from = 0;
  std::uint32_t until = 0;
  for (std::uint32_t at = 0; at < input_.events.size(); ++at) {
    const std::uint32_t operation = input_.events[at] >> 1U;
    for (const std::uint32_t of : {operation, maker[input_.classes[operation]]}) {
      if (of == kNone || first_return[of] != at || unsure[of] != 0 || !resets(of)) continue;
      if (of != shown && at < until && last_call[of] > from) return true;
      if (last_call[of] <= at) continue;
      shown = of;
      from = at;
      until = last_call[of];
    }
  }
  return false;
}

}  // namespace norn::check
