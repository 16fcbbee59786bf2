#include "os/real_sockets.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace norn::real {

namespace {

using host::SocketDirection;
using host::SocketName;
using host::SocketOption;

constexpr std::uint32_t kLoopback = 0x7f000001U;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerMillisecond = 1'000'000;
// tcp(7): the most that TCP_KEEPIDLE and TCP_KEEPINTVL (seconds), and TCP_KEEPCNT, take.
constexpr std::int64_t kMostKeepSeconds = 32767;
constexpr std::int64_t kMostKeepCount = 127;

sockaddr_in machine_name(SocketName name) {
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_addr.s_addr = htonl(name.address);
  inet.sin_port = htons(name.port);
  return inet;
}

const sockaddr* as_name(const sockaddr_in& name) {
  return reinterpret_cast<const sockaddr*>(&name);
}

SocketName own_name(const SocketCalls::Peer& peer) {
  sockaddr_in inet{};
  std::memcpy(&inet, &peer.name, sizeof(inet));
  return {.address = ntohl(inet.sin_addr.s_addr), .port = ntohs(inet.sin_port)};
}

int set(int fd, int level, int option, std::int64_t value) {
  const int number =
      static_cast<int>(std::min<std::int64_t>(value, std::numeric_limits<int>::max()));
  return told_int([&] { return ::setsockopt(fd, level, option, &number, sizeof(number)); });
}

// Rounded up: the machine must not be less patient than it was told.
std::int64_t in_units(std::int64_t ns, std::int64_t unit_ns) {
  return ns / unit_ns + (ns % unit_ns == 0 ? 0 : 1);
}

std::int64_t keep_seconds(std::int64_t ns) {
  return std::clamp<std::int64_t>(in_units(ns, kNsPerSecond), 1, kMostKeepSeconds);
}

bool is_connected(int fd) {
  SocketCalls::Peer peer;
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer.name), &peer.length) == 0;
}

}  // namespace

// ---- making and naming

// As Go's, streams send what they have at once, and listeners take a port in TIME-WAIT.
int RealSockets::socket(host::Process& process, host::SocketType type) {
  if (!process.alive) return -ESRCH;
  const bool stream = type == host::SocketType::stream;
  const int number = calls_.open(process, AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, true, true);
  if (number < 0 || !stream) return number;
  const int fd = files_.table(process).find(number)->fd.get();
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  return number;
}

int RealSockets::bind(host::Process& process, int descriptor, SocketName name) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  const sockaddr_in inet = machine_name(name);
  return calls_.bind(process, socket, as_name(inet), sizeof(inet));
}

int RealSockets::listen(host::Process& process, int descriptor, int backlog) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  return told_int([&] { return ::listen(socket->fd.get(), std::max(backlog, 1)); });
}

// Any address of the node is told as the one that its name resolves to.
int RealSockets::local_name(host::Process& process, int descriptor, SocketName& name) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  SocketCalls::Peer own;
  error = told_int([&] {
    return ::getsockname(socket->fd.get(), reinterpret_cast<sockaddr*>(&own.name), &own.length);
  });
  if (error != 0) return error;
  name = own_name(own);
  if (name.address == 0) name.address = kLoopback;
  return 0;
}

int RealSockets::peer_name(host::Process& process, int descriptor, SocketName& name) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  SocketCalls::Peer peer;
  error = told_int([&] {
    return ::getpeername(socket->fd.get(), reinterpret_cast<sockaddr*>(&peer.name), &peer.length);
  });
  if (error == 0) name = own_name(peer);
  return error;
}

// ---- connections and bytes

int RealSockets::accept(host::Process& process, int descriptor, SocketName& peer) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  SocketCalls::Peer from;
  const int number = calls_.accept(process, socket, true, true, from);
  if (number >= 0) peer = own_name(from);
  return number;
}

int RealSockets::connect(host::Process& process, int descriptor, SocketName name) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  const sockaddr_in inet = machine_name(name);
  return calls_.connect(process, socket, as_name(inet), sizeof(inet));
}

std::int64_t RealSockets::send(host::Process& process, int descriptor, const void* from,
                               std::size_t length) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  return calls_.send(process, socket, from, length, 0, nullptr, 0);
}

std::int64_t RealSockets::receive(host::Process& process, int descriptor, void* into,
                                  std::size_t length) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  if (length == 0) return files_.is_late(*socket, SocketDirection::read) ? -EAGAIN : 0;
  return calls_.receive(process, socket, into, length, 0, nullptr);
}

std::int64_t RealSockets::send_to(host::Process& process, int descriptor, const void* from,
                                  std::size_t length, SocketName to) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  if (socket->file->kind == OpenKind::stream) return -EISCONN;
  const sockaddr_in inet = machine_name(to);
  return calls_.send(process, socket, from, length, 0, as_name(inet), sizeof(inet));
}

