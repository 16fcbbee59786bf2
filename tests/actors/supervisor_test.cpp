// Supervisor: order of start and stop, deadlines, strategies, intensity, children added later.
#include "norn/runtime/supervisor.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "norn/actors.hpp"
#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::ChildSpec;
using norn::Errc;
using norn::ExitKind;
using norn::Pid;
using norn::Restart;
using norn::Strategy;

namespace {

using Book = std::vector<std::string>;

struct Fail {};
struct Finish {};
struct Wait {
  using Reply = int;
};

// A child that writes down its starts and stops, and ends when told to.
ChildSpec noting(Book& book, const std::string& id, Restart restart = Restart::permanent) {
  ChildSpec spec;
  spec.id = id;
  spec.restart = restart;
  spec.start = [&book, id] {
    book.push_back("+" + id);
    norn::trap_exits(true);
    norn::Server(norn::on_cast([](const Fail&) { throw std::runtime_error("failed"); }),
                 norn::on_cast([](const Finish&) { norn::exit(ExitKind::normal); }),
                 norn::on_stop([&](const norn::ExitReason& reason) {
                   book.push_back((reason.abnormal() ? "!" : "-") + id);
                 }))
        .run();
  };
  return spec;
}

Pid child_of(const Pid& supervisor, const std::string& id) {
  const std::vector<norn::ChildInfo> children = *norn::which_children(supervisor);
  for (const norn::ChildInfo& info : children) {
    if (info.id == id) return info.pid;
  }
  return {};
}

void fail(const Pid& supervisor, const std::string& id) {
  norn::cast(child_of(supervisor, id), Fail{});
  norn::sleep_for(10ms);
}

ChildSpec plain(std::string id, std::function<void()> start) {
  ChildSpec spec;
  spec.id = std::move(id);
  spec.start = std::move(start);
  return spec;
}

}  // namespace

TEST_CASE("children start in order, each when the one before has, and stop in reverse order") {
  Book book;
  CHECK(norn::test::passes([&] {
    const auto slow = plain("slow", [&] {
      norn::sleep_for(1s);
      book.push_back("+slow");
      norn::started();
      norn::sleep_for(1h);
    });
    const auto supervisor =
        norn::start_supervisor("top", {}, {noting(book, "a"), slow, noting(book, "b")});
    REQUIRE(supervisor.ok());
    CHECK(norn::now().time_since_epoch() == 1s);
    CHECK(book == Book{"+a", "+slow", "+b"});
    CHECK(norn::stop(*supervisor, {.reason = ExitKind::shutdown}).ok());
  }));
  CHECK(book == Book{"+a", "+slow", "+b", "-b", "-a"});
}

TEST_CASE(
    "a child that fails in its start ends the supervisor, and those started stop in reverse") {
  Book book;
  CHECK(norn::test::passes([&] {
    const auto broken = plain("broken", [] { throw std::runtime_error("no disk"); });
    const auto supervisor = norn::start_supervisor(
        "top", {}, {noting(book, "a"), noting(book, "b"), broken, noting(book, "c")});
    REQUIRE_FALSE(supervisor.ok());
    CHECK(supervisor.error().code == Errc::closed);
    CHECK(supervisor.error().message.find("'broken' failed to start: error: no disk") !=
          std::string::npos);
  }));
  CHECK(book == Book{"+a", "+b", "-b", "-a"});
}

TEST_CASE("a child that never says that it has started has failed to start") {
  CHECK(norn::test::passes([] {
    const auto supervisor =
        norn::start_supervisor("top", {}, {plain("mute", [] { norn::sleep_for(1h); })});
    REQUIRE_FALSE(supervisor.ok());
    CHECK(supervisor.error().message.find("started()") != std::string::npos);
    CHECK(norn::now().time_since_epoch() == 5s);
  }));
}

TEST_CASE("the strategies start again one, all, or the rest") {
  const auto story = [](Strategy strategy) {
    Book book;
    CHECK(norn::test::passes([&] {
      const Pid top = *norn::start_supervisor(
          "top", {.strategy = strategy}, {noting(book, "a"), noting(book, "b"), noting(book, "c")});
      book.clear();
      fail(top, "b");
    }));
    return book;
  };
  CHECK(story(Strategy::one_for_one) == Book{"!b", "+b"});
  CHECK(story(Strategy::one_for_all) == Book{"!b", "-c", "-a", "+a", "+b", "+c"});
  CHECK(story(Strategy::rest_for_one) == Book{"!b", "-c", "+b", "+c"});
}

