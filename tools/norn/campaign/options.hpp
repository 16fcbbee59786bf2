// What the command line of `norn campaign` and `norn merge` asks for.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace norn::command {

// Where a campaign's result goes besides its folder.
struct ReportOptions {
  std::string junit;  // a file; empty: none
  bool github = false;
  bool json = false;
};

struct CampaignOptions {
  std::string program;
  std::string scenario;  // empty: the only one of the program
  std::string seeds = "1000";
  std::uint64_t campaign_seed = 1;
  std::string jobs = "auto";
  std::string out = "norn-campaign";
  std::string hang = "60s";
  std::string memory = "2GiB";
  std::string time_budget;  // --for
  std::string shard;
  std::uint64_t shards = 0;  // 0: not given
  std::string cases;
  std::uint64_t replays = 0;  // 0: not given
  std::uint64_t most_cases = 100;
  bool no_shrink = false;
  // Handed to the scenario program as they are.
  std::string time, faults, variant, strategy, stall;
  std::vector<std::string> knobs;
  bool buggify = false, beyond_promise = false, outside_calls = false;
  ReportOptions report;
};

struct MergeOptions {
  std::vector<std::string> folders;
  std::string out;
  ReportOptions report;
};

void add_campaign_options(CLI::App& campaign, CampaignOptions& options);
void add_merge_options(CLI::App& merge, MergeOptions& options);

// Each does what its command does and returns the exit code.
int run_campaign(const CampaignOptions& options, std::ostream& out, std::ostream& err);
int run_merge(const MergeOptions& options, std::ostream& out, std::ostream& err);

}  // namespace norn::command
