#include "norn/runtime/file.hpp"

#include <string>

#include "norn/runtime.hpp"
#include "support/catch.hpp"
#include "support/simulate.hpp"

using namespace std::chrono_literals;
using norn::test::passes;

namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string text_of(std::string_view path) {
  const auto content = norn::read_file(path);
  if (!content) return "(" + std::string(norn::name(content.error().code)) + ")";
  return {reinterpret_cast<const char*>(content->data()), content->size()};
}

// Runs `before` on a node, crashes it, and returns what `after` says in its second life.
std::string across_a_crash(const std::function<void()>& before,
                           const std::function<std::string()>& after) {
  std::string said;
  norn::Simulation simulation(norn::test::options());
  simulation.node("n1", [&, life = 0]() mutable {
    if (++life == 1) {
      before();
      norn::sleep_for(1h);
    } else {
      said = after();
    }
  });
  simulation.run_for(10s);
  simulation.restart("n1");
  simulation.run_for(10s);
  return simulation.summary().verdict == norn::Verdict::passed ? said : "(the run failed)";
}

}  // namespace

TEST_CASE("what is written is read back, before any sync") {
  CHECK(passes([] {
    auto file = norn::File::open("notes");
    REQUIRE(file.ok());
    REQUIRE(file->append(bytes("hello ")).ok());
    REQUIRE(file->append(bytes("world")).ok());
    REQUIRE(text_of("notes") == "hello world");
    REQUIRE(file->size().value() == 11);
    REQUIRE(file->truncate(5).ok());
    REQUIRE(text_of("notes") == "hello");
  }));
}

TEST_CASE("what was synced survives a crash, what was not is lost") {
  const std::string after = across_a_crash(
      [] {
        auto file = norn::File::open("log");
        REQUIRE(file->append(bytes("kept")).ok());
        REQUIRE(file->sync().ok());
        REQUIRE(norn::sync_directory().ok());
        REQUIRE(file->append(bytes(" lost")).ok());
      },
      [] { return text_of("log"); });
  CHECK(after == "kept");
}

TEST_CASE("a synced file whose directory was not synced is gone") {
  CHECK(across_a_crash(
            [] {
              auto file = norn::File::open("log");
              REQUIRE(file->append(bytes("x")).ok());
              REQUIRE(file->sync().ok());
            },
            [] { return text_of("log"); }) == "(not_found)");
}

TEST_CASE("replace_file leaves the old content or the new") {
  CHECK(across_a_crash(
            [] {
              REQUIRE(norn::replace_file("term", bytes("1")).ok());
              REQUIRE(norn::replace_file("term", bytes("2")).ok());
              REQUIRE(norn::write_file("term.new", bytes("garbage")).ok());
            },
            [] { return text_of("term"); }) == "2");
}

TEST_CASE("a sync takes virtual time, a write does not") {
  CHECK(passes([] {
    auto file = norn::File::open("f");
    const norn::TimePoint before = norn::now();
    REQUIRE(file->append(bytes("x")).ok());
    REQUIRE(norn::now() == before);
    REQUIRE(file->sync().ok());
    REQUIRE(norn::now() - before >= 100us);
  }));
}

TEST_CASE("errors of files say what and where") {
  CHECK(passes([] {
    const auto missing = norn::File::open("none", {.write = false, .create = false});
    REQUIRE_FALSE(missing.ok());
    REQUIRE(missing.error().code == norn::Errc::not_found);
    REQUIRE(missing.error().message.find("'none'") != std::string::npos);
    REQUIRE(norn::write_file("there", bytes("x")).ok());
    REQUIRE(norn::File::open("there", {.exclusive = true}).error().code ==
            norn::Errc::already_exists);
    REQUIRE(norn::remove_file("none").error().code == norn::Errc::not_found);
    auto closed = norn::File::open("there");
    closed->close();
    REQUIRE(closed->sync().error().code == norn::Errc::closed);
  }));
}

TEST_CASE("names are listed, renamed and removed") {
  CHECK(passes([] {
    REQUIRE(norn::write_file("b", bytes("1")).ok());
    REQUIRE(norn::write_file("a", bytes("2")).ok());
    REQUIRE(norn::list_directory().value() == std::vector<std::string>{"a", "b"});
    REQUIRE(norn::rename_file("a", "b").ok());
    REQUIRE(text_of("b") == "2");
    REQUIRE_FALSE(norn::file_exists("a"));
    REQUIRE(norn::remove_file("b").ok());
    REQUIRE(norn::list_directory().value().empty());
  }));
}
