// Calls that fail: what node code sees, and that it is over when the fault is.
#include <string>

#include "faults/disk_support.hpp"

namespace norn::disk_tests {
namespace {

constexpr FaultValues::mapped_type kAlways = Ratio{1, 1};

}  // namespace

TEST_CASE("a read error fails reads of a bad block each time, and others never") {
  const std::string large(100 * 4096, 'x');
  int bad = 0;
  int good = 0;
  const Story story{
      .fault = {.kind = FaultKind::read_error, .with = {{"share", Ratio{1, 4}}}},
      .before = [&] { make_durable("data", large); },
      .during =
          [&] {
            Result<File> file = File::open("data", {.write = false});
            REQUIRE(file.ok());
            Bytes block(4096);
            for (std::uint64_t i = 0; i < 100; ++i) {
              const bool ok = file->read_at(i * 4096, block).ok();
              CHECK(file->read_at(i * 4096 + 100, std::span(block).first(10)).ok() == ok);
              ++(ok ? good : bad);
            }
          },
      .after = [&] { CHECK(content("data") == large); }};
  const RunSummary summary = tell(story);
  CHECK(bad > 10);
  CHECK(bad < 45);
  CHECK(bit(summary, "read_error", "file calls failed") == 2 * static_cast<std::uint64_t>(bad));
  check_repeats(story);
}

TEST_CASE("a read error by call fails some calls, and says that the device failed") {
  int failed = 0;
  const Story story{.fault = {.kind = FaultKind::read_error,
                              .with = {{"share", Ratio{1, 2}}, {"by", std::string("call")}}},
                    .before = [] { make_durable("data", "abc"); },
                    .during =
                        [&] {
                          for (int i = 0; i < 100; ++i) {
                            const Result<Bytes> read = read_file("data");
                            if (read.ok()) continue;
                            CHECK(read.error().code == Errc::io_error);
                            CHECK(read.error().message == "read: Input/output error");
                            ++failed;
                          }
                        },
                    .after = [] { CHECK(content("data") == "abc"); }};
  tell(story);
  CHECK(failed > 30);
  CHECK(failed < 70);
}

TEST_CASE("a write error writes nothing") {
  const Story story{.fault = {.kind = FaultKind::write_error, .with = {{"share", kAlways}}},
                    .before = [] { make_durable("data", "old"); },
                    .during =
                        [] {
                          Result<File> file = File::open("data");
                          const Result<void> written = file->write_at(0, bytes("new"));
                          REQUIRE_FALSE(written.ok());
                          CHECK(written.error().code == Errc::io_error);
                          CHECK(content("data") == "old");
                        },
                    .after =
                        [] {
                          CHECK(File::open("data")->write_at(0, bytes("new")).ok());
                          CHECK(content("data") == "new");
                        }};
  CHECK(bit(tell(story), "write_error", "file calls failed") == 1);
  check_repeats(story);
}

TEST_CASE("faults with a path spare other files") {
  const Story story{.fault = {.kind = FaultKind::write_error,
                              .with = {{"share", kAlways}, {"path", std::string("wal/")}}},
                    .during = [] {
                      CHECK(write_file("data", bytes("x")).ok());
                      CHECK_FALSE(write_file("wal/1", bytes("x")).ok());
                      CHECK_FALSE(write_file("./wal//1", bytes("x")).ok());
                    }};
  CHECK(bit(tell(story), "write_error", "file calls failed") == 2);
}

TEST_CASE("after a failed sync the pages count as written, and a crash takes them") {
  Simulation sim(test::options());
  int life = 0;
  sim.node("n1", [&] {
    if (++life == 2) {
      CHECK(content("data") == "old");
      return;
    }
    make_durable("data", "old");
    sleep_until(TimePoint(10s));
    Result<File> file = File::open("data");
    REQUIRE(file->write_at(0, bytes("new")).ok());
    const Result<void> synced = file->sync();
    REQUIRE_FALSE(synced.ok());
    CHECK(synced.error().code == Errc::io_error);
    CHECK(content("data") == "new");
    sleep_until(TimePoint(20s));
    CHECK(file->sync().ok());
    CHECK(content("data") == "new");
    sleep_for(100s);
  });
  sim.run_for(9s);
  const auto fault = sim.begin_fault(
      {.kind = FaultKind::sync_error, .side_a = {"n1"}, .with = {{"share", kAlways}}});
  sim.run_for(10s);
  sim.end_fault(fault);
  sim.run_for(10s);
  sim.restart("n1");
  sim.run_for(1s);
  const RunSummary summary = sim.summary();
  CHECK(life == 2);
  CHECK_FALSE(summary.violation.has_value());
  CHECK(bit(summary, "sync_error", "file calls failed") == 1);
}

TEST_CASE("a sync error strikes files and directories, each call with its own luck") {
  int failed = 0;
  const Story story{.fault = {.kind = FaultKind::sync_error, .with = {{"share", Ratio{1, 2}}}},
                    .before = [] { make_durable("data", "x"); },
                    .during =
                        [&] {
                          Result<File> file = File::open("data");
                          failed = 0;
                          for (int i = 0; i < 50; ++i) {
                            failed += file->sync().ok() ? 0 : 1;
                            failed += sync_directory().ok() ? 0 : 1;
                          }
                        },
                    .after = [] { CHECK(sync_directory().ok()); }};
  const RunSummary summary = tell(story);
  CHECK(bit(summary, "sync_error", "file calls failed") == static_cast<std::uint64_t>(failed));
  CHECK(failed > 30);
  CHECK(failed < 70);
  check_repeats(story);
}

TEST_CASE("what is written again after a failed sync is written, with the page around it") {
  Simulation sim(test::options());
  int life = 0;
  sim.node("n1", [&] {
    if (++life == 2) {
      CHECK(content("data") == "oNeWr");
      return;
    }
    make_durable("data", "older");
    sleep_until(TimePoint(10s));
    Result<File> file = File::open("data");
    REQUIRE(file->write_at(1, bytes("N")).ok());
    REQUIRE(file->write_at(2, bytes("e")).ok());
    REQUIRE_FALSE(file->sync().ok());
    sleep_until(TimePoint(20s));
    REQUIRE(file->write_at(3, bytes("W")).ok());
    REQUIRE(file->sync().ok());
    sleep_for(100s);
  });
  sim.run_for(9s);
  const auto fault = sim.begin_fault(
      {.kind = FaultKind::sync_error, .side_a = {"n1"}, .with = {{"share", kAlways}}});
  sim.run_for(10s);
  sim.end_fault(fault);
  sim.run_for(10s);
  sim.restart("n1");
  sim.run_for(1s);
  CHECK(life == 2);
  CHECK_FALSE(sim.summary().violation.has_value());
}

TEST_CASE(
    "an append that a failed sync has taken reads as zeros once a later sync keeps the size") {
  Simulation sim(test::options());
  int life = 0;
  sim.node("n1", [&] {
    if (++life == 2) {
      CHECK(content("data") == std::string("one\0\0\0", 6));
      return;
    }
    make_durable("data", "one");
    sleep_until(TimePoint(10s));
    Result<File> file = File::open("data");
    REQUIRE(file->append(bytes("two")).ok());
    REQUIRE_FALSE(file->sync().ok());
    sleep_until(TimePoint(20s));
    REQUIRE(file->sync().ok());
    sleep_for(100s);
  });
  sim.run_for(9s);
  const auto fault = sim.begin_fault(
      {.kind = FaultKind::sync_error, .side_a = {"n1"}, .with = {{"share", kAlways}}});
  sim.run_for(10s);
  sim.end_fault(fault);
  sim.run_for(10s);
  sim.restart("n1");
  sim.run_for(1s);
  CHECK(life == 2);
  CHECK_FALSE(sim.summary().violation.has_value());
}

TEST_CASE("a full disk refuses new blocks and takes what needs none") {
  const Story story{.fault = {.kind = FaultKind::disk_full, .with = {{"free", std::int64_t{8192}}}},
                    .before = [] { make_durable("data", "old"); },
                    .during =
                        [] {
                          CHECK(File::open("data")->write_at(0, bytes("new")).ok());
                          Result<File> file = File::open("more");
                          REQUIRE(file.ok());
                          CHECK(file->write_at(0, Bytes(8192)).ok());
                          const Result<void> written = file->write_at(8192, bytes("x"));
                          REQUIRE_FALSE(written.ok());
                          CHECK(written.error().code == Errc::no_space);
                          CHECK(written.error().message == "write: No space left on device");
                        },
                    .after = [] { CHECK(write_file("more", Bytes(100'000)).ok()); }};
  CHECK(bit(tell(story), "disk_full", "file calls failed") == 1);
  check_repeats(story);
}

TEST_CASE("a quota counts what is on the disk already") {
  const Story story{
      .fault = {.kind = FaultKind::disk_quota, .with = {{"most", std::int64_t{8192}}}},
      .before = [] { make_durable("data", std::string(5000, 'x')); },
      .during =
          [] {
            const Result<void> written = write_file("more", bytes("x"));
            REQUIRE_FALSE(written.ok());
            CHECK(written.error().code == Errc::no_space);
            CHECK(written.error().message == "write: Disk quota exceeded");
            CHECK(remove_file("data").ok());
            CHECK(sync_directory().ok());
            CHECK(write_file("more", bytes("x")).ok());
          },
      .after = [] { CHECK(write_file("more", Bytes(100'000)).ok()); }};
  CHECK(bit(tell(story), "disk_quota", "file calls failed") == 1);
  check_repeats(story);
}

TEST_CASE("a read-only disk refuses every change and lets read") {
  const Story story{.fault = {.kind = FaultKind::read_only},
                    .before = [] { make_durable("data", "old"); },
                    .during =
                        [] {
                          CHECK(content("data") == "old");
                          const Result<File> file = File::open("data");
                          REQUIRE_FALSE(file.ok());
                          CHECK(file.error().message == "open 'data': Read-only file system");
                          CHECK_FALSE(File::open("new").ok());
                          CHECK_FALSE(rename_file("data", "other").ok());
                          CHECK_FALSE(remove_file("data").ok());
                          CHECK(sync_directory().ok());
                          CHECK(list_directory().value() == std::vector<std::string>{"data"});
                        },
                    .after = [] { CHECK(rename_file("data", "other").ok()); }};
  CHECK(bit(tell(story), "read_only", "file calls failed") == 4);
  check_repeats(story);
}

}  // namespace norn::disk_tests