TEST_CASE("permanent, transient and temporary children differ in what starts them again") {
  Book book;
  CHECK(norn::test::passes([&] {
    const Pid top = *norn::start_supervisor(
        "top", {.intensity = 10},
        {noting(book, "permanent"), noting(book, "transient", Restart::transient),
         noting(book, "temporary", Restart::temporary)});
    const auto finish = [&](const std::string& id) {
      norn::cast(child_of(top, id), Finish{});
      norn::sleep_for(10ms);
      return child_of(top, id).valid();
    };
    CHECK(finish("permanent"));
    fail(top, "transient");
    CHECK(child_of(top, "transient").valid());
    CHECK_FALSE(finish("transient"));
    CHECK(norn::which_children(top)->size() == 3);
    fail(top, "temporary");
    CHECK(norn::which_children(top)->size() == 2);
  }));
}

TEST_CASE("as many restarts within the period as the intensity allows, and one more gives up") {
  for (std::uint32_t intensity = 0; intensity <= 3; ++intensity) {
    Book book;
    CHECK(norn::test::passes([&] {
      const norn::ActorScope scope;
      norn::trap_exits(true);
      const Pid top = *norn::start_supervisor("top", {.intensity = intensity, .period = 5s},
                                              {noting(book, "a"), noting(book, "b")});
      for (std::uint32_t i = 0; i < intensity; ++i) fail(top, "b");
      CHECK(norn::is_alive(top));
      book.clear();
      fail(top, "b");
      CHECK_FALSE(norn::is_alive(top));
      CHECK(book == Book{"!b", "-a"});
      norn::receive(norn::match<norn::ExitSignal>([&](const norn::ExitSignal& signal) {
        CHECK(signal.from == top);
        CHECK(signal.reason.kind == ExitKind::shutdown);
        CHECK(signal.reason.text.find("intensity") != std::string::npos);
      }));
    }));
  }
}

TEST_CASE(
    "the intensity is of the supervisor: any child's restart counts, a restart of all as one") {
  Book book;
  CHECK(norn::test::passes([&] {
    const Pid apart =
        *norn::start_supervisor("apart", {.intensity = 2}, {noting(book, "a"), noting(book, "b")});
    fail(apart, "a");
    fail(apart, "b");
    CHECK(norn::is_alive(apart));
    fail(apart, "a");
    CHECK_FALSE(norn::is_alive(apart));

    const Pid together =
        *norn::start_supervisor("together", {.strategy = Strategy::one_for_all, .intensity = 2},
                                {noting(book, "a"), noting(book, "b"), noting(book, "c")});
    fail(together, "a");
    fail(together, "c");
    CHECK(norn::is_alive(together));
    fail(together, "b");
    CHECK_FALSE(norn::is_alive(together));
  }));
}

TEST_CASE("a restart counts to the very end of the period, and not beyond") {
  const auto second_failure_after = [](norn::Duration gap) {
    bool alive = false;
    const auto child = plain("child", [gap] {
      norn::started();
      norn::sleep_for(gap);
      throw std::runtime_error("failed");
    });
    CHECK(norn::test::passes([&] {
      const Pid top = *norn::start_supervisor("top", {.intensity = 1, .period = 5s}, {child});
      norn::sleep_for(2 * gap + 1ms);
      alive = norn::is_alive(top);
    }));
    return alive;
  };
  CHECK_FALSE(second_failure_after(5s));
  CHECK(second_failure_after(5s + 1ns));
}

TEST_CASE("a restart that fails is tried again, from the child that failed, while it may") {
  Book book;
  int starts = 0;
  CHECK(norn::test::passes([&] {
    const auto shaky = plain("shaky", [&] {
      book.push_back("+shaky");
      if (++starts == 2 || starts == 3) throw std::runtime_error("not yet");
      norn::receive(norn::match<Fail>([](const Fail&) {}));
    });
    const Pid top =
        *norn::start_supervisor("top", {.strategy = Strategy::rest_for_one, .intensity = 3},
                                {noting(book, "a"), noting(book, "b"), shaky, noting(book, "c")});
    book.clear();
    fail(top, "b");
    CHECK(norn::is_alive(top));
    CHECK(child_of(top, "shaky").valid());
    CHECK(child_of(top, "c").valid());
  }));
  CHECK(book == Book{"!b", "-c", "+b", "+shaky", "+shaky", "+shaky", "+c"});
}

