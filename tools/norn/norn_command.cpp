#include "norn_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <ostream>

#include "campaign/options.hpp"
#include "check_history.hpp"
#include "check_transactions.hpp"
#include "commands.hpp"
#include "duration.hpp"

namespace norn::command {

namespace {

struct Arguments {
  std::string file;
  bool info_json = false;
  LogOptions log;
  FaultsOptions faults;
  ExportCommandOptions exported;
  ImportCommandOptions imported;
  CheckHistoryOptions history;
  CheckTransactionsOptions transactions;
  CampaignOptions campaign;
  MergeOptions merge;
  std::string from;
  std::string to;
};

void add_file(CLI::App& command, Arguments& arguments) {
  command
      .add_option("FILE", arguments.file,
                  "A trace (.norn), or what an interrupted recording left (.partial)")
      ->required();
}

void add_log_options(CLI::App& log, Arguments& arguments) {
  log.add_option("--node", arguments.log.nodes,
                 "Only events on this node (name or number; may be repeated)")
      ->allow_extra_args(false);
  log.add_option("--kind", arguments.log.kinds, "Only events of this kind (may be repeated)")
      ->allow_extra_args(false);
  log.add_option("--from", arguments.from,
                 "Only from this virtual time on, like 1.5s (units: ns us ms s m)");
  log.add_option("--to", arguments.to, "Only up to this virtual time");
  log.add_option("--grep", arguments.log.grep,
                 "Only lines that match this regular expression (ECMAScript)");
  log.add_flag("--payloads", arguments.log.payloads, "Show the payloads of messages");
  log.add_flag("--json", arguments.log.json, "Print one JSON object a line");
  log.footer(json_fields_help());
}

std::string formats_help() {
  std::string text = "Formats:";
  for (const trace::ExportFormat& each : trace::export_formats()) {
    std::string name(each.name);
    name.resize(std::max<std::size_t>(name.size(), 10), ' ');
    text += "\n  " + name + " " + std::string(each.what) + ", " + std::string(each.ending);
  }
  return text +
         "\nOf a trace with a violation, diagrams show the last part of what led to it unless "
         "--past-of, --last,\n--from or --until say otherwise.";
}

void add_export_options(CLI::App& command, ExportCommandOptions& options) {
  const auto positive = [](const std::string& text) {
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    return digits && text.find_first_not_of('0') != std::string::npos
               ? std::string()
               : "'" + text + "' is not a whole number from 1 on";
  };
  command.add_option("--to", options.format, "The format, one of those below")->required();
  command.add_option("-o,--out", options.output, "Write to this file instead of standard output");
  command.add_flag("--overwrite", options.overwrite, "Replace the file if it exists");
  command
      .add_option("--node", options.nodes,
                  "Only events on this node (name or number; may be repeated)")
      ->allow_extra_args(false);
  command.add_option("--kind", options.kinds, "Only events of this kind (may be repeated)")
      ->allow_extra_args(false);
  command.add_option("--from", options.from,
                     "Only from this virtual time on, like 1.5s (units: ns us ms s m)");
  command.add_option("--until", options.until, "Only up to this virtual time");
  command
      .add_option("--past-of", options.part.past_of,
                  "Only what happened before this event (its number, as norn log prints it)")
      ->check(positive);
  command.add_option("--last", options.part.last, "Only the last so many of all these")
      ->check(positive);
  command.footer(formats_help());
}

void add_import_options(CLI::App& command, ImportCommandOptions& options) {
  command.add_option("FILE", options.file, "What to read")->required();
  command
      .add_option(
          "--from", options.format,
          "jsonl: lines as norn export writes them (docs/trace-json.md); shiviz: a log with "
          "vector clocks")
      ->required();
  command.add_option("-o,--out", options.output, "The trace to write (.norn)")->required();
  command.add_flag("--overwrite", options.overwrite, "Replace the trace if it exists");
  command.add_option("--parser", options.parser,
                     "The regular expression of a ShiViz log, with groups (?<host>…), (?<clock>…), "
                     "(?<event>…) and perhaps (?<time>…); usual: the log's first line, or ShiViz's "
                     "own default");
}

void add_faults_options(CLI::App& faults, Arguments& arguments) {
  faults.add_option("KIND", arguments.faults.kind,
                    "Only this kind, or the kinds of this family: network, process, disk, clock");
  CLI::Option* const json =
      faults.add_flag("--json", arguments.faults.json, "Print one JSON document");
  faults.add_flag("--schema", arguments.faults.schema, "Print the JSON Schema of fault plans")
      ->excludes(json);
}

void add_check_options(CLI::App& check, Arguments& arguments) {
  check
      .add_option("FILE", arguments.file,
                  "A history: JSON lines, EDN lines as Jepsen writes them, or a trace (.norn)")
      ->required();
  check.add_flag("--json", arguments.history.json, "Print one JSON document");
  add_check_history_options(check, arguments.history);
  add_check_transactions_options(check, arguments.transactions);
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

Result<void> read_times(Arguments& arguments) {
  auto from = time_option("--from", arguments.from);
  if (!from.ok()) return from.error();
  auto to = time_option("--to", arguments.to);
  if (!to.ok()) return to.error();
  arguments.log.from_ns = *from;
  arguments.log.to_ns = *to;
  if (*from && *to && **from > **to) return Error{Errc::invalid, "--from is later than --to"};
  return {};
}

using Print = std::function<Result<void>(const trace::Reader&)>;

int with_trace(const std::string& path, const Print& print, std::ostream& err) {
  auto reader = trace::Reader::open(path);
  if (!reader.ok()) {
    err << "norn: " << reader.error().message << "\n";
    return kBadInput;
  }
  if (auto printed = print(*reader); !printed.ok()) {
    err << "norn: " << printed.error().message << "\n";
    return kBadInput;
  }
  if (reader->complete()) return kPassed;
  err << "norn: " << reader->name() << ": " << reader->incomplete_reason() << "\n";
  return kIncomplete;
}

int check_file(Arguments& given, std::ostream& out, std::ostream& err) {
  if (given.transactions.workload.empty()) {
    given.history.file = given.file;
    return check_history(given.history, out, err);
  }
  if (!given.history.model.empty() || !given.history.export_format.empty()) {
    err << "norn: --transactions goes with neither --model nor --export\n";
    return kBadInput;
  }
  given.transactions.file = given.file;
  given.transactions.json = given.history.json;
  return check_transactions(given.transactions, out, err);
}

// The commands that can be given.
struct Commands {
  CLI::App* info = nullptr;
  CLI::App* log = nullptr;
  CLI::App* verify = nullptr;
  CLI::App* exported = nullptr;
  CLI::App* imported = nullptr;
  CLI::App* faults = nullptr;
  CLI::App* check = nullptr;
  CLI::App* campaign = nullptr;
  CLI::App* merge = nullptr;
};

Commands add_commands(CLI::App& app, Arguments& given) {
  Commands add;
  add.info =
      app.add_subcommand("info", "What a trace is about: nodes, events, faults, hash, verdict");
  add_file(*add.info, given);
  add.info->add_flag("--json", given.info_json, "Print one JSON object");
  add.log = app.add_subcommand("log", "Print the events, one a line");
  add_file(*add.log, given);
  add_log_options(*add.log, given);
  add.verify = app.add_subcommand("verify", "Decode everything and compare all hashes");
  add_file(*add.verify, given);
  add.exported = app.add_subcommand("export", "Write a trace, or a part of it, for other tools");
  add_file(*add.exported, given);
  add_export_options(*add.exported, given.exported);
  add.imported =
      app.add_subcommand("import", "Make a trace of what another system logged, or of JSON lines");
  add_import_options(*add.imported, given.imported);
  add.faults = app.add_subcommand(
      "faults", "What a fault plan may say: kinds, parameters, units, defaults, examples");
  add_faults_options(*add.faults, given);
  add.check = app.add_subcommand("check", "Judge a history of client operations");
  add_check_options(*add.check, given);
  add.campaign = app.add_subcommand(
      "campaign", "Run many seeds of a scenario program in processes, with a journal");
  add_campaign_options(*add.campaign, given.campaign);
  add.merge = app.add_subcommand("merge", "Make one result of the shards of a campaign");
  add_merge_options(*add.merge, given.merge);
  app.footer(
      "Exit codes: 0 all is well, 1 a check or a seed failed, 2 bad usage or a file that cannot be "
      "believed, 3 an interrupted recording or campaign, or a verdict that is not known, 4 a seed "
      "did not run as it did before.");
  return add;
}

int exit_code(const Result<void>& done, std::ostream& err) {
  if (!done.ok()) err << "norn: " << done.error().message << "\n";
  return done.ok() ? kPassed : kBadInput;
}

// Does what the one command that was given says.
int carry_out(const Commands& commands, Arguments& given, std::ostream& out, std::ostream& err) {
  if (commands.faults->parsed()) return exit_code(print_faults(given.faults, out), err);
  if (commands.imported->parsed()) return exit_code(import_trace(given.imported, out), err);
  if (commands.check->parsed()) return check_file(given, out, err);
  if (commands.campaign->parsed()) return run_campaign(given.campaign, out, err);
  if (commands.merge->parsed()) return run_merge(given.merge, out, err);
  if (auto times = read_times(given); !times.ok()) return exit_code(times, err);
  const Print print = [&](const trace::Reader& reader) {
    if (commands.info->parsed()) return print_info(reader, given.info_json, out);
    if (commands.log->parsed()) return print_log(reader, given.log, out);
    if (commands.exported->parsed()) return export_trace(reader, given.exported, out);
    return print_verification(reader, out);
  };
  return with_trace(given.file, print, err);
}

}  // namespace

Result<std::optional<std::int64_t>> time_option(const char* option, const std::string& text) {
  if (text.empty()) return std::optional<std::int64_t>();
  auto parsed = parse_duration(text);
  if (!parsed.ok())
    return Error{Errc::invalid, std::string(option) + ": " + parsed.error().message};
  return std::optional(*parsed);
}

int run(std::vector<std::string> arguments, const std::string& version, std::ostream& out,
        std::ostream& err) {
  CLI::App app(
      "Norn: read the traces of simulations, check histories, say what faults there are, and run "
      "campaigns.\n",
      "norn");
  Arguments given;
  app.require_subcommand(1);
  app.set_version_flag("--version", "norn " + version);
  const Commands commands = add_commands(app, given);

  const auto is_command = [&](const std::string& word) {
    const auto found =
        app.get_subcommands([&](const CLI::App* each) { return each->get_name() == word; });
    return !found.empty();
  };
  if (!arguments.empty() && !arguments[0].starts_with('-') && !is_command(arguments[0])) {
    err << "norn: there is no command '" << arguments[0]
        << "': use info, log, verify, export, import, faults, check, campaign or merge\n";
    return kBadInput;
  }
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::Success& success) {  // --help and --version
    return app.exit(success, out, err) == 0 ? kPassed : kBadInput;
  } catch (const CLI::ParseError& error) {
    err << "norn: " << first_line(error.what()) << " (norn --help says more)\n";
    return kBadInput;
  }
  return carry_out(commands, given, out, err);
}

}  // namespace norn::command
