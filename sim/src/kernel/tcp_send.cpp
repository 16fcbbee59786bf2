// What a connection sends, and when it sends it again.
#include <algorithm>
#include <cerrno>

#include "kernel/tcp_connection.hpp"

namespace norn::sim {

bool TcpConnection::may_send_data() const {
  switch (state_) {
    case TcpState::established:
    case TcpState::close_wait:
    case TcpState::fin_wait_1:
    case TcpState::closing:
    case TcpState::last_ack:
      return true;
    default:
      return false;
  }
}

// Sends as much as the windows allow.
void TcpConnection::output() {
  if (!may_send_data()) return;
  while (output_one()) {
  }
  const bool pending = send_max_ < end_of_queue() + (fin_queued_ ? 1U : 0U);
  // Either for what is under way, or to ask whether a closed window has opened.
  if ((send_unacknowledged_ < send_max_ || pending) && retransmit_at_ns_ == kNever) {
    waiting_since_ns_ = host_.now_ns();
    arm_retransmit();
  }
}

bool TcpConnection::output_one() {
  const std::uint64_t window = std::min(congestion_window_, peer_window_);
  if (in_flight() >= window) return false;
  const std::uint64_t room = window - in_flight();
  const std::uint64_t end = end_of_queue();
  if (send_next_ > end) return false;  // the FIN is sent
  const std::uint64_t available = end - send_next_;
  const std::size_t segment = segment_size();
  const auto count = static_cast<std::size_t>(std::min({available, room, std::uint64_t{segment}}));
  const bool fin = fin_queued_ && count == available && count < room;
  if (count == 0 && !fin) return false;
  // RFC 1122, 4.2.3.4: a small segment only if it is the last, or half of what the peer ever took.
  const bool whole = count == segment || count == available;
  if (!whole && count < largest_peer_window_ / 2) return false;
  // RFC 896: what is smaller than a segment waits while anything is not acknowledged.
  if (!options_.no_delay && count < options_.segment && !fin && in_flight() > 0) return false;
  send_at(send_next_, count, static_cast<std::uint8_t>(kAck | (fin ? kFin : 0)));
  return true;
}

// Every segment with data, SYN or FIN goes through here.
void TcpConnection::send_at(std::uint64_t sequence, std::size_t count, std::uint8_t flags) {
  Segment segment{.source_port = ends_.local_port,
                  .destination_port = ends_.remote_port,
                  .flags = flags,
                  .window = window(),
                  .sequence = sequence,
                  .acknowledgment = (flags & kAck) != 0 ? receive_next_ : 0};
  if (count > 0)
    segment.data = queue_.view(static_cast<std::size_t>(sequence - queue_sequence_), count);
  const std::uint64_t end = sequence + segment.length();
  if (sequence < send_max_) {
    timing_ = false;  // Karn's algorithm
  } else if (!timing_ && segment.length() > 0) {
    timing_ = true;
    timed_sequence_ = end;
    timed_since_ns_ = host_.now_ns();
  }
  send_next_ = std::max(send_next_, end);
  send_max_ = std::max(send_max_, end);
  if ((flags & kAck) != 0) {
    ack_now_ = false;
    unacknowledged_segments_ = 0;
    delayed_ack_at_ns_ = kNever;
  }
  host_.transmit(*this, segment);
}

void TcpConnection::send_syn() {
  const bool answer = state_ == TcpState::syn_received;
  send_at(initial_sequence_, 0, static_cast<std::uint8_t>(kSyn | (answer ? kAck : 0)));
}

void TcpConnection::send_ack() {
  send_at(send_next_, 0, kAck);
}

void TcpConnection::send_reset(std::uint64_t sequence) {
  host_.transmit(*this, {.source_port = ends_.local_port,
                         .destination_port = ends_.remote_port,
                         .flags = kReset | kAck,
                         .sequence = sequence,
                         .acknowledgment = receive_next_});
}

// A number that the peer has acknowledged before: it answers with what it expects and its window.
void TcpConnection::send_probe() {
  host_.transmit(*this, {.source_port = ends_.local_port,
                         .destination_port = ends_.remote_port,
                         .flags = kAck,
                         .window = window(),
                         .sequence = send_unacknowledged_ - 1,
                         .acknowledgment = receive_next_});
}

// The window that the next segment tells of. What was promised is never taken back, and promised
// anew in steps worth a segment (RFC 1122, 4.2.3.3).
std::uint32_t TcpConnection::window() {
  const std::size_t used = std::min(received_.size(), options_.receive_buffer);
  const std::uint64_t end = receive_next_ + (options_.receive_buffer - used);
  const std::size_t step = std::min(options_.receive_buffer / 2, options_.segment);
  if (end >= advertised_end_ + step) advertised_end_ = end;
  advertised_end_ = std::max(advertised_end_, receive_next_);
  return static_cast<std::uint32_t>(advertised_end_ - receive_next_);
}

// ---- sending again

void TcpConnection::arm_retransmit() {
  const std::int64_t now = host_.now_ns();
  retransmit_at_ns_ = now + round_trip_.timeout();
  if (options_.user_timeout_ns > 0 && send_unacknowledged_ < send_max_) {
    const std::int64_t patience = waiting_since_ns_ + options_.user_timeout_ns;
    retransmit_at_ns_ = std::min(retransmit_at_ns_, std::max(patience, now));
  }
}

int TcpConnection::tries_allowed() const {
  if (state_ == TcpState::syn_sent) return options_.syn_tries;
  if (state_ == TcpState::syn_received) return options_.syn_ack_tries;
  return orphan_ ? options_.orphan_tries : options_.tries;
}

void TcpConnection::on_retransmit_timer() {
  retransmit_at_ns_ = kNever;
  const std::int64_t waited = host_.now_ns() - waiting_since_ns_;
  const bool impatient = options_.user_timeout_ns > 0 && waited >= options_.user_timeout_ns &&
                         send_unacknowledged_ < send_max_;
  if (impatient || tries_ >= tries_allowed()) return fail(ETIMEDOUT);
  ++tries_;
  round_trip_.back_off();
  if (is_connecting()) {
    send_syn();
  } else if (send_unacknowledged_ == send_max_) {
    send_probe();  // the peer's window is closed
  } else {
    // RFC 5681, 3.1: from one segment on, anew.
    if (tries_ == 1) {
      slow_start_threshold_ =
          std::max((send_max_ - send_unacknowledged_) / 2, 2 * std::uint64_t{options_.segment});
    }
    congestion_window_ = options_.segment;
    // RFC 6582, 3.2, 4: what is sent again makes duplicates, which mean no further loss.
    recover_ = send_max_;
    recovering_ = false;
    lost_at_ns_ = kNever;
    duplicates_ = 0;
    counted_ = 0;
    send_next_ = send_unacknowledged_;
    retransmit_first();
  }
  arm_retransmit();
}

// Sends the first segment that is not acknowledged, whatever the windows say.
void TcpConnection::retransmit_first() {
  const std::uint64_t end = end_of_queue();
  const std::uint64_t available = end > send_unacknowledged_ ? end - send_unacknowledged_ : 0;
  const auto count = static_cast<std::size_t>(std::min(available, std::uint64_t{segment_size()}));
  const bool fin = fin_queued_ && count == available && send_unacknowledged_ <= end;
  if (count == 0 && !fin) return;
  send_at(send_unacknowledged_, count, static_cast<std::uint8_t>(kAck | (fin ? kFin : 0)));
}

}  // namespace norn::sim