std::int64_t RealSockets::receive_from(host::Process& process, int descriptor, void* into,
                                       std::size_t length, SocketName& from) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  if (socket->file->kind == OpenKind::stream) return -EOPNOTSUPP;
  SocketCalls::Peer peer;
  const std::int64_t size = calls_.receive(process, socket, into, length, MSG_TRUNC, &peer);
  if (size >= 0) from = own_name(peer);
  return size;
}

int RealSockets::shutdown(host::Process& process, int descriptor, host::ShutdownHow how) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  const int machine_how = how == host::ShutdownHow::read    ? SHUT_RD
                          : how == host::ShutdownHow::write ? SHUT_WR
                                                            : SHUT_RDWR;
  return told_int([&] { return ::shutdown(socket->fd.get(), machine_how); });
}

int RealSockets::close(host::Process& process, int descriptor) {
  return files_.close(process, descriptor);
}

// ---- deadlines and options

int RealSockets::set_deadline(host::Process& process, int descriptor, SocketDirection direction,
                              std::optional<TimePoint> deadline) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  const bool reads = direction == SocketDirection::read;
  (reads ? socket->file->read_deadline : socket->file->write_deadline) = deadline;
  for (const DescriptorPtr& each : files_.table(process).all()) {
    if (each != nullptr && each->file == socket->file)
      EventLoop::wake(reads ? each->readers : each->writers);
  }
  return 0;
}

int RealSockets::set_option(host::Process& process, int descriptor, SocketOption option,
                            std::int64_t value) {
  int error = 0;
  const DescriptorPtr socket = files_.find_socket(process, descriptor, error);
  if (socket == nullptr) return error;
  if (value < 0) return -EINVAL;
  const int fd = socket->fd.get();
  switch (option) {
    case SocketOption::keepalive_idle:
      if (value == 0) return set(fd, SOL_SOCKET, SO_KEEPALIVE, 0);
      error = set(fd, IPPROTO_TCP, TCP_KEEPIDLE, keep_seconds(value));
      return error != 0 ? error : set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    case SocketOption::keepalive_interval:
      if (value == 0) return -EINVAL;
      return set(fd, IPPROTO_TCP, TCP_KEEPINTVL, keep_seconds(value));
    case SocketOption::keepalive_count:
      return set(fd, IPPROTO_TCP, TCP_KEEPCNT, std::clamp<std::int64_t>(value, 1, kMostKeepCount));
    case SocketOption::user_timeout:
      return set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, in_units(value, kNsPerMillisecond));
    case SocketOption::send_buffer:
    case SocketOption::receive_buffer:
      if (socket->file->kind == OpenKind::stream && is_connected(fd)) return -EISCONN;
      if (value == 0) return -EINVAL;
      return set(fd, SOL_SOCKET, option == SocketOption::send_buffer ? SO_SNDBUF : SO_RCVBUF,
                 value);
  }
  return -EINVAL;
}

// ---- names

namespace {

struct Lookup {
  std::string name;
  std::vector<std::uint32_t> addresses;
  int error = 0;
};

int error_of_lookup(int result) {
  switch (result) {
    case 0:
      return 0;
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
      return -ENOENT;
    case EAI_AGAIN:
      return -ETIMEDOUT;  // no name server answers
    case EAI_SYSTEM:
      return -errno;
    default:
      return -EIO;
  }
}

void look_up(void* argument) {
  Lookup& lookup = *static_cast<Lookup*>(argument);
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  lookup.error = error_of_lookup(::getaddrinfo(lookup.name.c_str(), nullptr, &hints, &found));
  if (lookup.error != 0) return;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    sockaddr_in inet{};
    std::memcpy(&inet, each->ai_addr, sizeof(inet));
    lookup.addresses.push_back(ntohl(inet.sin_addr.s_addr));
  }
  ::freeaddrinfo(found);
}

}  // namespace

int RealSockets::resolve(host::Process& process, std::string_view name,
                         std::vector<std::uint32_t>& addresses) {
  if (!process.alive) return -ESRCH;
  addresses.clear();
  Lookup lookup{.name = std::string(name), .addresses = {}, .error = 0};
  in_addr dotted{};
  if (name == "localhost" ||
      std::find(node_names_.begin(), node_names_.end(), name) != node_names_.end()) {
    addresses.push_back(kLoopback);
  } else if (::inet_pton(AF_INET, lookup.name.c_str(), &dotted) == 1) {
    addresses.push_back(ntohl(dotted.s_addr));
  } else if (name.empty() || name.find('\0') != std::string_view::npos) {
    return -ENOENT;
  } else {
    files_.loop().blocking(&look_up, &lookup);
    if (!process.alive) return -ESRCH;
    if (lookup.error != 0) return lookup.error;
    addresses = std::move(lookup.addresses);
  }
  return addresses.empty() ? -ENOENT : 0;
}

// Several nodes have the same address: it belongs to none of them.
std::string RealSockets::name_of(host::Process& process, std::uint32_t address) {
  if (!process.alive || address != kLoopback || node_names_.size() != 1) return {};
  return node_names_.front();
}

}  // namespace norn::real
