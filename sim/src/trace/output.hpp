// Where the bytes of a recording go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "norn/runtime/result.hpp"
#include "norn/trace/recorder.hpp"

namespace norn::trace {

// Output appends bytes to nothing (modes off and hash), to memory or to `path`.partial. After the
// first failed write it takes no more; finish() tells what happened.
class Output {
 public:
  explicit Output(const RecorderOptions& options);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Creates the .partial file. An existing one, or an existing `path`, is an error unless
  // overwriting.
  Result<void> open();
  bool keeps() const { return mode_ == Mode::memory || mode_ == Mode::file; }
  void append(std::initializer_list<std::span<const std::byte>> pieces);
  std::uint64_t offset() const { return offset_; }
  std::span<const std::byte> memory() const { return memory_; }
  // Replaces the first bytes of the file, closes it and renames it into place.
  Result<void> finish(std::span<const std::byte> new_beginning);

 private:
  using Mode = RecorderOptions::Mode;

  Result<void> remove_old_partial();
  void fail(int error, const char* doing);
  void write_all(std::span<const std::byte> bytes, std::uint64_t at);
  Result<void> move_into_place();

  Mode mode_;
  std::string path_;
  std::string partial_path_;
  bool overwrite_;
  int file_ = -1;
  std::uint64_t offset_ = 0;
  std::vector<std::byte> memory_;
  Result<void> state_;
};

}  // namespace norn::trace