TEST_CASE("two children with one id are misuse that says so") {
  const auto death = norn::test::death_of([] {
    norn::test::simulate([] {
      static_cast<void>(norn::start_supervisor("top", {}, {plain("a", [] {}), plain("a", [] {})}));
    });
  });
  CHECK(death.exit_code == norn::kExitInternalError);
  CHECK(death.message.find("two children have the id 'a'") != std::string::npos);
}

TEST_CASE("restarts that lie further apart than the period do not add up") {
  Book book;
  CHECK(norn::test::passes([&] {
    const Pid top = *norn::start_supervisor("top", {}, {noting(book, "a")});
    for (int i = 0; i < 10; ++i) {
      fail(top, "a");
      norn::sleep_for(5s);
    }
    CHECK(norn::is_alive(top));
    fail(top, "a");
    CHECK(norn::is_alive(top));
    norn::sleep_for(4s);
    fail(top, "a");
    CHECK_FALSE(norn::is_alive(top));
  }));
}

TEST_CASE("a child that fails at each restart uses the intensity up") {
  int starts = 0;
  CHECK(norn::test::passes([&] {
    const auto child = plain("child", [&] {
      if (++starts > 1) throw std::runtime_error("again");
      norn::receive(norn::match<Fail>([](const Fail&) { throw std::runtime_error("first"); }));
    });
    const Pid top = *norn::start_supervisor("top", {.intensity = 3}, {child});
    norn::send(child_of(top, "child"), Fail{});
    norn::sleep_for(1s);
    CHECK_FALSE(norn::is_alive(top));
  }));
  CHECK(starts == 4);
}

TEST_CASE("a child has its time to stop, and is killed after it, and a brutal one gets none") {
  Book book;
  CHECK(norn::test::passes([&] {
    const auto stubborn = [&](const std::string& id, norn::Duration shutdown) {
      ChildSpec spec = plain(id, [&, id] {
        norn::trap_exits(true);
        norn::started();
        for (;;) {
          norn::receive(norn::match<norn::ExitSignal>(
              [&](const norn::ExitSignal&) { book.push_back("asked " + id); }));
        }
      });
      spec.shutdown = shutdown;
      return spec;
    };
    const Pid top = *norn::start_supervisor(
        "top", {},
        {stubborn("default", 5s), stubborn("short", 1s), stubborn("brutal", norn::kBrutalKill)});
    const norn::TimePoint before = norn::now();
    CHECK(norn::stop(top, {.timeout = 1min}).ok());
    CHECK(norn::now() - before == 6s);
  }));
  CHECK(book == Book{"asked short", "asked default"});
}

TEST_CASE("a supervisor of supervisors stops its trees in reverse order and outlives their end") {
  Book book;
  CHECK(norn::test::passes([&] {
    const Pid top = *norn::start_supervisor(
        "top", {.intensity = 3},
        {norn::supervisor_child("left", {}, {noting(book, "a"), noting(book, "b")}),
         norn::supervisor_child("right", {}, {noting(book, "c")})});
    CHECK(book == Book{"+a", "+b", "+c"});
    book.clear();
    const Pid left = child_of(top, "left");
    fail(left, "a");
    fail(left, "a");
    CHECK_FALSE(norn::is_alive(left));
    CHECK(child_of(top, "left").valid());
    CHECK(book == Book{"!a", "+a", "!a", "-b", "+a", "+b"});
    book.clear();
    CHECK(norn::stop(top).ok());
    CHECK(book == Book{"-c", "-b", "-a"});
  }));
}

