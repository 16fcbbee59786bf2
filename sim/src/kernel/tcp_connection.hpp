// TcpConnection: one end of a TCP connection: its state, its buffers, its deadlines.
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "kernel/byte_queue.hpp"
#include "kernel/readiness.hpp"
#include "kernel/round_trip_time.hpp"
#include "kernel/segment.hpp"

namespace norn::sim {

// The states of RFC 9293, 3.3.2; listening is no connection.
enum class TcpState : std::uint8_t {
  closed,  // over, or not yet begun
  syn_sent,
  syn_received,
  established,
  fin_wait_1,  // we have closed; our FIN is not acknowledged
  fin_wait_2,  // our FIN is acknowledged, theirs has not come
  close_wait,  // theirs has come, we have not closed
  closing,     // both have closed at once, our FIN is not acknowledged
  last_ack,    // theirs came first, then we closed; ours is not acknowledged
  time_wait,   // both are done: kept for segments that are still under way
};

// The figures are Linux' defaults (tcp(7), ip-sysctl) except where it says otherwise.
struct TcpOptions {
  std::size_t segment = 1460;                // most data in one: an Ethernet frame's
  std::size_t send_buffer = 64 * 1024;       // bytes; Linux tunes its own between 16 KiB and 4 MiB
  std::size_t receive_buffer = 64 * 1024;    // the same: 128 KiB to 6 MiB
  int syn_tries = 6;                         // tcp_syn_retries: given up after 127 s
  int syn_ack_tries = 5;                     // tcp_synack_retries
  int tries = 15;                            // tcp_retries2: given up after some 924 s
  int orphan_tries = 8;                      // the same, of a connection without a descriptor
  std::int64_t delayed_ack_ns = 40'000'000;  // TCP_DELACK_MIN
  std::int64_t time_wait_ns = 60'000'000'000;  // TCP_TIMEWAIT_LEN, also tcp_fin_timeout
  std::int64_t keepalive_idle_ns = 0;          // 0: off
  std::int64_t keepalive_interval_ns = 75'000'000'000;
  int keepalive_count = 9;
  std::int64_t user_timeout_ns = 0;  // 0: by count of tries
  bool no_delay = true;              // false: small segments wait for acknowledgments (RFC 896)
  bool reuse_address = false;        // SO_REUSEADDR: others that have it as well may bind its port
};

// Who is at the two ends. Addresses are node numbers: each node has one.
struct TcpEnds {
  std::uint16_t local_port = 0;  // first: in order, the connections of one port come in a row
  std::uint16_t remote_port = 0;
  std::uint32_t remote_node = 0;
  friend auto operator<=>(const TcpEnds&, const TcpEnds&) = default;
};

class TcpConnection;

// TcpHost is what a connection asks of the kernel it belongs to.
class TcpHost {
 public:
  TcpHost() = default;
  TcpHost(const TcpHost&) = delete;
  TcpHost& operator=(const TcpHost&) = delete;
  virtual ~TcpHost() = default;

  virtual std::int64_t now_ns() const = 0;
  virtual void transmit(const TcpConnection& connection, const Segment& segment) = 0;
  // set_timer() asks for on_timer() at `when_ns`, or soon after; it replaces what was asked before.
  virtual void set_timer(TcpConnection& connection, std::int64_t when_ns) = 0;
  // largest_segment() is how much data the way to the peer takes at once, options().segment at
  // most.
  virtual std::size_t largest_segment(const TcpConnection& connection) const;
  // established(): the handshake is done. ended(): it is over, by an errno value or 0: the kernel
  // forgets it; it dies when nobody uses it any more.
  virtual void established(TcpConnection& connection) = 0;
  virtual void ended(TcpConnection& connection, int error) = 0;
};

// A connection never blocks: it queues, sends and wakes who waits in its two lists. Congestion is
// controlled as in RFC 5681 (slow start, congestion avoidance, fast retransmit) with the partial
// acknowledgments of RFC 6582 and the initial window of RFC 6928. Segments that overtake each other
// (those of one instant come in any order) are told from lost ones by a wait, as in RFC 8985.
// Nothing is held back to make segments larger unless the options say so. The initial sequence
// number and all else that looks random comes from outside.
class TcpConnection {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  TcpConnection(TcpHost& host, TcpEnds ends, const TcpOptions& options, std::uint64_t key,
                std::uint32_t initial_sequence);
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;
  ~TcpConnection() = default;

