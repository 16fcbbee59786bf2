// LinkOptions: how the way from one node to another treats messages.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "norn/faults/ratio.hpp"
#include "norn/runtime/result.hpp"
#include "norn/runtime/time.hpp"

namespace norn {

enum class LatencyShape : std::uint8_t {
  constant,     // usual
  uniform,      // between min and 2 usual - min, so that usual is the mean
  exponential,  // min plus an exponential of mean usual - min, cut off at eight means
  log_normal,   // min plus a log-normal of median usual - min and shape sigma
  bimodal,      // exponential around usual, and for a share `far` around far_usual
  quantiles,    // as measured: straight lines between the quantiles
};

// How long a message is under way. A `slow` share takes a time uniform between usual and slow_max
// instead; to whatever it is, up to `jitter` is added, uniform. The defaults are those of
// FoundationDB's simulator (100 µs, 800 µs, 1 in 1,000 up to 100 ms).
struct Latency {
  Duration min = std::chrono::microseconds(100);
  Duration usual = std::chrono::microseconds(800);
  Ratio slow = {1, 1000};
  Duration slow_max = std::chrono::milliseconds(100);
  LatencyShape shape = LatencyShape::exponential;
  Ratio sigma = {1, 2};  // log_normal: the standard deviation of the logarithm, at most 1
  Ratio far{};           // bimodal: share of messages of the second mode
  Duration far_usual{};  // bimodal: mean of the second mode, at least min
  Duration jitter{};
  // quantiles: at least two, none less than the one before; the first is the least time there is,
  // the last the most, and the others divide the probability evenly.
  std::vector<Duration> quantiles{};
  friend bool operator==(const Latency&, const Latency&) = default;

  // Without a slow share.
  static Latency constant_of(Duration time);
  static Latency uniform_of(Duration least, Duration most);
  static Latency exponential_of(Duration least, Duration mean);
  static Latency log_normal_of(Duration least, Duration median, Ratio sigma);
  static Latency bimodal_of(Duration least, Duration mean, Ratio far, Duration far_mean);
  static Latency quantiles_of(std::vector<Duration> quantiles);
};

// load_quantiles() reads times with units ("1.5ms"), one a line; empty lines and lines that begin
// with '#' do not count. Errors: not_found; invalid, with the line.
Result<std::vector<Duration>> load_quantiles(const std::string& path);

// Loss in bursts, after Gilbert, "Capacity of a burst-noise channel" (1960), and Elliott (1963):
// each link is good or bad, and may turn at each message. A good one loses nothing of this kind;
// the share that is lost is begins / (begins + ends) * loss, a burst has a mean of 1 / ends
// messages.
struct BurstLoss {
  Ratio begins{};       // chance at a message that a good link turns bad; 0: no bursts
  Ratio ends = {1, 4};  // chance at a message that a bad link turns good
  Ratio loss = {1, 1};  // share of messages lost while it is bad
  friend bool operator==(const BurstLoss&, const BurstLoss&) = default;
};

enum class QueueDiscipline : std::uint8_t {
  drop_tail,  // what finds the queue full is lost
  codel,      // also what has waited too long for too long: RFC 8289, with its 5 ms and 100 ms
};

// A link sends one message after the other, each for as long as its bytes take; meanwhile others
// wait in a queue, in order. Counted are the bytes on the wire: payload and 28 bytes of IPv4 and
// UDP header, or 40 of IPv4 and TCP.
struct Bandwidth {
  std::int64_t bytes_per_second = 0;   // 0: no limit
  std::int64_t queue_bytes = 256'000;  // that may wait or be under transmission
  QueueDiscipline discipline = QueueDiscipline::drop_tail;
  friend bool operator==(const Bandwidth&, const Bandwidth&) = default;
};

// Messages are independent of each other: a later one with a shorter delay overtakes. What is not
// set here costs nothing.
struct LinkOptions {
  Latency latency{};
  Ratio loss{};       // share of messages that never arrive
  Ratio duplicate{};  // share of messages that arrive twice, each copy after a delay of its own
  BurstLoss burst{};
  Ratio reorder{};  // share of messages that take up to reorder_by longer, uniform
  Duration reorder_by = std::chrono::milliseconds(10);
  Ratio corrupt{};   // share of messages of which one bit is flipped
  Ratio truncate{};  // share of messages that lose their end
  // Share of the damaged messages that arrive all the same; the receiver's checksum finds the
  // others and drops them. Of TCP segments only the data is ever damaged unseen. A type that is
  // sent as its bytes has no way to notice a flipped bit.
  Ratio undetected{};
  Bandwidth bandwidth{};
  std::int64_t mtu = 0;  // bytes on the wire; datagrams above are lost, TCP cuts its segments to it
  friend bool operator==(const LinkOptions&, const LinkOptions&) = default;
};

// The links between two groups of nodes, both ways. The two may be the same: the links within.
struct GroupLinks {
  std::vector<std::string> side_a{};
  std::vector<std::string> side_b{};
  LinkOptions options{};
  friend bool operator==(const GroupLinks&, const GroupLinks&) = default;
};

}  // namespace norn
