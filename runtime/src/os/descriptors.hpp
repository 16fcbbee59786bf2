// Descriptors: the numbers that a node knows its open files by, and what stands behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "norn/runtime/host/waiter.hpp"
#include "norn/runtime/time.hpp"
#include "os/unique_fd.hpp"

namespace norn::real {

enum class OpenKind : std::uint8_t {
  file,
  directory,
  stream,  // a socket of TCP or a local one
  datagrams,
  pipe,
  event,
  timer,
  epoll,
};

// What the numbers that dup() makes of one another share. The machine's descriptor never blocks;
// whether a call does is what node code asked for.
struct OpenFile {
  OpenKind kind = OpenKind::file;
  bool is_local = false;  // a socket of AF_UNIX
  bool blocks = true;
  bool lingers = false;                    // SO_LINGER with a time: close() takes time
  std::optional<Duration> read_patience;   // SO_RCVTIMEO
  std::optional<Duration> write_patience;  // SO_SNDTIMEO
  std::optional<TimePoint> read_deadline;  // Sockets::set_deadline()
  std::optional<TimePoint> write_deadline;
  UniqueFd name_folder;  // where the name of a local socket was bound
};

// One number of a node. Who waits on it keeps it alive; the number may be another's then.
struct Descriptor {
  Descriptor(int machine_fd, std::shared_ptr<OpenFile> open_file)
      : fd(machine_fd), file(std::move(open_file)) {}

  UniqueFd fd;
  std::shared_ptr<OpenFile> file;
  bool close_on_exec = false;  // kept and told: nothing is executed
  bool watched = false;        // by the event loop
  bool closed = false;
  host::WaiterQueue readers;
  host::WaiterQueue writers;
};

using DescriptorPtr = std::shared_ptr<Descriptor>;

// DescriptorTable gives the lowest free number from 3 on; there are 1024.
class DescriptorTable {
 public:
  static constexpr int kFirst = 3;
  static constexpr int kMost = 1024;

  DescriptorPtr find(int number) const {
    const auto index = static_cast<std::size_t>(number);
    return number >= 0 && index < entries_.size() ? entries_[index] : nullptr;
  }
  bool has_room(int count) const;
  // install() returns the number, or -EMFILE.
  int install(DescriptorPtr descriptor, int from = kFirst);
  void put(int number, DescriptorPtr descriptor);
  DescriptorPtr remove(int number);
  const std::vector<DescriptorPtr>& all() const { return entries_; }

 private:
  std::vector<DescriptorPtr> entries_;  // by number; null: free
};

}  // namespace norn::real