  // ---- beginnings
  void open();                      // sends a SYN
  void answer(const Segment& syn);  // of a listener: sends a SYN-ACK

  // ---- from below. Whoever calls keeps the connection alive meanwhile.
  void receive(const Segment& segment);
  void on_timer();

  // ---- from above
  // write() queues what there is room for and returns how much that was. write_error() is 0, or the
  // errno value that a write ends with now; a broken connection says why once.
  std::size_t write(std::span<const std::byte> bytes);
  int write_error();
  // read() takes what is there, up to the size of `into`. has_ended(): the peer's FIN has come.
  std::size_t read(std::span<std::byte> into);
  // peek() is read() that leaves the bytes where they are.
  std::size_t peek(std::span<std::byte> into) const;
  std::size_t unread() const { return received_.size(); }
  // unsent() is what was written and not acknowledged.
  std::size_t unsent() const { return queue_.size(); }
  bool has_ended() const { return end_received_ || read_shut_; }
  bool is_broken() const { return state_ == TcpState::closed; }
  bool has_error() const { return error_ != 0; }
  // is_writable(): enough of the send buffer is free, as Linux counts it: half of what is taken.
  // Once it is not, or a write() found too little room, `writers` passes on when it is again.
  bool is_writable();
  bool is_write_shut() const { return fin_queued_; }
  // is_draining(): it was closed, and its last bytes or its FIN are not acknowledged.
  bool is_draining() const;
  // take_error() is the errno value of what broke it, once; 0 afterwards.
  int take_error();
  void shut_read();
  // shut_write() sends a FIN after what is queued; false: it is not connected.
  bool shut_write();
  // close(): no descriptor leads here any more. abort(): sends a RST.
  void close();
  void abort();
  // break_off(): something on the way has sent a RST to both ends; false: it was not established.
  bool break_off();
  void set_options(const TcpOptions& options);
  // push() sends what was held back to make larger segments.
  void push();
  const TcpOptions& options() const { return options_; }

  TcpState state() const { return state_; }
  const TcpEnds& ends() const { return ends_; }
  std::uint64_t key() const { return key_; }
  bool is_connecting() const {
    return state_ == TcpState::syn_sent || state_ == TcpState::syn_received;
  }
  // It began by a listener.
  bool is_passive() const { return passive_; }
  bool was_established() const { return was_established_; }
  // began_with(): it is the SYN that the peer opened this connection with, once more.
  bool began_with(const Segment& syn) const { return syn.sequence == peer_initial_sequence_; }

  WaitPoint readers{EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLHUP | EPOLLERR};
  // And who waits for the handshake.
  WaitPoint writers{EPOLLOUT | EPOLLWRNORM | EPOLLHUP | EPOLLERR};
  std::uint32_t timer = 0;  // the kernel's: number of its timer

 private:
  // tcp_connection.cpp: states and endings
  void fail(int error);
  void finish(int error);
  void establish();
  void enter_time_wait();
  void update_timer();
  void wake_all();
  void on_keepalive();
  // tcp_send.cpp
  bool may_send_data() const;
  void output();
  bool output_one();
  void send_at(std::uint64_t sequence, std::size_t count, std::uint8_t flags);
  void send_syn();
  void send_ack();
  void send_reset(std::uint64_t sequence);
  void send_probe();
  void on_retransmit_timer();
  void retransmit_first();
  void arm_retransmit();
  int tries_allowed() const;
  std::uint64_t in_flight() const { return send_next_ - send_unacknowledged_; }
  std::uint64_t end_of_queue() const { return queue_sequence_ + queue_.size(); }
  bool fin_is_acknowledged() const { return fin_queued_ && send_unacknowledged_ > end_of_queue(); }
  std::uint32_t window();
  std::size_t segment_size() const { return host_.largest_segment(*this); }
  // tcp_receive.cpp
  void receive_in_syn_sent(const Segment& segment);
  bool is_acceptable(const Segment& segment) const;
  bool checks_out(const Segment& segment);
  void take_acknowledgment(const Segment& segment);
  void advance(std::uint64_t acknowledgment);
  void tell_of_room();
  void count_duplicate();
  void recover_lost();
  void note_overtaking();
  void grow_window(std::uint64_t acknowledged);
  void after_fin_acknowledged();
  void take_data(const Segment& segment);
  void join_reassembled();
  void take_fin();

