// JudgedHistory: what clients ask and are answered, recorded and judged while the run goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "norn/check/history.hpp"
#include "norn/check/model.hpp"
#include "norn/check/streaming.hpp"
#include "norn/sim/simulation.hpp"

namespace norn {

namespace sim {
class OperationLog;
}

// JudgedHistory holds client operations against a model of one object that does one thing at a
// time: they must be linearizable. Each call and return goes into the trace (`norn check` reads it
// there) and to a StreamingChecker; the run is violated at the return that fits nowhere, with the
// operations that it conflicts with. It belongs to the scenario and outlives the run.
//
//   norn::JudgedHistory history(sim, "the store is linearizable", norn::check::key_value_model());
//   … in a client:
//   const auto id = history.call({.process = client, .function = "put", .key = key, .argument =
//   x}); history.ok(id);                 // or history.ok(id, value), history.failed(id)
//   history.unknown(id);            // no answer came: it may have happened, or may yet
class JudgedHistory {
 public:
  JudgedHistory(Simulation& sim, std::string property, check::Model model,
                check::StreamingOptions options = {});
  ~JudgedHistory();
  JudgedHistory(const JudgedHistory&) = delete;
  JudgedHistory& operator=(const JudgedHistory&) = delete;

  // call() begins an operation and returns its number. A process that has one open is misuse; the
  // times of the call are ignored: it is now. What the model does not know is misuse too. An
  // operation that a node had open when it died is unknown from the next call of its next life on.
  check::OperationId call(check::Call&& call);
  check::OperationId call(const check::Call& call) { return this->call(check::Call(call)); }
  // ok(): it took effect, with this result. failed(): it took none, and never will. unknown(): its
  // client gave up. An operation that timed out must never be called failed: it may still happen.
  void ok(check::OperationId operation, check::Value result = {});
  void failed(check::OperationId operation);
  void unknown(check::OperationId operation);

  // The operation that a process has open; check::kNone if it has none.
  check::OperationId open(std::int64_t process) const { return checker_.open(process); }

  // judge() is for after the run: what the streaming checker had to give up, for there were too
  // many ways in which it could have happened, is searched. Returns whether everything was decided;
  // a run of which not everything was is incomplete.
  bool judge();

  // All calls and returns until now. It is made of them when it is asked for, and changes only
  // then.
  const check::History& history() const;

 private:
  void ret(check::OperationId operation, check::Outcome outcome, check::Value&& result);
  void violate(const check::StreamingMisfit& misfit);

  Simulation& sim_;
  std::string property_;
  check::Model model_;
  check::StreamingOptions options_;
  check::StreamingChecker checker_;
  std::string json_;  // that is being recorded
  std::unique_ptr<sim::OperationLog> log_;
};

}  // namespace norn
