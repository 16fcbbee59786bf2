#include "os/worker_pool.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <csignal>

#include <utility>

namespace norn::real {

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::submit(Job& job) {
  ++under_way_;
  bool start = false;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(&job);
    start = waiting_.size() > idle_ && threads_.size() < most_threads_;
  }
  work_.notify_one();
  if (!start) return;
  // Signals are for the threads of the program.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  threads_.emplace_back([this] { serve(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void WorkerPool::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    work_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    Job* const job = waiting_.front();
    waiting_.pop_front();
    ++at_work_;
    lock.unlock();
    job->work(job->argument);
    lock.lock();
    --at_work_;
    finished_.push_back(job);
    if (at_work_ == 0 && waiting_.empty()) all_done_.notify_all();
    ::eventfd_write(event_fd_, 1);
  }
}

std::vector<Job*> WorkerPool::take_finished() {
  const std::lock_guard lock(mutex_);
  under_way_ -= finished_.size();
  return std::exchange(finished_, {});
}

void WorkerPool::wait_for_all() {
  std::unique_lock lock(mutex_);
  all_done_.wait(lock, [this] { return at_work_ == 0 && waiting_.empty(); });
}

}  // namespace norn::real
