// A folder of runs: what `norn campaign` keeps, or the cases that a scenario program left behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "norn/runtime/result.hpp"

namespace norn::viewer {

// One run that is worth a look.
struct RunRow {
  std::uint64_t seed = 0;
  std::string verdict;   // "violated", "crash", "hang", "memory"
  std::string property;  // that was broken; of a process that died: how
  std::string detail;
  std::string at;            // virtual time of the violation: "8.62s"
  std::uint64_t events = 0;  // 0: unknown
  std::size_t way = 0;       // position in ways()
  // Files, with their paths; "" for those that are not there.
  std::string case_file;
  std::string trace;
  std::string smallest_case;
  std::string smallest;  // the trace of the shrunk case
  std::string nearest;   // the trace of the nearest run that passes
};

// Failures that are one: the same property, nodes and message, numbers apart.
struct WayToFail {
  std::string kind;  // "violation", "crash", …
  std::string property;
  std::string message;  // numbers are "#"
  std::uint64_t count = 0;
  std::uint64_t first_seed = 0;
};

// What a campaign says of one property in the seeds of one part of its journal.
struct HeatCell {
  std::uint64_t failures = 0;  // runs that broke it
  std::uint64_t evaluated = 0;
  std::uint64_t held = 0;
  std::uint64_t failing_seed = 0;  // one of them
};

struct HeatRow {
  std::string property;
  std::string kind;  // always, eventually, sometimes, reachable, …; "process" for what died
  // Whether it should happen in some run rather than hold in all.
  bool should_happen() const { return kind == "sometimes" || kind == "reachable"; }
};

struct HeatColumn {
  std::uint64_t first = 0;  // index of the first seed
  std::uint64_t count = 0;
  std::vector<HeatCell> cells;  // by row; those after the end are empty
};

// What a scenario program's --branch found, as its --json prints it.
struct BranchCurve {
  struct Point {
    std::int64_t at_ns = 0;
    std::uint64_t futures = 0;
    std::uint64_t failed = 0;
    double share() const {
      return futures == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(futures);
    }
  };
  std::string file;
  std::string case_file;
  std::uint64_t seed = 0;
  std::vector<Point> points;
  std::optional<std::int64_t> steepest_from_ns;
  std::optional<std::int64_t> steepest_to_ns;
  std::string events;  // what happened there, a line each
};

// CampaignFolder reads a folder, a slice at a time. A file that cannot be read is named in
// problems(); the others are shown all the same.
class CampaignFolder {
 public:
  // open() lists the folder. Errors (one line with the path): no folder; nothing of Norn in it.
  static Result<CampaignFolder> open(const std::string& path);

  void advance(double milliseconds);
  bool done() const;
  void run();

  const std::string& path() const { return path_; }
  bool is_campaign() const { return is_campaign_; }
  // title() is a line: "raft, variant x: 200 of 200 seeds, 2 failed in 1 way: violated".
  std::string title() const;
  const std::vector<RunRow>& rows() const { return rows_; }
  const std::vector<WayToFail>& ways() const { return ways_; }
  const std::vector<HeatRow>& heat_rows() const { return heat_rows_; }
  const std::vector<HeatColumn>& heat_columns() const { return heat_columns_; }
  const std::vector<BranchCurve>& branches() const { return branches_; }
  const std::vector<std::string>& problems() const { return problems_; }
  // seeds_text() names the seeds of a column: "seeds 1 to 20"; of mixed seeds their indexes.
  std::string seeds_text(const HeatColumn& column) const;
  // row_of() is the row of a seed; rows().size() when there is none.
  std::size_t row_of(std::uint64_t seed) const;

 private:
  using Json = nlohmann::json;

  void list(const std::string& folder, bool cases);
  void read_case(const std::string& file);
  void read_other(const std::string& file);
  void read_result(const Json& result);
  void read_manifest(const Json& manifest);
  void read_journal_line(const std::string& line);
  void read_part(const Json& part);
  void read_death(const Json& death);
  void read_branch(const std::string& file, const Json& report);
  void finish();
  std::size_t way_of(const std::string& kind, const std::string& property,
                     const std::string& message);
  std::size_t heat_row_of(const std::string& kind, const std::string& property);
  RunRow& row_for(std::uint64_t seed, std::size_t way);
  void complain(const std::string& file, const std::string& why);

  std::string path_;
  bool is_campaign_ = false;
  std::vector<std::string> case_files_;  // still to be read
  std::vector<std::string> other_files_;
  std::ifstream journal_;
  std::uint64_t journal_lines_ = 0;
  bool journal_read_ = true;
  bool finished_ = false;

  std::string scenario_;
  std::string variant_;
  std::string verdict_;
  std::uint64_t asked_ = 0;
  std::uint64_t done_seeds_ = 0;
  bool literal_seeds_ = false;
  std::uint64_t first_seed_ = 0;

  std::vector<RunRow> rows_;
  std::map<std::pair<std::uint64_t, std::size_t>, std::size_t> row_by_seed_;  // and way
  std::vector<WayToFail> ways_;
  std::map<std::string, std::size_t> way_by_text_;
  std::vector<HeatRow> heat_rows_;
  std::map<std::string, std::size_t> heat_row_by_text_;
  std::vector<HeatColumn> heat_columns_;
  std::vector<BranchCurve> branches_;
  std::vector<std::string> problems_;
};

// masked_numbers() replaces each number, decimal or hexadecimal, by "#": what two failures of one
// kind share.
std::string masked_numbers(const std::string& text);

}  // namespace norn::viewer
