// A write-ahead log of records, in a journal of the node's files.
#pragma once

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "norn/runtime/codec.hpp"
#include "norn/runtime/journal.hpp"
#include "norn/runtime/log.hpp"
#include "norn/runtime/time.hpp"

namespace bank_2pc {

// A node whose disk fails says nothing more: what it promised cannot be known.
[[noreturn]] inline void stop(const norn::Error& error) {
  norn::log(norn::Log::error, "the log: " + error.message);
  for (;;) norn::sleep_for(std::chrono::hours(1));
}

// Log appends records and reads back those of earlier lives.
template <class Record>
class Log {
 public:
  explicit Log(std::string_view name) : journal_(opened(name)) {}

  std::vector<Record> take_records() {
    std::vector<Record> records;
    for (const norn::Bytes& event : journal_.take_contents().events) {
      norn::Result<Record> record = norn::Codec<Record>::decode(event);
      if (!record) stop(record.error());
      records.push_back(std::move(*record));
    }
    return records;
  }

  // append() returns once the record is on the disk.
  void append(const Record& record) {
    norn::Bytes bytes;
    norn::Codec<Record>::encode(
        record, [&](std::span<const std::byte> all) { bytes.assign(all.begin(), all.end()); });
    if (const norn::Result<void> done = journal_.append(bytes); !done) stop(done.error());
  }

 private:
  static norn::Journal opened(std::string_view name) {
    norn::Result<norn::Journal> journal = norn::Journal::open(name);
    if (!journal) stop(journal.error());
    return std::move(*journal);
  }

  norn::Journal journal_;
};

}  // namespace bank_2pc
