// One end of a connection by itself: what it sends, and when.
#include "kernel/tcp_connection.hpp"

#include <cerrno>
#include <string>
#include <vector>

#include "kernel/byte_queue.hpp"
#include "kernel/round_trip_time.hpp"
#include "support/catch.hpp"

using namespace norn::sim;

namespace {

constexpr std::int64_t kMs = 1'000'000;

struct Sent {
  std::int64_t at_ms;
  Segment segment;
  std::size_t size;
};

// A kernel that keeps what is sent, and whose clock the test turns.
struct FakeHost final : TcpHost {
  std::int64_t now = 0;
  std::int64_t timer = TcpConnection::kNever;
  std::vector<Sent> sent;
  bool is_established = false;
  int error = -1;

  std::int64_t now_ns() const override { return now; }
  void transmit(const TcpConnection&, const Segment& segment) override {
    sent.push_back({now / kMs, segment, segment.data.size()});
  }
  void set_timer(TcpConnection&, std::int64_t when) override { timer = when; }
  void established(TcpConnection&) override { is_established = true; }
  void ended(TcpConnection&, int how) override { error = how; }

  // Lets time pass until nothing is pending, or `limit`.
  void run(TcpConnection& connection, std::int64_t limit = TcpConnection::kNever - 1) {
    while (timer <= limit && error < 0) {
      now = timer;
      connection.on_timer();
    }
  }
};

// A connection that its peer (the test) has just answered: the peer's first byte is number 1000.
struct Connected {
  FakeHost host;
  TcpConnection connection;

  explicit Connected(const TcpOptions& options = {}, std::uint32_t peer_window = 65535)
      : connection(host, {.local_port = 1, .remote_port = 2, .remote_node = 3}, options, 7, 100) {
    connection.open();
    host.now += 10 * kMs;
    Segment answer = from_peer(kSyn | kAck);
    answer.sequence = 999;
    answer.window = peer_window;
    connection.receive(answer);
    REQUIRE(host.is_established);
    host.sent.clear();
  }

  std::uint64_t first() const { return (std::uint64_t{1} << 32U) + 101; }
  Segment from_peer(int flags, std::uint64_t acknowledged = 0) const {
    return {.source_port = 2,
            .destination_port = 1,
            .flags = static_cast<std::uint8_t>(flags),
            .window = 65535,
            .sequence = 1000,
            .acknowledgment = first() + acknowledged};
  }
  void write(std::size_t size) {
    const std::vector<std::byte> bytes(size);
    REQUIRE(connection.write(bytes) == size);
  }
};

std::vector<std::int64_t> times(const FakeHost& host) {
  std::vector<std::int64_t> all;
  for (const Sent& each : host.sent) all.push_back(each.at_ms);
  return all;
}

}  // namespace

TEST_CASE("the retransmission timeout follows RFC 6298") {
  RoundTripTime time;
  CHECK(time.timeout() == 1000 * kMs);
  time.sample(100 * kMs);  // smoothed 100, variation 50
  CHECK(time.timeout() == 300 * kMs);
  time.sample(500 * kMs);  // variation 50 + (400 - 50) / 4, smoothed 100 + 400 / 8
  CHECK(time.smoothed() == 150 * kMs);
  CHECK(time.timeout() == 150 * kMs + 4 * 137'500'000);
  time.back_off();
  CHECK(time.timeout() == 1400 * kMs);
  time.progress();
  CHECK(time.timeout() == 700 * kMs);
  for (int i = 0; i < 20; ++i) time.back_off();
  CHECK(time.timeout() == 120'000 * kMs);
  RoundTripTime quick;
  quick.sample(1);
  CHECK(quick.timeout() == 200 * kMs + 1);
}

TEST_CASE("a byte queue gives back what was put in, at any offset") {
  ByteQueue queue;
  std::string in;
  std::string out;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = std::to_string(i * i);
    queue.append(std::as_bytes(std::span(text)));
    in += text;
    const std::size_t count = queue.size() * 2 / 3;
    const auto view = queue.view(0, count);
    out.append(reinterpret_cast<const char*>(view.data()), count);
    queue.pop(count);
  }
  const auto rest = queue.view(0, queue.size());
  out.append(reinterpret_cast<const char*>(rest.data()), rest.size());
  CHECK(in == out);
}

