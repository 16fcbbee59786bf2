// Linearizability, judged while the history happens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "norn/check/history.hpp"
#include "norn/check/linearizability.hpp"
#include "norn/check/model.hpp"
#include "norn/runtime/result.hpp"

namespace norn::check {

struct StreamingOptions {
  // How many configurations (what may have taken effect, and the state) are followed in each part.
  // With more, the part's events are kept and searched as a whole, when nothing is open or at the
  // end.
  std::size_t most_configurations = 4'096;
  // Steps of each such search.
  std::uint64_t budget = 20'000'000;
  bool whole = false;  // as for check_linearizability()
};

// The return that made the history one that is not linearizable.
struct StreamingMisfit {
  std::optional<Value> part;
  OperationId operation = kNone;
  std::string text;                 // the operation in words
  std::vector<std::string> states;  // that were possible before it; the first few
};

// StreamingChecker is told calls and returns as they happen and follows all configurations that are
// possible (the just-in-time linearization of Lowe, Testing for linearizability, 2017). An
// operation takes effect, in each configuration, no sooner than some return needs it to. Memory is
// bounded while operations complete: of what has returned nothing is kept (sets, queues, logs,
// banks and models of functions keep what is new to them). Operations of unknown outcome stay open
// for ever.
//
// Models that are not deterministic are searched only.
class StreamingChecker {
 public:
  explicit StreamingChecker(Model model, const StreamingOptions& options = {});
  ~StreamingChecker();
  StreamingChecker(StreamingChecker&&) noexcept;
  StreamingChecker& operator=(StreamingChecker&&) noexcept;

  // As History::call(): a process with an open operation is refused, as is what the model does not
  // know. Times are not looked at.
  Result<OperationId> call(Call&& call);
  Result<OperationId> call(const Call& call) { return this->call(Call(call)); }
  // ret() gives the misfit if this return is the one that no order fits any more. Where a part is
  // searched, it may come later than the return that it names. After a misfit nothing more is
  // judged.
  Result<std::optional<StreamingMisfit>> ret(OperationId operation, Return how = {});
  // The operation that a process has open; kNone if it has none.
  OperationId open(std::int64_t process) const;
  // finish() searches what is left. Operations still open are of unknown outcome.
  Verdict finish();
  // The misfit, if one was found.
  const std::optional<StreamingMisfit>& misfit() const;

  std::size_t configurations() const;  // that are followed now, over all parts

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace norn::check
