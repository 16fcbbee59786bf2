// The journal of a campaign: what was done, line by line, so that nothing is done twice.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "campaign/files.hpp"
#include "campaign/ranges.hpp"
#include "campaign/seeds.hpp"
#include "campaign/tally.hpp"

namespace norn::command {

// Each line of the file is one JSON object with one of these members:
//   part     the sums of neighbouring seeds
//   died     a seed that ended the process that ran it
//   checked  seeds that were run a second time
//   cases    the kept cases that were run, all of them; the last such line counts

// Journal appends. A line is on the disk once sync() returned.
class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  // open() makes the file, or takes away what an interrupted write left at its end. Errors:
  // io_error, address_in_use when another process has it open.
  Result<void> open(const std::string& path);
  void append(const Json& line);
  // sync() errors: io_error, no_space.
  Result<void> sync();

 private:
  std::string path_;
  int file_ = -1;
  std::string waiting_;
};

// What several journals of one campaign say together.
struct Folded {
  Tally tally;
  Ranges done;
  std::uint64_t checked = 0;
  std::map<std::uint64_t, std::string> unchecked;  // hashes by index: still to be run again
  std::map<std::uint64_t, Json> differing;         // by index: another hash the second time
  std::map<std::uint64_t, Json> unrepeated;        // by index: died once, and not when alone
  Json cases = Json::array();
};

// fold() reads journals and adds them up in order of index. Seeds that are in several count once.
// An unfinished last line is passed over. With `joined`, it gets a journal that says all of it in
// an order of its own. Errors: not_found, io_error, invalid (with the line).
Result<Folded> fold(std::vector<std::string> paths, std::string* joined = nullptr);

}  // namespace norn::command
