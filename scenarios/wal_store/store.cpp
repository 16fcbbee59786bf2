#include "wal_store/store.hpp"

#include <utility>

namespace wal_store {

using norn::Result;

namespace {

constexpr std::string_view kSnapshot = "snapshot";
constexpr std::string_view kNewSnapshot = "snapshot.new";
constexpr std::string_view kFolder = "wal";

}  // namespace

std::string Store::path_of(const Segment& segment) {
  std::string number = std::to_string(segment.number);
  number.insert(0, number.size() < 8 ? 8 - number.size() : 0, '0');
  return std::string(kFolder) + (segment.sealed ? "/sealed." : "/open.") + number;
}

std::optional<std::string> Store::get(std::string_view key) const {
  const auto found = content_.find(key);
  if (found == content_.end()) return std::nullopt;
  return found->second;
}

Result<void> Store::put(std::string_view key, std::string_view value) {
  if (failed_) return {norn::Errc::io_error, "the store has failed: restart its machine"};
  failed_ = true;  // until all is well
  const Record record{
      .number = last_number_ + 1, .key = std::string(key), .value = std::string(value)};
  if (Result<void> appended = append(record); !appended) return appended;
  if (Result<void> synced = sync_log(); !synced) return synced;
  content_.insert_or_assign(record.key, record.value);
  failed_ = end_ >= options_.segment_bytes && !rotate().ok();
  return {};  // what was put is safe, whatever came of the rest
}

Result<void> Store::append(const Record& record) {
  const norn::Bytes bytes = encode(record);
  if (Result<void> written = file_->write_at(end_, bytes); !written) return written;
  end_ += bytes.size();
  last_number_ = record.number;
  return {};
}

Result<void> Store::sync_log() {
  if (options_.mistake == Mistake::no_fsync) return {};  // planted: variant no-fsync
  Result<void> synced = file_->sync();
  // planted: variant ignores-failed-fsync
  if (options_.mistake == Mistake::ignores_failed_fsync) return {};
  return synced;
}

// ---- segments

Result<void> Store::open_segment(std::uint64_t number) {
  auto opened = norn::File::open(path_of({.number = number}), {.truncate = true});
  if (!opened) return opened.error();
  file_ = std::move(*opened);
  segment_ = number;
  end_ = 0;
  // planted: variant no-directory-fsync
  if (options_.mistake == Mistake::no_directory_fsync) return {};
  return norn::sync_directory(kFolder);
}

Result<void> Store::rotate() {
  const Record footer{.kind = RecordKind::footer, .number = last_number_ + 1};
  if (Result<void> appended = append(footer); !appended) return appended;
  if (Result<void> synced = file_->sync(); !synced) return synced;
  const Segment whole{.number = segment_};
  if (Result<void> renamed =
          norn::rename_file(path_of(whole), path_of({.number = segment_, .sealed = true}));
      !renamed) {
    return renamed;
  }
  if (Result<void> opened = open_segment(segment_ + 1); !opened) return opened;
  const std::uint64_t sealed = segment_ - 1 - snapshot_covers_;
  return sealed < options_.segments_a_snapshot ? Result<void>{} : take_snapshot();
}

// ---- the snapshot: checksum, segments covered, number of the last record, then the records

Result<void> Store::take_snapshot() {
  norn::Bytes content;
  put_number(content, segment_ - 1, 8);
  put_number(content, last_number_, 8);
  for (const auto& [key, value] : content_) {
    const norn::Bytes record = encode({.number = last_number_, .key = key, .value = value});
    content.insert(content.end(), record.begin(), record.end());
  }
  norn::Bytes whole;
  put_number(whole, checksum(content), 4);
  whole.insert(whole.end(), content.begin(), content.end());
  {
    auto file = norn::File::open(kNewSnapshot, {.truncate = true});
    if (!file) return file.error();
    if (Result<void> written = file->write_at(0, whole); !written) return written;
    // planted: variant rename-without-sync
    const bool synced = options_.mistake != Mistake::rename_without_sync;
    if (Result<void> result = synced ? file->sync() : Result<void>{}; !result) return result;
  }
  if (Result<void> renamed = norn::rename_file(kNewSnapshot, kSnapshot); !renamed) return renamed;
  if (Result<void> synced = norn::sync_directory(); !synced) return synced;
  std::vector<Segment> covered;
  for (std::uint64_t number = snapshot_covers_ + 1; number < segment_; ++number)
    covered.push_back({.number = number, .sealed = true});
  snapshot_covers_ = segment_ - 1;
  return drop(covered);
}

Result<void> Store::drop(const std::vector<Segment>& segments) {
  if (segments.empty()) return {};
  for (const Segment& segment : segments) {
    if (Result<void> removed = norn::remove_file(path_of(segment)); !removed) return removed;
  }
  return norn::sync_directory(kFolder);
}

}  // namespace wal_store
