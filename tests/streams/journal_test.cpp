#include "norn/runtime/journal.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "norn/runtime.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/runtime/detail/crc32c.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;

namespace {

norn::Bytes bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

std::string text(const norn::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::string> texts(const std::vector<norn::Bytes>& events) {
  std::vector<std::string> out;
  for (const norn::Bytes& event : events) out.push_back(text(event));
  return out;
}

norn::Journal open_journal() {
  auto journal = norn::Journal::open("j");
  REQUIRE(journal.ok());
  return std::move(*journal);
}

// A journal of three blocks: one, two, three. Returns where each ends.
std::vector<std::uint64_t> write_three() {
  norn::Journal journal = open_journal();
  std::vector<std::uint64_t> ends;
  for (const char* const each : {"one", "two", "three"}) {
    REQUIRE(journal.append(bytes(each)).ok());
    ends.push_back(norn::read_file("j.journal")->size());
  }
  return ends;
}

struct Moved {
  std::string account;
  std::int64_t amount = 0;
};
struct Ledger {
  std::map<std::string, std::int64_t> accounts;
  std::int64_t events = 0;
  void apply(const Moved& moved) {
    accounts[moved.account] += moved.amount;
    ++events;
  }
};
using Book = norn::EventSourced<Ledger, Moved>;

}  // namespace

TEST_CASE("CRC-32C meets the vectors of RFC 3720") {
  CHECK(norn::detail::crc32c(norn::Bytes(32)) == 0x8a9136aaU);
  CHECK(norn::detail::crc32c(norn::Bytes(32, std::byte{0xff})) == 0x62a8ab43U);
  norn::Bytes counting;
  for (int i = 0; i < 32; ++i) counting.push_back(static_cast<std::byte>(i));
  CHECK(norn::detail::crc32c(counting) == 0x46dd794eU);
  CHECK(norn::detail::crc32c(std::span(counting).subspan(9),
                             norn::detail::crc32c(std::span(counting).first(9))) == 0x46dd794eU);
}

TEST_CASE("events come back in order, with their numbers, after the journal is opened again") {
  const bool passed = norn::test::passes([] {
    write_three();
    norn::Journal journal = open_journal();
    REQUIRE(journal.next() == 3);
    REQUIRE(journal.append(std::vector<norn::Bytes>{bytes(""), bytes("five")}).ok());
    norn::Journal again = open_journal();
    const auto contents = again.take_contents();
    REQUIRE(texts(contents.events) == std::vector<std::string>{"one", "two", "three", "", "five"});
    REQUIRE(contents.dropped_bytes == 0);
    REQUIRE(again.next() == 5);
  });
  CHECK(passed);
}

TEST_CASE("a tail that is not whole is dropped, wherever it was cut, and appending goes on") {
  const bool passed = norn::test::passes([] {
    const auto ends = write_three();
    const norn::Bytes whole = *norn::read_file("j.journal");
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      REQUIRE(norn::write_file("j.journal", std::span(whole).first(size)).ok());
      norn::Journal journal = open_journal();
      const auto expected =
          std::count_if(ends.begin(), ends.end(), [&](std::uint64_t end) { return end <= size; });
      REQUIRE(std::cmp_equal(journal.take_contents().events.size(), expected));
      REQUIRE(journal.append(bytes("next")).ok());
      norn::Journal again = open_journal();
      const auto contents = again.take_contents();
      REQUIRE(std::cmp_equal(contents.events.size(), expected + 1));
      REQUIRE(text(contents.events.back()) == "next");
    }
  });
  CHECK(passed);
}

TEST_CASE("damage to what was acknowledged is an error that says where, and changes nothing") {
  const bool passed = norn::test::passes([] {
    const auto ends = write_three();
    const norn::Bytes whole = *norn::read_file("j.journal");
    for (std::size_t i = 0; i < whole.size(); ++i) {
      norn::Bytes damaged = whole;
      damaged[i] ^= std::byte{0x10};
      REQUIRE(norn::write_file("j.journal", damaged).ok());
      auto journal = norn::Journal::open("j");
      if (i < ends[1]) {
        REQUIRE_FALSE(journal.ok());
        REQUIRE(journal.error().code == norn::Errc::bad_message);
        const std::string place = i < ends[0] ? "byte 0" : "byte " + std::to_string(ends[0]);
        REQUIRE(journal.error().message.find(place) != std::string::npos);
        REQUIRE(*norn::read_file("j.journal") == damaged);
      } else {  // as if the last append had been interrupted
        REQUIRE(journal.ok());
        REQUIRE(journal->take_contents().events.size() == 2);
      }
    }
  });
  CHECK(passed);
}

