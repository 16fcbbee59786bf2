#include "program/command_options.hpp"

#include <CLI/CLI.hpp>

namespace norn::program {

namespace {

void add_what_to_run(CLI::App& app, Words& words) {
  const char* group = "What to run";
  app.add_option("--seeds", words.seeds, "Run these seeds, both ends included (default 1..100)")
      ->type_name("A..B")
      ->group(group);
  app.add_option("--seed", words.seed, "Run this seed only")->type_name("N")->group(group);
  app.add_option("--time", words.time, "Virtual time of a run: 60s, 1.5s, 800ms, 2m")
      ->group(group)
      ->type_name("TIME");
  app.add_option("--variant", words.variant, "A variant of the scenario: --list names them")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--faults", words.faults,
                 "calm, default, harsh, swarm, or the fault plan in a JSON file")
      ->type_name("LEVEL|FILE")
      ->group(group);
  app.add_option("--strategy", words.strategy,
                 "Who chooses what comes next: timed (drawn delays), random, pos, ..., or what "
                 "learns from earlier runs: feedback (see --list)")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--knob", words.knobs, "Set a knob() of the node code (may be repeated)")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(group);
  app.add_flag("--buggify", words.buggify,
               "Let buggify() fire, as it does anyway with --faults swarm")
      ->group(group);
  app.add_flag("--beyond-promise", words.beyond_promise,
               "Faults beyond what the scenario promises to survive; judges safety only")
      ->group(group);
  app.add_flag("--outside-calls", words.outside_calls,
               "Let node code start threads, write files and use sockets of the machine")
      ->group(group);
  app.add_option("--jobs", words.jobs, "Threads (default: one a processor); the result is the same")
      ->type_name("J")
      ->group(group);
  app.add_flag("--keep-going", words.keep_going, "Run all seeds, whatever fails")->group(group);
  app.add_option("--max-failures", words.max_failures,
                 "Stop after so many failing seeds (default 1)")
      ->type_name("N")
      ->group(group);
  app.add_flag("--require-seen", words.require_seen,
               "Exit 3 if something that should happen sometimes was not seen in any seed")
      ->group(group);
  app.add_option("--replays", words.replays,
                 "The most runs for making a failing case smaller (default 600)")
      ->type_name("N")
      ->group(group);
  app.add_flag("--no-shrink", words.no_shrink, "Leave failing cases as they are")->group(group);
  app.add_option("--stall", words.stall,
                 "Real time that a fiber may run without blocking (default 30s; 0s: for ever)")
      ->type_name("TIME")
      ->group(group);
}

void add_search(CLI::App& app, Words& words) {
  const char* group = "Every order";
  app.add_option("--exhaustive", words.exhaustive,
                 "Run every order of events of a small scenario (orders), or reach every state "
                 "(states, published)")
      ->type_name("WAY")
      ->group(group);
  app.add_option("--early-timers", words.early_timers,
                 "How many timers of a run may ring at any moment (default 0)")
      ->type_name("N")
      ->group(group);
  app.add_flag("--in-order", words.in_order,
               "The messages of a link come in the order of their sending")
      ->group(group);
  app.add_flag("--fibers-in-order", words.fibers_in_order,
               "Fibers of a node run in the order in which they became ready")
      ->group(group);
  app.add_option("--crashes", words.crashes,
                 "How many crashes a run has, at any moment (default 0)")
      ->type_name("N")
      ->group(group);
  app.add_option("--most-runs", words.most_runs,
                 "How many runs before it gives up (default 1000000)")
      ->type_name("N")
      ->group(group);
}

void add_other_things(CLI::App& app, Words& words) {
  const char* group = "Other things to do";
  app.add_option("--replay", words.replay, "Run the failure that a case file describes")
      ->type_name("CASE.json")
      ->group(group);
  app.add_option("--shrink", words.shrink, "Look for a smaller case that fails in the same way")
      ->type_name("CASE.json")
      ->group(group);
  app.add_option("--branch", words.branch,
                 "Run other futures of a case: when was the failure decided?")
      ->type_name("CASE.json")
      ->group(group);
  app.add_option("--at", words.at, "With --branch: from this moment of virtual time only")
      ->type_name("TIME")
      ->group(group);
  app.add_option("--futures", words.futures, "With --branch: how many at a moment (default 50)")
      ->type_name("N")
      ->group(group);
  app.add_option("--points", words.points, "With --branch: how many moments (default 12)")
      ->type_name("N")
      ->group(group);
  app.add_option("--until", words.until, "With --replay: end once this event, or time, is reached")
      ->type_name("EVENT|TIME")
      ->group(group);
  app.add_option("--break-at", words.break_at,
                 "With --replay, under a debugger: stop in the fiber that does this event, or the "
                 "first one at a time")
      ->type_name("EVENT|TIME")
      ->group(group);
  app.add_option("--log", words.log,
                 "With --replay: print what nodes log, from this level on (debug, info, ...)")
      ->type_name("LEVEL")
      ->group(group);
  app.add_flag("--trace-choices", words.trace_choices,
               "With --replay and --trace: put every keyed choice into the trace")
      ->group(group);
  app.add_flag("--trace-fibers", words.trace_fibers,
               "With --replay and --trace: put every blocking of a fiber into the trace, with what "
               "it waits for")
      ->group(group);
  app.add_flag("--check-determinism", words.check,
               "Run each seed twice here and once in another process (default 1..20)")
      ->group(group);
  app.add_option("--against", words.against,
                 "With --check-determinism: another build to compare with")
      ->type_name("PROGRAM")
      ->group(group);
  app.add_flag("--hashes", words.hashes, "Print seed, trace hash, events and verdict of each run")
      ->group(group);
  app.add_flag("--list", words.list, "Say which scenarios and variants there are")->group(group);
}

void add_what_to_write(CLI::App& app, Words& words) {
  const char* group = "What to write";
  app.add_option("--out", words.out,
                 "Where cases and traces of failing seeds go (default norn-out)")
      ->type_name("DIR")
      ->group(group);
  app.add_option("--trace", words.trace, "Record the run (one seed, or a replay) in this file")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--profile", words.profile,
               "Say where the fibers of the run spent their time (one seed)")
      ->group(group);
  app.add_flag("--overwrite", words.overwrite, "Replace files that are there")->group(group);
  app.add_flag("--json", words.json, "Print the report as one JSON document")->group(group);
}

}  // namespace

void add_options(CLI::App& app, Words& words) {
  app.set_help_flag();
  app.add_option("NAME", words.scenario, "Which scenario, when the program has several")
      ->type_name(" ");
  add_what_to_run(app, words);
  add_other_things(app, words);
  add_search(app, words);
  add_what_to_write(app, words);
  const char* group = "About";
  app.add_flag("--help,-h", words.help, "Print this")->group(group);
  app.add_flag("--version", words.version, "Print the version and the build id")->group(group);
}

}  // namespace norn::program
