// NameService: the names that were given by hand, and what nodes remember of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "faults/bite_counter.hpp"
#include "norn/runtime/host/message.hpp"

namespace norn::sim {

// The nodes behind a name.
using NamedNodes = std::vector<host::NodeId>;

// What one life of a node remembers: answers, until when they are good.
struct NameCache {
  struct Answer {
    NamedNodes nodes;
    std::int64_t good_until_ns = 0;
  };
  std::map<std::string, Answer, std::less<>> answers;
};

// One authority for all nodes, as a zone without delays; each node keeps an answer for its time to
// live (RFC 1035, 3.2.1). So a name that is moved is found at its old place for as long. Errors are
// not remembered. A fault makes nodes go on with what they had.
class NameService {
 public:
  // set() gives a name; no nodes: takes it away.
  void set(std::string name, NamedNodes nodes, std::int64_t ttl_ns);
  bool knows(std::string_view name) const { return records_.find(name) != records_.end(); }
  // ask() is the answer that a node gets: empty when there is no such name, or no longer.
  NamedNodes ask(host::NodeId node, NameCache& cache, std::string_view name, std::int64_t now_ns,
                 BiteCounter& bites) const;

  // While it is stale, a node keeps the answers it has, however old they are, and is told what a
  // name was before it was moved last if it asks anew. An empty name stands for all.
  void begin_stale(host::NodeId node, std::string name, BiteCounter::Slot slot);
  void end_stale(host::NodeId node, BiteCounter::Slot slot);

 private:
  struct Record {
    NamedNodes nodes;
    NamedNodes before;  // it was moved last
    std::int64_t ttl_ns = 0;
  };
  struct Stale {
    std::string name;
    BiteCounter::Slot slot = 0;
  };

  const Stale* stale(host::NodeId node, std::string_view name) const;

  std::map<std::string, Record, std::less<>> records_;
  std::map<host::NodeId, std::vector<Stale>> stale_;
};

}  // namespace norn::sim
