#include "network/link_queue.hpp"

#include <bit>

namespace norn::sim {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

std::int64_t scaled(std::int64_t value, std::int64_t times, std::int64_t out_of) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{static_cast<std::uint64_t>(value)} * static_cast<std::uint64_t>(times);
  return static_cast<std::int64_t>(product / static_cast<std::uint64_t>(out_of));
}

// The square root, rounded down: digit by digit.
std::uint64_t root(std::uint64_t value) {
  std::uint64_t result = 0;
  for (std::uint64_t bit = std::bit_floor(value) & 0x5555555555555555U
                               ? std::bit_floor(value)
                               : std::bit_floor(value) >> 1U;
       bit != 0; bit >>= 2U) {
    if (value >= result + bit) {
      value -= result + bit;
      result = (result >> 1U) + bit;
    } else {
      result >>= 1U;
    }
  }
  return result;
}

// RFC 8289, 5.5: the more drops in a row, the closer together, by the square root.
std::int64_t control_law(std::int64_t time_ns, std::uint32_t drops) {
  const auto root_16 = static_cast<std::int64_t>(root(std::uint64_t{drops} << 32U));
  return time_ns + scaled(LinkQueue::kIntervalNs, std::int64_t{1} << 16, root_16);
}

}  // namespace

std::optional<std::int64_t> LinkQueue::pass(std::int64_t now_ns, std::int64_t bytes,
                                            const Bandwidth& bandwidth) {
  const std::int64_t waits = waiting_ns(now_ns);
  const std::int64_t backlog = scaled(waits, bandwidth.bytes_per_second, kSecondNs);
  if (backlog > bandwidth.queue_bytes - bytes) return std::nullopt;
  if (bandwidth.discipline == QueueDiscipline::codel && codel_drops(now_ns + waits, waits, backlog))
    return std::nullopt;
  const std::int64_t takes = scaled(bytes, kSecondNs, bandwidth.bytes_per_second);
  free_at_ns_ = now_ns + waits + takes;
  return waits + takes;
}

bool LinkQueue::codel_drops(std::int64_t leaves_ns, std::int64_t waits_ns, std::int64_t backlog) {
  bool may_drop = false;
  if (waits_ns < kTargetNs || backlog < kPacketBytes) {
    first_above_ns_ = 0;
  } else if (first_above_ns_ == 0) {
    first_above_ns_ = leaves_ns + kIntervalNs;
  } else {
    may_drop = leaves_ns >= first_above_ns_;
  }
  if (dropping_) {
    if (!may_drop) {
      dropping_ = false;
    } else if (leaves_ns >= drop_next_ns_) {
      ++drops_;
      drop_next_ns_ = control_law(drop_next_ns_, drops_);
      return true;
    }
    return false;
  }
  if (!may_drop) return false;
  // A new series close behind the last one goes on at its pace.
  constexpr std::int64_t close = 16 * kIntervalNs;
  const std::uint32_t delta = drops_ - drops_before_;
  drops_ = delta > 1 && leaves_ns - drop_next_ns_ < close ? delta : 1;
  drops_before_ = drops_;
  drop_next_ns_ = control_law(leaves_ns, drops_);
  dropping_ = true;
  return true;
}

}  // namespace norn::sim
