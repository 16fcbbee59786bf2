// What a connection does with a segment that comes: RFC 9293, 3.10.7, in its order.
#include <algorithm>
#include <cerrno>

#include "kernel/tcp_connection.hpp"

namespace norn::sim {

namespace {
constexpr int kDuplicatesOfLoss = 3;  // RFC 5681, 3.2
constexpr int kSegmentsAnAck = 2;     // RFC 1122, 4.2.3.2
}  // namespace

void TcpConnection::receive(const Segment& segment) {
  keepalive_probes_ = 0;
  if (keepalive_at_ns_ != kNever) keepalive_at_ns_ = host_.now_ns() + options_.keepalive_idle_ns;
  if (state_ == TcpState::closed) return;
  if (state_ == TcpState::syn_sent) {
    receive_in_syn_sent(segment);
  } else if (checks_out(segment)) {
    take_acknowledgment(segment);
    if (state_ != TcpState::closed) take_data(segment);
  }
  if (state_ == TcpState::closed) return;
  output();
  if (ack_now_) send_ack();
  update_timer();
}

void TcpConnection::receive_in_syn_sent(const Segment& segment) {
  const bool acknowledges = segment.has(kAck) && segment.acknowledgment == send_max_;
  if (segment.has(kAck) && !acknowledges) {
    if (!segment.has(kReset)) send_reset(segment.acknowledgment);
    return;
  }
  if (segment.has(kReset)) {
    if (acknowledges) fail(ECONNREFUSED);
    return;
  }
  if (!segment.has(kSyn)) return;
  peer_initial_sequence_ = segment.sequence;
  receive_next_ = segment.sequence + 1;
  window_sequence_ = segment.sequence;
  window_acknowledgment_ = segment.acknowledgment;
  peer_window_ = segment.window;
  largest_peer_window_ = segment.window;
  if (!acknowledges) {  // both ends open at once
    state_ = TcpState::syn_received;
    send_syn();
    return;
  }
  advance(segment.acknowledgment);
  ack_now_ = true;
  establish();
}

// RFC 9293, 3.10.7.4, the four cases.
bool TcpConnection::is_acceptable(const Segment& segment) const {
  const std::uint64_t begin = segment.sequence;
  const std::uint64_t length = segment.length();
  const bool room = advertised_end_ > receive_next_;
  if (length == 0 && !room) return begin == receive_next_;
  const bool begins_inside = begin >= receive_next_ && begin < advertised_end_;
  if (length == 0) return begins_inside;
  if (!room) return false;
  const std::uint64_t last = begin + length - 1;
  return begins_inside || (last >= receive_next_ && last < advertised_end_) ||
         (begin < receive_next_ && last >= advertised_end_);
}

// All that a segment must pass before its acknowledgment and its data count.
bool TcpConnection::checks_out(const Segment& segment) {
  if (!is_acceptable(segment)) {
    if (segment.has(kReset)) return false;
    if (state_ == TcpState::syn_received && segment.has(kSyn)) {
      send_syn();  // our answer was lost
    } else {
      ack_now_ = true;
    }
    // What it acknowledges counts all the same: else nothing would get on while our window is
    // closed.
    if (segment.has(kAck) && !segment.has(kSyn) && state_ != TcpState::syn_received)
      take_acknowledgment(segment);
    return false;
  }
  if (segment.has(kReset)) {
    if (segment.sequence == receive_next_) {
      if (state_ == TcpState::time_wait) {
        finish(0);
      } else {
        fail(state_ == TcpState::close_wait ? EPIPE : ECONNRESET);
      }
    } else {
      ack_now_ = true;  // RFC 5961, 3.2: a challenge
    }
    return false;
  }
  if (segment.has(kSyn)) {  // RFC 5961, 4.2: the peer may have begun a new life; it will answer
    ack_now_ = true;
    return false;
  }
  if (!segment.has(kAck)) return false;
  if (state_ == TcpState::syn_received) {
    if (segment.acknowledgment <= send_unacknowledged_ || segment.acknowledgment > send_max_) {
      send_reset(segment.acknowledgment);
      return false;
    }
    establish();
  }
  return true;
}

// ---- acknowledgments

void TcpConnection::take_acknowledgment(const Segment& segment) {
  const std::uint64_t acknowledgment = segment.acknowledgment;
  if (acknowledgment > send_max_) {
    ack_now_ = true;
    return;
  }
  const bool news = segment.window != peer_window_;
  if (acknowledgment >= send_unacknowledged_ &&
      (window_sequence_ < segment.sequence ||
       (window_sequence_ == segment.sequence && window_acknowledgment_ <= acknowledgment))) {
    peer_window_ = segment.window;
    largest_peer_window_ = std::max(largest_peer_window_, peer_window_);
    window_sequence_ = segment.sequence;
    window_acknowledgment_ = acknowledgment;
  }
  if (acknowledgment > send_unacknowledged_) {
    advance(acknowledgment);
  } else if (send_unacknowledged_ == send_max_) {
    // The answer to a probe: the peer lives, however long its window stays closed.
    tries_ = 0;
    if (queue_.empty() && !fin_queued_) {
      retransmit_at_ns_ = kNever;
    } else if (peer_window_ > 0) {
      round_trip_.progress();
      retransmit_at_ns_ = kNever;
    }
  } else if (acknowledgment == send_unacknowledged_ && segment.length() == 0 && !news) {
    count_duplicate();
  }
  if (fin_is_acknowledged()) after_fin_acknowledged();
}

void TcpConnection::advance(std::uint64_t acknowledgment) {
  const std::uint64_t count = acknowledgment - send_unacknowledged_;
  if (timing_ && acknowledgment >= timed_sequence_) {
    timing_ = false;
    round_trip_.sample(host_.now_ns() - timed_since_ns_);
  }
  round_trip_.progress();
  tries_ = 0;
  note_overtaking();
  duplicates_ = 0;
  lost_at_ns_ = kNever;
  send_unacknowledged_ = acknowledgment;
  send_next_ = std::max(send_next_, acknowledgment);
  if (acknowledgment > queue_sequence_) {
    const auto taken = static_cast<std::size_t>(
        std::min(acknowledgment - queue_sequence_, std::uint64_t{queue_.size()}));
    queue_.pop(taken);
    queue_sequence_ += taken;
    if (taken > 0) tell_of_room();
  }
  if (!recovering_) {
    grow_window(count);
  } else if (acknowledgment >= recover_) {
    recovering_ = false;
  } else {
    retransmit_first();  // RFC 6582, 3.2: the next hole
  }
  waiting_since_ns_ = host_.now_ns();
  retransmit_at_ns_ = kNever;
  if (send_unacknowledged_ < send_max_) arm_retransmit();
}

// By what is acknowledged, not by how many acknowledgments say it: RFC 3465, and RFC 5681, 3.1.
void TcpConnection::grow_window(std::uint64_t acknowledged) {
  const std::uint64_t segment = options_.segment;
  if (congestion_window_ < slow_start_threshold_) {
    congestion_window_ += std::min(acknowledged, 2 * segment);
  } else {
    counted_ += acknowledged;
    if (counted_ < congestion_window_) return;
    counted_ -= congestion_window_;
    congestion_window_ += segment;
  }
  congestion_window_ = std::min(congestion_window_, std::uint64_t{1} << 30U);
}

void TcpConnection::tell_of_room() {
  writers.wake_waiting();
  if (!short_of_room_ || !is_writable()) return;
  short_of_room_ = false;
  writers.notify_all();
}

void TcpConnection::count_duplicate() {
  if (++duplicates_ != kDuplicatesOfLoss || recovering_ || send_unacknowledged_ <= recover_) return;
  if (overtaking_ == 0) return recover_lost();
  // RFC 8985, 6.2: where segments overtake each other, a late one is waited for.
  lost_at_ns_ =
      host_.now_ns() + std::min(overtaking_ * round_trip_.least() / 4, round_trip_.smoothed());
}

void TcpConnection::recover_lost() {
  lost_at_ns_ = kNever;
  recovering_ = true;
  recover_ = send_max_;
  recovering_since_ns_ = host_.now_ns();
  window_before_ = congestion_window_;
  threshold_before_ = slow_start_threshold_;
  slow_start_threshold_ =
      std::max((send_max_ - send_unacknowledged_) / 2, 2 * std::uint64_t{options_.segment});
  congestion_window_ = slow_start_threshold_;
  counted_ = 0;
  retransmit_first();
}

// Something new is acknowledged: was what the duplicates told of only late?
void TcpConnection::note_overtaking() {
  if (!recovering_) {
    if (duplicates_ > 0 && send_unacknowledged_ > recover_) overtaking_ = std::max(overtaking_, 1);
  } else if (host_.now_ns() - recovering_since_ns_ < round_trip_.least()) {
    // Too soon for an answer to what was sent again. RFC 4015: the loss is taken back.
    ++overtaking_;
    recovering_ = false;
    recover_ = send_unacknowledged_;
    congestion_window_ = window_before_;
    slow_start_threshold_ = threshold_before_;
  }
}

void TcpConnection::after_fin_acknowledged() {
  switch (state_) {
    case TcpState::fin_wait_1:
      state_ = TcpState::fin_wait_2;
      writers.wake_waiting();  // a close() that lingers
      if (orphan_) linger_until_ns_ = host_.now_ns() + options_.time_wait_ns;
      break;
    case TcpState::closing:
      enter_time_wait();
      break;
    case TcpState::last_ack:
      finish(0);
      break;
    default:
      break;
  }
}

// ---- data

void TcpConnection::take_data(const Segment& segment) {
  const std::uint64_t end = segment.sequence + segment.data.size();
  if (segment.has(kFin)) {
    if (!fin_sequence_) fin_sequence_ = end;
    ack_now_ = true;
  }
  if (!segment.data.empty() && end > receive_next_) {
    if (orphan_) {  // nobody will ever read it
      send_reset(send_next_);
      return finish(0);
    }
    const std::uint64_t begin = std::max(segment.sequence, receive_next_);
    const std::uint64_t last = std::min(end, advertised_end_);
    if (begin < last) {
      const std::span<const std::byte> part =
          segment.data.subspan(static_cast<std::size_t>(begin - segment.sequence),
                               static_cast<std::size_t>(last - begin));
      if (begin == receive_next_ && reassembly_.empty()) {
        if (!read_shut_) received_.append(part);
        receive_next_ = last;
        if (++unacknowledged_segments_ >= kSegmentsAnAck) ack_now_ = true;
        if (delayed_ack_at_ns_ == kNever)
          delayed_ack_at_ns_ = host_.now_ns() + options_.delayed_ack_ns;
      } else {
        std::vector<std::byte>& piece = reassembly_[begin];
        if (piece.size() < part.size()) piece.assign(part.begin(), part.end());
        join_reassembled();
        ack_now_ = true;
      }
      if (!received_.empty()) readers.notify_all();
    }
  } else if (segment.length() > 0) {
    ack_now_ = true;  // it came twice
  }
  if (fin_sequence_ == receive_next_) take_fin();
}

void TcpConnection::join_reassembled() {
  while (!reassembly_.empty()) {
    const auto first = reassembly_.begin();
    const std::uint64_t end = first->first + first->second.size();
    if (first->first > receive_next_) return;
    if (end > receive_next_) {
      const auto known = static_cast<std::size_t>(receive_next_ - first->first);
      if (!read_shut_) received_.append(std::span(first->second).subspan(known));
      receive_next_ = end;
    }
    reassembly_.erase(first);
  }
}

void TcpConnection::take_fin() {
  if (end_received_) return;
  end_received_ = true;
  ++receive_next_;
  ack_now_ = true;
  readers.notify_all();
  switch (state_) {
    case TcpState::established:
      state_ = TcpState::close_wait;
      break;
    case TcpState::fin_wait_1:
      state_ = TcpState::closing;
      break;
    case TcpState::fin_wait_2:
      enter_time_wait();
      break;
    default:
      break;
  }
}

}  // namespace norn::sim
