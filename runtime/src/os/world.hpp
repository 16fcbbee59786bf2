// World: the host::World that is the machine.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/runtime/host/scheduler.hpp"
#include "norn/runtime/host/world.hpp"
#include "norn/runtime/real_world.hpp"
#include "os/event_loop.hpp"
#include "os/real_posix.hpp"
#include "os/real_sockets.hpp"

namespace norn::real {

// The fiber that blocks runs the loop itself (advance()); the host gets control when the run is
// over, when nodes are to stop, and when nothing is left to happen.
class World final : public host::World {
 public:
  explicit World(RealOptions options);
  ~World() override;

  // ---- for RealWorld
  void add_node(std::string name, std::function<void()> main, RealNodeOptions options);
  RealResult run();
  void request_stop() { loop_.interrupt(); }

  // ---- host::World
  TimePoint now() const override { return loop_.now(); }
  Duration wall_time() const override;
  void wake_at(host::Fiber& fiber, TimePoint when) override { loop_.wake_at(fiber, when); }
  void set_alarm(host::Alarm& alarm, TimePoint when) override { loop_.set_alarm(alarm, when); }
  void drop_alarm(host::Alarm& alarm) override { loop_.drop_alarm(alarm); }
  void wake_later(host::Process& process, Duration delay) override;
  bool advance() override;
  std::uint64_t draw(const host::Process& process, std::uint64_t stream,
                     std::uint64_t index) override;
  std::uint64_t ready_priority(const host::Fiber& fiber) override;
  void blocking(void (*work)(void* argument), void* argument) override {
    loop_.blocking(work, argument);
  }
  host::NodeId find_node(std::string_view name) const override;
  std::string_view node_name(host::NodeId id) const override { return nodes_[id - 1]->name; }
  void send(host::Process& from, host::Message& message) override;
  int file_open(host::Process& process, std::string_view path, int flags) override;
  int file_close(host::Process& process, int descriptor) override;
  std::int64_t file_read(host::Process& process, int descriptor, std::uint64_t offset,
                         std::span<std::byte> into) override;
  std::int64_t file_write(host::Process& process, int descriptor, std::uint64_t offset,
                          std::span<const std::byte> bytes) override;
  std::int64_t file_size(host::Process& process, int descriptor) override;
  int file_sync(host::Process& process, int descriptor) override;
  int file_truncate(host::Process& process, int descriptor, std::uint64_t size) override;
  int file_rename(host::Process& process, std::string_view from, std::string_view to) override;
  int file_remove(host::Process& process, std::string_view path) override;
  int file_list(host::Process& process, std::string_view path,
                std::vector<std::string>& names) override;
  int file_sync_directory(host::Process& process, std::string_view path) override;
  host::Sockets& sockets() override { return sockets_; }
  host::PosixCalls& posix() override { return posix_; }
  void fiber_started(const host::Fiber& fiber) override;
  void fiber_ended(const host::Fiber& fiber, host::FiberEnd how) override;
  void fiber_runs(const host::Fiber& fiber) override;
  void fiber_parks(const host::Fiber& fiber) override;
  void fiber_failed(const host::Fiber& fiber, std::string_view problem) override;
  bool outside_call(const host::Fiber& fiber, std::string_view call) override;
  void log(const host::Process& process, int level, std::string_view text) override;
  void publish(const host::Process& process, std::string_view key, std::string_view json) override;

 private:
  struct Node {
    std::string name;
    std::function<void()> main;
    RealNodeOptions options;
    std::optional<host::Process> process;
    bool ended = false;
    bool is_idle = false;  // only fibers that serve the others are left: to be ended
    bool mailbox_was_full = false;
  };

  std::optional<std::string> open_folders();
  void start_nodes();
  void take_seed();
  void deliver();
  bool can_go_on();
  bool all_ended() const;
  void end_idle_nodes();
  void act_on_interruptions();
  void kill(Node& node);
  void shut_down();
  std::string describe_deadlock() const;
  void write_line(std::string_view node, std::string_view text);

  RealOptions options_;
  host::Scheduler scheduler_;
  EventLoop loop_;
  NodeFiles files_;
  SocketCalls calls_;
  RealSockets sockets_;
  RealPosix posix_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<std::string, host::NodeId, std::less<>> by_name_;
  std::vector<host::Message*> under_way_;
  std::uint64_t seed_ = 0;
  std::uint32_t runs_since_turn_ = 0;
  std::uint32_t interruptions_seen_ = 0;
  std::optional<std::string> failure_;
  bool shutting_down_ = false;
  bool has_run_ = false;
};

}  // namespace norn::real
