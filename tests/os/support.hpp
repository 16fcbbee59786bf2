// Runs node code for real, for the tests of the real world.
#pragma once

#include <filesystem>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/runtime/real_world.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace norn::test {

inline RealResult run_one(std::function<void()> main, RealOptions options = {}) {
  const ScratchFolder folder;
  return run_for_real(std::move(main),
                      {.name = "n1", .root = folder.path(), .world = std::move(options)});
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::string read_all(TcpStream& stream, std::size_t size) {
  std::vector<std::byte> buffer(size);
  if (!stream.read_exactly(buffer).ok()) return "(cut short)";
  return {reinterpret_cast<const char*>(buffer.data()), size};
}

inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Tells that it was destroyed.
struct Notes {
  bool& gone;
  ~Notes() { gone = true; }
};

}  // namespace norn::test
