#include "table.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "engine_loads.hpp"
#include "load.hpp"

namespace norn::bench {

namespace {

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

struct Column {
  std::string name;
  std::unique_ptr<Load> load;
  std::vector<double> ns;      // of an operation, by round
  std::vector<double> shares;  // limit / this, by round

  double median_ns() const { return quantile(ns, 0.5); }
  // Half the distance between the quartiles, as a part of the median.
  double noise() const { return (quantile(ns, 0.75) - quantile(ns, 0.25)) / 2 / median_ns(); }
};

double measure(Load& load) {
  const double start = cpu_ns();
  const std::uint64_t operations = load.run();
  return (cpu_ns() - start) / static_cast<double>(std::max<std::uint64_t>(operations, 1));
}

std::vector<Column> measure_row(const Row& row, int rounds) {
  std::vector<Column> columns;
  if (row.limit) columns.push_back({"limit", row.limit(), {}, {}});
  for (const NamedLoad& named : row.loads) {
    if (auto load = named.make()) columns.push_back({named.name, std::move(load), {}, {}});
  }
  for (Column& column : columns) {
    measure(*column.load);
    measure(*column.load);
  }
  for (int round = 0; round < rounds; ++round) {
    for (Column& column : columns) column.ns.push_back(measure(*column.load));
    if (!row.limit) continue;
    for (Column& column : columns) column.shares.push_back(columns[0].ns.back() / column.ns.back());
  }
  return columns;
}

std::string time_text(double ns) {
  char text[32];
  const char* const format = ns < 100 ? "%.1f ns" : ns < 1e5 ? "%.0f ns" : "%.2f ms";
  std::snprintf(text, sizeof text, format, ns < 1e5 ? ns : ns / 1e6);
  return text;
}

void print_line(const std::string& row, const Column& column) {
  char share[16] = "";
  if (!column.shares.empty() && column.name != "limit") {
    std::snprintf(share, sizeof share, "%.0f %%", 100 * quantile(column.shares, 0.5));
  }
  std::printf("| %-31s | %-19s | %10s | %12.0f | %5s | %3.0f %% |\n", row.c_str(),
              column.name.c_str(), time_text(column.median_ns()).c_str(), 1e9 / column.median_ns(),
              share, 100 * column.noise());
  std::fflush(stdout);
}

nlohmann::json to_json(const std::string& row, const Column& column) {
  nlohmann::json result = {{"row", row},
                           {"what", column.name},
                           {"ns", column.median_ns()},
                           {"per_second", 1e9 / column.median_ns()},
                           {"noise", column.noise()},
                           {"rounds", column.ns.size()}};
  if (!column.shares.empty()) result["share_of_limit"] = quantile(column.shares, 0.5);
  return result;
}

void print_fibers(nlohmann::json& results) {
  std::printf(
      "\n| parked fibers | create and park | wake and end | resident |\n|---|---|---|---|\n");
  for (const std::uint32_t fibers : {100'000U, 1'000'000U}) {
    const FiberCost cost = fiber_cost(fibers);
    std::printf("| %u | %.0f ns | %.0f ns | %.0f bytes |\n", fibers, cost.create_ns, cost.end_ns,
                cost.resident_bytes);
    results.push_back({{"row", "parked fibers"},
                       {"fibers", fibers},
                       {"create_ns", cost.create_ns},
                       {"end_ns", cost.end_ns},
                       {"resident_bytes", cost.resident_bytes}});
  }
}

}  // namespace

int print_table(const TableOptions& options) {
  if (!options.json.empty() && std::filesystem::exists(options.json)) {
    std::fprintf(stderr, "norn-bench: %s exists: it is not overwritten\n", options.json.c_str());
    return 2;
  }
  nlohmann::json results = nlohmann::json::array();
  std::printf("| %-31s | %-19s | %10s | %12s | %5s | noise |\n", "operation", "what", "time",
              "a second", "limit");
  std::printf("|---|---|---|---|---|---|\n");
  bool any = false;
  for (const Row& row : rows()) {
    if (row.name.find(options.only) == std::string::npos) continue;
    any = true;
    for (const Column& column : measure_row(row, options.rounds)) {
      print_line(row.name, column);
      results.push_back(to_json(row.name, column));
    }
  }
  if (std::string("parked fibers").find(options.only) != std::string::npos) {
    any = true;
    print_fibers(results);
  }
  if (!any) {
    std::fprintf(stderr, "norn-bench: no row of the table has '%s' in its name\n",
                 options.only.c_str());
    return 2;
  }
  if (options.json.empty()) return 0;
  std::ofstream file(options.json);
  file << results.dump(2) << '\n';
  if (file.flush()) return 0;
  std::fprintf(stderr, "norn-bench: cannot write %s\n", options.json.c_str());
  return 2;
}

}  // namespace norn::bench
