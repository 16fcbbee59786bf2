// How a store finds again what it promised.
#include <algorithm>
#include <charconv>
#include <utility>

#include "wal_store/store.hpp"

namespace wal_store {

using norn::Errc;
using norn::Error;
using norn::Result;

namespace {

// Damage to what was acknowledged.
Error damage(const std::string& where) {
  return {Errc::bad_message, where + " is damaged"};
}

}  // namespace

Result<Store> Store::open(const StoreOptions& options) {
  Store store(options);
  if (const Result<void> recovered = store.recover(); !recovered) return recovered.error();
  return Result<Store>(std::move(store));
}

Result<void> Store::recover() {
  if (Result<void> read = recover_snapshot(); !read) return read;
  Result<std::vector<Segment>> found = find_segments();
  if (!found) return found.error();
  // A crash may leave some of the segments that the snapshot replaced.
  const auto first = std::find_if(found->begin(), found->end(), [this](const Segment& segment) {
    return segment.number > snapshot_covers_;
  });
  std::vector<Segment> covered(found->begin(), first);
  std::vector<Segment> segments(first, found->end());
  Segment last;
  Scan scan;
  std::uint64_t next = snapshot_covers_ + 1;
  for (std::size_t i = 0; i < segments.size(); ++i, ++next) {
    last = segments[i];
    if (last.number != next) return damage("the log: segment " + std::to_string(next));
    const Result<Scan> read = replay(last);
    if (!read) return read.error();
    scan = *read;
    const bool may_end = i + 1 == segments.size() && !last.sealed;
    if (may_end || (scan.clean && scan.has_footer)) continue;
    if (!cuts_here(scan)) return damage(path_of(last));
    covered.insert(covered.end(), segments.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                   segments.end());
    segments.resize(i + 1);
  }
  if (Result<void> dropped = drop(covered); !dropped) return dropped;
  if (segments.empty()) return open_segment(next);
  return continue_after(last, scan);
}

Result<void> Store::recover_snapshot() {
  const Result<norn::Bytes> file = norn::read_file("snapshot");
  if (!file && file.error().code == Errc::not_found) return {};
  if (!file) return file.error();
  std::span<const std::byte> bytes(*file);
  if (bytes.size() < 20 || get_number(bytes.first(4)) != checksum(bytes.subspan(4)))
    return damage("the snapshot");
  snapshot_covers_ = get_number(bytes.subspan(4, 8));
  last_number_ = get_number(bytes.subspan(12, 8));
  bytes = bytes.subspan(20);
  while (!bytes.empty()) {
    Parsed parsed = parse(bytes, options_.mistake);
    if (parsed.status != Parsed::Status::whole) return damage("the snapshot");
    content_.insert_or_assign(std::move(parsed.record.key), std::move(parsed.record.value));
    bytes = bytes.subspan(parsed.size);
  }
  return {};
}

Result<std::vector<Store::Segment>> Store::find_segments() const {
  const auto names = norn::list_directory("wal");
  if (!names) return names.error();
  std::vector<Segment> segments;
  for (const std::string& name : *names) {
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) return damage("the name '" + name + "'");
    Segment segment{.sealed = name.starts_with("sealed.")};
    std::from_chars(name.data() + dot + 1, name.data() + name.size(), segment.number);
    segments.push_back(segment);
  }
  std::sort(segments.begin(), segments.end(),
            [](const Segment& a, const Segment& b) { return a.number < b.number; });
  return segments;
}

Result<Store::Scan> Store::replay(const Segment& segment) {
  const Result<norn::Bytes> file = norn::read_file(path_of(segment));
  if (!file) return file.error();
  Scan scan;
  std::span<const std::byte> rest(*file);
  while (!scan.has_footer) {
    Parsed parsed = parse(rest, options_.mistake);
    scan.stopped_by = parsed.status;
    if (parsed.status != Parsed::Status::whole || parsed.record.number != last_number_ + 1) break;
    last_number_ = parsed.record.number;
    scan.has_footer = parsed.record.kind == RecordKind::footer;
    if (!scan.has_footer)
      content_.insert_or_assign(std::move(parsed.record.key), std::move(parsed.record.value));
    rest = rest.subspan(parsed.size);
  }
  scan.good_bytes = file->size() - rest.size();
  scan.clean = rest.empty();
  return scan;
}

bool Store::cuts_here(const Scan& scan) const {
  // planted: variant truncates-middle
  if (options_.mistake == Mistake::truncates_middle) return true;
  // planted: variant trusts-length
  return options_.mistake == Mistake::trusts_length && scan.stopped_by == Parsed::Status::cut_short;
}

// Makes the last segment ready to be written to, and all that was found durable.
Result<void> Store::continue_after(const Segment& last, const Scan& scan) {
  const Segment open{.number = last.number};
  const Segment sealed{.number = last.number, .sealed = true};
  if (scan.has_footer && scan.clean) {
    if (!last.sealed) {
      auto file = norn::File::open(path_of(open), {.create = false});
      if (!file) return file.error();
      if (Result<void> synced = file->sync(); !synced) return synced;
      if (Result<void> renamed = norn::rename_file(path_of(open), path_of(sealed)); !renamed)
        return renamed;
    }
    return open_segment(last.number + 1);
  }
  if (last.sealed) {
    if (Result<void> renamed = norn::rename_file(path_of(sealed), path_of(open)); !renamed)
      return renamed;
  }
  auto file = norn::File::open(path_of(open), {.create = false});
  if (!file) return file.error();
  if (Result<void> cut = file->truncate(scan.good_bytes); !cut) return cut;
  if (Result<void> synced = file->sync(); !synced) return synced;
  if (Result<void> synced = norn::sync_directory("wal"); !synced) return synced;
  file_ = std::move(*file);
  segment_ = last.number;
  end_ = scan.good_bytes;
  return {};
}

}  // namespace wal_store