TEST_CASE("a snapshot stands for the events before it") {
  const bool passed = norn::test::passes([] {
    write_three();
    const norn::Bytes before = *norn::read_file("j.journal");
    {
      norn::Journal journal = open_journal();
      REQUIRE(journal.snapshot(bytes("123")).ok());
      REQUIRE(norn::read_file("j.journal")->empty());
      REQUIRE(journal.append(bytes("four")).ok());
    }
    {
      norn::Journal journal = open_journal();
      const auto contents = journal.take_contents();
      REQUIRE(text(*contents.snapshot) == "123");
      REQUIRE(texts(contents.events) == std::vector<std::string>{"four"});
      REQUIRE(journal.next() == 4);
    }
    // As a crash between the snapshot and the cutting of the journal leaves it.
    REQUIRE(norn::write_file("j.journal", before).ok());
    norn::Journal journal = open_journal();
    REQUIRE(journal.take_contents().events.empty());
    REQUIRE(journal.append(bytes("four")).ok());
    norn::Journal again = open_journal();
    REQUIRE(texts(again.take_contents().events) == std::vector<std::string>{"four"});
    norn::Bytes damaged = *norn::read_file("j.snapshot");
    damaged.back() ^= std::byte{1};
    REQUIRE(norn::write_file("j.snapshot", damaged).ok());
    REQUIRE_FALSE(norn::Journal::open("j").ok());
  });
  CHECK(passed);
}

TEST_CASE("fibers that append at once share syncs, and each event is there") {
  const bool passed = norn::test::passes([] {
    norn::Journal journal = open_journal();
    std::vector<norn::Task<void>> tasks;
    for (int i = 0; i < 20; ++i) {
      tasks.push_back(
          norn::spawn([&, i] { REQUIRE(journal.append(bytes("e" + std::to_string(i))).ok()); }));
    }
    for (auto& task : tasks) task.join();
    norn::Journal again = open_journal();
    auto events = texts(again.take_contents().events);
    REQUIRE(events.size() == 20);
    std::sort(events.begin(), events.end());
    REQUIRE(std::adjacent_find(events.begin(), events.end()) == events.end());
  });
  CHECK(passed);
}

TEST_CASE("whatever was acknowledged survives crashes at any instant, in order, without doubles") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    norn::Simulation simulation(norn::test::options(seed));
    std::vector<int> acknowledged;
    simulation.node("n1", [&] {
      auto book = Book::recover("book", {.snapshot_every = 7});
      REQUIRE(book.ok());
      const auto& state = book->state();
      REQUIRE(state.events >= static_cast<std::int64_t>(acknowledged.size()));
      REQUIRE(state.events <= static_cast<std::int64_t>(acknowledged.size()) + 1);
      REQUIRE(state.events == static_cast<std::int64_t>(book->events()));
      acknowledged.resize(static_cast<std::size_t>(state.events));
      for (;;) {
        const auto safe = book->persist({"acct" + std::to_string(state.events % 3), 1});
        REQUIRE(safe.ok());
        acknowledged.push_back(1);
      }
    });
    for (int i = 0; i < 60; ++i) {
      simulation.run_for(std::chrono::microseconds(200 + 137 * i * static_cast<int>(seed)));
      simulation.restart("n1");
    }
    CHECK(simulation.summary().verdict == norn::Verdict::passed);
    CHECK(acknowledged.size() > 50);
  }
}

TEST_CASE("an event that does not decode is an error and no crash") {
  const bool passed = norn::test::passes([] {
    {
      norn::Journal journal = open_journal();
      REQUIRE(journal.append(bytes("not an event")).ok());
    }
    const auto book = Book::recover("j");
    REQUIRE_FALSE(book.ok());
    REQUIRE(book.error().code == norn::Errc::bad_message);
  });
  CHECK(passed);
}
