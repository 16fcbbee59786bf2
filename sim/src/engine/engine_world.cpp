// What nodes ask of the simulated world: chance, messages, files, and what the trace is told of
// fibers.
#include <algorithm>
#include <array>
#include <span>

#include "engine/coverage.hpp"
#include "engine/distributions.hpp"
#include "engine/engine.hpp"
#include "norn/runtime/assert.hpp"

namespace norn::sim {

namespace {

constexpr std::uint64_t kRunsAtOneInstant = 10'000'000;

// What a sync of a file takes; reads and writes go to the page cache and take no time.
constexpr Latency kSyncLatency{.min = std::chrono::microseconds(100),
                               .usual = std::chrono::microseconds(600),
                               .slow = {1, 200},
                               .slow_max = std::chrono::milliseconds(30)};

constexpr int kDeadProcess = -3;  // -ESRCH

}  // namespace

// ---- alarms and work

void Engine::set_alarm(host::Alarm& alarm, TimePoint when) {
  if (free_alarms_.empty()) {
    free_alarms_.push_back(static_cast<std::uint32_t>(alarms_.size()));
    alarms_.emplace_back();
  }
  alarm.slot = free_alarms_.back();
  free_alarms_.pop_back();
  AlarmSlot& slot = alarms_[alarm.slot];
  slot.alarm = &alarm;
  const std::uint64_t tie =
      core_.choices.order(ChoiceKind::event_order, alarm.key, alarm.times) & 0xffffffU;
  const std::uint64_t data = std::uint64_t{slot.generation & 0xffffffU} << 32U | alarm.slot;
  if (core_.pending() > sweep_above_) [[unlikely]]
    sweep_timers();
  if (core_.clocks.any()) [[unlikely]]
    return push_timer(alarm.node, when, tie, EventType::alarm, data);
  core_.push(std::max(when.time_since_epoch().count(), core_.now_ns), tie, EventType::alarm, data);
}

void Engine::drop_alarm(host::Alarm& alarm) {
  AlarmSlot& slot = alarms_[alarm.slot];
  slot.alarm = nullptr;
  ++slot.generation;
  free_alarms_.push_back(alarm.slot);
  alarm.slot = host::Alarm::kNoSlot;
}

void Engine::fire_alarm(std::uint64_t data) {
  const AlarmSlot slot = alarms_[static_cast<std::uint32_t>(data)];
  if (slot.alarm == nullptr || (slot.generation & 0xffffffU) != (data >> 32U & 0xffffffU)) return;
  host::Alarm& alarm = *slot.alarm;
  drop_alarm(alarm);
  core_.clocks.act_for(alarm.node);
  scheduler_.set_cause(core_.recorder->timer(alarm.node, 0, alarm.cause));
  alarm.go_off();
}

void Engine::blocking(void (*work)(void* argument), void* argument) {
  if (watchdog_) watchdog_->pause();
  work(argument);
  if (watchdog_) watchdog_->resume();
}

// ---- chance

std::uint64_t Engine::draw(const host::Process& process, std::uint64_t stream,
                           std::uint64_t index) {
  const std::uint64_t base = mix(process.key() + process.incarnation(), stream);
  const auto same = [](std::uint64_t bits) { return static_cast<std::int64_t>(bits); };
  return static_cast<std::uint64_t>(
      core_.choices.choose(ChoiceKind::node_random, base, index, 0, 0, same));
}

std::uint64_t Engine::ready_priority(const host::Fiber& fiber) {
  return core_.choices.order(ChoiceKind::ready_order, fiber.key, fiber.wakes);
}

std::size_t Engine::choose_ready(std::size_t count) {
  return exhaustive_ == nullptr ? 0 : exhaustive_->choose_fiber(count);
}

void Engine::send(host::Process& from, host::Message& message) {
  static_cast<void>(from);
  network_.send(message);
}

// ---- fibers

void Engine::fiber_runs(const host::Fiber& fiber) {
  core_.recorder->set_context(fiber.process->id(), fiber.id, fiber.cause);
  core_.clocks.act_for(fiber.process->id());
  if (watchdog_) watchdog_->runs();
  if (profiler_) [[unlikely]]
    profiler_->runs(fiber, core_.now_ns);
  if (++runs_at_instant_ < kRunsAtOneInstant) [[likely]]
    return;
  runs_at_instant_ = 0;
  fail("no busy loop", "fiber '" + std::string(fiber.name_view()) + "' of node '" +
                           fiber.process->name() +
                           "' and others ran ten million times without virtual time going on");
}

void Engine::fiber_started(const host::Fiber& fiber) {
  trace::Event event = event_of(trace::EventKind::fiber_start, *fiber.process);
  event.a = fiber.id;
  event.b = fiber.parent_id;
  event.text = core_.recorder->intern(fiber.name_view());
  core_.recorder->record(event);
  if (profiler_) profiler_->starts(fiber);
}

void Engine::fiber_ended(const host::Fiber& fiber, host::FiberEnd how) {
  if (profiler_) profiler_->parks();
  if (shutting_down_) return;
  trace::Event event = event_of(trace::EventKind::fiber_end, *fiber.process);
  event.fiber = fiber.id;
  event.a = fiber.id;
  event.b = static_cast<std::uint64_t>(how);
  core_.recorder->record(event);
  if (how == host::FiberEnd::killed || fiber.process->fiber_count > 1) return;
  kernel_.exit(*fiber.process);
  event.kind = trace::EventKind::node_exit;
  event.a = 0;
  event.b = 0;
  core_.recorder->record(event);
}

void Engine::fiber_parks(const host::Fiber& fiber) {
  if (profiler_) profiler_->parks();
  if (!options_.record_parks) return;
  trace::Event event = event_of(trace::EventKind::fiber_block, *fiber.process);
  event.fiber = fiber.id;
  event.a = fiber.id;
  event.b = static_cast<std::uint64_t>(fiber.reason);
  core_.recorder->record(event);
}

void Engine::fiber_failed(const host::Fiber& fiber, std::string_view problem) {
  const std::string who =
      "fiber '" + std::string(fiber.name_view()) + "' of node '" + fiber.process->name() + "': ";
  fail("no fiber fails", who + std::string(problem));
}

bool Engine::outside_call(const host::Fiber& fiber, std::string_view call) {
  if (options_.outside_calls) return true;
  fail("node code keeps to its world", "fiber '" + std::string(fiber.name_view()) + "' of node '" +
                                           fiber.process->name() + "' calls " + std::string(call) +
                                           ", which no seed decides: use the runtime's own (or "
                                           "allow it: SimOptions::outside_calls)");
  return false;
}

trace::Event Engine::event_of(trace::EventKind kind, const host::Process& process) const {
  trace::Event event;
  event.kind = kind;
  event.node = process.id();
  event.incarnation = process.incarnation();
  if (const host::Fiber* const fiber = const_cast<host::Scheduler&>(scheduler_).running())
    event.fiber = fiber->id;
  event.cause = scheduler_.cause();
  return event;
}

void Engine::log(const host::Process& process, int level, std::string_view text) {
  trace::Event event = event_of(trace::EventKind::log, process);
  event.a = static_cast<std::uint64_t>(level);
  event.payload = std::as_bytes(std::span(text));
  core_.recorder->record(event);
}

void Engine::publish(const host::Process& process, std::string_view key, std::string_view json) {
  if (options_.guide) [[unlikely]]
    options_.guide->published(process.id(), key, json);
  if (core_.coverage != nullptr) [[unlikely]]
    core_.coverage->published(process.id(), key, json);
  trace::Event event = event_of(trace::EventKind::state, process);
  event.text = core_.recorder->intern(key);
  event.payload = std::as_bytes(std::span(json));
  core_.recorder->record(event);
}

trace::Seq Engine::record_operation(trace::Event& event, std::string_view function,
                                    const std::string& json) {
  begin();
  if (options_.guide) [[unlikely]]
    options_.guide->shows(explore::Seen::by_clients);
  if (const host::Fiber* const fiber = scheduler_.running()) {
    event.node = fiber->process->id();
    event.fiber = fiber->id;
  }
  event.cause = scheduler_.cause();
  if (event.text == 0) event.text = core_.recorder->intern(function);
  event.payload = std::as_bytes(std::span(json));
  return core_.recorder->record(event);
}

// ---- files

trace::StringId Engine::path_of(const host::Process& process, int descriptor) const {
  const std::vector<trace::StringId>& paths = cluster_.at(process.id()).open_paths;
  const auto index = static_cast<std::size_t>(descriptor);
  return descriptor >= 0 && index < paths.size() ? paths[index] : 0;
}

void Engine::note_file(const host::Process& process, trace::FileOp op, trace::StringId path,
                       std::uint64_t offset, std::uint64_t size, std::int64_t result) {
  trace::Event event = event_of(trace::EventKind::file_op, process);
  event.a = static_cast<std::uint64_t>(op);
  event.b = offset;
  event.c = size;
  event.d = result < 0 ? static_cast<std::uint64_t>(-result) : 0;
  event.text = path;
  core_.recorder->record(event);
}

// Blocks the calling fiber for as long as a sync takes.
void Engine::disk_delay(host::Process& process) {
  Node& node = cluster_.at(process.id());
  const auto taken = [](std::uint64_t draw) { return latency(draw, kSyncLatency).count(); };
  const std::int64_t delay =
      core_.choices.choose(ChoiceKind::disk_delay, node.key, node.disk_operations++, 0,
                           kSyncLatency.usual.count(), taken);
  scheduler_.park_until(host::BlockReason::file, now() + Duration(delay));
}

// Blocks the calling fiber for as long as faults of the disk hold up the call. The file may be
// closed and the fault end meanwhile.
void Engine::wait_for_disk(host::Process& process, DiskCall call, std::string_view path,
                           std::uint64_t bytes) {
  const std::shared_ptr<DiskTrouble> trouble = cluster_.at(process.id()).disk.shared_trouble();
  const std::string own_path(path);
  trouble->wait(call, own_path, bytes);
}

int Engine::file_open(host::Process& process, std::string_view path, int flags) {
  if (!process.alive) return kDeadProcess;
  Node& node = cluster_.at(process.id());
  const int result = node.disk.open(path, flags);
  const trace::StringId path_id = core_.recorder->intern(path);
  if (result >= 0) {
    const auto index = static_cast<std::size_t>(result);
    if (index >= node.open_paths.size()) node.open_paths.resize(index + 1, 0);
    node.open_paths[index] = path_id;
  }
  note_file(process, trace::FileOp::open, path_id, 0, 0, result);
  return result;
}

int Engine::file_close(host::Process& process, int descriptor) {
  if (!process.alive) return kDeadProcess;
  return cluster_.at(process.id()).disk.close(descriptor);
}

std::int64_t Engine::file_read(host::Process& process, int descriptor, std::uint64_t offset,
                               std::span<std::byte> into) {
  if (!process.alive) return kDeadProcess;
  Disk& disk = cluster_.at(process.id()).disk;
  if (disk.trouble() != nullptr) [[unlikely]] {
    wait_for_disk(process, DiskCall::read, disk.path_of(descriptor), into.size());
    if (!process.alive) return kDeadProcess;
  }
  const std::int64_t result = disk.pread(descriptor, into.data(), into.size(), offset);
  note_file(process, trace::FileOp::read, path_of(process, descriptor), offset, into.size(),
            result);
  return result;
}

std::int64_t Engine::file_write(host::Process& process, int descriptor, std::uint64_t offset,
                                std::span<const std::byte> bytes) {
  if (!process.alive) return kDeadProcess;
  Disk& disk = cluster_.at(process.id()).disk;
  if (disk.trouble() != nullptr) [[unlikely]] {
    wait_for_disk(process, DiskCall::write, disk.path_of(descriptor), bytes.size());
    if (!process.alive) return kDeadProcess;
  }
  const std::int64_t result = disk.pwrite(descriptor, bytes.data(), bytes.size(), offset);
  note_file(process, trace::FileOp::write, path_of(process, descriptor), offset, bytes.size(),
            result);
  return result;
}

std::int64_t Engine::file_size(host::Process& process, int descriptor) {
  if (!process.alive) return kDeadProcess;
  return cluster_.at(process.id()).disk.size(descriptor);
}

int Engine::file_sync(host::Process& process, int descriptor) {
  if (!process.alive) return kDeadProcess;
  disk_delay(process);
  if (!process.alive) return kDeadProcess;
  Disk& disk = cluster_.at(process.id()).disk;
  if (disk.trouble() != nullptr) [[unlikely]] {
    const auto bytes =
        static_cast<std::uint64_t>(std::max(disk.unsynced_bytes(descriptor), std::int64_t{0}));
    wait_for_disk(process, DiskCall::sync, disk.path_of(descriptor), bytes);
    if (!process.alive) return kDeadProcess;
  }
  const int result = disk.fsync(descriptor);
  note_file(process, trace::FileOp::sync, path_of(process, descriptor), 0, 0, result);
  return result;
}

int Engine::file_truncate(host::Process& process, int descriptor, std::uint64_t size) {
  if (!process.alive) return kDeadProcess;
  const int result = cluster_.at(process.id()).disk.ftruncate(descriptor, size);
  note_file(process, trace::FileOp::truncate, path_of(process, descriptor), 0, size, result);
  return result;
}

int Engine::file_rename(host::Process& process, std::string_view from, std::string_view to) {
  if (!process.alive) return kDeadProcess;
  const int result = cluster_.at(process.id()).disk.rename(from, to);
  note_file(process, trace::FileOp::rename, core_.recorder->intern(to), 0, 0, result);
  return result;
}

int Engine::file_remove(host::Process& process, std::string_view path) {
  if (!process.alive) return kDeadProcess;
  const int result = cluster_.at(process.id()).disk.unlink(path);
  note_file(process, trace::FileOp::remove, core_.recorder->intern(path), 0, 0, result);
  return result;
}

int Engine::file_list(host::Process& process, std::string_view path,
                      std::vector<std::string>& names) {
  if (!process.alive) return kDeadProcess;
  const int result = cluster_.at(process.id()).disk.list(path, names);
  note_file(process, trace::FileOp::list, core_.recorder->intern(path), 0, names.size(), result);
  return result;
}

int Engine::file_sync_directory(host::Process& process, std::string_view path) {
  if (!process.alive) return kDeadProcess;
  disk_delay(process);
  if (!process.alive) return kDeadProcess;
  Disk& disk = cluster_.at(process.id()).disk;
  if (disk.trouble() != nullptr) [[unlikely]] {
    wait_for_disk(process, DiskCall::sync_directory, path, 0);
    if (!process.alive) return kDeadProcess;
  }
  const int result = disk.fsync_directory(path);
  note_file(process, trace::FileOp::sync_directory, core_.recorder->intern(path), 0, 0, result);
  return result;
}

}  // namespace norn::sim
