#include "trace/trace_support.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "support/catch.hpp"

namespace norn::trace::testing {

std::uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

std::uint64_t Random::of_any_size(unsigned most_bits) {
  const std::uint64_t bits = below(most_bits) + 1;
  return next() >> (64U - bits);
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "norn-trace-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

FileSizeLimit::FileSizeLimit(std::uint64_t bytes) {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  before_ = limit.rlim_cur;
  limit.rlim_cur = bytes;
  handler_ = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

FileSizeLimit::~FileSizeLimit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = before_;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler_);
}

std::vector<std::byte> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  REQUIRE(out.good());
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

std::unique_ptr<Recorder> must_open(RecorderOptions options) {
  auto recorder = Recorder::open(options, {{"scenario", "test"}, {"seed", 7}});
  REQUIRE(recorder.ok());
  return std::move(*recorder);
}

std::unique_ptr<Recorder> record_in_memory(RecorderOptions options) {
  options.mode = RecorderOptions::Mode::memory;
  return must_open(options);
}

Storyteller::Storyteller(Recorder& recorder, std::uint64_t seed, std::uint32_t nodes)
    : recorder_(recorder), random_(seed), nodes_(nodes), names_{0} {
  for (const char* name : {"Ping", "AppendEntries", "a name with spaces", "ü"}) {
    names_.push_back(recorder_.intern(name));
  }
}

void Storyteller::add(Event event) {
  event.time_ns = time_ns_;
  event.seq = expected_.size() + 1;
  if (event.kind == EventKind::node_start)
    incarnations_[event.node] = static_cast<std::uint32_t>(event.a);
  event.incarnation = incarnations_[event.node];
  expected_.push_back(event);
}

std::span<const std::byte> Storyteller::keep(std::vector<std::byte> payload) {
  return payloads_.emplace_back(std::move(payload));
}

std::vector<std::byte> Storyteller::random_payload(std::size_t most) {
  std::vector<std::byte> payload(random_.below(most + 1));
  for (std::byte& each : payload) each = static_cast<std::byte>(random_.next());
  return payload;
}

void Storyteller::send() {
  Event event = context_;
  event.kind = EventKind::send;
  event.a = random_.one_in(20) ? random_.of_any_size(32) : random_.below(nodes_) + 1;
  event.text = names_[random_.below(names_.size())];
  event.c = random_.below(2);
  event.payload = keep(random_payload(random_.one_in(30) ? 3000 : 40));
  event.b = event.payload.size();
  const Seq seq =
      recorder_.send(static_cast<NodeId>(event.a), event.text, event.payload, event.c == 1);
  add(event);
  REQUIRE(seq == expected_.size());
  if (event.a != 0 && event.a <= nodes_) sends_.push_back(expected_.back());
}

void Storyteller::deliver() {
  if (sends_.empty()) return send();
  const std::size_t chosen = random_.one_in(3) ? random_.below(sends_.size()) : sends_.size() - 1;
  const Event& send = sends_[chosen];
  const auto to = static_cast<NodeId>(send.a);
  const Seq seq = recorder_.deliver(send.seq, to, send.text, static_cast<std::uint32_t>(send.b));
  Event event;
  event.kind = EventKind::deliver;
  event.node = to;
  event.cause = event.a = send.seq;
  event.b = send.b;
  event.text = send.text;
  add(event);
  // Mostly the node's own fiber wakes up, as in a real cluster; else the guess is wrong.
  context_ = {};
  context_.node = to;
  context_.fiber = random_.one_in(4) ? static_cast<FiberId>(random_.below(50)) : to + 1;
  context_.cause = seq;
  recorder_.set_context(context_.node, context_.fiber, context_.cause);
}

void Storyteller::timer() {
  Event event;
  event.kind = EventKind::timer;
  event.node = static_cast<NodeId>(random_.below(nodes_) + 1);
  event.a = random_.one_in(3) ? random_.of_any_size(32) : event.node + 1;
  event.cause = random_.one_in(5) ? 0 : random_.below(expected_.size() + 1);
  const Seq seq = recorder_.timer(event.node, static_cast<FiberId>(event.a), event.cause);
  add(event);
  context_ = {};
  context_.node = event.node;
  context_.fiber = static_cast<FiberId>(event.a);
  context_.cause = seq;
}

// A fixed number: a kind that is added must change no story, or the hash of a fixed one would
// change.
constexpr std::uint64_t kKindsToldOf = 24;

void Storyteller::any_event() {
  Event event;
  event.kind = static_cast<EventKind>(random_.below(kKindsToldOf) + 1);
  if (random_.one_in(2)) {
    event.node = context_.node;
    event.fiber = context_.fiber;
    event.cause = context_.cause;
  } else {
    event.node = static_cast<NodeId>(random_.below(nodes_ + 1));
    event.fiber = static_cast<FiberId>(random_.of_any_size(32));
    event.cause = random_.below(expected_.size() + 1);
  }
  if (random_.one_in(2))
    event.a = random_.of_any_size(event.kind == EventKind::node_start ? 31 : 64);
  if (random_.one_in(2)) event.b = random_.of_any_size(64);
  if (random_.one_in(2)) event.c = random_.of_any_size(64);
  if (random_.one_in(2)) event.d = random_.of_any_size(64);
  if (random_.one_in(2)) event.text = names_[random_.below(names_.size())];
  if (random_.one_in(2)) event.payload = keep(random_payload(200));
  const Seq seq = recorder_.record(event);
  add(event);
  REQUIRE(seq == expected_.size());
}

void Storyteller::tell(int events) {
  for (int i = 0; i < events; ++i) {
    if (!random_.one_in(3)) {
      time_ns_ += static_cast<std::int64_t>(random_.of_any_size(random_.one_in(50) ? 45 : 24));
      recorder_.set_time(time_ns_);
    }
    if (random_.one_in(10)) {
      context_ = {};
      context_.node = static_cast<NodeId>(random_.below(nodes_ + 1));
      context_.fiber = static_cast<FiberId>(random_.below(100));
      context_.cause = random_.below(expected_.size() + 1);
      recorder_.set_context(context_.node, context_.fiber, context_.cause);
    }
    if (random_.one_in(100))
      names_.push_back(recorder_.intern("name " + std::to_string(expected_.size())));
    switch (random_.below(8)) {
      case 0:
        any_event();
        break;
      case 1:
        timer();
        break;
      case 2:
      case 3:
      case 4:
        deliver();
        break;
      default:
        send();
    }
  }
}

bool same(const Event& a, const Event& b) {
  return a.seq == b.seq && a.time_ns == b.time_ns && a.kind == b.kind && a.node == b.node &&
         a.incarnation == b.incarnation && a.fiber == b.fiber && a.cause == b.cause && a.a == b.a &&
         a.b == b.b && a.c == b.c && a.d == b.d && a.text == b.text &&
         std::equal(a.payload.begin(), a.payload.end(), b.payload.begin(), b.payload.end());
}

std::string text_of(const Event& event) {
  std::ostringstream out;
  out << "#" << event.seq << " " << event.time_ns << "ns " << name(event.kind) << " node "
      << event.node << "." << event.incarnation << " fiber " << event.fiber << " cause "
      << event.cause << " a " << event.a << " b " << event.b << " c " << event.c << " d " << event.d
      << " text " << event.text << " payload " << event.payload.size();
  return out.str();
}

std::vector<std::byte> small_trace(RecorderOptions options) {
  auto recorder = record_in_memory(options);
  recorder->name_node(1, "n1");
  recorder->name_node(2, "n2");
  Storyteller teller(*recorder, 3, 2);
  teller.tell(24);
  REQUIRE(recorder->finish({{"verdict", "passed"}}).ok());
  const auto bytes = recorder->bytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace norn::trace::testing
