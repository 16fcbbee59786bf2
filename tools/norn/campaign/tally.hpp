// The sums of a campaign: what all its seeds together did.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "campaign/files.hpp"
#include "campaign/signature.hpp"

namespace norn::command {

// All failures of one signature.
struct Group {
  std::uint64_t count = 0;
  std::uint64_t first_index = 0;
  std::uint64_t first_seed = 0;
  // The run with the fewest events; of a process that died, the first.
  std::uint64_t events = 0;
  std::uint64_t index = 0;
  std::uint64_t seed = 0;
  Json smallest;                        // "seed", "index", and of a violation what the run was
  std::vector<std::string> last_words;  // of a process that died
};

// Tally adds up parts. Parts must come in ascending order of index; how seeds were put into parts
// makes no difference.
class Tally {
 public:
  // add_part() takes what a journal says of neighbouring seeds. Throws nlohmann::json::exception
  // when it says something else.
  void add_part(const Json& part);
  // add_death() takes a seed that ended its process, and did so again when it was alone.
  void add_death(const Json& death);

  std::uint64_t failed() const { return failed_; }
  std::uint64_t died() const { return died_; }
  std::uint64_t incomplete() const { return incomplete_; }
  const std::map<Signature, Group>& groups() const { return groups_; }

  // add_claims() adds what node code states and no run came to.
  void add_claims(const Json& claims);
  // write() puts the sums into a result, and write_groups() the failures, in order of first index.
  void write(Json& result) const;
  // warnings() names what was not tested, one line each.
  std::vector<std::string> warnings() const;

 private:
  struct Property {
    std::uint64_t evaluated = 0, held = 0, excused = 0, first_seed = 0;
    bool judged = false;
    std::string excuse;
    std::optional<std::int64_t> room;
  };
  struct Fault {
    std::uint64_t asked = 0, begun = 0, bit = 0;
    std::map<std::string, std::uint64_t> bites;
  };
  struct Place {
    std::string where;
    std::uint64_t armed = 0, passed = 0, fired = 0;
  };

  struct Strategy {
    std::uint64_t runs = 0, failed = 0, first_seed = 0;
  };

  void add_properties(const Json& counts);
  void add_faults(const Json& counts);
  void add_places(const Json& counts);
  void add_strategies(const Json& counts);
  void add_group(const Json& group);

  std::uint64_t failed_ = 0, died_ = 0, incomplete_ = 0;
  std::uint64_t events_ = 0, messages_ = 0, simulated_us_ = 0, digest_ = 0;
  Json first_incomplete_;
  std::map<std::pair<std::string, std::string>, Property> properties_;  // by kind and name
  std::map<std::string, Fault> faults_;
  std::map<std::string, Place> places_;
  std::map<std::string, Strategy> strategies_;
  std::map<Signature, Group> groups_;
};

// group_failures() turns the failures that a worker told into groups, for the journal. `first` is
// the index of the seed that the worker began with.
Json group_failures(const Json& failures, std::uint64_t first);

Json signature_json(const Signature& signature);
Signature signature_of(const Json& json);

// hash_text() as all Norn programs write it; hash_number() reads it.
std::optional<std::uint64_t> hash_number(const std::string& text);

}  // namespace norn::command
