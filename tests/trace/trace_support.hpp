// Small recordings for the tests of the trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "norn/trace/reader.hpp"
#include "norn/trace/recorder.hpp"

namespace norn::trace::testing {

// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  // A number of 1 to `most_bits` bits, so that small ones are as likely as large ones.
  std::uint64_t of_any_size(unsigned most_bits);

 private:
  std::uint64_t state_;
};

// A directory of its own for each instance, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// While it lives, no file of this process can grow beyond some size.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uint64_t bytes);
  ~FileSizeLimit();
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  std::uint64_t before_ = 0;
  void (*handler_)(int) = nullptr;
};

std::vector<std::byte> read_file(const std::string& path);
void write_file(const std::string& path, std::span<const std::byte> bytes);
std::span<const std::byte> bytes_of(std::string_view text);

std::unique_ptr<Recorder> record_in_memory(RecorderOptions options = {});
std::unique_ptr<Recorder> must_open(RecorderOptions options);

// Storyteller drives a Recorder with random calls and keeps what the reader must give back.
class Storyteller {
 public:
  Storyteller(Recorder& recorder, std::uint64_t seed, std::uint32_t nodes);

  void tell(int events);
  const std::deque<Event>& expected() const { return expected_; }

 private:
  void send();
  void deliver();
  void timer();
  void any_event();
  void add(Event event);
  std::span<const std::byte> keep(std::vector<std::byte> payload);
  std::vector<std::byte> random_payload(std::size_t most);

  Recorder& recorder_;
  Random random_;
  std::uint32_t nodes_;
  std::vector<StringId> names_;
  std::int64_t time_ns_ = 0;
  Event context_;  // node, fiber, cause
  std::map<NodeId, std::uint32_t> incarnations_;
  std::vector<Event> sends_;
  std::deque<Event> expected_;
  std::deque<std::vector<std::byte>> payloads_;
};

// Everything but where the payload lies.
bool same(const Event& a, const Event& b);
std::string text_of(const Event& event);

// A few events of each form, in one chunk, for tests that damage every byte.
std::vector<std::byte> small_trace(RecorderOptions options = {});

}  // namespace norn::trace::testing
