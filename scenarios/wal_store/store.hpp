// A key-value store on one machine, with a write-ahead log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <norn/runtime/file.hpp>

#include "wal_store/record.hpp"

namespace wal_store {

struct StoreOptions {
  std::size_t segment_bytes = 4096;  // a segment that is longer is sealed
  std::uint64_t segments_a_snapshot = 3;
  Mistake mistake = Mistake::none;
};

// Store keeps everything in memory and every change in a log. put() returns once the change would
// survive a crash, and get() shows nothing that would not.
//
// "wal/open.N" is the segment that is written to. When it is long enough it gets a footer, is
// synced, and becomes "wal/sealed.N"; "wal/open.N+1" follows, and nothing goes into it before the
// directory is synced. Now and then "snapshot" takes the place of all sealed segments: it says how
// far it reaches, so that what a crash leaves of them is passed over.
//
// Recovery reads the snapshot, then the segments. In the open one, what follows the last whole
// record is an append that a crash interrupted, and is cut off. Anything wrong elsewhere is damage
// to what was acknowledged: open() fails and changes nothing, for the damage may pass. After an
// error in a write or a sync the store refuses everything: nobody knows then what is on the disk,
// and the page cache does not tell (Rebello et al., "Can applications recover from fsync
// failures?", 2020). The machine must be restarted.
class Store {
 public:
  static norn::Result<Store> open(const StoreOptions& options);

  norn::Result<void> put(std::string_view key, std::string_view value);
  // get() is nothing for a key that was never put.
  std::optional<std::string> get(std::string_view key) const;
  const std::map<std::string, std::string, std::less<>>& content() const { return content_; }
  // failed() is whether the store refuses everything.
  bool failed() const { return failed_; }

 private:
  struct Segment {
    std::uint64_t number = 0;
    bool sealed = false;
  };
  // What was found in a segment.
  struct Scan {
    std::size_t good_bytes = 0;
    bool has_footer = false;
    bool clean = true;  // nothing follows the good bytes
    Parsed::Status stopped_by = Parsed::Status::end;
  };

  explicit Store(const StoreOptions& options) : options_(options) {}
  static std::string path_of(const Segment& segment);

  norn::Result<void> recover();
  norn::Result<void> recover_snapshot();
  norn::Result<std::vector<Segment>> find_segments() const;
  norn::Result<Scan> replay(const Segment& segment);
  // whether the log ends here although the segment is not the last
  bool cuts_here(const Scan& scan) const;
  norn::Result<void> continue_after(const Segment& last, const Scan& scan);
  norn::Result<void> drop(const std::vector<Segment>& segments);
  norn::Result<void> open_segment(std::uint64_t number);

  norn::Result<void> append(const Record& record);
  norn::Result<void> sync_log();
  norn::Result<void> rotate();
  norn::Result<void> take_snapshot();

  StoreOptions options_;
  std::map<std::string, std::string, std::less<>> content_;
  std::uint64_t last_number_ = 0;      // of the records in content_
  std::uint64_t snapshot_covers_ = 0;  // segments up to this one
  std::uint64_t segment_ = 0;          // that is open
  std::optional<norn::File> file_;
  std::size_t end_ = 0;  // of file_
  bool failed_ = false;
};

}  // namespace wal_store