TEST_CASE("children are added, stopped, started again, deleted and told of") {
  Book book;
  CHECK(norn::test::passes([&] {
    const Pid top = *norn::start_supervisor("top", {}, {noting(book, "a")});
    const auto added = norn::start_child(top, noting(book, "b"));
    REQUIRE(added.ok());
    CHECK(norn::start_child(top, noting(book, "b")).error().code == Errc::already_exists);
    const auto broken = plain("broken", [] { throw std::runtime_error("no"); });
    CHECK(norn::start_child(top, broken).error().code == Errc::closed);
    const auto children = *norn::which_children(top);
    REQUIRE(children.size() == 2);
    CHECK(children[1].id == "b");
    CHECK(children[1].pid == *added);
    CHECK(norn::restart_child(top, "b").error().code == Errc::already_exists);
    CHECK(norn::delete_child(top, "b").error().code == Errc::already_exists);
    CHECK(norn::terminate_child(top, "b").ok());
    CHECK_FALSE(norn::is_alive(*added));
    CHECK(norn::terminate_child(top, "x").error().code == Errc::not_found);
    CHECK(norn::restart_child(top, "b").ok());
    CHECK(norn::terminate_child(top, "b").ok());
    CHECK(norn::delete_child(top, "b").ok());
    CHECK(norn::restart_child(top, "b").error().code == Errc::not_found);
    CHECK(norn::stop(top).ok());
    CHECK(norn::which_children(top).error().code == Errc::closed);
  }));
  CHECK(book == Book{"+a", "+b", "-b", "+b", "-b", "-a"});
}

TEST_CASE("simple_one_for_one starts children of one kind with arguments") {
  CHECK(norn::test::passes([] {
    std::vector<int> seen;
    const Pid top = *norn::start_supervisor(
        "pool", {.strategy = Strategy::simple_one_for_one},
        {norn::dynamic_child<int>("worker", [&](const int& number) {
          seen.push_back(number);
          norn::receive(norn::match<Fail>([](const Fail&) { throw std::runtime_error("x"); }));
        })});
    const Pid first = *norn::start_child_with(top, 1);
    const Pid second = *norn::start_child_with(top, 2);
    CHECK(norn::which_children(top)->size() == 2);
    norn::send(first, Fail{});
    norn::sleep_for(1s);
    CHECK(seen == std::vector<int>{1, 2, 1});
    CHECK(norn::terminate_child(top, second).ok());
    CHECK(norn::which_children(top)->size() == 1);
    CHECK(norn::start_child(top, plain("x", [] {})).error().code == Errc::invalid);
  }));
}

TEST_CASE(
    "the parent's end stops the supervisor, and a killed supervisor takes its children along") {
  Book book;
  CHECK(norn::test::passes([&] {
    Pid top;
    const Pid parent = norn::spawn_actor("parent", [&] {
      top = *norn::start_supervisor("top", {}, {noting(book, "a")});
      norn::sleep_for(1s);
      norn::exit(norn::ExitReason::error("done"));
    });
    static_cast<void>(parent);
    norn::sleep_for(2s);
    CHECK_FALSE(norn::is_alive(top));
    CHECK(book == Book{"+a", "-a"});
    const auto child = plain("plain", [] {
      norn::started();
      norn::sleep_for(1h);
    });
    const Pid other = *norn::start_supervisor("other", {}, {child});
    const Pid orphan = child_of(other, "plain");
    norn::exit(other, ExitKind::kill);
    norn::sleep_for(1s);
    CHECK_FALSE(norn::is_alive(orphan));
  }));
}

TEST_CASE("a node may crash at any moment of a supervisor's life") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Book book;
    norn::Simulation simulation(norn::test::options(seed));
    simulation.node("n1", [&] {
      const auto flaky = plain("flaky", [] {
        norn::started();
        norn::sleep_for(norn::random().between(1ms, 30ms));
        throw std::runtime_error("flaky");
      });
      const auto slow = plain("slow", [] {
        norn::trap_exits(true);
        norn::sleep_for(5ms);
        norn::started();
        norn::sleep_for(1h);
      });
      for (;;) {
        const auto top = norn::start_supervisor(
            "top", {.strategy = Strategy::one_for_all, .intensity = 5}, {slow, flaky});
        if (top) norn::call(*top, Wait{}, {.timeout = 1h}).ok();
      }
    });
    for (int i = 0; i < 50; ++i) {
      simulation.run_for(std::chrono::milliseconds(7 + i));
      simulation.restart("n1");
    }
    CHECK(simulation.summary().verdict == norn::Verdict::passed);
  }
}
