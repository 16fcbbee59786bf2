#include "campaign/seeds.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace norn::command {

namespace {

constexpr std::uint64_t kCheckedOneOf = 20;

// SplitMix64 (Steele, Lea, Flood, Fast splittable pseudorandom number generators, 2014): the
// increment, and the finaliser, which maps no two numbers to the same one.
constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;

std::uint64_t finalise(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// The index-th number of the generator with this state: distinct for distinct indexes.
std::uint64_t mixed(std::uint64_t key, std::uint64_t index) {
  return finalise(finalise(key + kGolden) + (index + 1) * kGolden);
}

Error bad_shard(const std::string& text, const std::string& why) {
  return {Errc::invalid, "--shard " + text + ": " + why};
}

Result<Shard> shard_of(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos)
    return bad_shard(text, "a number and a count are expected, as in 3/8, or auto");
  const auto number = parse_whole(text.substr(0, slash));
  const auto of = parse_whole(text.substr(slash + 1));
  if (!number || !of)
    return bad_shard(text, "a number and a count are expected, as in 3/8, or auto");
  if (*of == 0 || *number == 0 || *number > *of)
    return bad_shard(text, "the number goes from 1 to the count");
  return Shard{*number, *of};
}

// What a job of an array knows of itself.
struct ArrayJob {
  const char* index;
  const char* count;  // nullptr: it does not tell
  const char* first;  // the least index; nullptr: 0
};
constexpr std::array kArrayJobs = {
    // https://slurm.schedmd.com/job_array.html
    ArrayJob{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"},
    // https://kubernetes.io/docs/tasks/job/indexed-parallel-processing-static
    ArrayJob{"JOB_COMPLETION_INDEX", nullptr, nullptr},
    // https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
    ArrayJob{"AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", nullptr},
};

Result<Shard> shard_of(const ArrayJob& job, std::optional<std::uint64_t> shards,
                       const Environment& environment) {
  const auto number = [&](const char* name) {
    const char* text = name == nullptr ? nullptr : environment(name);
    return text == nullptr ? std::nullopt : parse_whole(text);
  };
  const std::string index_name = job.index;
  const auto index = number(job.index);
  if (!index) return bad_shard("auto", index_name + " is no number");
  const auto count = shards ? shards : number(job.count);
  if (!count || *count == 0)
    return bad_shard("auto", index_name + " is set, but not how many there are: give --shards N");
  const std::uint64_t first = number(job.first).value_or(0);
  if (*index < first || *index - first >= *count) {
    return bad_shard("auto", index_name + "=" + std::to_string(*index) + " is none of " +
                                 std::to_string(*count) + " from " + std::to_string(first) +
                                 " on: number the jobs without gaps");
  }
  return Shard{*index - first + 1, *count};
}

}  // namespace

std::uint64_t Seeds::at(std::uint64_t index) const {
  return literal ? first + index : mixed(campaign_seed, index);
}

bool Seeds::is_checked(std::uint64_t index) const {
  return mixed(~campaign_seed, index) % kCheckedOneOf == 0;
}

Result<Seeds> parse_seeds(const std::string& text, std::uint64_t campaign_seed) {
  const auto bad = [&](const std::string& why) {
    return Error{Errc::invalid, "--seeds " + text + ": " + why};
  };
  const auto dots = text.find("..");
  if (dots == std::string::npos) {
    const auto count = parse_whole(text);
    if (!count) return bad("a number of seeds is expected, or a range, as in 1..1000");
    if (*count == 0) return bad("at least 1");
    return Seeds{.count = *count, .campaign_seed = campaign_seed};
  }
  const auto first = parse_whole(text.substr(0, dots));
  const auto last = parse_whole(text.substr(dots + 2));
  if (!first || !last) return bad("a number of seeds is expected, or a range, as in 1..1000");
  if (*first > *last) return bad("the range ends before it begins; both ends are included");
  if (*last - *first == ~std::uint64_t{0}) return bad("one seed less, please");
  return Seeds{true, *last - *first + 1, *first, campaign_seed};
}

Range range_of(const Shard& shard, std::uint64_t count) {
  // More seeds than 64 bits hold the product of.
  __extension__ using Wide = unsigned __int128;
  const auto edge = [&](std::uint64_t number) {
    return static_cast<std::uint64_t>(Wide{count} * number / shard.of);
  };
  return {edge(shard.number - 1), edge(shard.number)};
}

Result<Shard> parse_shard(const std::string& text, std::optional<std::uint64_t> shards,
                          const Environment& environment) {
  if (text != "auto") return shard_of(text);
  if (const char* given = environment("NORN_SHARD"); given != nullptr) return shard_of(given);
  for (const ArrayJob& job : kArrayJobs) {
    if (environment(job.index) != nullptr) return shard_of(job, shards, environment);
  }
  return bad_shard("auto",
                   "this is no job of an array: none of NORN_SHARD, SLURM_ARRAY_TASK_ID, "
                   "JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX is set");
}

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  std::uint64_t value = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, problem] = std::from_chars(begin, end, value);
  if (problem != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

Result<std::uint64_t> parse_bytes(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 6> kUnits = {
      {{"KiB", 1ULL << 10U},
       {"MiB", 1ULL << 20U},
       {"GiB", 1ULL << 30U},
       {"kB", 1'000},
       {"MB", 1'000'000},
       {"GB", 1'000'000'000}}};
  if (text == "0") return std::uint64_t{0};
  for (const auto& [unit, bytes] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const auto number = parse_whole(std::string_view(text).substr(0, text.size() - unit.size()));
    std::uint64_t product = 0;
    if (!number || __builtin_mul_overflow(*number, bytes, &product)) break;
    return product;
  }
  return Error{Errc::invalid, "'" + text + "' is no size: write it like 2GiB or 512MiB"};
}

}  // namespace norn::command
