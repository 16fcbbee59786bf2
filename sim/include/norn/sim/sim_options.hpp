// What one simulation is given, and what it gives back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/host/ready_order.hpp"
#include "norn/runtime/time.hpp"
#include "norn/sim/fault_plan.hpp"
#include "norn/sim/fiber_profile.hpp"
#include "norn/trace/recorder.hpp"

namespace norn {

namespace explore {
class SearchGuide;
}

// How an operation of a client ended. unknown: it timed out, and may have happened.
enum class OpResult : std::uint8_t { ok, failed, unknown };

// From `at` on, choices without an override follow another seed, and none is dull: another future
// of the same past. Faults come as planned.
struct Branch {
  Duration at{};
  std::uint64_t seed = 1;
  friend bool operator==(const Branch&, const Branch&) = default;
};

// A choice that a run made. Times and events are those at which it was made.
struct MadeChoice {
  std::string_view kind{};  // "message_delay"
  std::uint64_t key = 0;
  std::uint64_t place = 0;   // equal for choices of one link, one fiber, one node's files
  std::uint32_t node = 0;    // whose code was running, from 1 in order of making; 0: nobody's
  std::int64_t options = 0;  // how many values there are; 0: a number
  std::int64_t taken = 0;
  std::int64_t dull = 0;  // what is the dullest
  TimePoint at{};
  std::uint64_t event = 0;  // number of the next event
};

// A client, as operation_wanted() counts its operations (norn/runtime/operation.hpp).
struct OperationClient {
  std::string node{};
  std::uint32_t life = 1;      // of the node
  std::string fiber = "main";  // a second one of a name is "NAME (2)"
  friend auto operator<=>(const OperationClient&, const OperationClient&) = default;
};

// Operations of a client that are left out, from `first` to `last`, both included.
struct LeftOutOperations {
  OperationClient client{};
  std::uint64_t first = 1;
  std::optional<std::uint64_t> last{};  // none: all that follow, for `lasts` (0: for ever)
  Duration lasts{};                     // for so long the client stands still instead
  // What they would have drawn: how much, by the hash of the label; 0: the fiber's own draws.
  std::map<std::uint64_t, std::uint64_t> draws{};
  friend bool operator==(const LeftOutOperations&, const LeftOutOperations&) = default;
};

// An operation as a run came to it.
struct MadeOperation {
  OperationClient client{};
  std::uint64_t number = 1;
  bool left_out = false;
  TimePoint at{};
  std::map<std::uint64_t, std::uint64_t> draws{};  // that came before it, as above
};

// A fault that the scenario's code let begin.
struct ScriptedFault {
  std::string name{};  // what and which: "partition alice | lock, bob #1", "crash n1 #2"
  TimePoint at{};
};

// What a run did, told apart coarsely, and what it chose: for whoever looks for runs that do
// something new.
struct Coverage {
  // Given before the run:
  std::uint64_t salt = 0;  // which choices are in the sample
  // Choices by key that are drawn anew, each from a seed of its own; where that is odd, the
  // greatest of 64 draws is taken. Where there is an override, that counts.
  std::map<std::uint64_t, std::uint64_t> redraws{};
  // Filled in by the run's summary:
  std::vector<std::uint64_t> features{};            // hashes, in ascending order, each once
  std::vector<MadeChoice> choices{};                // a sample, of each kind about as many
  std::map<std::uint64_t, std::int64_t> redrawn{};  // the overrides that do the same as `redraws`
  std::vector<std::string> nodes{};                 // all, by name
  std::vector<std::string> may_fail{};              // those that faults may hit
  std::vector<TimePoint> reached{};                 // when each of the features first was
};

struct SimOptions {
  std::string scenario{};  // name, for the trace
  std::uint64_t seed = 1;
  std::string variant{};                     // which planted mistake; empty: none
  Duration time = std::chrono::seconds(60);  // of Simulation::run()
  std::string fault_level = "calm";  // calm, default, harsh or swarm: the nemesis draws a plan
  // What the swarm leaves out: kinds of faults, their families, "loss", "duplicate", "latency".
  std::vector<std::string> vetoes{};
  std::optional<FaultPlan> plan{};  // given: used instead of drawing one
  // What of `plan` goes beyond Simulation::promise() is left out, as of a plan that is drawn.
  bool trim_plan = false;
  bool buggify = false;     // whether buggify() ever fires
  bool move_knobs = false;  // whether knob() takes other values than the usual ones
  std::map<std::string, std::string> knobs{};  // set by hand: "200ms", "17", "true"
  // Choices by key that are taken from here instead of from the seed (the value is what was chosen:
  // a delay in ns, 0 or 1, a number).
  std::map<std::uint64_t, std::int64_t> overrides{};
  bool dull = false;  // choices without an override take their dullest value: usual delay, no loss,
                      // first in line
  // Kinds of choices ("node_random") that follow the seed even so.
  std::vector<std::string> seeded{};
  // What choices follow instead of `seed`, which is what the scenario sees.
  std::optional<std::uint64_t> choice_seed{};
  std::vector<std::string> absent{};  // nodes that are never started
  // What a shrunk case leaves out of what the scenario does by itself. Of the operations, ranges of
  // one client do not meet; a fault that the scenario does not come to is none.
  std::vector<LeftOutOperations> left_out_operations{};
  std::vector<std::string> left_out_faults{};  // ScriptedFault::name
  bool note_operations = false;                // fills made_operations and scripted
  // Who chooses what happens next: "timed" (virtual time and drawn delays), or a strategy to which
  // delays mean nothing: "random", "round-robin:3", "pct:3", "pct-chains:3", "pos", "urw".
  std::string strategy = "timed";
  // Where strategy is "exhaustive:N" (norn/sim/exhaustive.hpp): who says which order comes next;
  // without it, the first that is possible.
  std::shared_ptr<explore::SearchGuide> guide{};
  std::optional<Branch> branch{};
  // The run ends when this event was reached and the fiber that does it next blocks; 0: it goes on.
  std::uint64_t until_event = 0;
  // A SIGTRAP is raised then, on the stack of the fiber that does it: a debugger stops there.
  std::uint64_t break_at = 0;
  bool beyond_promise = false;  // the nemesis need not keep within Simulation::promise()
  // Node code may start threads, open files for writing and use sockets of the machine, in programs
  // that link norn::intercept, which otherwise finds that.
  bool outside_calls = false;
  trace::RecorderOptions trace{};
  std::string replay{};         // the command that runs it again, for who opens the trace
  bool record_choices = false;  // every keyed choice goes into the trace
  std::shared_ptr<std::vector<MadeChoice>> choices{};  // where they are noted; empty: nowhere
  std::shared_ptr<Coverage> coverage{};                // what is gathered beside; empty: nothing
  bool record_parks = false;  // so does every blocking of a fiber, with what it waits for
  bool profile = false;       // fills RunSummary::fibers; costs real time, changes nothing else
  std::uint64_t max_events = 500'000'000;  // a run that passes it ends as incomplete
  std::size_t stack_size = 64 * 1024;      // bytes of address space a fiber
  bool guard_pages = false;
  // Real time. A fiber that runs longer without blocking ends the process with exit code 1, its
  // name and its stack. 0: never. Host code and blocking() do not count.
  Duration stall_limit = std::chrono::seconds(30);
  // Other orders than keyed explore nothing: they are for measuring, and for trees of fibers too
  // large for memory.
  host::ReadyOrder ready_order = host::ReadyOrder::keyed;
};

// A property that did not hold.
struct Violation {
  std::string property{};
  std::string detail{};
  TimePoint at{};
  std::uint64_t event = 0;           // sequence number in the trace
  std::vector<std::string> nodes{};  // concerned, if known
};

enum class Verdict : std::uint8_t { passed, violated, incomplete };

struct PropertyCount {
  std::string name{};
  // always, sometimes, eventually, progress, monitor, reachable, unreachable
  std::string kind{};
  std::uint64_t evaluated = 0;  // monitor: states that became hot
  std::uint64_t held = 0;       // monitor: states that became cold again
  // false when the run ended before the deadline (eventually, progress), or when nothing of it was
  // seen (monitor)
  bool judged = true;
  std::uint64_t excused = 0;  // progress: how many runs could not make any
  std::string excuse{};       // why, in the first of them
  // By how much it held at the least, or how near it came to it (below 0): a number of the forms
  // with numbers, ns for a monitor.
  std::optional<std::int64_t> room{};
  // In a campaign's counts, the first seed that broke it, or, of what should happen sometimes, that
  // showed it; 0: none.
  std::uint64_t first_seed = 0;
};

// What a fault was asked to do and what it did.
struct FaultCount {
  std::string kind{};
  std::uint64_t asked = 0;
  std::uint64_t begun = 0;
  std::uint64_t bit = 0;                                      // the sum of:
  std::map<std::string, std::uint64_t, std::less<>> bites{};  // by what was done: Bite
};

// A knob that node code or the scenario asked for, with values as text.
struct KnobValue {
  std::string name{};
  std::string value{};
  std::string standard{};
  bool moved = false;  // it is not as usual
};

// A place of buggify() that was passed.
struct BuggifyCount {
  std::string place{};      // its function, and its label if it has one
  std::string where{};      // "file.cpp:17"
  std::uint64_t armed = 0;  // runs in which it was
  std::uint64_t passed = 0;
  std::uint64_t fired = 0;
};

struct RunSummary {
  Verdict verdict = Verdict::passed;
  std::string incomplete_reason{};
  std::optional<Violation> violation{};
  std::uint64_t seed = 0;
  std::string strategy{};     // SimOptions::strategy
  std::string made_by{};      // how a campaign with feedback came to it; empty: by its seed alone
  std::string fault_level{};  // empty: a plan was given
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;    // in the trace
  std::uint64_t messages = 0;  // sent
  Duration simulated{};
  std::vector<PropertyCount> properties{};
  std::vector<FaultCount> faults{};
  std::vector<KnobValue> knobs{};       // by name
  std::vector<BuggifyCount> buggify{};  // by place
  FaultPlan plan{};
  std::uint64_t operations = 0;                  // of clients that ask operation_wanted()
  std::vector<MadeOperation> made_operations{};  // in the order of their coming, if asked for
  std::vector<ScriptedFault> scripted{};         // those that came true, likewise
  std::vector<FiberProfile> fibers{};  // by node and name, if SimOptions::profile asked for it
  std::shared_ptr<const std::vector<std::byte>>
      recording{};  // the file image, in trace mode `memory`
};

}  // namespace norn
