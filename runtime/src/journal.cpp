#include "norn/runtime/journal.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include "norn/runtime/detail/crc32c.hpp"

namespace norn {

namespace {

// A block: a head of 24 bytes, all little-endian, and a body. The body of a journal's block is its
// events, each with its length (4 bytes) before it; that of a snapshot is the state.
//    0  magic "NJb1" or "NJs1"
//    4  CRC-32C of all that follows, the body included
//    8  number of the first event; of a snapshot: of the first event after it
//   16  length of the body
//   20  number of events
constexpr std::size_t kHead = 24;
constexpr std::uint32_t kBlockMagic = 0x31624a4e;
constexpr std::uint32_t kSnapshotMagic = 0x31734a4e;
constexpr std::size_t kChecked = 8;  // what the checksum covers begins here
constexpr std::size_t kLargestBody = std::size_t{1} << 30U;

template <class T>
void put(Bytes& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out.push_back(static_cast<std::byte>(value >> (8 * i) & 0xffU));
}

template <class T>
T get(std::span<const std::byte> bytes, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value |= static_cast<T>(std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i));
  return value;
}

struct Block {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  std::span<const std::byte> body;
  std::size_t size() const { return kHead + body.size(); }
};

// Nothing when no whole block begins at the front of `bytes`.
std::optional<Block> read_block(std::span<const std::byte> bytes, std::uint32_t magic) {
  if (bytes.size() < kHead || get<std::uint32_t>(bytes, 0) != magic) return std::nullopt;
  const auto length = get<std::uint32_t>(bytes, 16);
  if (length > bytes.size() - kHead) return std::nullopt;
  const auto crc = detail::crc32c(bytes.subspan(kChecked, kHead - kChecked + length));
  if (crc != get<std::uint32_t>(bytes, 4)) return std::nullopt;
  return Block{get<std::uint64_t>(bytes, 8), get<std::uint32_t>(bytes, 20),
               bytes.subspan(kHead, length)};
}

Bytes make_block(std::uint32_t magic, std::uint64_t first, std::uint32_t count,
                 std::span<const std::byte> body) {
  Bytes checked;
  checked.reserve(kHead + body.size());
  put(checked, first);
  put(checked, static_cast<std::uint32_t>(body.size()));
  put(checked, count);
  checked.insert(checked.end(), body.begin(), body.end());
  Bytes block;
  block.reserve(kHead + body.size());
  put(block, magic);
  put(block, detail::crc32c(checked));
  block.insert(block.end(), checked.begin(), checked.end());
  return block;
}

// Whether a whole block of events after `next` begins anywhere in `bytes`: then what is before it
// was synced once, since a block is written only after the one before it was.
bool any_block_after(std::span<const std::byte> bytes, std::uint64_t next) {
  for (std::size_t at = 1; at + kHead <= bytes.size(); ++at) {
    const auto block = read_block(bytes.subspan(at), kBlockMagic);
    if (block && block->first > next) return true;
  }
  return false;
}

bool take_events(const Block& block, std::uint64_t from, std::vector<Bytes>& events) {
  std::span<const std::byte> rest = block.body;
  for (std::uint32_t i = 0; i < block.count; ++i) {
    if (rest.size() < 4) return false;
    const auto size = get<std::uint32_t>(rest, 0);
    if (size > rest.size() - 4) return false;
    const auto event = rest.subspan(4, size);
    if (block.first + i >= from) events.emplace_back(event.begin(), event.end());
    rest = rest.subspan(4 + size);
  }
  return rest.empty();
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

Result<Journal> Journal::open(std::string_view name) {
  const std::string path = std::string(name) + ".journal";
  const bool is_new = !file_exists(path);
  Result<File> file = File::open(path);
  if (!file) return file.error();
  if (is_new) {
    if (Result<void> synced = sync_directory(parent_of(path)); !synced) return synced.error();
  }
  Journal journal(std::string(name), std::move(*file));
  if (Result<void> loaded = journal.load(); !loaded) return loaded.error();
  return journal;
}

Result<std::uint64_t> Journal::load_snapshot() {
  const std::string path = name_ + ".snapshot";
  const Result<Bytes> bytes = read_file(path);
  if (!bytes) {
    if (bytes.error().code == Errc::not_found) return std::uint64_t{0};
    return bytes.error();
  }
  const auto block = read_block(*bytes, kSnapshotMagic);
  if (!block || block->size() != bytes->size())
    return Error{Errc::bad_message, "the snapshot '" + path + "' is damaged"};
  contents_.snapshot.emplace(block->body.begin(), block->body.end());
  return block->first;
}

Result<void> Journal::load() {
  const Result<std::uint64_t> base = load_snapshot();
  if (!base) return base.error();
  const Result<Bytes> bytes = read_file(name_ + ".journal");
  if (!bytes) return bytes.error();
  if (Result<void> loaded = load_blocks(*bytes, *base); !loaded) return loaded;
  if (contents_.dropped_bytes > 0) {
    if (Result<void> cut = file_.truncate(end_); !cut) return cut;
  }
  // What a failed or interrupted sync left in the file may not be on the disk yet, and is about to
  // be acted upon.
  return file_.sync();
}

Result<void> Journal::load_blocks(std::span<const std::byte> bytes, std::uint64_t base) {
  const auto damage = [&](const char* what) {
    return Error{Errc::bad_message, "the journal '" + name_ + ".journal' is damaged at byte " +
                                        std::to_string(end_) + ": " + what};
  };
  next_ = base;
  bool any = false;
  while (end_ < bytes.size()) {
    const std::span<const std::byte> rest = bytes.subspan(end_);
    const auto block = read_block(rest, kBlockMagic);
    if (!block) {
      if (any_block_after(rest, any ? next_ : 0)) return damage("a whole block follows");
      contents_.dropped_bytes = rest.size();
      break;
    }
    const bool continues = any ? block->first == next_ : block->first <= base;
    if (!continues) return damage("events are missing");
    if (!take_events(*block, base, contents_.events)) return damage("its events have odd lengths");
    // Blocks that a snapshot stands for are still there when a crash came before they were cut off.
    any = true;
    next_ = block->first + block->count;
    end_ += block->size();
  }
  next_ = std::max(next_, base);
  return {};
}

Result<void> Journal::append(std::span<const std::byte> event) {
  const Bytes one(event.begin(), event.end());
  return append(std::span(&one, 1));
}

Result<void> Journal::append(std::span<const Bytes> events) {
  if (events.empty()) return {};
  std::size_t size = 0;
  for (const Bytes& event : events) size += event.size() + 4;
  if (size > kLargestBody) return Error{Errc::too_large, "events of more than 1 GiB at once"};
  const auto mine = std::make_shared<Pending>();
  mine->events.assign(events.begin(), events.end());
  pending_.push_back(mine);
  const std::lock_guard lock(*writing_);
  if (!mine->result) write_all_pending();
  return *mine->result;
}

void Journal::write_all_pending() {
  const std::vector<std::shared_ptr<Pending>> batch = std::exchange(pending_, {});
  std::vector<Bytes> events;
  for (const auto& each : batch) {
    for (Bytes& event : each->events) events.push_back(std::move(event));
  }
  const Result<void> result = write(events);
  for (const auto& each : batch) each->result = result;
}

Result<void> Journal::write(const std::vector<Bytes>& events) {
  if (broken_)
    return Error{Errc::io_error, "the journal '" + name_ + "' failed before: open it again"};
  Bytes body;
  for (const Bytes& event : events) {
    put(body, static_cast<std::uint32_t>(event.size()));
    body.insert(body.end(), event.begin(), event.end());
  }
  const auto count = static_cast<std::uint32_t>(events.size());
  const Bytes block = make_block(kBlockMagic, next_, count, body);
  if (Result<void> written = file_.write_at(end_, block); !written) return undo(written.error());
  if (Result<void> synced = file_.sync(); !synced) {
    broken_ = true;
    return synced;
  }
  end_ += block.size();
  next_ += count;
  return {};
}

// Takes back a block that was not written whole; without that, a later one would stand behind it.
Result<void> Journal::undo(Error problem) {
  broken_ = true;
  if (problem.code == Errc::no_space && file_.truncate(end_).ok() && file_.sync().ok())
    broken_ = false;
  return problem;
}

Result<void> Journal::snapshot(std::span<const std::byte> state) {
  const std::lock_guard lock(*writing_);
  if (broken_)
    return Error{Errc::io_error, "the journal '" + name_ + "' failed before: open it again"};
  if (state.size() > kLargestBody) return Error{Errc::too_large, "a snapshot of more than 1 GiB"};
  const Bytes block = make_block(kSnapshotMagic, next_, 0, state);
  if (Result<void> placed = replace_file(name_ + ".snapshot", block); !placed) return placed;
  // Synced before anything is written in their place: a mixture of both would look like damage.
  const Result<void> cut = file_.truncate(0);
  const Result<void> synced = cut ? file_.sync() : cut;
  broken_ = !synced.ok();
  if (synced) end_ = 0;
  return synced;
}

}  // namespace norn
