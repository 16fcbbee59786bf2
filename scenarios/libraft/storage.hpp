// Storage: what one server keeps on its disk: term and vote, the log, the latest snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <norn/runtime/file.hpp>
#include <norn/runtime/result.hpp>

#include "libraft/bytes.hpp"
#include "libraft/wire.hpp"

namespace norn_libraft {

struct Meta {
  std::uint64_t lives = 0;  // how often the server has started
  std::uint64_t term = 0;
  std::uint64_t vote = 0;
};

struct StoredEntry {
  std::uint64_t term = 0;
  std::uint16_t type = 0;
  Bytes data;
  friend bool operator==(const StoredEntry&, const StoredEntry&) = default;
};

struct StoredSnapshot {
  std::uint64_t index = 0;
  std::uint64_t term = 0;
  std::uint64_t configuration_index = 0;
  std::vector<ServerRecord> configuration;
  Bytes data;
};

// What a start finds.
struct Loaded {
  Meta meta;
  std::optional<StoredSnapshot> snapshot;
  std::uint64_t start_index = 1;  // of the first entry, or where it would be
  std::vector<StoredEntry> entries;
  bool pristine = false;         // the server was never bootstrapped
  std::uint64_t torn_bytes = 0;  // of the log's tail, cut off
};

// Files: "meta" (replaced whole at each change), "log-<g>" (records, appended) and "snapshot"
// (replaced whole; names the g of the log that belongs to it, so that both change at one instant).
// All records carry checksums. A call that returns success has made its effect durable. One fiber
// at a time may call; every call may block.
class Storage {
 public:
  // open() reads everything, cuts a torn tail off the log, and counts this life in "meta" (unless
  // pristine).
  norn::Result<Loaded> open();
  norn::Result<void> save_meta(const Meta& meta);
  // bootstrap() makes a pristine server one of term 1 whose log begins with the configuration.
  norn::Result<void> bootstrap(const StoredEntry& configuration);
  norn::Result<void> append(std::span<const StoredEntry> entries);
  // truncate() removes the entries from `index` on.
  norn::Result<void> truncate(std::uint64_t index);
  // put_snapshot() keeps the last `trailing` entries before the snapshot's index and all after it;
  // with 0 none at all: the snapshot came from elsewhere and takes the place of the log.
  norn::Result<void> put_snapshot(const StoredSnapshot& snapshot, std::uint64_t trailing);
  norn::Result<std::optional<StoredSnapshot>> read_snapshot();

  std::uint64_t last_index() const { return first_index_ + offsets_.size() - 1; }

 private:
  norn::Result<void> load_log(Loaded& loaded);
  norn::Result<void> start_log(std::uint64_t generation, std::span<const std::byte> records);
  norn::Result<void> remove_others(bool pristine);
  std::string log_name(std::uint64_t generation) const;

  std::optional<norn::File> log_;
  std::uint64_t generation_ = 0;
  std::uint64_t first_index_ = 1;
  std::vector<std::uint64_t> offsets_;  // in the log file, of each entry from first_index_
  std::uint64_t end_ = 0;
};

// For tests: the bytes of one record of the log.
Bytes encode_record(std::uint64_t index, const StoredEntry& entry);

}  // namespace norn_libraft
