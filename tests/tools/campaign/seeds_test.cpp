#include "campaign/seeds.hpp"

#include <map>
#include <set>
#include <string>

#include "support/catch.hpp"

using namespace norn::command;

namespace {

Environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> const char* {
    const auto at = values.find(name);
    return at == values.end() ? nullptr : at->second.c_str();
  };
}

std::string shard_text(const norn::Result<Shard>& shard) {
  if (!shard) return shard.error().message;
  return std::to_string(shard->number) + "/" + std::to_string(shard->of);
}

}  // namespace

TEST_CASE("a number of seeds is made of the campaign's seed, and a range is taken as it is") {
  const auto mixed = parse_seeds("1000", 1);
  REQUIRE(mixed.ok());
  CHECK(mixed->count == 1000);
  const auto other = parse_seeds("1000", 2);
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < mixed->count; ++i) {
    seen.insert(mixed->at(i));
    CHECK(mixed->at(i) != other->at(i));
  }
  CHECK(seen.size() == 1000);
  const auto literal = parse_seeds("17..19", 1);
  REQUIRE(literal.ok());
  CHECK(literal->count == 3);
  CHECK(literal->at(0) == 17);
  CHECK(literal->at(2) == 19);
  // Seeds are part of what people keep: they must not change.
  CHECK(mixed->at(0) == 6791897765849424158ULL);
}

TEST_CASE("seeds that make no sense are told") {
  for (const char* text : {"", "x", "0", "-1", "5..1", "1..", "..2", "1..2..3",
                           "1000000000000000000000", "0..18446744073709551615"}) {
    INFO(text);
    CHECK_FALSE(parse_seeds(text, 1).ok());
  }
  CHECK(parse_seeds("0..18446744073709551614", 1).ok());
}

TEST_CASE("about one of twenty seeds is run a second time, always the same ones") {
  const auto seeds = parse_seeds("100000", 1);
  std::uint64_t checked = 0;
  for (std::uint64_t i = 0; i < seeds->count; ++i) checked += seeds->is_checked(i) ? 1 : 0;
  CHECK(checked > 4800);
  CHECK(checked < 5200);
}

TEST_CASE("the shards of a campaign are all of it, once") {
  for (const std::uint64_t count : {1ULL, 7ULL, 1000ULL, 18446744073709551615ULL}) {
    std::uint64_t next = 0;
    for (std::uint64_t number = 1; number <= 8; ++number) {
      const Range range = range_of({number, 8}, count);
      CHECK(range.begin == next);
      CHECK(range.size() >= count / 8);
      next = range.end;
    }
    CHECK(next == count);
  }
}

TEST_CASE("a shard is told on the command line or by the scheduler of a cluster") {
  CHECK(shard_text(parse_shard("3/8", {}, variables({}))) == "3/8");
  CHECK(shard_text(parse_shard("auto", {}, variables({{"NORN_SHARD", "2/5"}}))) == "2/5");
  CHECK(shard_text(parse_shard("auto", {},
                               variables({{"SLURM_ARRAY_TASK_ID", "12"},
                                          {"SLURM_ARRAY_TASK_MIN", "10"},
                                          {"SLURM_ARRAY_TASK_COUNT", "4"}}))) == "3/4");
  CHECK(shard_text(parse_shard("auto", 6, variables({{"JOB_COMPLETION_INDEX", "0"}}))) == "1/6");
  CHECK(shard_text(parse_shard("auto", {},
                               variables({{"AWS_BATCH_JOB_ARRAY_INDEX", "4"},
                                          {"AWS_BATCH_JOB_ARRAY_SIZE", "5"}}))) == "5/5");
}

TEST_CASE("a shard that makes no sense is told") {
  for (const char* text : {"", "0/8", "9/8", "1", "1/0", "/", "a/b", "1/2/3"}) {
    INFO(text);
    CHECK_FALSE(parse_shard(text, {}, variables({})).ok());
  }
  CHECK_FALSE(parse_shard("auto", {}, variables({})).ok());
  CHECK_FALSE(parse_shard("auto", {}, variables({{"JOB_COMPLETION_INDEX", "1"}})).ok());
  // An array with gaps: 1, 5, 9.
  CHECK_FALSE(parse_shard("auto", {},
                          variables({{"SLURM_ARRAY_TASK_ID", "9"},
                                     {"SLURM_ARRAY_TASK_MIN", "1"},
                                     {"SLURM_ARRAY_TASK_COUNT", "3"}}))
                  .ok());
}

TEST_CASE("sizes of memory have a unit") {
  CHECK(parse_bytes("2GiB").value() == 2147483648);
  CHECK(parse_bytes("300MB").value() == 300000000);
  CHECK(parse_bytes("0").value() == 0);
  for (const char* text : {"", "2", "GiB", "2 GiB", "-1MiB", "99999999999GiB"}) {
    INFO(text);
    CHECK_FALSE(parse_bytes(text).ok());
  }
}

TEST_CASE("sets of indexes join neighbours and know their gaps") {
  Ranges ranges;
  ranges.add({10, 20});
  ranges.add({30, 40});
  ranges.add({20, 25});
  CHECK(ranges.size() == 25);
  CHECK(ranges.missing({0, 50}) == std::vector<Range>{{0, 10}, {25, 30}, {40, 50}});
  CHECK(ranges.missing({12, 35}) == std::vector<Range>{{25, 30}});
  CHECK(ranges.missing({12, 24}).empty());
  CHECK(ranges.overlap({18, 32}) == 9);
  CHECK(ranges.overlap({25, 30}) == 0);
  ranges.add({5, 45});
  CHECK(ranges.missing({0, 50}) == std::vector<Range>{{0, 5}, {45, 50}});
}
