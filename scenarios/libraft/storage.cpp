#include "libraft/storage.hpp"

#include <algorithm>
#include <utility>

namespace norn_libraft {
namespace {

using norn::Errc;
using norn::Error;
using norn::Result;

constexpr const char* kMetaName = "meta";
constexpr const char* kSnapshotName = "snapshot";

// A record: length of the body, checksum of the body, body.
constexpr std::size_t kRecordHead = 12;

Bytes seal(Bytes body) {
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(body.size()));
  out.u64(checksum(body));
  out.raw(body);
  return out.take();
}

// The body of the record that `in` stands at; nothing when it is torn.
std::optional<std::span<const std::byte>> unseal(ByteReader& in) {
  const std::uint32_t size = in.u32();
  const std::uint64_t sum = in.u64();
  const auto body = in.raw(size);
  if (!in.ok() || checksum(body) != sum) return std::nullopt;
  return body;
}

// The only record of a file that is replaced whole: it is never torn, so damage is an error.
Result<std::optional<Bytes>> read_sealed(const char* name) {
  auto content = norn::read_file(name);
  if (!content) {
    if (content.error().code == Errc::not_found) return std::optional<Bytes>();
    return content.error();
  }
  ByteReader in(*content);
  const auto body = unseal(in);
  if (!body) return Error{Errc::io_error, std::string(name) + ": damaged"};
  return std::optional<Bytes>(to_bytes(*body));
}

struct SnapshotFile {
  StoredSnapshot snapshot;
  std::uint64_t generation = 0;
};

Result<std::optional<SnapshotFile>> read_snapshot_file() {
  auto body = read_sealed(kSnapshotName);
  if (!body) return body.error();
  if (!*body) return std::optional<SnapshotFile>();
  ByteReader in(**body);
  SnapshotFile file;
  file.generation = in.u64();
  file.snapshot.index = in.u64();
  file.snapshot.term = in.u64();
  file.snapshot.configuration_index = in.u64();
  file.snapshot.configuration = read_servers(in);
  file.snapshot.data = to_bytes(in.blob());
  return std::optional<SnapshotFile>(std::move(file));
}

}  // namespace

Bytes encode_record(std::uint64_t index, const StoredEntry& entry) {
  ByteWriter body;
  body.u64(index);
  body.u64(entry.term);
  body.u16(entry.type);
  body.raw(entry.data);
  return seal(body.take());
}

std::string Storage::log_name(std::uint64_t generation) const {
  return "log-" + std::to_string(generation);
}

Result<Loaded> Storage::open() {
  Loaded loaded;
  auto meta = read_sealed(kMetaName);
  if (!meta) return meta.error();
  if (!*meta) {
    loaded.pristine = true;
    if (auto removed = remove_others(true); !removed) return removed.error();
    if (auto started = start_log(0, {}); !started) return started.error();
    return loaded;
  }
  ByteReader in(**meta);
  loaded.meta = {.lives = in.u64() + 1, .term = in.u64(), .vote = in.u64()};
  if (auto saved = save_meta(loaded.meta); !saved) return saved.error();

  auto file = read_snapshot_file();
  if (!file) return file.error();
  if (*file) {
    loaded.snapshot = std::move((*file)->snapshot);
    generation_ = (*file)->generation;
    first_index_ = loaded.snapshot->index + 1;
  }
  if (auto log = load_log(loaded); !log) return log.error();
  if (auto removed = remove_others(false); !removed) return removed.error();
  return loaded;
}

Result<void> Storage::load_log(Loaded& loaded) {
  auto content = norn::read_file(log_name(generation_));
  if (!content) return content.error();
  ByteReader in(*content);
  while (in.left() > 0) {
    const std::uint64_t offset = content->size() - in.left();
    const auto body = unseal(in);
    if (!body) break;
    ByteReader record(*body);
    const std::uint64_t index = record.u64();
    if (offsets_.empty()) first_index_ = index;
    if (index != last_index() + 1) break;
    StoredEntry entry;
    entry.term = record.u64();
    entry.type = record.u16();
    entry.data = to_bytes(record.raw(record.left()));
    loaded.entries.push_back(std::move(entry));
    offsets_.push_back(offset);
    end_ = offset + kRecordHead + body->size();
  }
  loaded.start_index = first_index_;
  loaded.torn_bytes = content->size() - end_;
  auto opened = norn::File::open(log_name(generation_));
  if (!opened) return opened.error();
  log_.emplace(std::move(*opened));
  if (loaded.torn_bytes == 0) return {};
  if (auto cut = log_->truncate(end_); !cut) return cut;
  return log_->sync();
}