  TcpHost& host_;
  TcpEnds ends_;
  TcpOptions options_;
  std::uint64_t key_;
  TcpState state_ = TcpState::closed;
  int error_ = 0;  // to be told once
  bool passive_ = false;
  bool was_established_ = false;
  bool orphan_ = false;  // close() was called
  bool read_shut_ = false;
  bool short_of_room_ = false;  // a write, or a poll, found too little

  // Sending (RFC 9293, 3.3.1). queue_ begins at queue_sequence_.
  ByteQueue queue_;
  std::uint64_t initial_sequence_;
  std::uint64_t send_unacknowledged_;  // SND.UNA
  std::uint64_t send_next_;            // SND.NXT: falls back to SND.UNA when all is sent again
  std::uint64_t send_max_;             // the highest that SND.NXT was
  std::uint64_t queue_sequence_;
  std::uint64_t peer_window_ = 0;
  std::uint64_t largest_peer_window_ = 0;
  std::uint64_t window_sequence_ = 0;  // SND.WL1
  std::uint64_t window_acknowledgment_ = 0;
  bool fin_queued_ = false;

  // Congestion, in bytes.
  std::uint64_t congestion_window_;
  std::uint64_t slow_start_threshold_ = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t counted_ = 0;  // acknowledged since the window last grew
  int duplicates_ = 0;
  bool recovering_ = false;  // a fast recovery goes on until recover_ is acknowledged
  std::uint64_t recover_;    // what had been sent at the last loss
  std::int64_t recovering_since_ns_ = 0;
  std::uint64_t window_before_ = 0;  // before that recovery
  std::uint64_t threshold_before_ = 0;
  int overtaking_ = 0;  // how late a segment may come that is not lost, in quarters of a round trip

  // Retransmission.
  RoundTripTime round_trip_;
  int tries_ = 0;  // how often the timer fired in a row
  bool timing_ = false;
  std::uint64_t timed_sequence_ = 0;
  std::int64_t timed_since_ns_ = 0;
  std::int64_t waiting_since_ns_ = 0;  // for an acknowledgment

  // Receiving. What comes out of order waits by its sequence number.
  ByteQueue received_;
  std::map<std::uint64_t, std::vector<std::byte>> reassembly_;
  std::uint64_t peer_initial_sequence_ = 0;  // IRS
  std::uint64_t receive_next_ = 0;           // RCV.NXT
  std::uint64_t advertised_end_ = 0;         // RCV.NXT + RCV.WND as the peer was told
  std::optional<std::uint64_t> fin_sequence_;
  bool end_received_ = false;
  bool ack_now_ = false;
  int unacknowledged_segments_ = 0;

  std::int64_t retransmit_at_ns_ = kNever;
  std::int64_t lost_at_ns_ = kNever;  // what is late now counts as lost then
  std::int64_t delayed_ack_at_ns_ = kNever;
  std::int64_t keepalive_at_ns_ = kNever;
  std::int64_t linger_until_ns_ = kNever;  // TIME-WAIT, or an orphan in FIN-WAIT-2
  int keepalive_probes_ = 0;
};

inline std::size_t TcpHost::largest_segment(const TcpConnection& connection) const {
  return connection.options().segment;
}

}  // namespace norn::sim
