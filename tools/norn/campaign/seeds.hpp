// Which seeds a campaign runs, and which of them a shard of it has.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "campaign/ranges.hpp"
#include "norn/runtime/result.hpp"

namespace norn::command {

// Seeds are counted by an index from 0. They are literal ("17..40": these seeds) or mixed ("1000":
// as many seeds, made of the campaign's own seed and the index; all of them differ).
struct Seeds {
  bool literal = false;
  std::uint64_t count = 0;
  std::uint64_t first = 0;          // of literal seeds
  std::uint64_t campaign_seed = 1;  // also the key of what is run twice

  std::uint64_t at(std::uint64_t index) const;
  // is_checked() is whether the seed is run a second time, in another process: 1 of 20, by a keyed
  // hash.
  bool is_checked(std::uint64_t index) const;
};

// parse_seeds() reads "N" or "A..B". Errors (invalid) say what is wrong with the text.
Result<Seeds> parse_seeds(const std::string& text, std::uint64_t campaign_seed);

// Shard is the part `number` (from 1) of `of` equal parts, each a run of neighbouring indexes.
struct Shard {
  std::uint64_t number = 1;
  std::uint64_t of = 1;
  friend bool operator==(const Shard&, const Shard&) = default;
};

Range range_of(const Shard& shard, std::uint64_t count);

using Environment = std::function<const char*(const char*)>;

// parse_shard() reads "3/8", or "auto": NORN_SHARD ("3/8"), or what Slurm's array jobs, Kubernetes'
// indexed jobs and the array jobs of AWS Batch tell. `shards` is their number, for those that do
// not tell it.
Result<Shard> parse_shard(const std::string& text, std::optional<std::uint64_t> shards,
                          const Environment& environment);

// parse_whole() reads decimal digits, nothing else.
std::optional<std::uint64_t> parse_whole(std::string_view text);

// parse_bytes() reads "2GiB", "512MiB", "4096KiB", "1GB", "0".
Result<std::uint64_t> parse_bytes(const std::string& text);

}  // namespace norn::command
