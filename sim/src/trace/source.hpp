// Where a reader's bytes come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "norn/runtime/result.hpp"

namespace norn::trace {

// Source is a file, read piece by piece (not mapped: a mapped file that is cut short by someone
// else kills the process), or bytes in memory.
class Source {
 public:
  static Result<Source> open(const std::string& path);
  Source(std::span<const std::byte> bytes, std::string name);
  ~Source();
  Source(Source&& other) noexcept;
  Source& operator=(Source&&) = delete;

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  // Fills `into` from `offset` on. The caller has compared with size().
  Result<void> read(std::uint64_t offset, std::span<std::byte> into) const;

 private:
  explicit Source(std::string name) : name_(std::move(name)) {}

  std::string name_;
  std::uint64_t size_ = 0;
  std::span<const std::byte> bytes_;
  int file_ = -1;
};

// An Error that names the file and the place in it.
Error damaged(const Source& source, std::uint64_t offset, const std::string& what);

}  // namespace norn::trace
