#include "norn/trace/recorder.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "norn/trace/reader.hpp"
#include "support/catch.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;
using namespace norn::trace::testing;
using Mode = RecorderOptions::Mode;

TEST_CASE("the hash is the same in every mode, compressed or not, with payloads or without") {
  TemporaryDirectory directory;
  const auto hashes_of = [](RecorderOptions options) {
    std::vector<std::uint64_t> hashes;
    auto recorder = must_open(options);
    Storyteller teller(*recorder, 1, 20);
    for (int i = 0; i < 20; ++i) {
      teller.tell(i < 10 ? 100 : 9'000);
      hashes.push_back(recorder->hash());
    }
    REQUIRE(recorder->finish({}).ok());
    hashes.push_back(recorder->hash());
    return hashes;
  };
  const auto expected = hashes_of({.mode = Mode::hash});
  CHECK(hashes_of({.mode = Mode::memory}) == expected);
  CHECK(hashes_of({.mode = Mode::memory, .store_payloads = false}) == expected);
  CHECK(hashes_of({.mode = Mode::memory, .compress = true}) == expected);
  CHECK(hashes_of({.mode = Mode::file, .path = directory.file("a.norn")}) == expected);
  CHECK(hashes_of({.mode = Mode::file,
                   .path = directory.file("b.norn"),
                   .store_payloads = false,
                   .compress = true}) == expected);
}

TEST_CASE("asking for the hash changes nothing") {
  const auto hash_asked_every = [](int step) {
    auto recorder = must_open({.mode = Mode::hash});
    Storyteller teller(*recorder, 2, 5);
    for (int i = 0; i < 100'000; i += step) {
      teller.tell(step);
      static_cast<void>(recorder->hash());
    }
    return recorder->hash();
  };
  CHECK(hash_asked_every(80) == hash_asked_every(100'000));
}

TEST_CASE("any difference in what was recorded gives another hash") {
  const auto hash_of = [](auto change) {
    auto recorder = must_open({.mode = Mode::hash});
    const StringId name = recorder->intern("Ping");
    recorder->set_time(10);
    recorder->set_context(1, 1, 0);
    const Seq send = recorder->send(2, name, bytes_of("abcd"), false);
    recorder->set_time(20);
    change(*recorder, send, name);
    return recorder->hash();
  };
  std::vector<std::uint64_t> hashes;
  hashes.push_back(hash_of([](Recorder&, Seq, StringId) {}));
  hashes.push_back(hash_of([](Recorder& r, Seq s, StringId n) { r.deliver(s, 2, n, 4); }));
  hashes.push_back(hash_of([](Recorder& r, Seq s, StringId n) {
    r.set_time(21);
    r.deliver(s, 2, n, 4);
  }));
  hashes.push_back(
      hash_of([](Recorder& r, Seq, StringId n) { r.send(2, n, bytes_of("abcd"), false); }));
  hashes.push_back(
      hash_of([](Recorder& r, Seq, StringId n) { r.send(2, n, bytes_of("abce"), false); }));
  hashes.push_back(
      hash_of([](Recorder& r, Seq, StringId n) { r.send(2, n, bytes_of("abcd"), true); }));
  hashes.push_back(
      hash_of([](Recorder& r, Seq, StringId n) { r.send(3, n, bytes_of("abcd"), false); }));
  hashes.push_back(hash_of([](Recorder& r, Seq, StringId) { r.intern("Pong"); }));
  hashes.push_back(hash_of([](Recorder& r, Seq, StringId) { r.name_node(1, "Ping"); }));
  std::sort(hashes.begin(), hashes.end());
  CHECK(std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end());
}

TEST_CASE("the hash of a fixed recording never changes") {
  // Another value here means that traces and cases of earlier builds no longer compare: a new
  // schema version.
  auto recorder = must_open({.mode = Mode::hash});
  CHECK(recorder->hash() == 0x6E6F726E2D747261U);
  Storyteller teller(*recorder, 4, 9);
  teller.tell(1000);
  CHECK(recorder->hash() == 0xE844F0980534DA4EU);
}

TEST_CASE("a recorder that is off gives numbers and nothing else") {
  auto recorder = must_open({.mode = Mode::off});
  recorder->name_node(1, "n1");
  const StringId name = recorder->intern("Ping");
  CHECK(recorder->intern("Ping") == name);
  const Seq send = recorder->send(2, name, bytes_of("abcd"), false);
  CHECK(send == 1);
  CHECK(recorder->deliver(send, 2, name, 4) == 2);
  CHECK(recorder->timer(1, 1, 0) == 3);
  CHECK(recorder->record({.kind = EventKind::log}) == 4);
  CHECK(recorder->next_seq() == 5);
  CHECK(recorder->events() == 4);
  CHECK(recorder->hash() == 0);
  CHECK(recorder->finish({}).ok());
  CHECK(recorder->bytes().empty());
}

TEST_CASE("a context that can be guessed costs nothing") {
  auto recorder = record_in_memory();
  const StringId name = recorder->intern("Ping");
  Seq sends[2];
  for (NodeId node = 1; node <= 2; ++node) {
    recorder->set_context(node, node, 0);
    sends[node - 1] = recorder->send(3 - node, name, bytes_of("abcd"), false);
  }
  const auto rounds = [&](int count) {
    const std::uint64_t before = recorder->encoded_bytes();
    for (int i = 0; i < count; ++i) {
      for (NodeId node = 1; node <= 2; ++node) {
        const Seq delivery = recorder->deliver(sends[2 - node], node, name, 4);
        recorder->set_context(node, node, delivery);
        sends[node - 1] = recorder->send(3 - node, name, bytes_of("abcd"), false);
      }
    }
    return recorder->encoded_bytes() - before;
  };
  rounds(1);
  CHECK(rounds(100) == 100 * 2 * 2);  // one byte for each delivery and each send
}

TEST_CASE("strings are numbered in order of first use") {
  auto recorder = record_in_memory();
  CHECK(recorder->intern("") == 0);
  CHECK(recorder->intern("b") == 1);
  CHECK(recorder->intern("a") == 2);
  CHECK(recorder->intern("b") == 1);
  REQUIRE(recorder->finish({}).ok());
  auto reader = Reader::from_bytes(recorder->bytes());
  REQUIRE(reader.ok());
  CHECK(reader->string(0).empty());
  CHECK(reader->string(1) == "b");
  CHECK(reader->string(2) == "a");
  CHECK(reader->string(3) == "?");
}

TEST_CASE("an existing file is not overwritten unless asked") {
  TemporaryDirectory directory;
  const std::string path = directory.file("trace.norn");
  write_file(path, bytes_of("precious"));
  const auto refused = Recorder::open({.mode = Mode::file, .path = path}, nlohmann::json::object());
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == norn::Errc::already_exists);
  CHECK(refused.error().message ==
        path + ": exists already; choose another name or ask to overwrite it");
  CHECK(read_file(path).size() == 8);

  auto asked = must_open({.mode = Mode::file, .path = path, .overwrite = true});
  CHECK(read_file(path).size() == 8);  // until it is finished
  REQUIRE(asked->finish({}).ok());
  CHECK(Reader::open(path).ok());
  CHECK(!std::filesystem::exists(path + ".partial"));
}

TEST_CASE("a file that appears during the recording is not overwritten either") {
  TemporaryDirectory directory;
  const std::string path = directory.file("trace.norn");
  auto recorder = must_open({.mode = Mode::file, .path = path});
  write_file(path, bytes_of("precious"));
  const auto finished = recorder->finish({});
  REQUIRE(!finished.ok());
  CHECK(finished.error().code == norn::Errc::already_exists);
  CHECK(read_file(path).size() == 8);
  CHECK(Reader::open(path + ".partial").ok());
}

TEST_CASE("the file of an interrupted recording is not overwritten unless asked") {
  TemporaryDirectory directory;
  const std::string path = directory.file("trace.norn");
  {
    auto interrupted = must_open({.mode = Mode::file, .path = path});
  }
  const auto refused = Recorder::open({.mode = Mode::file, .path = path}, nlohmann::json::object());
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == norn::Errc::already_exists);
  CHECK(refused.error().message ==
        path + ".partial: an interrupted recording is there; remove it or ask to overwrite it");
  auto asked = must_open({.mode = Mode::file, .path = path, .overwrite = true});
  CHECK(asked->finish({}).ok());
}

TEST_CASE("two recorders never write one file, whatever they are asked") {
  TemporaryDirectory directory;
  const std::string path = directory.file("trace.norn");
  auto first = must_open({.mode = Mode::file, .path = path});
  for (const bool overwrite : {false, true}) {
    const auto second = Recorder::open({.mode = Mode::file, .path = path, .overwrite = overwrite},
                                       nlohmann::json::object());
    REQUIRE(!second.ok());
    CHECK(second.error().message == path + ".partial: another process is recording to it");
  }
  REQUIRE(first->finish({}).ok());
  CHECK(Reader::open(path).ok());
}

TEST_CASE("a recording to a place that cannot be is an error") {
  const auto nowhere = Recorder::open({.mode = Mode::file, .path = "/no/such/directory/trace.norn"},
                                      nlohmann::json::object());
  REQUIRE(!nowhere.ok());
  CHECK(nowhere.error().code == norn::Errc::io_error);
  CHECK(nowhere.error().message.find("/no/such/directory/trace.norn.partial") != std::string::npos);
  CHECK(!Recorder::open({.mode = Mode::file, .path = ""}, nlohmann::json::object()).ok());
  CHECK(!Recorder::open({.mode = Mode::hash, .path = ""}, nlohmann::json::array()).ok());
}

TEST_CASE("a full disk is reported at the end, and nothing takes the file's place") {
  // /dev/full cannot be used: the recorder writes beside. A limit on the file's size does the same.
  TemporaryDirectory directory;
  const std::string path = directory.file("trace.norn");
  auto recorder = must_open({.mode = Mode::file, .path = path});
  FileSizeLimit limit(100'000);
  Storyteller teller(*recorder, 6, 4);
  teller.tell(150'000);
  const auto finished = recorder->finish({});
  REQUIRE(!finished.ok());
  CHECK(finished.error().message.find(path + ".partial: cannot be written") == 0);
  CHECK(!std::filesystem::exists(path));
}
