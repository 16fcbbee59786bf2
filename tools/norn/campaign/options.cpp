#include "campaign/options.hpp"

namespace norn::command {

namespace {

void add_report_options(CLI::App& command, ReportOptions& report) {
  command.add_option("--junit", report.junit, "Write the result as JUnit XML")->type_name("FILE");
  command.add_flag("--github", report.github,
                   "Print annotations and append a summary to $GITHUB_STEP_SUMMARY (default where "
                   "GITHUB_ACTIONS is set)");
  command.add_flag("--json", report.json, "Print the result as one JSON document");
}

void add_scenario_options(CLI::App& campaign, CampaignOptions& options) {
  const char* group = "Handed to the scenario program";
  campaign.add_option("--time", options.time, "Virtual time of a run")
      ->type_name("TIME")
      ->group(group);
  campaign.add_option("--faults", options.faults, "A level, or the fault plan in a JSON file")
      ->type_name("LEVEL|FILE")
      ->group(group);
  campaign.add_option("--variant", options.variant, "A variant of the scenario")
      ->type_name("NAME")
      ->group(group);
  campaign.add_option("--strategy", options.strategy, "Who chooses what happens next")
      ->type_name("NAME")
      ->group(group);
  campaign.add_option("--knob", options.knobs, "Set a knob() (may be repeated)")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(group);
  campaign.add_option("--stall", options.stall, "Real time that a fiber may run without blocking")
      ->type_name("TIME")
      ->group(group);
  campaign.add_flag("--buggify", options.buggify, "Let buggify() fire")->group(group);
  campaign.add_flag("--beyond-promise", options.beyond_promise, "Judge safety only")->group(group);
  campaign.add_flag("--outside-calls", options.outside_calls, "Let node code use the machine")
      ->group(group);
}

}  // namespace

void add_campaign_options(CLI::App& campaign, CampaignOptions& options) {
  campaign.add_option("PROGRAM", options.program, "A scenario program")->required();
  campaign.add_option("NAME", options.scenario, "Which scenario, when the program has several");
  campaign
      .add_option("--seeds", options.seeds,
                  "So many seeds, made of the campaign's seed, or the seeds A..B (default 1000)")
      ->type_name("N|A..B");
  campaign
      .add_option("--campaign-seed", options.campaign_seed, "What seeds are made of (default 1)")
      ->type_name("S");
  campaign.add_option("--jobs", options.jobs, "Worker processes (default: one a processor)")
      ->type_name("J|auto");
  campaign
      .add_option("--out", options.out,
                  "Journal, result and cases; the same again goes on (default norn-campaign)")
      ->type_name("DIR");
  campaign.add_option("--hang", options.hang, "Real time that one run may take (default 60s)")
      ->type_name("TIME");
  campaign
      .add_option("--memory", options.memory, "Memory that a worker may use (default 2GiB; 0: any)")
      ->type_name("SIZE");
  campaign.add_option("--for", options.time_budget, "Begin nothing after so much real time")
      ->type_name("TIME");
  CLI::Option* const shard =
      campaign
          .add_option("--shard", options.shard, "Only a part of the seeds, in DIR/shard-K-of-N")
          ->type_name("K/N|auto");
  campaign.add_option("--shards", options.shards, "How many there are, for --shard auto")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->needs(shard);
  campaign.add_option("--cases", options.cases, "Replay the *.case.json of this folder first")
      ->type_name("DIR");
  CLI::Option* const replays =
      campaign.add_option("--replays", options.replays, "The most runs for shrinking a case")
          ->type_name("N")
          ->check(CLI::PositiveNumber);
  campaign.add_flag("--no-shrink", options.no_shrink, "Leave cases as they are")->excludes(replays);
  campaign
      .add_option("--most-cases", options.most_cases,
                  "How many signatures get a case; the others have their seeds (default 100)")
      ->type_name("N");
  add_scenario_options(campaign, options);
  add_report_options(campaign, options.report);
}

void add_merge_options(CLI::App& merge, MergeOptions& options) {
  merge.add_option("DIR", options.folders, "Folders of shards, or folders with such folders")
      ->required();
  merge.add_option("--out", options.out, "Where the whole result goes")
      ->type_name("DIR")
      ->required();
  add_report_options(merge, options.report);
}

}  // namespace norn::command
