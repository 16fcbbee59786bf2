// NodeFiles: the descriptors and files of each node, and how calls on them wait.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "norn/runtime/host/process.hpp"
#include "norn/runtime/host/sockets.hpp"
#include "os/descriptors.hpp"
#include "os/event_loop.hpp"
#include "os/folder.hpp"

namespace norn::real {

// On what terms a call waits.
struct Terms {
  host::SocketDirection direction = host::SocketDirection::read;
  bool blocks = true;
  std::optional<TimePoint> patience;
  // Some calls on local sockets wait for what the machine tells nobody of: they are tried again.
  std::optional<Duration> look_again;
};

class NodeFiles {
 public:
  explicit NodeFiles(EventLoop& loop) : loop_(loop) {}

  // add_node() is called for nodes 1, 2, 3 … in turn.
  void add_node(std::shared_ptr<const Folder> folder) {
    nodes_.push_back(std::make_unique<Node>(Node{std::move(folder), {}}));
  }
  const Folder& folder(const host::Process& process) const { return *of(process).folder; }
  DescriptorTable& table(const host::Process& process) { return of(process).table; }
  EventLoop& loop() { return loop_; }

  // find() returns null and says why if there is no such descriptor or its process is dead.
  DescriptorPtr find(const host::Process& process, int number, int& error);
  // find_socket() does, besides, if it is no socket.
  DescriptorPtr find_socket(const host::Process& process, int number, int& error);
  // install() takes over a descriptor of the machine (or passes on its errno) and returns the
  // node's number for it.
  int install(const host::Process& process, int machine_fd, OpenFile file, bool close_on_exec);
  int close(const host::Process& process, int number);
  void close_all(const host::Process& process);

  // wait() blocks the calling fiber and returns 0, or why the call is over.
  int wait(const host::Process& process, Descriptor& descriptor, const Terms& terms);
  Terms terms_of(const Descriptor& descriptor, host::SocketDirection direction, int flags) const;
  // is_late() is whether the deadline of that direction has passed.
  bool is_late(const Descriptor& descriptor, host::SocketDirection direction) const;

  // when_ready() makes the call, and again after each wait, until it does not say EAGAIN.
  template <class Call>
  std::int64_t when_ready(const host::Process& process, const DescriptorPtr& descriptor,
                          const Terms& terms, Call call) {
    for (;;) {
      const std::int64_t result = told([&] { return call(descriptor->fd.get()); });
      if (result != -EAGAIN) return result;
      if (const int over = wait(process, *descriptor, terms); over != 0) return over;
    }
  }

  // away() makes a call that may block, on another thread.
  template <class Call>
  std::int64_t away(Call call) {
    struct Away {
      Call& call;
      std::int64_t result;
    } work{call, 0};
    loop_.blocking(
        [](void* argument) {
          auto& self = *static_cast<Away*>(argument);
          self.result = told([&] { return self.call(); });
        },
        &work);
    return work.result;
  }

 private:
  struct Node {
    std::shared_ptr<const Folder> folder;
    DescriptorTable table;
  };
  Node& of(const host::Process& process) { return *nodes_[process.id() - 1]; }
  const Node& of(const host::Process& process) const { return *nodes_[process.id() - 1]; }
  void end(const DescriptorPtr& descriptor);

  EventLoop& loop_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace norn::real
