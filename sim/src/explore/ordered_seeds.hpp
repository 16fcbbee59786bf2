// Runs seeds on several threads and takes the results in order of seed.
// tidy: allow-file os-thread (threads run whole simulations, never parts of one)
// tidy: allow-file os-lock (between these threads)
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "norn/sim/run_seeds.hpp"

namespace norn::explore {

// OrderedSeeds<T> calls run(seed) for each seed of a range on `jobs` threads, and take(result) for
// one result at a time in ascending order of seed, until take() returns false, the range ends, or
// `interrupted` is set; it may move from the result. So what take() sees does not depend on the
// number of threads. Threads run at most kAhead seeds ahead of the slowest one, which bounds what
// waits. An exception of run() or take() ends it and is thrown by go().
template <class T>
class OrderedSeeds {
 public:
  using Run = std::function<T(std::uint64_t seed)>;
  using Take = std::function<bool(T& result)>;

  OrderedSeeds(SeedRange seeds, Run run, Take take, const std::atomic<bool>* interrupted)
      : first_(seeds.first),
        last_index_(seeds.last - seeds.first),
        run_(std::move(run)),
        take_(std::move(take)),
        interrupted_(interrupted) {}

  void go(unsigned jobs);

 private:
  static constexpr std::uint64_t kAhead = 4096;

  void work();
  bool next_index(std::uint64_t& index);
  void hand_in(std::uint64_t index, T&& result);
  void fail(std::exception_ptr problem);

  const std::uint64_t first_;
  const std::uint64_t last_index_;  // indexes count from the first seed; the last one is included
  const Run run_;
  const Take take_;
  const std::atomic<bool>* const interrupted_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ = 0;   // index that is to be run next
  std::uint64_t taken_ = 0;  // all indexes below were taken
  bool exhausted_ = false;   // nothing is left to be begun
  bool taking_ = false;      // a thread is in take_
  std::map<std::uint64_t, T> waiting_;
  std::exception_ptr problem_;
};

template <class T>
void OrderedSeeds<T>::go(unsigned jobs) {
  std::vector<std::thread> threads;
  try {
    for (unsigned i = 1; i < jobs; ++i) threads.emplace_back([this] { work(); });
    // The machine gives no more threads: those that there are do the work.
    // NOLINTNEXTLINE(bugprone-empty-catch)
  } catch (const std::system_error&) {
  }
  work();
  for (std::thread& thread : threads) thread.join();
  if (problem_) std::rethrow_exception(problem_);
}

template <class T>
void OrderedSeeds<T>::work() {
  std::uint64_t index = 0;
  while (next_index(index)) {
    try {
      hand_in(index, run_(first_ + index));
    } catch (...) {
      fail(std::current_exception());
    }
  }
}

template <class T>
bool OrderedSeeds<T>::next_index(std::uint64_t& index) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return exhausted_ || next_ - taken_ < kAhead; });
  if (interrupted_ != nullptr && interrupted_->load(std::memory_order_relaxed)) exhausted_ = true;
  if (exhausted_) {
    changed_.notify_all();
    return false;
  }
  index = next_;
  if (next_ == last_index_) {
    exhausted_ = true;
  } else {
    ++next_;
  }
  return true;
}

template <class T>
void OrderedSeeds<T>::hand_in(std::uint64_t index, T&& result) {
  std::unique_lock lock(mutex_);
  waiting_.emplace(index, std::move(result));
  if (taking_) return;
  taking_ = true;
  while (!problem_ && !waiting_.empty() && waiting_.begin()->first == taken_) {
    T ready = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    // The others go on meanwhile: taking a failure writes files.
    lock.unlock();
    bool more = false;
    try {
      more = take_(ready);
    } catch (...) {
      lock.lock();
      taking_ = false;
      throw;
    }
    lock.lock();
    ++taken_;
    if (!more) {
      exhausted_ = true;
      waiting_.clear();
      changed_.notify_all();
      return;  // taking_ stays set: results that still come are not wanted
    }
    changed_.notify_all();
  }
  taking_ = false;
}

template <class T>
void OrderedSeeds<T>::fail(std::exception_ptr problem) {
  const std::lock_guard lock(mutex_);
  if (!problem_) problem_ = std::move(problem);
  exhausted_ = true;
  changed_.notify_all();
}

}  // namespace norn::explore
