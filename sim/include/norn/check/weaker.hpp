// Promises that are weaker than linearizability, and what crashes may take away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "norn/check/history.hpp"
#include "norn/check/linearizability.hpp"
#include "norn/check/model.hpp"
#include "norn/runtime/result.hpp"

namespace norn::check {

// What is of unknown outcome comes after what its process did before, and before nothing: it may
// have taken effect at any time after its call, or never.
enum class Consistency : std::uint8_t {
  linearizable,
  // One order of all operations that keeps that of each process (Lamport, How to make a
  // multiprocessor computer that correctly executes multiprocess programs, 1979). Any model.
  sequential,
  // Causal memory: each process sees what it depends on, in an order of its own for the rest
  // (Ahamad et al., Causal memory, 1995), by the bad patterns of Bouajjani et al. (On verifying
  // causal consistency, 2017). Reads and writes only, as for all up to `regular`.
  causal,
  // Each process sees the writes of every other in their order (Lipton and Sandberg, PRAM: a
  // scalable shared memory, 1988).
  pram,
  // Session guarantees (Terry et al., Session guarantees for weakly consistent replicated data,
  // 1994). For each process there is an order of all writes, and for each of its reads a set of
  // writes that it sees, so that it gives the last of them to its key, or nothing if there is none.
  // Nothing else is asked of sets and orders, but:
  read_your_writes,  // a read sees what its process wrote before
  monotonic_reads,   // a read sees what the reads of its process before it saw
  // Writes of a process are in their order, and what sees one sees those before it.
  monotonic_writes,
  // A write comes after those that its process had read, and what sees it sees them.
  writes_follow_reads,
  // The last two are judged together with monotonic reads. Alone, monotonic writes are broken by no
  // answers at all, for a read of one key cannot show what it should have seen beside; and writes
  // that follow reads only by a circle of writes that were each read before the next.

  // A read gives the last write before it or one that overlaps it (Lamport, On interprocess
  // communication, 1986; with several writers, one that is not followed by another before the
  // read).
  regular,
  // Crashes take nothing that was answered (Izraelevitz, Mendes and Scott, Linearizability of
  // persistent memory objects under a full-system-crash failure model, 2016). Any model.
  durable,
  // Crashes may take the latest operations, all that follows each lost one with it (ibid.). In each
  // era between crashes there is an order of what completed, and of what is of unknown outcome and
  // was called in it or before, that fits what the crash before it left; a crash leaves what some
  // beginning of some such order leaves. The paper lets each era see another order of what was
  // kept, and what was answered take effect after a crash; here, what is there is there.
  buffered_durable,
};
inline constexpr std::size_t kConsistencies = 11;

// As in `norn check --consistency`: "read-your-writes".
std::string_view name(Consistency consistency);
std::optional<Consistency> consistency_of(std::string_view name);

// What shows that a promise was broken.
struct ConsistencyBreach {
  std::string pattern;                  // its name: "CyclicCO", "stale read"
  std::string story;                    // in words
  std::vector<OperationId> operations;  // that show it
};

struct ConsistencyResult {
  Verdict verdict = Verdict::holds;
  std::uint64_t steps = 0;
  std::optional<ConsistencyBreach> breach;  // if violated
};

struct ConsistencyOptions {
  std::uint64_t budget = 200'000'000;  // steps
};

// check_consistency() judges a history by a promise. From `causal` to `regular` a history of reads
// and writes is needed (functions read, get, write, put), in which no value is written twice to a
// key. Operations that failed took no effect; a write of unknown outcome took effect if somebody
// read it. An Error (Errc::invalid) is for histories that cannot be judged.
Result<ConsistencyResult> check_consistency(const History& history, const Model& model,
                                            Consistency consistency,
                                            const ConsistencyOptions& options = {});

}  // namespace norn::check
