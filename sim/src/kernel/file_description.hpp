// What open(2) makes: a file or a directory of the node's disk.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "kernel/description.hpp"
#include "norn/runtime/host/world.hpp"

namespace norn::sim {

// The offset belongs to it, the bytes to the file system of the world. `handle` is the number that
// the world gave the file.
class FileDescription final : public Description {
 public:
  FileDescription(host::World& world, int handle, int flags)
      : Description(flags), world_(world), handle_(handle) {}

  std::uint32_t ready() override { return EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM; }
  bool can_be_polled() const override { return false; }
  std::int64_t read(host::Process& process, std::span<std::byte> into) override;
  std::int64_t write(host::Process& process, std::span<const std::byte> bytes) override;
  int status(host::Process& process, struct stat& status) override;
  void closed(host::Process& process) override;

  std::int64_t read_at(host::Process& process, std::span<std::byte> into, std::uint64_t offset);
  // write_at() appends all the same to a file with O_APPEND, as Linux does (pwrite(2), BUGS).
  std::int64_t write_at(host::Process& process, std::span<const std::byte> bytes,
                        std::uint64_t offset);
  std::int64_t seek(host::Process& process, std::int64_t offset, int whence);
  int truncate(host::Process& process, std::uint64_t size);
  int sync(host::Process& process);
  std::int64_t size(host::Process& process);
  int handle() const { return handle_; }

 private:
  std::int64_t put(host::Process& process, std::span<const std::byte> bytes, std::uint64_t offset,
                   std::uint64_t& end);

  host::World& world_;
  int handle_;
  std::uint64_t offset_ = 0;
};

class DirectoryDescription final : public Description {
 public:
  DirectoryDescription(host::World& world, std::string path, int flags)
      : Description(flags), world_(world), path_(std::move(path)) {}

  std::uint32_t ready() override { return EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM; }
  bool can_be_polled() const override { return false; }
  std::int64_t read(host::Process& process, std::span<std::byte> into) override;
  std::int64_t write(host::Process& process, std::span<const std::byte> bytes) override;
  int status(host::Process& process, struct stat& status) override;
  void closed(host::Process& process) override { static_cast<void>(process); }

  int sync(host::Process& process) { return world_.file_sync_directory(process, path_); }

 private:
  host::World& world_;
  std::string path_;
};

}  // namespace norn::sim
