// What the bodies of the conformance suite do again and again.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "conformance/support/arms.hpp"

namespace norn::test {

inline constexpr int kPatience = 10'000;  // ms; for what is sure to come

template <class Arm>
ssize_t put(Arm& arm, int fd, std::string_view text) {
  return arm.write(fd, text.data(), text.size());
}

// Reads until there are `size` bytes, or no more come.
template <class Arm>
std::string get(Arm& arm, int fd, std::size_t size) {
  std::string text(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t count = arm.read(fd, text.data() + have, size - have);
    if (count <= 0) break;
    have += static_cast<std::size_t>(count);
  }
  text.resize(have);
  return text;
}

// One read; minus an errno value if it fails.
template <class Arm>
ssize_t read_once(Arm& arm, int fd, std::size_t size = 64) {
  std::string text(size, '\0');
  const ssize_t count = arm.read(fd, text.data(), size);
  return count < 0 ? -errno : count;
}

// What poll says of a descriptor, after at most `timeout` milliseconds.
template <class Arm>
short polled(Arm& arm, int fd, short events, int timeout = 0) {
  pollfd one{.fd = fd, .events = events, .revents = 0};
  return arm.poll(&one, 1, timeout) < 0 ? static_cast<short>(-1) : one.revents;
}

// Waits until something can be read, or the end.
template <class Arm>
bool readable(Arm& arm, int fd) {
  return polled(arm, fd, POLLIN, kPatience) != 0;
}

template <class Arm>
int set_option(Arm& arm, int fd, int level, int option, int value) {
  return error(arm.setsockopt(fd, level, option, &value, sizeof(value)));
}

template <class Arm>
int get_option(Arm& arm, int fd, int level, int option) {
  int value = -1;
  socklen_t length = sizeof(value);
  return arm.getsockopt(fd, level, option, &value, &length) == 0 ? value : -errno;
}

// ---- Internet sockets, on loopback

inline sockaddr_in loopback(int port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(static_cast<std::uint16_t>(port));
  return name;
}

inline const sockaddr* as_name(const sockaddr_in& name) {
  return reinterpret_cast<const sockaddr*>(&name);
}

template <class Arm>
int bind_to(Arm& arm, int fd, int port) {
  const sockaddr_in name = loopback(port);
  return error(arm.bind(fd, as_name(name), sizeof(name)));
}

template <class Arm>
int connect_to(Arm& arm, int fd, int port) {
  const sockaddr_in name = loopback(port);
  return error(arm.connect(fd, as_name(name), sizeof(name)));
}

template <class Arm>
int port_of(Arm& arm, int fd) {
  sockaddr_in name{};
  socklen_t length = sizeof(name);
  if (arm.getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) != 0) return -errno;
  return ntohs(name.sin_port);
}

template <class Arm>
int listener(Arm& arm, int backlog = 8) {
  const int fd = arm.socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(fd >= 0);
  REQUIRE(bind_to(arm, fd, 0) == 0);
  REQUIRE(arm.listen(fd, backlog) == 0);
  return fd;
}

// A connection over loopback; its ends and the listener.
struct Connection {
  int listening = -1;
  int client = -1;
  int server = -1;
  int port = 0;
};

template <class Arm>
Connection connection(Arm& arm) {
  Connection made;
  made.listening = listener(arm);
  made.port = port_of(arm, made.listening);
  made.client = arm.socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(connect_to(arm, made.client, made.port) == 0);
  made.server = arm.accept(made.listening, nullptr, nullptr);
  REQUIRE(made.server >= 0);
  return made;
}

template <class Arm>
void close_all(Arm& arm, const Connection& made) {
  for (const int fd : {made.client, made.server, made.listening}) arm.close(fd);
}

template <class Arm>
int make_nonblocking(Arm& arm, int fd) {
  return arm.fcntl(fd, F_SETFL, arm.fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// ---- local sockets

struct LocalName {
  sockaddr_un name{};
  socklen_t length = 0;

  explicit LocalName(const std::string& path)
      : length(static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() +
                                      (path.front() == '\0' ? 0 : 1))) {
    name.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), name.sun_path);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

template <class Arm>
int bind_local(Arm& arm, int fd, const std::string& path) {
  const LocalName name(path);
  return error(arm.bind(fd, name.get(), name.length));
}

template <class Arm>
int connect_local(Arm& arm, int fd, const std::string& path) {
  const LocalName name(path);
  return error(arm.connect(fd, name.get(), name.length));
}

}  // namespace norn::test
