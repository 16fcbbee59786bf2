// What nodes ask of the real world: chance, the time of day, messages, files, a log.
#include <sys/random.h>

#include <array>
#include <cstdio>

#include "norn/runtime/assert.hpp"
#include "os/machine_clock.hpp"
#include "os/world.hpp"

namespace norn::real {

namespace {

constexpr int kDeadProcess = -3;  // -ESRCH

// Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014): the finaliser of
// SplitMix64.
std::uint64_t mix(std::uint64_t word) {
  word += 0x9e3779b97f4a7c15U;
  word = (word ^ word >> 30U) * 0xbf58476d1ce4e5b9U;
  word = (word ^ word >> 27U) * 0x94d049bb133111ebU;
  return word ^ word >> 31U;
}

}  // namespace

// ---- chance and time

void World::take_seed() {
  const std::int64_t got = told([this] { return ::getrandom(&seed_, sizeof(seed_), 0); });
  NORN_ASSERT(got == sizeof(seed_), "the machine gives no random bits: getrandom() fails");
}

std::uint64_t World::draw(const host::Process& process, std::uint64_t stream, std::uint64_t index) {
  return mix(mix(mix(seed_ ^ process.key()) ^ stream) ^ index);
}

std::uint64_t World::ready_priority(const host::Fiber& fiber) {
  static_cast<void>(fiber);
  return 0;  // first come, first served
}

Duration World::wall_time() const {
  return read_clock(CLOCK_REALTIME);
}

// Nothing in this world slows a processor down.
void World::wake_later(host::Process& process, Duration delay) {
  static_cast<void>(delay);
  scheduler_.wake_next(process);
}

// ---- messages

host::NodeId World::find_node(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? 0 : found->second;
}

void World::send(host::Process& from, host::Message& message) {
  static_cast<void>(from);
  under_way_.push_back(&message);
}

void World::deliver() {
  for (std::size_t i = 0; i < under_way_.size(); ++i) {
    host::Message& message = *under_way_[i];
    const bool is_there = message.to > 0 && message.to <= nodes_.size();
    if (!is_there || nodes_[message.to - 1]->ended) {
      messages().release(message);
      continue;
    }
    Node& node = *nodes_[message.to - 1];
    bool full = false;
    host::Fiber* const fiber = node.process->accept(message, messages(), full);
    if (fiber != nullptr) scheduler_.make_ready(*fiber);
    if (!full) continue;
    messages().release(message);
    if (!std::exchange(node.mailbox_was_full, true))
      write_line(node.name, "warning the mailbox is full: messages to this node are lost");
  }
  under_way_.clear();
}

// ---- files: a number is a descriptor of the node

int World::file_open(host::Process& process, std::string_view path, int flags) {
  return posix_.open(process, path, flags);
}

int World::file_close(host::Process& process, int descriptor) {
  return posix_.close(process, descriptor);
}

std::int64_t World::file_read(host::Process& process, int descriptor, std::uint64_t offset,
                              std::span<std::byte> into) {
  return posix_.pread(process, descriptor, into.data(), into.size(),
                      static_cast<std::int64_t>(offset));
}

std::int64_t World::file_write(host::Process& process, int descriptor, std::uint64_t offset,
                               std::span<const std::byte> bytes) {
  return posix_.pwrite(process, descriptor, bytes.data(), bytes.size(),
                       static_cast<std::int64_t>(offset));
}

std::int64_t World::file_size(host::Process& process, int descriptor) {
  struct stat status{};
  const int error = posix_.fstat(process, descriptor, &status);
  return error != 0 ? error : status.st_size;
}

int World::file_sync(host::Process& process, int descriptor) {
  return posix_.fsync(process, descriptor);
}

int World::file_truncate(host::Process& process, int descriptor, std::uint64_t size) {
  return posix_.ftruncate(process, descriptor, static_cast<std::int64_t>(size));
}

int World::file_rename(host::Process& process, std::string_view from, std::string_view to) {
  return posix_.rename(process, from, to);
}

int World::file_remove(host::Process& process, std::string_view path) {
  return posix_.unlink(process, path);
}

int World::file_list(host::Process& process, std::string_view path,
                     std::vector<std::string>& names) {
  if (!process.alive) return kDeadProcess;
  const Folder& folder = files_.folder(process);
  int result = 0;
  files_.away([&] { return result = folder.list(path, names), 0; });
  return result;
}

int World::file_sync_directory(host::Process& process, std::string_view path) {
  if (!process.alive) return kDeadProcess;
  const Folder& folder = files_.folder(process);
  int result = 0;
  files_.away([&] { return result = folder.sync(path), 0; });
  return result;
}

// ---- the log

void World::log(const host::Process& process, int level, std::string_view text) {
  constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};
  const auto index = std::min(static_cast<std::size_t>(level), kLevels.size() - 1);
  write_line(process.name(), std::string(kLevels.at(index)) + " " + std::string(text));
}

void World::publish(const host::Process& process, std::string_view key, std::string_view json) {
  write_line(process.name(), "state " + std::string(key) + " = " + std::string(json));
}

// "2026-01-01T00:00:00.000000Z node info text"
void World::write_line(std::string_view node, std::string_view text) {
  constexpr std::int64_t kNsPerSecond = 1'000'000'000;
  const std::int64_t ns = wall_time().count();
  const auto seconds = static_cast<std::time_t>(ns / kNsPerSecond);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> date{};
  std::array<char, 16> micros{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(micros.data(), micros.size(), ".%06dZ ",
                static_cast<int>(ns % kNsPerSecond / 1000));
  std::string line = std::string(date.data()) + micros.data() + std::string(node) + " ";
  line += text;
  if (options_.log) return options_.log(line);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace norn::real
