// WorkerPool: threads for what would block the thread of the fibers.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "norn/runtime/host/fiber.hpp"

namespace norn::real {

// A piece of work and the fiber that waits for it, on whose stack it lies.
struct Job {
  void (*work)(void* argument) = nullptr;
  void* argument = nullptr;
  host::Fiber* fiber = nullptr;
  bool done = false;  // known to the fibers' thread
};

// Threads are started when there is work and none is free, up to a limit; work that finds them all
// busy waits in line. All calls but those of the workers come from the fibers' thread.
class WorkerPool {
 public:
  // Each piece of work that is done adds 1 to the eventfd.
  WorkerPool(std::size_t most_threads, int event_fd)
      : most_threads_(most_threads), event_fd_(event_fd) {}
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  void submit(Job& job);
  // take_finished() returns what was done since it was last called.
  std::vector<Job*> take_finished();
  // wait_for_all() blocks the thread until nothing is in line or under way.
  void wait_for_all();
  bool busy() const { return under_way_ > 0; }

 private:
  void serve();

  std::size_t most_threads_;
  int event_fd_;
  std::size_t under_way_ = 0;  // submitted and not taken
  std::mutex mutex_;           // for what follows
  std::condition_variable work_;
  std::condition_variable all_done_;
  std::deque<Job*> waiting_;
  std::vector<Job*> finished_;
  std::size_t idle_ = 0;
  std::size_t at_work_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace norn::real
