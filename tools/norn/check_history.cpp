#include "check_history.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "norn/check/history_file.hpp"
#include "norn/check/linearizability.hpp"
#include "norn/check/picture.hpp"
#include "norn/check/weaker.hpp"
#include "norn_command.hpp"

namespace norn::command {

namespace {

using Json = nlohmann::ordered_json;
using check::History;
using check::HistoryFormat;
using check::LinearizabilityResult;
using check::Misfit;
using check::Model;
using check::OperationId;
using check::Verdict;

Result<Model> model_of(const CheckHistoryOptions& options) {
  auto model = check::find_model(options.model);
  if (!model) {
    return Error{Errc::invalid, options.model.empty()
                                    ? "--model is missing: " + check::model_names()
                                    : "--model: there is no model '" + options.model +
                                          "' (known are: " + check::model_names() + ")"};
  }
  if (options.initial.empty()) return std::move(*model);
  if (options.model != "bank") return Error{Errc::invalid, "--initial is for --model bank"};
  auto initial = check::parse_json(options.initial);
  if (!initial || !initial->is_map())
    return Error{Errc::invalid, "--initial: a JSON object of balances was expected"};
  return check::bank_model({.initial = std::move(*initial)});
}

Result<History> read(const CheckHistoryOptions& options, bool& incomplete) {
  if (is_trace(options.file)) {
    return history_of_trace(options.file, options.by_key || options.model == "kv", incomplete);
  }
  return check::read_history_file(options.file, {.keys_in_values = options.keys_in_values});
}

// Written beside and renamed, so that there is never half a file.
Result<void> write_file(const std::string& path, bool force,
                        const std::function<Result<void>(std::ostream&)>& write) {
  std::error_code ignored;
  if (!force && std::filesystem::exists(path, ignored))
    return Error{Errc::already_exists, path + " is there already (--force overwrites it)"};
  const std::string beside = path + ".part";
  Result<void> written;
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    if (file) written = write(file);
    file.close();
    if (written && !file) written = Error{Errc::io_error, path + " cannot be written"};
  }
  if (written && std::rename(beside.c_str(), path.c_str()) != 0)
    written = Error{Errc::io_error, path + " cannot be written"};
  if (!written) std::filesystem::remove(beside, ignored);
  return written;
}

Result<void> write_picture(const CheckHistoryOptions& options, const History& history,
                           const Misfit& misfit) {
  return write_file(options.picture, options.force, [&](std::ostream& out) -> Result<void> {
    if (options.picture.ends_with(".svg")) {
      out << svg_picture(history, misfit);
    } else {
      out << html_picture(history, misfit, options.file + ": not linearizable");
    }
    return {};
  });
}

Json json_of(const History& history, OperationId id) {
  const check::Operation& operation = history.operation(id);
  Json json = {{"operation", id}, {"text", describe(operation)}};
  if (operation.call_line != check::kNone) json["line"] = operation.call_line;
  return json;
}

void print_json(const CheckHistoryOptions& options, const History& history,
                const LinearizabilityResult& result, std::ostream& out) {
  Json document = {{"norn_check", 1},
                   {"file", options.file},
                   {"model", options.model},
                   {"consistency", options.consistency},
                   {"verdict", name(result.verdict)},
                   {"operations", history.operations().size()},
                   {"parts", result.parts},
                   {"undecided", result.undecided},
                   {"steps", result.steps}};
  document["misfit"] = nullptr;
  if (result.misfit) {
    Json order = Json::array();
    for (const OperationId id : result.misfit->order) order.push_back(id);
    Json misfit = {{"part", result.misfit->part ? Json(to_json(*result.misfit->part)) : Json()},
                   {"fits_nowhere", json_of(history, result.misfit->operation)},
                   {"order", std::move(order)},
                   {"states", result.misfit->states}};
    document["misfit"] = std::move(misfit);
  }
  out << document.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

void print_words(const CheckHistoryOptions& options, const History& history,
                 const LinearizabilityResult& result, std::ostream& out) {
  const std::string about =
      " (" + options.model + ", " + counted(history.operations().size(), "operation") + " in " +
      counted(result.parts, "part") + ", " + counted(result.steps, "step") + ")\n";
  switch (result.verdict) {
    case Verdict::holds:
      out << options.file << ": linearizable" << about;
      break;
    case Verdict::violated:
      out << options.file << ": not linearizable" << about << explain(history, *result.misfit);
      break;
    case Verdict::unknown:
      out << options.file << ": unknown, the budget was used up with "
          << counted(result.undecided, "part") << " undecided" << about;
      break;
  }
}

Result<void> export_history(const CheckHistoryOptions& options, const History& history) {
  if (options.output.empty()) return Error{Errc::invalid, "--export needs --output FILE"};
  if (options.export_format == "porcupine") {
    const auto model = model_of(options);
    if (!model) return model.error();
    const auto result =
        check_linearizability(history, *model, {.budget = options.budget, .whole = options.whole});
    if (!result) return result.error();
    return write_file(options.output, options.force, [&](std::ostream& out) -> Result<void> {
      out << porcupine_json(history, *model, *result);
      return {};
    });
  }
  const bool json = options.export_format == "jsonl";
  if (!json && options.export_format != "edn") {
    return Error{Errc::invalid,
                 "--export: '" + options.export_format + "' is not jsonl, edn or porcupine"};
  }
  return write_file(options.output, options.force, [&](std::ostream& out) {
    return write_history(history, json ? HistoryFormat::json_lines : HistoryFormat::edn, out);
  });
}

int code_of(Verdict verdict) {
  if (verdict == Verdict::holds) return kPassed;
  return verdict == Verdict::violated ? kViolated : kIncomplete;
}

std::string consistency_names() {
  std::string names;
  for (std::size_t i = 0; i < check::kConsistencies; ++i)
    names += (i == 0 ? "" : ", ") + std::string(name(static_cast<check::Consistency>(i)));
  return names;
}

// A promise other than linearizability.
Result<int> judge_weaker(const CheckHistoryOptions& options, const History& history,
                         const Model& model, check::Consistency consistency, std::ostream& out) {
  const auto result = check_consistency(history, model, consistency, {.budget = options.budget});
  if (!result) return result.error();
  if (options.json) {
    Json document = {{"norn_check", 1},
                     {"file", options.file},
                     {"model", options.model},
                     {"consistency", options.consistency},
                     {"verdict", name(result->verdict)},
                     {"operations", history.operations().size()},
                     {"steps", result->steps}};
    document["breach"] = nullptr;
    if (result->breach) {
      Json operations = Json::array();
      for (const OperationId id : result->breach->operations)
        operations.push_back(json_of(history, id));
      document["breach"] = {{"pattern", result->breach->pattern},
                            {"story", result->breach->story},
                            {"operations", std::move(operations)}};
    }
    out << document.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    return code_of(result->verdict);
  }
  out << options.file << ": " << options.consistency << ": " << name(result->verdict) << " ("
      << options.model << ", " << counted(history.operations().size(), "operation") << ")\n";
  if (result->breach) out << result->breach->pattern << ": " << result->breach->story << "\n";
  return code_of(result->verdict);
}

// What the check says, and the exit code.
Result<int> judge(const CheckHistoryOptions& options, const History& history, std::ostream& out) {
  const auto model = model_of(options);
  if (!model) return model.error();
  const auto consistency = check::consistency_of(options.consistency);
  if (!consistency) {
    return Error{Errc::invalid, "--consistency: there is no '" + options.consistency +
                                    "' (known are: " + consistency_names() + ")"};
  }
  if (*consistency != check::Consistency::linearizable) {
    if (!options.picture.empty() || options.whole)
      return Error{Errc::invalid, "--picture and --whole are for --consistency linearizable"};
    return judge_weaker(options, history, *model, *consistency, out);
  }
  const auto result =
      check_linearizability(history, *model, {.budget = options.budget, .whole = options.whole});
  if (!result) return result.error();
  if (options.json) {
    print_json(options, history, *result, out);
  } else {
    print_words(options, history, *result, out);
  }
  if (!options.picture.empty() && result->misfit) {
    if (auto drawn = write_picture(options, history, *result->misfit); !drawn) return drawn.error();
  }
  return code_of(result->verdict);
}

Result<void> validate(const CheckHistoryOptions& options) {
  if (options.whole && options.by_key)
    return Error{Errc::invalid, "--by-key and --whole exclude each other"};
  if (!options.output.empty() && options.export_format.empty())
    return Error{Errc::invalid, "--output is for --export"};
  if (!options.picture.empty() && !options.picture.ends_with(".svg") &&
      !options.picture.ends_with(".html")) {
    return Error{Errc::invalid, "--picture: '" + options.picture + "' is neither .svg nor .html"};
  }
  return {};
}

}  // namespace

void add_check_history_options(CLI::App& check, CheckHistoryOptions& options) {
  check.add_option("--model", options.model,
                   "What the operations are about: " + check::model_names());
  check.add_option("--consistency", options.consistency,
                   "What is promised (linearizable): " + consistency_names());
  check.add_flag("--by-key", options.by_key,
                 "Each key is a part of its own (that is so anyway); in a trace, the first of the "
                 "arguments is the key (for kv it is)");
  check.add_flag("--whole", options.whole, "All keys together, as one part");
  check.add_flag("--keys-in-values", options.keys_in_values,
                 "EDN: values are [key value], as jepsen.independent writes them");
  check.add_option("--budget", options.budget, "Give up after so many steps (200000000)");
  check.add_option("--initial", options.initial, "Balances of a bank at first, as JSON");
  check.add_option("--picture", options.picture, "Draw a violation into this .svg or .html");
  check.add_option("--export", options.export_format,
                   "Do not judge, convert: jsonl, edn, or porcupine (with --model)");
  check.add_option("--output", options.output, "Where --export writes");
  check.add_flag("--force", options.force, "Overwrite what is there");
}

int check_history(const CheckHistoryOptions& options, std::ostream& out, std::ostream& err) {
  const auto complain = [&](const Error& error) {
    err << "norn: " << error.message << "\n";
    return kBadInput;
  };
  if (auto valid = validate(options); !valid) return complain(valid.error());
  bool incomplete = false;
  const auto history = read(options, incomplete);
  if (!history) return complain(history.error());
  if (!options.export_format.empty()) {
    if (auto written = export_history(options, *history); !written)
      return complain(written.error());
    return incomplete ? kIncomplete : kPassed;
  }
  const auto code = judge(options, *history, out);
  if (!code) return complain(code.error());
  if (incomplete) err << "norn: " << options.file << ": the recording was interrupted\n";
  return incomplete && *code == kPassed ? kIncomplete : *code;
}

}  // namespace norn::command