TEST_CASE("SYNs go out at 0, 1, 3, 7, 15, 31 and 63 seconds, and it is given up at 127") {
  FakeHost host;
  TcpConnection connection(host, {.local_port = 1, .remote_port = 2, .remote_node = 3}, {}, 7, 1);
  connection.open();
  host.run(connection);
  CHECK(times(host) == std::vector<std::int64_t>{0, 1000, 3000, 7000, 15000, 31000, 63000});
  CHECK(host.error == ETIMEDOUT);
  CHECK(host.now == 127'000 * kMs);
  CHECK(connection.take_error() == ETIMEDOUT);
  CHECK(connection.take_error() == 0);
}

TEST_CASE("data that nobody acknowledges goes out sixteen times, further and further apart") {
  Connected end;
  end.write(10);
  const std::int64_t begin = end.host.now;
  end.host.run(end.connection);
  REQUIRE(end.host.sent.size() == 16);
  // The measured 10 ms, and the lower bound of 200 ms above it.
  CHECK(end.host.sent[1].at_ms - end.host.sent[0].at_ms == 210);
  CHECK(end.host.sent[2].at_ms - end.host.sent[1].at_ms == 420);
  CHECK(end.host.sent[15].at_ms - end.host.sent[14].at_ms == 120'000);
  for (const Sent& each : end.host.sent) CHECK(each.segment.sequence == end.first());
  CHECK(end.host.error == ETIMEDOUT);
  CHECK((end.host.now - begin) / (1000 * kMs) > 900);
}

TEST_CASE("ten segments begin, and each acknowledgment lets more go") {
  Connected end;
  end.write(60'000);
  CHECK(end.host.sent.size() == 10);
  end.connection.receive(end.from_peer(kAck, 2920));
  CHECK(end.host.sent.size() == 14);  // two are acknowledged, and the window grew by two
}

TEST_CASE("the third duplicate acknowledgment brings the lost segment at once") {
  Connected end;
  end.write(14'600);
  REQUIRE(end.host.sent.size() == 10);
  end.connection.receive(end.from_peer(kAck, 1460));
  for (int i = 0; i < 2; ++i) end.connection.receive(end.from_peer(kAck, 1460));
  CHECK(end.host.sent.size() == 10);
  end.connection.receive(end.from_peer(kAck, 1460));
  REQUIRE(end.host.sent.size() == 11);
  CHECK(end.host.sent.back().segment.sequence == end.first() + 1460);
  CHECK(end.host.now == 10 * kMs);
  // A partial acknowledgment: the next hole at once.
  end.connection.receive(end.from_peer(kAck, 4380));
  REQUIRE(end.host.sent.size() == 12);
  CHECK(end.host.sent.back().segment.sequence == end.first() + 4380);
}

TEST_CASE("an acknowledgment of a segment that was sent twice is no measurement") {
  Connected end;
  end.write(10);
  end.host.run(end.connection, end.host.now + 300 * kMs);
  REQUIRE(end.host.sent.size() == 2);
  end.host.now += 5000 * kMs;
  end.connection.receive(end.from_peer(kAck, 10));
  end.write(10);
  const std::int64_t begin = end.host.now;
  CHECK(end.host.timer == begin + 210 * kMs);  // as if those five seconds had not been
}

TEST_CASE("one segment is acknowledged after 40 ms, two at once") {
  Connected end;
  const std::vector<std::byte> ten(10);
  Segment data = end.from_peer(kAck);
  data.data = ten;
  end.connection.receive(data);
  CHECK(end.host.sent.empty());
  const std::int64_t begin = end.host.now;
  end.host.run(end.connection, begin + 1000 * kMs);
  REQUIRE(end.host.sent.size() == 1);
  CHECK(end.host.now == begin + 40 * kMs);
  CHECK(end.host.sent[0].segment.acknowledgment == 1010);
  for (int i = 0; i < 2; ++i) {
    data.sequence += 10;
    end.connection.receive(data);
  }
  REQUIRE(end.host.sent.size() == 2);
  CHECK(end.host.sent[1].segment.acknowledgment == 1030);
}

TEST_CASE("segments out of order wait for the missing one, and overlaps count once") {
  Connected end;
  const std::string text = "abcdefghij";
  const auto piece = [&](std::size_t from, std::size_t count) {
    Segment data = end.from_peer(kAck);
    data.sequence += from;
    data.data = std::as_bytes(std::span(text)).subspan(from, count);
    end.connection.receive(data);
  };
  piece(6, 4);
  piece(2, 3);
  piece(1, 6);
  CHECK(end.connection.unread() == 0);
  CHECK(end.host.sent.size() == 3);  // each says at once what is missing
  CHECK(end.host.sent.back().segment.acknowledgment == 1000);
  piece(0, 2);
  std::vector<std::byte> got(20);
  CHECK(end.connection.read(got) == 10);
  CHECK(std::string(reinterpret_cast<const char*>(got.data()), 10) == text);
  piece(0, 10);
  CHECK(end.connection.unread() == 0);
}

TEST_CASE("a closed window is probed, for as long as the peer answers") {
  Connected end({}, 0);
  end.write(100);
  CHECK(end.host.sent.empty());
  for (int i = 0; i < 100; ++i) {
    end.host.now = end.host.timer;
    end.connection.on_timer();
    Segment answer = end.from_peer(kAck);
    answer.window = 0;
    end.connection.receive(answer);
  }
  CHECK(end.host.error == -1);
  CHECK(end.host.sent.size() == 100);
  CHECK(end.host.sent.back().segment.sequence == end.first() - 1);
  CHECK(end.host.sent.back().size == 0);
  end.connection.receive(end.from_peer(kAck));
  CHECK(end.host.sent.back().size == 100);
  Connected alone({}, 0);
  alone.write(100);
  alone.host.run(alone.connection);
  CHECK(alone.host.error == ETIMEDOUT);
}

TEST_CASE("a reset counts only with the expected number") {
  Connected end;
  Segment reset = end.from_peer(kReset);
  reset.sequence = 1500;  // in the window: RFC 5961 asks back
  end.connection.receive(reset);
  CHECK(end.host.error == -1);
  CHECK(end.host.sent.size() == 1);
  reset.sequence = 5'000'000;
  end.connection.receive(reset);
  CHECK(end.host.sent.size() == 1);
  reset.sequence = 1000;
  end.connection.receive(reset);
  CHECK(end.host.error == ECONNRESET);
}

TEST_CASE("whoever closes first waits a minute for stragglers") {
  Connected end;
  end.connection.close();
  REQUIRE(end.host.sent.size() == 1);
  CHECK(end.host.sent[0].segment.has(kFin));
  CHECK(end.connection.state() == TcpState::fin_wait_1);
  end.connection.receive(end.from_peer(kAck, 1));
  CHECK(end.connection.state() == TcpState::fin_wait_2);
  end.connection.receive(end.from_peer(kAck | kFin, 1));
  CHECK(end.connection.state() == TcpState::time_wait);
  const std::int64_t begin = end.host.now;
  end.connection.receive(end.from_peer(kAck | kFin, 1));  // its acknowledgment was lost
  CHECK(end.host.sent.back().segment.acknowledgment == 1001);
  end.host.run(end.connection);
  CHECK(end.host.now == begin + 60'000 * kMs);
  CHECK(end.host.error == 0);
}

TEST_CASE("whoever closes second is done with the acknowledgment of its FIN") {
  Connected end;
  end.connection.receive(end.from_peer(kAck | kFin));
  CHECK(end.connection.state() == TcpState::close_wait);
  CHECK(end.connection.has_ended());
  CHECK(end.connection.shut_write());
  CHECK(end.connection.state() == TcpState::last_ack);
  Segment last = end.from_peer(kAck, 1);
  last.sequence = 1001;
  end.connection.receive(last);
  CHECK(end.connection.state() == TcpState::closed);
  CHECK(end.host.error == 0);
}

TEST_CASE("both may close at once") {
  Connected end;
  CHECK(end.connection.shut_write());
  end.connection.receive(end.from_peer(kAck | kFin));
  CHECK(end.connection.state() == TcpState::closing);
  Segment last = end.from_peer(kAck, 1);
  last.sequence = 1001;
  end.connection.receive(last);
  CHECK(end.connection.state() == TcpState::time_wait);
}

TEST_CASE("both may open at once") {
  FakeHost host;
  TcpConnection connection(host, {.local_port = 1, .remote_port = 2, .remote_node = 3}, {}, 7, 100);
  connection.open();
  Segment syn{
      .source_port = 2, .destination_port = 1, .flags = kSyn, .window = 100, .sequence = 999};
  connection.receive(syn);
  CHECK(connection.state() == TcpState::syn_received);
  CHECK(host.sent.back().segment.has(kSyn));
  CHECK(host.sent.back().segment.has(kAck));
  Segment answer = syn;
  answer.flags = kSyn | kAck;
  answer.acknowledgment = (std::uint64_t{1} << 32U) + 101;
  connection.receive(answer);
  answer.flags = kAck;
  answer.sequence = 1000;
  connection.receive(answer);
  CHECK(connection.state() == TcpState::established);
}
