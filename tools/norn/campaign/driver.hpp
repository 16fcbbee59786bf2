// Runs the seeds of a campaign in worker processes, and survives what happens to them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "campaign/journal.hpp"
#include "campaign/progress.hpp"
#include "campaign/seeds.hpp"
#include "campaign/worker.hpp"

namespace norn::command {

struct DriverOptions {
  std::vector<std::string> command;  // the scenario program with its options
  std::string build;                 // that the workers must have
  Seeds seeds;
  Range range;
  unsigned jobs = 1;
  std::chrono::nanoseconds hang{};  // real time that a run may take
  std::uint64_t memory = 0;         // bytes that a worker may use; 0: any
  std::optional<std::chrono::steady_clock::time_point> deadline;
  const std::atomic<bool>* interrupted = nullptr;
};

// Driver hands out seeds until all have been run, and 1 of 20 a second time in another process. All
// that it learns goes into the journal. A seed that ends its worker is run again, alone in a new
// process; only when it ends that too, it is a finding. Nothing here decides what a seed does, so
// the order in which the workers are done is of no matter.
class Driver {
 public:
  // `so_far` is what the journal said when it was opened.
  Driver(const DriverOptions& options, const Folded& so_far, Journal& journal, Progress& progress);
  // go() errors: a worker that cannot be run or refuses its options; a journal that cannot be
  // written.
  Result<void> go();

 private:
  enum class Task { none, run, check, confirm };
  struct Check {
    std::uint64_t index = 0;
    std::string hash;
  };
  struct Slot {
    std::optional<WorkerProcess> worker;
    std::uint64_t instance = 0;  // of the worker: no two have the same number
    bool fresh = true;           // it has run nothing yet
    Task task = Task::none;
    std::vector<std::uint64_t> indexes;
    std::vector<Check> checks;
    std::size_t told = 0;  // so many of the indexes are done
    std::uint64_t begun = 0;
    std::chrono::steady_clock::time_point alive_at;  // when it was last seen to go on
    std::chrono::steady_clock::time_point given_at;
    Json death;        // what is to be confirmed
    std::string doom;  // why it was killed: "hang", "memory"
    double rate = 0;   // seeds a second
  };

  Result<void> start(Slot& slot);
  Result<bool> give_work(Slot& slot);
  bool give_runs(Slot& slot);
  bool give_checks(Slot& slot);
  void give(Slot& slot, Task task, std::vector<std::uint64_t> indexes);
  Result<void> wait();
  Result<void> attend(Slot& slot, bool readable);
  Result<void> hear(Slot& slot, const std::string& line);
  void hear_part(Slot& slot, const Json& part);
  void hear_runs(Slot& slot, const Json& part);
  void hear_checks(Slot& slot, const Json& part);
  Result<void> bury(Slot& slot);
  void give_back(Slot& slot, std::size_t from, std::size_t to);
  void watch(Slot& slot);
  Json death_of(Slot& slot, std::uint64_t index, const std::string& end) const;
  bool is_stopping() const;
  bool is_busy() const;
  std::uint64_t running() const;
  std::uint64_t checks_but(std::uint64_t instance) const;

  const DriverOptions& options_;
  Journal& journal_;
  Progress& progress_;
  std::vector<Slot> slots_;
  std::deque<Range> waiting_;
  std::deque<Json> deaths_;                             // of seeds that are to be run again, alone
  std::map<std::uint64_t, std::vector<Check>> checks_;  // by the worker that ran them first
  std::uint64_t waiting_checks_;
  std::uint64_t instances_ = 0;
  unsigned false_starts_ = 0;
};

}  // namespace norn::command
