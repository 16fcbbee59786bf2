// TaskGroup: fibers that live no longer than the scope that started them.
#pragma once

#include <cstddef>
#include <exception>
#include <source_location>
#include <string_view>
#include <utility>

#include "norn/runtime/context.hpp"
#include "norn/runtime/host/wait_list.hpp"
#include "norn/runtime/task.hpp"

namespace norn {

// Structured concurrency: the group's fibers may use whatever lives outside the group, because
// leaving the scope cancels those that still run and waits until they have ended. The first
// exception out of one of them cancels the others and comes out of join(); it is dropped when
// join() is not called. As golang.org/x/sync/errgroup, Trio's nursery.
class TaskGroup {
 public:
  TaskGroup() : context_(Context::current().with_cancel()) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  // Blocks until all its fibers have ended; not cancelled itself.
  ~TaskGroup() noexcept(false);

  // spawn() starts a fiber in the group's context.
  template <class F>
  void spawn(std::string_view name, F&& function, SpawnOptions options = {},
             std::source_location where = std::source_location::current());
  template <class F>
    requires std::is_invocable_v<std::decay_t<F>&>
  void spawn(F&& function, SpawnOptions options = {},
             std::source_location where = std::source_location::current()) {
    spawn(std::string_view{}, std::forward<F>(function), options, where);
  }

  // join() blocks until all have ended and throws what the first that failed threw. More can be
  // spawned after it.
  void join();
  // cancel() ends the group's context: each fiber's blocking calls throw Cancelled.
  void cancel() { context_.cancel(); }
  const Context& context() const { return context_; }
  std::size_t running() const { return running_; }

 private:
  // Counts a fiber from its spawning to its end, whether it ran or not.
  class Member {
   public:
    explicit Member(TaskGroup& group) : group_(&group) { ++group.running_; }
    Member(Member&& other) noexcept : group_(std::exchange(other.group_, nullptr)) {}
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member() {
      if (group_ != nullptr && --group_->running_ == 0) group_->ended_.notify_all();
    }
    void failed(std::exception_ptr problem) { group_->fail(std::move(problem)); }

   private:
    TaskGroup* group_;
  };

  void fail(std::exception_ptr problem);
  void wait();

  Context context_;
  std::size_t running_ = 0;
  std::exception_ptr problem_;
  host::WaitList ended_;
};

template <class F>
void TaskGroup::spawn(std::string_view name, F&& function, SpawnOptions options,
                      std::source_location where) {
  const Context::Scope scope(context_);
  norn::spawn(
      name,
      [member = Member(*this), work = std::decay_t<F>(std::forward<F>(function))]() mutable {
        try {
          work();
        } catch (const std::exception&) {
          member.failed(std::current_exception());
        }
      },
      options, where)
      .detach();
}

}  // namespace norn
