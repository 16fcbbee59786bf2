// Properties of a run: what must always hold, should sometimes, and must eventually.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace norn::check {

enum class PropertyKind : std::uint8_t { always, sometimes, eventually, progress, monitor };

struct Property {
  PropertyKind kind = PropertyKind::always;
  std::string name;
  std::function<bool()> holds;
  std::function<std::string()> explain;      // may be empty
  std::function<std::uint64_t()> counter{};  // progress: what must grow, instead of `holds`
  std::function<std::string()> excuse{};     // progress: why it cannot; may be empty
  // eventually, progress: counted from the begin of the calm; monitor: of calm time, from when a
  // state became hot
  std::int64_t within_ns = 0;
  std::uint64_t evaluated = 0;
  std::uint64_t held = 0;
  bool judged = true;          // eventually, progress: the deadline was reached, or it held
  bool satisfied = false;      // eventually: it held in the present calm
  std::uint64_t before = 0;    // progress: the counter at the begin of the calm, or of the window
  bool again = false;          // progress: in each window of `within_ns` anew, all through the calm
  std::int64_t window_ns = 0;  // progress: the begin of the present window
  std::uint64_t windows = 0;   // progress: how many are over
  std::string excused{};       // progress: why there could be none
  // monitor: the states that are hot, and since which calm time
  std::map<std::string, std::int64_t, std::less<>> hot{};
  std::int64_t hottest_ns = 0;  // monitor: the most calm time that one was hot
};

// A property that failed, and why.
struct Breach {
  std::string name;
  std::string detail;
};

// PropertySet evaluates the properties of one run, in the order in which they were added. It knows
// of time only what it is told: the calm is the part of the run in which no fault is active and
// none is to come. Calm time goes on in the calm only.
class PropertySet {
 public:
  // add() returns the number of the property, by which a monitor is told of its states.
  std::size_t add(Property property);
  // excuse_all() is asked why no progress can be expected, after the property's own excuse.
  void excuse_all(std::function<std::string()> excuse) { excuse_ = std::move(excuse); }
  // evaluates() is whether check() has anything to do: monitors are told, and not asked.
  bool evaluates() const { return evaluated_kinds_ > 0; }

  // check() evaluates all: the first `always` that does not hold is the breach.
  std::optional<Breach> check();

  // calm_begins() starts the deadlines of `eventually`; calm_ends() stops and forgets them.
  void calm_begins(std::int64_t now_ns);
  void calm_ends(std::int64_t now_ns);
  // next_deadline() is the earliest deadline of an `eventually` that has not held yet in this calm.
  std::optional<std::int64_t> next_deadline() const;
  // waits_for_calm() is whether any property is judged in the calm only.
  bool waits_for_calm() const;
  // window_began() is whether a window of a progress() began at this time.
  bool window_began(std::int64_t now_ns) const;
  // deadline() judges what is due at `now_ns`: the first that never held is the breach.
  std::optional<Breach> deadline(std::int64_t now_ns);

  // heat() makes a state of a monitor hot, unless it is; cool() ends that.
  void heat(std::size_t monitor, std::string_view state, std::int64_t now_ns);
  void cool(std::size_t monitor, std::string_view state, std::int64_t now_ns);

  // finish() marks as not judged each `eventually` whose deadline lies beyond the end of the run.
  void finish(std::int64_t now_ns);
  const std::vector<Property>& all() const { return properties_; }

 private:
  bool is_excused(Property& property) const;
  std::int64_t calm_time(std::int64_t now_ns) const;
  std::optional<Breach> overheated(Property& property, std::int64_t now_ns) const;

  std::vector<Property> properties_;
  std::size_t evaluated_kinds_ = 0;
  std::function<std::string()> excuse_;
  std::optional<std::int64_t> calm_since_ns_;
  std::int64_t earlier_calm_ns_ = 0;  // of the calms that are over
};

const char* name(PropertyKind kind);

}  // namespace norn::check
