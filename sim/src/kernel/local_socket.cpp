#include "kernel/local_socket.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "norn/runtime/host/scheduler.hpp"

namespace norn::sim {

namespace {

constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDNORM;
constexpr std::uint32_t kWritable = EPOLLOUT | EPOLLWRNORM;

std::optional<TimePoint> deadline_of(const std::optional<Duration>& patience) {
  if (!patience) return std::nullopt;
  return host::Scheduler::current()->world().now() + *patience;
}

}  // namespace

// ---- what is there

std::size_t LocalSocket::unread() const {
  if (stream_) return bytes_.size();
  return datagrams_.empty() ? 0 : datagrams_.front().bytes.size();
}

int LocalSocket::take_error() {
  return std::exchange(error_, 0);
}

std::uint32_t LocalSocket::ready() {
  if (listens_) return backlog_.empty() ? 0 : kReadable;
  std::uint32_t events = 0;
  if (error_ != 0) events |= EPOLLERR;
  const bool ended = stream_ && (hung_up_ || end_sent_ || read_shut_);
  if (unread() > 0 || !datagrams_.empty() || ended) events |= kReadable;
  if (ended) events |= EPOLLRDHUP;
  const std::shared_ptr<LocalSocket> peer = peer_.lock();
  const bool mute = hung_up_ || write_shut_ || (peer != nullptr && peer->read_shut_);
  if (stream_ && (!connected_ || (mute && ended))) events |= EPOLLHUP;
  const bool full = peer != nullptr && (stream_ ? peer->bytes_.size() * 4 > send_buffer
                                                : peer->datagrams_.size() >= kMostDatagrams);
  if (!full) events |= kWritable;
  return events;
}

int LocalSocket::status(host::Process& process, struct stat& status) {
  static_cast<void>(process);
  status.st_mode = S_IFSOCK | S_IRWXU;
  return 0;
}

// ---- beginnings

int LocalSocket::bind(LocalNames& names, std::string_view name) {
  if (!name_.empty()) return -EINVAL;
  if (const int error = names.add(name, shared_from_this()); error != 0) return error;
  name_ = name;
  return 0;
}

int LocalSocket::listen(int backlog) {
  if (!stream_) return -EOPNOTSUPP;
  if (name_.empty() || connected_) return -EINVAL;
  listens_ = true;
  backlog_limit_ = static_cast<std::size_t>(std::max(backlog, 0)) + 1;
  return 0;
}

int LocalSocket::accept(host::Process& process, int flags, std::shared_ptr<LocalSocket>& made) {
  if (!stream_) return -EOPNOTSUPP;
  if (!listens_) return -EINVAL;
  const std::optional<TimePoint> deadline = deadline_of(read_patience);
  while (backlog_.empty()) {
    if (read_shut_) return -EINVAL;
    if (const int over = block(process, readers_, deadline); over != 0) return over;
  }
  made = std::move(backlog_.front());
  backlog_.pop_front();
  made->set_flags(made->flags() | flags);
  writers_.notify_one();
  return 0;
}

int LocalSocket::connect(host::Process& process, const LocalNames& names, std::string_view name) {
  if (listens_) return -EINVAL;
  if (stream_ && connected_) return -EISCONN;
  int error = 0;
  const std::optional<TimePoint> deadline = deadline_of(write_patience);
  for (;;) {
    const std::shared_ptr<LocalSocket> target = names.find(name, error);
    if (target == nullptr) return error;
    if (target->stream_ != stream_) return -EPROTOTYPE;
    if (!stream_) {
      if (target->connected_ && target->peer_.lock().get() != this) return -EPERM;
      peer_ = target;
      connected_ = true;
      return 0;
    }
    if (!target->listens_ || target->read_shut_) return -ECONNREFUSED;
    if (target->backlog_.size() < target->backlog_limit_) {
      const auto server = std::make_shared<LocalSocket>(true, 0);
      server->name_ = target->name_;
      server->send_buffer = target->send_buffer;
      pair_with(*server);
      target->backlog_.push_back(server);
      target->arrived();
      return 0;
    }
    if (error = block(process, target->writers_, deadline); error != 0) return error;
  }
}

void LocalSocket::pair_with(LocalSocket& other) {
  peer_ = other.weak_from_this();
  other.peer_ = weak_from_this();
  connected_ = true;
  other.connected_ = true;
}

// ---- sending

int LocalSocket::wait(host::Process& process, host::WaitList& list, int flags,
                      const std::optional<TimePoint>& deadline) const {
  return (flags & MSG_DONTWAIT) != 0 ? -EAGAIN : block(process, list, deadline);
}

// Something came for the readers of this socket.
void LocalSocket::arrived() {
  readers_.notify_all();
  readiness.changed(kReadable);
}

// Something was taken: there is room for who sends here.
void LocalSocket::taken() {
  writers_.notify_all();
  if (const std::shared_ptr<LocalSocket> peer = peer_.lock()) peer->readiness.changed(kWritable);
}

std::int64_t LocalSocket::send(host::Process& process, std::span<const std::byte> bytes, int flags,
                               LocalSocket* to) {
  if (stream_) return to == nullptr ? send_stream(process, bytes, flags) : -EISCONN;
  if (write_shut_) return -EPIPE;
  const std::shared_ptr<LocalSocket> target = to == nullptr ? peer_.lock() : to->shared_from_this();
  if (target == nullptr || !target->is_open()) {
    if (!connected_) return -ENOTCONN;
    connected_ = false;
    peer_.reset();
    return -ECONNREFUSED;
  }
  return send_datagram(process, bytes, flags, target);
}

std::int64_t LocalSocket::send_stream(host::Process& process, std::span<const std::byte> bytes,
                                      int flags) {
  if (!connected_) return -ENOTCONN;
  const std::optional<TimePoint> deadline = deadline_of(write_patience);
  std::size_t done = 0;
  for (;;) {
    const std::shared_ptr<LocalSocket> peer = peer_.lock();
    if (write_shut_ || hung_up_ || peer == nullptr || peer->read_shut_)
      return done > 0 ? static_cast<std::int64_t>(done) : -EPIPE;
    const std::size_t used = std::min(peer->bytes_.size(), send_buffer);
    const std::size_t count = std::min(bytes.size() - done, send_buffer - used);
    if (count > 0) {
      peer->bytes_.append(bytes.subspan(done, count));
      done += count;
      peer->arrived();
    }
    if (done == bytes.size()) return static_cast<std::int64_t>(done);
    const int over = wait(process, peer->writers_, flags, deadline);
    if (over != 0) return over == -EAGAIN && done > 0 ? static_cast<std::int64_t>(done) : over;
  }
}

std::int64_t LocalSocket::send_datagram(host::Process& process, std::span<const std::byte> bytes,
                                        int flags, const std::shared_ptr<LocalSocket>& target) {
  if (bytes.size() > send_buffer) return -EMSGSIZE;
  const std::optional<TimePoint> deadline = deadline_of(write_patience);
  for (;;) {
    if (!target->is_open()) return -ECONNREFUSED;
    if (target->read_shut_) return -EPIPE;
    if (target->connected_ && target->peer_.lock().get() != this) return -EPERM;
    if (target->datagrams_.size() < kMostDatagrams) {
      target->datagrams_.push_back({.from = name_, .bytes = {bytes.begin(), bytes.end()}});
      target->arrived();
      return static_cast<std::int64_t>(bytes.size());
    }
    if (const int over = wait(process, target->writers_, flags, deadline); over != 0) return over;
  }
}

// ---- receiving

std::int64_t LocalSocket::receive(host::Process& process, std::span<std::byte> into, int flags,
                                  std::string* from) {
  if (!stream_) return receive_datagram(process, into, flags, from);
  if (listens_ || !connected_) return -EINVAL;
  if (into.empty()) return 0;
  const std::optional<TimePoint> deadline = deadline_of(read_patience);
  while (bytes_.empty()) {
    if (error_ != 0) return -take_error();
    if (hung_up_ || end_sent_ || read_shut_) return 0;
    if (const int over = wait(process, readers_, flags, deadline); over != 0) return over;
  }
  const std::size_t count = std::min(into.size(), bytes_.size());
  const std::span<const std::byte> front = bytes_.view(0, count);
  std::copy(front.begin(), front.end(), into.begin());
  if ((flags & MSG_PEEK) == 0) {
    bytes_.pop(count);
    taken();
  }
  return static_cast<std::int64_t>(count);
}

std::int64_t LocalSocket::receive_datagram(host::Process& process, std::span<std::byte> into,
                                           int flags, std::string* from) {
  const std::optional<TimePoint> deadline = deadline_of(read_patience);
  while (datagrams_.empty()) {
    if (read_shut_) return 0;
    if (const int over = wait(process, readers_, flags, deadline); over != 0) return over;
  }
  const Datagram& datagram = datagrams_.front();
  const std::size_t whole = datagram.bytes.size();
  const std::size_t count = std::min(into.size(), whole);
  std::copy_n(datagram.bytes.begin(), count, into.begin());
  if (from != nullptr) *from = datagram.from;
  if ((flags & MSG_PEEK) == 0) {
    datagrams_.pop_front();
    taken();
  }
  return static_cast<std::int64_t>((flags & MSG_TRUNC) != 0 ? whole : count);
}

// ---- endings

int LocalSocket::shutdown(int how) {
  if (stream_ && !connected_ && !listens_) return -ENOTCONN;
  const std::shared_ptr<LocalSocket> peer = stream_ ? peer_.lock() : nullptr;
  if (how != SHUT_WR) read_shut_ = true;
  if (how != SHUT_RD) {
    write_shut_ = true;
    if (peer != nullptr) peer->end_sent_ = true;
  }
  for (LocalSocket* const end : {this, peer.get()}) {
    if (end == nullptr) continue;
    end->readers_.notify_all();
    end->writers_.notify_all();
    end->readiness.changed(kReadable | kWritable | EPOLLHUP | EPOLLRDHUP);
  }
  return 0;
}

void LocalSocket::lose_peer(bool reset) {
  hung_up_ = true;
  if (reset) error_ = ECONNRESET;
  readers_.notify_all();
  readiness.changed(kReadable | kWritable | EPOLLHUP | EPOLLRDHUP | EPOLLERR);
}

void LocalSocket::closed(host::Process& process) {
  const bool unread_left = !bytes_.empty();
  readers_.notify_all();
  writers_.notify_all();
  if (const std::shared_ptr<LocalSocket> peer = peer_.lock(); peer != nullptr && stream_)
    peer->lose_peer(unread_left);
  for (const std::shared_ptr<LocalSocket>& each : std::exchange(backlog_, {})) {
    if (const std::shared_ptr<LocalSocket> client = each->peer_.lock()) client->lose_peer(true);
  }
  static_cast<void>(process);
}

}  // namespace norn::sim
