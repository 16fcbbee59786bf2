// norn check --transactions: verdicts, exit codes, JSON, bad input.
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "norn/sim/simulation.hpp"
#include "norn_command.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace {

struct Ran {
  int code = 0;
  std::string out{};
  std::string err{};
};

std::string op(int process, const std::string& type, const std::string& value) {
  return "{:process " + std::to_string(process) + ", :type :" + type + ", :f :txn, :value " +
         value + "}\n";
}

class HistoryFile {
 public:
  explicit HistoryFile(const std::string& text) { std::ofstream(path()) << text; }
  std::string path() const { return folder_.path() + "/h.edn"; }

  Ran check(const std::string& workload, std::vector<std::string> more = {}) const {
    std::ostringstream out;
    std::ostringstream err;
    std::vector<std::string> arguments = {"check", path(), "--transactions", workload};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const int code = norn::command::run(std::move(arguments), "1.2.3", out, err);
    return {code, out.str(), err.str()};
  }

 private:
  norn::test::ScratchFolder folder_;
};

std::string stale_read() {
  return op(0, "invoke", "[[:append :x 1]]") + op(0, "ok", "[[:append :x 1]]") +
         op(1, "invoke", "[[:r :x nil]]") + op(1, "ok", "[[:r :x []]]");
}

}  // namespace

TEST_CASE("norn check names what is allowed, and exits with 1 when more was expected") {
  const HistoryFile file(stale_read());
  const Ran strict = file.check("list-append");
  CHECK(strict.code == 1);
  CHECK(strict.err.empty());
  CHECK(strict.out ==
        "transactions: 2, 2 committed\n"
        "allowed: strong-read-committed, strong-session-serializable\n"
        "found: G-single-realtime (stale read: read skew, by real time), 1\n"
        "\n"
        "G-single-realtime: stale read: read skew, by real time\n"
        "  T2 read x = [] before T1 appended 1 to it\n"
        "  yet T1 had returned before T2 was called\n"
        "    T1 = line 1, process 0: append 1 to x (ok)\n"
        "    T2 = line 3, process 1: read x = [] (ok)\n"
        "strict-serializable: violated\n");
  const Ran serializable = file.check("list-append", {"--expect", "serializable"});
  CHECK(serializable.code == 0);
  CHECK(serializable.out.ends_with("serializable: allowed\n"));
}

TEST_CASE("norn check --json has the same in one document") {
  const Ran ran = HistoryFile(stale_read()).check("list-append", {"--json"});
  CHECK(ran.code == 1);
  const auto json = nlohmann::json::parse(ran.out);
  CHECK(json["verdict"] == "violated");
  CHECK(json["expected"] == "strict-serializable");
  CHECK(json["committed"] == 2);
  CHECK(json["allowed"][1] == "strong-session-serializable");
  CHECK(json["anomalies"][0]["name"] == "G-single-realtime");
  CHECK(json["anomalies"][0]["count"] == 1);
  CHECK(json["witnesses"][0]["story"][0] == "T2 read x = [] before T1 appended 1 to it");
  CHECK(json["witnesses"][0]["transactions"][0]["line"] == 3);
}

TEST_CASE("norn check judges the transactions of a trace") {
  const norn::test::ScratchFolder folder;
  const std::string path = folder.path() + "/t.norn";
  norn::SimOptions options;
  options.trace = {.mode = norn::trace::RecorderOptions::Mode::file, .path = path};
  {
    using nlohmann::json;
    using norn::OpResult;
    norn::Simulation sim(options);
    const auto operation = [&](std::uint64_t client, const char* asked, const char* done) {
      const std::uint64_t number = sim.op_call(client, "txn", json::parse(asked));
      sim.op_return(client, number, OpResult::ok, json::parse(done));
    };
    operation(1, R"([["append","x",1],["append","y",1]])",
              R"([["append","x",1],["append","y",1]])");
    operation(2, R"([["r","x",null]])", R"([["r","x",[]]])");
    sim.summary();
  }
  std::ostringstream out;
  std::ostringstream err;
  const int code =
      norn::command::run({"check", path, "--transactions", "list-append"}, "1.2.3", out, err);
  INFO(out.str() << err.str());
  CHECK(code == 1);
  CHECK(out.str().find("T2 read x = [] before T1 appended 1 to it") != std::string::npos);
}

TEST_CASE("norn check takes keys of registers for linearizable only when told so") {
  const HistoryFile file(op(0, "invoke", "[[:w :x 1]]") + op(0, "ok", "[[:w :x 1]]") +
                         op(0, "invoke", "[[:w :x 2]]") + op(0, "ok", "[[:w :x 2]]") +
                         op(0, "invoke", "[[:r :x nil]]") + op(0, "ok", "[[:r :x 1]]"));
  CHECK(file.check("registers").code == 0);
  CHECK(file.check("registers", {"--linearizable-keys"}).code == 1);
}

TEST_CASE("norn check does not know of a history in which nothing committed") {
  const Ran ran =
      HistoryFile(op(0, "invoke", "[[:append :x 1]]") + op(0, "info", "nil")).check("list-append");
  CHECK(ran.code == 3);
  CHECK(ran.out.ends_with(
      "strict-serializable: unknown (no transaction is known to have committed)\n"));
}

TEST_CASE("norn check refuses what makes no sense, with the place") {
  const HistoryFile file(op(0, "invoke", "[[:append :x]]") + op(0, "ok", "nil"));
  const Ran step = file.check("list-append");
  CHECK(step.code == 2);
  CHECK(step.out.empty());
  CHECK(step.err == "norn: " + file.path() +
                        R"(:1: the step ["append","x"] is not [action, key, value])"
                        "\n");
  const HistoryFile good(stale_read());
  CHECK(good.check("lists").err ==
        "norn: --transactions is list-append or registers, not 'lists'\n");
  CHECK(good.check("lists").code == 2);
  const Ran level = good.check("list-append", {"--expect", "perfect"});
  CHECK(level.code == 2);
  CHECK(level.err.starts_with(
      "norn: --expect: there is no isolation level 'perfect' (known are: read-uncommitted, "));
}
