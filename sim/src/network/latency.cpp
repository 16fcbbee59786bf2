// Latencies made and read.
#include <cstddef>
#include <fstream>
#include <string>
#include <utility>

#include "norn/sim/fault_plan.hpp"
#include "norn/sim/link_options.hpp"

namespace norn {
namespace {

Latency shaped(LatencyShape shape, Duration least, Duration usual) {
  Latency latency;
  latency.min = least;
  latency.usual = usual;
  latency.slow = {0, 1};
  latency.shape = shape;
  return latency;
}

}  // namespace

Latency Latency::constant_of(Duration time) {
  return shaped(LatencyShape::constant, time, time);
}

Latency Latency::uniform_of(Duration least, Duration most) {
  return shaped(LatencyShape::uniform, least, least + (most - least) / 2);
}

Latency Latency::exponential_of(Duration least, Duration mean) {
  return shaped(LatencyShape::exponential, least, mean);
}

Latency Latency::log_normal_of(Duration least, Duration median, Ratio sigma) {
  Latency latency = shaped(LatencyShape::log_normal, least, median);
  latency.sigma = sigma;
  return latency;
}

Latency Latency::bimodal_of(Duration least, Duration mean, Ratio far, Duration far_mean) {
  Latency latency = shaped(LatencyShape::bimodal, least, mean);
  latency.far = far;
  latency.far_usual = far_mean;
  return latency;
}

Latency Latency::quantiles_of(std::vector<Duration> quantiles) {
  const Duration middle = quantiles.empty() ? Duration() : quantiles[quantiles.size() / 2];
  Latency latency = shaped(LatencyShape::quantiles, middle, middle);
  latency.quantiles = std::move(quantiles);
  return latency;
}

Result<std::vector<Duration>> load_quantiles(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error{Errc::not_found, path + ": cannot be read"};
  std::vector<Duration> quantiles;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    const Result<Duration> time = parse_duration(line);
    const std::string place = path + ':' + std::to_string(number) + ": ";
    if (!time) return Error{Errc::invalid, place + time.error().message};
    if (*time < Duration::zero()) return Error{Errc::invalid, place + "negative time " + line};
    if (!quantiles.empty() && *time < quantiles.back())
      return Error{Errc::invalid, place + line + " is less than the one before"};
    quantiles.push_back(*time);
  }
  if (quantiles.size() < 2) return Error{Errc::invalid, path + ": fewer than two quantiles"};
  return quantiles;
}

}  // namespace norn
