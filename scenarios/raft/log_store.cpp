#include "raft/log_store.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/log.hpp"
#include "norn/runtime/time.hpp"
#include "raft/checksum.hpp"

namespace raft_kv {

namespace {

constexpr std::string_view kWal = "wal";
constexpr std::string_view kSnapshot = "snapshot";
constexpr std::size_t kSizeBytes = 4;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kHeaderBytes = kSizeBytes + kChecksumBytes;
constexpr std::byte kStateRecord{'s'};
constexpr std::byte kEntryRecord{'e'};

struct StateRecord {
  Term term = 0;
  NodeId vote = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("term", self.term);
    visit("vote", self.vote);
  }
};

struct EntryRecord {
  Index index = 0;
  Entry entry;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("index", self.index);
    visit("entry", self.entry);
  }
};

// Never returns: what is on the disk is not known any more, so the node may not say another word.
[[noreturn]] void stop_node(std::string_view what, const norn::Error& error) {
  norn::log(norn::Log::error, std::string(what) + ": " + error.message + ": this node stops");
  norn::publish("role", "stopped");
  for (;;) norn::sleep_for(std::chrono::hours(1));
}

template <class T>
T must(std::string_view what, norn::Result<T> result) {
  if (!result.ok()) stop_node(what, result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::uint64_t chained(std::uint64_t chain, std::span<const std::byte> bytes) {
  Fnv sum;
  sum.add(chain);
  sum.add(bytes);
  return sum.value;
}

void put_number(norn::Bytes& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(number >> (8 * i)));
}

std::uint64_t get_number(std::span<const std::byte> in) {
  std::uint64_t number = 0;
  for (std::size_t i = in.size(); i-- > 0;)
    number = (number << 8) | std::to_integer<std::uint64_t>(in[i]);
  return number;
}

norn::Bytes read_or_empty(std::string_view path) {
  auto bytes = norn::read_file(path);
  if (!bytes.ok() && bytes.error().code == norn::Errc::not_found) return {};
  return must(path, std::move(bytes));
}

}  // namespace

void LogStore::recover() {
  recover_snapshot();
  const norn::Bytes wal = read_or_empty(kWal);
  const Replayed replayed = replay(wal);
  // A crash between the writing of a snapshot and of the wal leaves a wal that begins before the
  // snapshot's end. What would follow there has to follow the snapshot.
  const bool is_behind = !replayed.entries.empty() && replayed.first <= base_index();
  keep_after_snapshot(replayed);
  if (wal.empty() || is_behind) return rewrite_wal();  // empty: the first start, or a crash in it
  wal_ = must(kWal, norn::File::open(kWal, {.create = false}));
  if (replayed.good_bytes == wal.size()) return;
  must(kWal, wal_->truncate(replayed.good_bytes));
  must(kWal, wal_->sync());
}

void LogStore::recover_snapshot() {
  const norn::Bytes file = read_or_empty(kSnapshot);
  if (file.empty()) return;
  const std::span<const std::byte> bytes(file);
  if (bytes.size() < kChecksumBytes ||
      get_number(bytes.first(kChecksumBytes)) != chained(0, bytes.subspan(kChecksumBytes))) {
    stop_node(kSnapshot, {norn::Errc::io_error, "wrong checksum"});
  }
  snapshot_ = must(kSnapshot, decode<Snapshot>(bytes.subspan(kChecksumBytes)));
}

LogStore::Replayed LogStore::replay(const norn::Bytes& wal) {
  Replayed replayed;
  std::span<const std::byte> rest(wal);
  while (rest.size() >= kHeaderBytes) {
    const std::uint64_t size = get_number(rest.first(kSizeBytes));
    if (size == 0 || size > rest.size() - kHeaderBytes) break;
    const auto record = rest.subspan(kHeaderBytes, size);
    const std::uint64_t sum = chained(chain_, record);
    if (sum != get_number(rest.subspan(kSizeBytes, kChecksumBytes))) break;
    chain_ = sum;
    rest = rest.subspan(kHeaderBytes + size);
    if (record.front() == kStateRecord) {
      const auto state = must(kWal, decode<StateRecord>(record.subspan(1)));
      term_ = state.term;
      vote_ = state.vote;
      continue;
    }
    auto read = must(kWal, decode<EntryRecord>(record.subspan(1)));
    std::vector<Entry>& entries = replayed.entries;
    if (entries.empty()) replayed.first = read.index;
    NORN_ASSERT(
        read.index >= replayed.first && read.index <= replayed.first + entries.size(),
        "a wal with a gap between its entries: it was not rewritten when a snapshot was taken");
    entries.resize(read.index - replayed.first);
    entries.push_back(std::move(read.entry));
  }
  replayed.good_bytes = wal.size() - rest.size();
  return replayed;
}

