// The manifest of a campaign: all that decides what it finds.
#pragma once

#include <optional>
#include <string>

#include "campaign/files.hpp"
#include "campaign/seeds.hpp"

namespace norn::command {

inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kJournalFile = "journal.jsonl";
inline constexpr const char* kResultFile = "result.json";
inline constexpr const char* kCasesFolder = "cases";

struct Manifest {
  Json identity;  // program, build, scenario, options, limits
  Seeds seeds;
  std::optional<Shard> shard;      // nothing: the campaign is whole
  Json arguments = Json::array();  // of the scenario program, for the lines that run it again
  bool merged = false;             // of shards: `shard` only says how many there are
  Json claims = Json::array();     // what the program's node code states

  // range() is the indexes that this campaign, or shard of one, has to run.
  Range range() const;
};

Json to_json(const Manifest& manifest);
// read_manifest() errors: not_found, io_error, invalid.
Result<Manifest> read_manifest(const std::string& folder);

// difference() names the first member in which two campaigns differ, with both values ("build: A,
// not B", of the first and the other); empty: none. Shards are not compared but for their number.
std::string difference(const Manifest& one, const Manifest& other);

}  // namespace norn::command
