// Slow and stalled disks.
#include <string>

#include "faults/disk_support.hpp"

namespace norn::disk_tests {

TEST_CASE("a slow disk takes as long as its figures say") {
  Duration read_took{};
  Duration sync_took{};
  Duration usual{};
  const Story story{.fault = {.kind = FaultKind::disk_slow,
                              .with = {{"iops", std::int64_t{100}},
                                       {"bandwidth", std::int64_t{1'000'000}},
                                       {"sync_min", Duration(20ms)},
                                       {"sync_max", Duration(30ms)}}},
                    .before =
                        [&] {
                          make_durable("data", std::string(100'000, 'x'));
                          const TimePoint begin = now();
                          CHECK(content("data").size() == 100'000);
                          usual = now() - begin;
                        },
                    .during =
                        [&] {
                          TimePoint begin = now();
                          CHECK(content("data").size() == 100'000);
                          read_took = now() - begin;
                          Result<File> file = File::open("data");
                          REQUIRE(file->write_at(0, Bytes(50'000)).ok());
                          begin = now();
                          REQUIRE(file->sync().ok());
                          sync_took = now() - begin;
                        },
                    .after =
                        [&] {
                          const TimePoint begin = now();
                          CHECK(content("data").size() == 100'000);
                          CHECK(now() == begin);
                        }};
  CHECK(bit(tell(story), "disk_slow", "file calls delayed") == 2);
  CHECK(usual == Duration::zero());
  CHECK(read_took == 110ms);  // one operation of 10 ms, and 100,000 bytes
  // A healthy sync takes up to 30 ms too.
  CHECK(sync_took >= 10ms + 50ms + 20ms);
  CHECK(sync_took <= 10ms + 50ms + 30ms + 30ms);
  check_repeats(story);
}

TEST_CASE("reads of a slow disk queue behind each other") {
  Duration took{};
  const Story story{.fault = {.kind = FaultKind::disk_slow, .with = {{"iops", std::int64_t{100}}}},
                    .before = [] { make_durable("data", "x"); },
                    .during =
                        [&] {
                          const TimePoint begin = now();
                          TaskGroup group;
                          for (int i = 0; i < 10; ++i) group.spawn([] { content("data"); });
                          group.join();
                          took = now() - begin;
                        }};
  tell(story);
  CHECK(took >= 100ms);
  CHECK(took < 101ms);
}

TEST_CASE("a stalled disk lets nothing through before the end") {
  TimePoint synced{};
  TimePoint read{};
  const Story story{.fault = {.kind = FaultKind::disk_stall},
                    .before = [] { make_durable("data", "x"); },
                    .during =
                        [&] {
                          TaskGroup group;
                          group.spawn([&] {
                            CHECK(content("data") == "x");
                            read = now();
                          });
                          group.spawn([&] {
                            CHECK(sync_directory().ok());
                            synced = now();
                          });
                          group.join();
                        },
                    .after = [] { CHECK(content("data") == "x"); }};
  CHECK(bit(tell(story), "disk_stall", "file calls delayed") == 2);
  CHECK(read == TimePoint(19s));
  CHECK(synced == TimePoint(19s));
  check_repeats(story);
}

TEST_CASE("a node that crashes while its disk stalls starts again on the stalled disk") {
  Simulation sim(test::options());
  int lives = 0;
  TimePoint read{};
  sim.node("n1", [&] {
    ++lives;
    if (lives == 1) make_durable("data", "x");
    sleep_for(1s);
    const std::string found = content("data");  // an assertion would swallow the death of its fiber
    CHECK(found == "x");
    read = now();
  });
  sim.run_for(500ms);
  const auto fault = sim.begin_fault({.kind = FaultKind::disk_stall, .side_a = {"n1"}});
  sim.run_for(1s);
  sim.restart("n1");
  sim.run_for(2s);
  CHECK(read == TimePoint{});
  sim.end_fault(fault);
  sim.run_for(1s);
  CHECK(lives == 2);
  CHECK(read == TimePoint(3500ms));
  CHECK(bit(sim.summary(), "disk_stall", "file calls delayed") == 2);
}

}  // namespace norn::disk_tests