// What is left of an interrupted bootstrap, or the log of an earlier snapshot.
Result<void> Storage::remove_others(bool pristine) {
  auto names = norn::list_directory();
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const bool wanted = name == kMetaName || name == kSnapshotName || name == log_name(generation_);
    if (wanted && !pristine) continue;
    if (auto removed = norn::remove_file(name); !removed) return removed;
  }
  return {};
}

Result<void> Storage::start_log(std::uint64_t generation, std::span<const std::byte> records) {
  auto opened = norn::File::open(log_name(generation), {.truncate = true});
  if (!opened) return opened.error();
  log_.emplace(std::move(*opened));
  generation_ = generation;
  end_ = records.size();
  if (auto written = log_->write_at(0, records); !written) return written;
  if (auto synced = log_->sync(); !synced) return synced;
  return norn::sync_directory();
}

Result<void> Storage::save_meta(const Meta& meta) {
  ByteWriter out;
  out.u64(meta.lives);
  out.u64(meta.term);
  out.u64(meta.vote);
  return norn::replace_file(kMetaName, seal(out.take()));
}

Result<void> Storage::bootstrap(const StoredEntry& configuration) {
  if (auto appended = append({&configuration, 1}); !appended) return appended;
  return save_meta({.lives = 1, .term = 1, .vote = 0});
}

Result<void> Storage::append(std::span<const StoredEntry> entries) {
  ByteWriter out;
  const std::uint64_t begin = end_;
  for (const StoredEntry& entry : entries) {
    const std::uint64_t index = last_index() + 1;
    offsets_.push_back(begin + out.size());
    out.raw(encode_record(index, entry));
  }
  end_ = begin + out.size();
  if (auto written = log_->write_at(begin, out.take()); !written) return written;
  return log_->sync();
}

// The shorter length is synced before anything is appended: otherwise a crash could leave new
// entries followed by old ones.
Result<void> Storage::truncate(std::uint64_t index) {
  if (index > last_index()) return {};
  const std::uint64_t keep = index > first_index_ ? index - first_index_ : 0;
  end_ = offsets_[keep];
  offsets_.resize(keep);
  if (auto cut = log_->truncate(end_); !cut) return cut;
  return log_->sync();
}

Result<void> Storage::put_snapshot(const StoredSnapshot& snapshot, std::uint64_t trailing) {
  Bytes kept;
  std::uint64_t first = snapshot.index + 1;
  std::vector<std::uint64_t> offsets;
  if (trailing > 0 && !offsets_.empty()) {
    const std::uint64_t wanted = snapshot.index > trailing ? snapshot.index - trailing + 1 : 1;
    first = std::clamp(wanted, first_index_, last_index() + 1);
    const std::uint64_t skipped = first - first_index_;
    const std::uint64_t begin = skipped < offsets_.size() ? offsets_[skipped] : end_;
    kept.resize(end_ - begin);
    auto read = log_->read_at(begin, kept);
    if (!read) return read.error();
    for (std::size_t i = skipped; i < offsets_.size(); ++i) offsets.push_back(offsets_[i] - begin);
  }
  const std::uint64_t old_generation = generation_;
  if (auto started = start_log(generation_ + 1, kept); !started) return started;
  first_index_ = first;
  offsets_ = std::move(offsets);

  ByteWriter out;
  out.u64(generation_);
  out.u64(snapshot.index);
  out.u64(snapshot.term);
  out.u64(snapshot.configuration_index);
  write_servers(out, snapshot.configuration);
  out.blob(snapshot.data);
  if (auto replaced = norn::replace_file(kSnapshotName, seal(out.take())); !replaced)
    return replaced;
  return norn::remove_file(log_name(old_generation));
}

Result<std::optional<StoredSnapshot>> Storage::read_snapshot() {
  auto file = read_snapshot_file();
  if (!file) return file.error();
  if (!*file) return std::optional<StoredSnapshot>();
  return std::optional<StoredSnapshot>(std::move((*file)->snapshot));
}

}  // namespace norn_libraft