void LogStore::keep_after_snapshot(const Replayed& replayed) {
  const std::vector<Entry>& entries = replayed.entries;
  const Index first = replayed.first;
  if (first + entries.size() <= base_index() + 1) return;
  const std::size_t covered = first <= base_index() ? base_index() + 1 - first : 0;
  if (covered > 0 && entries[covered - 1].term != snapshot_.last_included_term) return;
  entries_.assign(entries.begin() + static_cast<std::ptrdiff_t>(covered), entries.end());
}

Term LogStore::term_at(Index index) const {
  NORN_ASSERT(index >= base_index() && index <= last_index(),
              "term_at() of an entry that the log does not hold");
  return index == base_index() ? snapshot_.last_included_term : entry(index).term;
}

const Entry& LogStore::entry(Index index) const {
  NORN_ASSERT(index > base_index() && index <= last_index(), "entry() that the log does not hold");
  return entries_[index - base_index() - 1];
}

std::vector<Entry> LogStore::entries(Index first, std::size_t limit) const {
  NORN_ASSERT(first > base_index(), "entries() that a snapshot has replaced");
  if (first > last_index()) return {};
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first - base_index() - 1);
  const std::size_t count = std::min<std::size_t>(limit, last_index() - first + 1);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

void LogStore::set_term_and_vote(Term term, NodeId vote) {
  term_ = term;
  vote_ = vote;
  add_state_record();
}

void LogStore::append(Entry entry) {
  add_entry_record(last_index() + 1, entry);
  entries_.push_back(std::move(entry));
}

void LogStore::cut_from(Index first) {
  NORN_ASSERT(first > base_index(), "cut_from() inside the snapshot");
  entries_.resize(std::min<std::size_t>(entries_.size(), first - base_index() - 1));
}

void LogStore::flush() {
  const std::lock_guard lock(disk_);
  if (unwritten_.empty()) return;  // nothing new, or the flush that was under way took it along
  const norn::Bytes batch = std::exchange(unwritten_, {});
  must(kWal, wal_->append(batch));
  must(kWal, wal_->sync());
}

void LogStore::take_snapshot(Index last, norn::Bytes state) {
  std::vector<Entry> tail = entries(last + 1, entries_.size());
  replace_snapshot({last, term_at(last), std::move(state)}, std::move(tail));
}

void LogStore::install(Snapshot snapshot) {
  const Index last = snapshot.last_included_index;
  NORN_ASSERT(last > base_index(), "install() of a snapshot that is older than the log's own");
  std::vector<Entry> tail;
  if (last <= last_index() && term_at(last) == snapshot.last_included_term) {
    tail = entries(last + 1, entries_.size());
  }
  replace_snapshot(std::move(snapshot), std::move(tail));
}

// The snapshot is durable before the wal loses what it covers.
void LogStore::replace_snapshot(Snapshot snapshot, std::vector<Entry> tail) {
  const std::lock_guard lock(disk_);
  snapshot_ = std::move(snapshot);
  entries_ = std::move(tail);
  const norn::Bytes content = encode(snapshot_);
  norn::Bytes file;
  put_number(file, chained(0, content), kChecksumBytes);
  file.insert(file.end(), content.begin(), content.end());
  must(kSnapshot, norn::replace_file(kSnapshot, file));
  rewrite_wal();
}

void LogStore::rewrite_wal() {
  unwritten_.clear();
  chain_ = 0;
  add_state_record();
  for (std::size_t i = 0; i < entries_.size(); ++i)
    add_entry_record(base_index() + 1 + i, entries_[i]);
  const norn::Bytes whole = std::exchange(unwritten_, {});
  if (wal_) wal_->close();
  must(kWal, norn::replace_file(kWal, whole));
  wal_ = must(kWal, norn::File::open(kWal, {.create = false}));
}

void LogStore::add_state_record() {
  CborWriter writer;
  writer.write(StateRecord{term_, vote_});
  add_record(kStateRecord, writer.bytes());
}

void LogStore::add_entry_record(Index index, const Entry& entry) {
  CborWriter writer;
  writer.write(EntryRecord{index, entry});
  add_record(kEntryRecord, writer.bytes());
}

void LogStore::add_record(std::byte kind, std::span<const std::byte> content) {
  Fnv sum;
  sum.add(chain_);
  sum.add(std::span(&kind, 1));
  sum.add(content);
  chain_ = sum.value;
  put_number(unwritten_, 1 + content.size(), kSizeBytes);
  put_number(unwritten_, chain_, kChecksumBytes);
  unwritten_.push_back(kind);
  unwritten_.insert(unwritten_.end(), content.begin(), content.end());
}

}  // namespace raft_kv
