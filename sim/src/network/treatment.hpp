// Treatment: what a link, or a fault of links, does to messages besides letting them take time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "faults/bite_counter.hpp"
#include "network/link_queue.hpp"
#include "network/pair_table.hpp"
#include "norn/faults/kind.hpp"
#include "norn/sim/link_options.hpp"

namespace norn::sim {

// What is remembered of an ordered pair of nodes.
struct PairState {
  LinkQueue queue;
  std::uint64_t messages = 0;  // in the key of what the bursts do
  bool bad = false;            // in a burst
};

// Who shares the queue of a bandwidth.
enum class QueuePlace : std::uint8_t { link, sender, receiver };

// What bites, for the counting. Of a fault all are one slot; a link's own are one each.
enum class Trouble : std::uint8_t { burst, reorder, corrupt, truncate, bandwidth, mtu };
inline constexpr std::array kTroubleKinds = {FaultKind::loss_burst, FaultKind::reorder,
                                             FaultKind::corrupt,    FaultKind::truncate,
                                             FaultKind::bandwidth,  FaultKind::mtu};
using TroubleSlots = std::array<BiteCounter::Slot, kTroubleKinds.size()>;

constexpr bool is_on(const LinkOptions& options, Trouble trouble) {
  switch (trouble) {
    case Trouble::burst:
      return !options.burst.begins.never();
    case Trouble::reorder:
      return !options.reorder.never();
    case Trouble::corrupt:
      return !options.corrupt.never();
    case Trouble::truncate:
      return !options.truncate.never();
    case Trouble::bandwidth:
      return options.bandwidth.bytes_per_second > 0;
    case Trouble::mtu:
      return options.mtu > 0;
  }
  return false;
}

// needs_treatment(): a message on such a link takes the long way.
inline bool needs_treatment(const LinkOptions& options) {
  for (std::size_t i = 0; i < kTroubleKinds.size(); ++i) {
    if (is_on(options, static_cast<Trouble>(i))) return true;
  }
  return false;
}

// Of a fault, while it lasts. The latency of its options does not count: it says by `factor` and
// `extra` what it adds.
struct Treatment {
  LinkOptions options{};
  Duration extra{};
  Duration jitter{};                    // up to so much more, uniform
  std::int64_t factor_permille = 1000;  // of the link's latency
  QueuePlace place = QueuePlace::link;
  std::uint64_t key = 0;  // for choices; 0: the link's own
  TroubleSlots slots{};
  PairTable<PairState> pairs{};
};

// What has been decided of a message so far.
struct Journey {
  static constexpr std::int64_t kWhole = -1;

  std::int64_t extra_ns = 0;
  std::int64_t factor_permille = 1000;
  std::int64_t flip_bit = kWhole;  // which bit of the payload
  std::int64_t cut_to = kWhole;    // how many bytes are left
};

}  // namespace norn::sim
