// The life of a connection: how it begins and ends, and what its user does to it.
#include "kernel/tcp_connection.hpp"

#include <algorithm>
#include <cerrno>

namespace norn::sim {

namespace {
// RFC 6928: ten segments.
constexpr std::uint64_t kInitialWindowSegments = 10;
// So that "the number before the first" is one: probes have it.
constexpr std::uint64_t kSequenceBase = std::uint64_t{1} << 32U;
}  // namespace

TcpConnection::TcpConnection(TcpHost& host, TcpEnds ends, const TcpOptions& options,
                             std::uint64_t key, std::uint32_t initial_sequence)
    : host_(host),
      ends_(ends),
      options_(options),
      key_(key),
      initial_sequence_(kSequenceBase + initial_sequence),
      send_unacknowledged_(initial_sequence_),
      send_next_(initial_sequence_),
      send_max_(initial_sequence_),
      queue_sequence_(initial_sequence_ + 1),
      congestion_window_(kInitialWindowSegments * options.segment),
      recover_(initial_sequence_) {}

// ---- beginnings

void TcpConnection::open() {
  state_ = TcpState::syn_sent;
  waiting_since_ns_ = host_.now_ns();
  send_syn();
  arm_retransmit();
  update_timer();
}

void TcpConnection::answer(const Segment& syn) {
  state_ = TcpState::syn_received;
  passive_ = true;
  peer_initial_sequence_ = syn.sequence;
  receive_next_ = syn.sequence + 1;
  peer_window_ = syn.window;
  largest_peer_window_ = syn.window;
  window_sequence_ = syn.sequence;
  waiting_since_ns_ = host_.now_ns();
  send_syn();
  arm_retransmit();
  update_timer();
}

// ---- from above

std::size_t TcpConnection::write(std::span<const std::byte> bytes) {
  const std::size_t used = std::min(queue_.size(), options_.send_buffer);
  const std::size_t count = std::min(bytes.size(), options_.send_buffer - used);
  if (count < bytes.size()) short_of_room_ = true;
  if (count == 0) return 0;
  queue_.append(bytes.first(count));
  output();
  update_timer();
  return count;
}

int TcpConnection::write_error() {
  if (error_ != 0) return take_error();
  const bool open = state_ == TcpState::established || state_ == TcpState::close_wait;
  return open ? 0 : EPIPE;
}

int TcpConnection::take_error() {
  const int error = error_;
  error_ = 0;
  return error;
}

std::size_t TcpConnection::read(std::span<std::byte> into) {
  const std::size_t count = std::min(into.size(), received_.size());
  if (count == 0) return 0;
  const std::span<const std::byte> front = received_.view(0, count);
  std::copy(front.begin(), front.end(), into.begin());
  received_.pop(count);
  // The peer is told of the room at once if it is much, or if it may be waiting for any (RFC 1122,
  // 4.2.3.3: no silly windows); else with the next segment.
  if (state_ == TcpState::closed || end_received_) return count;
  const std::uint64_t room =
      options_.receive_buffer - std::min(options_.receive_buffer, received_.size());
  const std::uint64_t end = receive_next_ + room;
  const std::uint64_t known = advertised_end_ - receive_next_;
  const std::uint64_t gain = end > advertised_end_ ? end - advertised_end_ : 0;
  const bool short_of_room = known < 2 * options_.segment && gain >= options_.segment;
  if (gain >= options_.receive_buffer / 2 || short_of_room) {
    send_ack();
    update_timer();
  }
  return count;
}

std::size_t TcpConnection::peek(std::span<std::byte> into) const {
  const std::size_t count = std::min(into.size(), received_.size());
  const std::span<const std::byte> front = received_.view(0, count);
  std::copy(front.begin(), front.end(), into.begin());
  return count;
}

bool TcpConnection::is_writable() {
  const std::size_t used = std::min(queue_.size(), options_.send_buffer);
  const bool writable = options_.send_buffer - used >= used / 2;
  if (!writable) short_of_room_ = true;
  return writable;
}

bool TcpConnection::is_draining() const {
  return state_ == TcpState::fin_wait_1 || state_ == TcpState::closing ||
         state_ == TcpState::last_ack;
}

void TcpConnection::shut_read() {
  read_shut_ = true;
  received_.clear();
  readers.notify_all();
}

bool TcpConnection::shut_write() {
  switch (state_) {
    case TcpState::established:
      state_ = TcpState::fin_wait_1;
      break;
    case TcpState::close_wait:
      state_ = TcpState::last_ack;
      break;
    case TcpState::closed:
    case TcpState::syn_sent:
    case TcpState::syn_received:
      return false;
    default:
      return true;  // it was shut before
  }
  fin_queued_ = true;
  writers.notify_all();
  output();
  update_timer();
  return true;
}

void TcpConnection::close() {
  orphan_ = true;
  wake_all();
  // RFC 2525, 2.17: who closes with data unread says so, or the peer believes that it was taken.
  if ((!received_.empty() && state_ != TcpState::time_wait) || is_connecting()) return abort();
  if (state_ == TcpState::fin_wait_2) linger_until_ns_ = host_.now_ns() + options_.time_wait_ns;
  shut_write();
  update_timer();
}

void TcpConnection::abort() {
  switch (state_) {
    case TcpState::syn_received:
    case TcpState::established:
    case TcpState::fin_wait_1:
    case TcpState::fin_wait_2:
    case TcpState::close_wait:
    case TcpState::closing:
    case TcpState::last_ack:
      send_reset(send_next_);
      break;
    default:
      break;
  }
  finish(0);
}

void TcpConnection::set_options(const TcpOptions& options) {
  options_ = options;
  keepalive_at_ns_ = options.keepalive_idle_ns == 0 || state_ == TcpState::closed
                         ? kNever
                         : host_.now_ns() + options.keepalive_idle_ns;
  if (retransmit_at_ns_ != kNever) arm_retransmit();
  update_timer();
}

void TcpConnection::push() {
  output();
  update_timer();
}

void TcpConnection::establish() {
  state_ = TcpState::established;
  was_established_ = true;
  host_.established(*this);
  writers.notify_all();
}

// ---- endings

bool TcpConnection::break_off() {
  if (!was_established_ || state_ == TcpState::closed || state_ == TcpState::time_wait)
    return false;
  fail(ECONNRESET);
  return true;
}

void TcpConnection::fail(int error) {
  error_ = error;
  finish(error);
}

void TcpConnection::finish(int error) {
  if (state_ == TcpState::closed) return;
  state_ = TcpState::closed;
  queue_.clear();
  reassembly_.clear();
  retransmit_at_ns_ = kNever;
  lost_at_ns_ = kNever;
  delayed_ack_at_ns_ = kNever;
  keepalive_at_ns_ = kNever;
  linger_until_ns_ = kNever;
  update_timer();
  wake_all();
  host_.ended(*this, error);
}

void TcpConnection::enter_time_wait() {
  state_ = TcpState::time_wait;
  retransmit_at_ns_ = kNever;
  keepalive_at_ns_ = kNever;
  linger_until_ns_ = host_.now_ns() + options_.time_wait_ns;
  writers.wake_waiting();
}

void TcpConnection::wake_all() {
  readers.notify_all();
  writers.notify_all();
}

// ---- deadlines

void TcpConnection::update_timer() {
  host_.set_timer(*this, std::min({retransmit_at_ns_, lost_at_ns_, delayed_ack_at_ns_,
                                   keepalive_at_ns_, linger_until_ns_}));
}

void TcpConnection::on_timer() {
  const std::int64_t now = host_.now_ns();
  if (delayed_ack_at_ns_ <= now) send_ack();
  if (linger_until_ns_ <= now) return finish(0);
  if (lost_at_ns_ <= now) recover_lost();
  if (retransmit_at_ns_ <= now) on_retransmit_timer();
  if (keepalive_at_ns_ <= now) on_keepalive();
  update_timer();
}

// RFC 9293, 3.8.4, with Linux' figures.
void TcpConnection::on_keepalive() {
  const std::int64_t now = host_.now_ns();
  if (in_flight() != 0 || !queue_.empty()) {  // retransmission asks already
    keepalive_at_ns_ = now + options_.keepalive_idle_ns;
    return;
  }
  if (keepalive_probes_ >= options_.keepalive_count) {
    send_reset(send_next_);
    return fail(ETIMEDOUT);
  }
  ++keepalive_probes_;
  keepalive_at_ns_ = now + options_.keepalive_interval_ns;
  send_probe();
}

}  // namespace norn::sim
