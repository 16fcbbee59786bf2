// Histories of operations, read as transactions.
#include "check_transactions/support/histories.hpp"
#include "norn/check/history_file.hpp"
#include "support/catch.hpp"

using namespace norn::check;

namespace {

std::string checked(const std::string& text, Workload workload) {
  const auto history = read_history(text, {.name = "h"});
  if (!history) return history.error().message;
  const auto transactions = transactions_of(*history, workload);
  if (!transactions) return transactions.error().message;
  const std::string found = norn::test::anomalies(*transactions);
  return found.empty() ? "nothing" : found;
}

std::string edn(const std::string& process, const std::string& type, const std::string& value) {
  return "{:process " + process + ", :type :" + type + ", :f :txn, :value " + value + "}\n";
}

}  // namespace

TEST_CASE("a history as Jepsen writes it is checked, and the order of its lines is that of time") {
  const std::string append = edn("0", "invoke", "[[:append :x 1]]");
  const std::string appended = edn("0", "ok", "[[:append :x 1]]");
  const std::string read = edn("1", "invoke", "[[:r :x nil]]");
  const std::string read_nothing = edn("1", "ok", "[[:r :x nil]]");
  CHECK(checked(append + appended + read + read_nothing, Workload::list_append) ==
        "G-single-realtime");
  CHECK(checked(append + read + appended + read_nothing, Workload::list_append) == "nothing");
}

TEST_CASE("what failed, and what nobody knows of, is as it was called") {
  const auto history = [](const std::string& end) {
    return checked(edn("0", "invoke", "[[:append :x 1]]") + edn("0", end, "[[:append :x 1]]") +
                       edn("1", "invoke", "[[:r :x nil]]") + edn("1", "ok", "[[:r :x [1]]]"),
                   Workload::list_append);
  };
  CHECK(history("fail") == "G1a");
  CHECK(history("info") == "nothing");
}

TEST_CASE("registers are read from JSON lines") {
  const std::string write =
      R"({"process":0,"type":"call","function":"txn","argument":[["w","x",5]]})"
      "\n"
      R"({"process":0,"type":"return","outcome":"ok","result":null})"
      "\n";
  const auto read = [&](const std::string& value) {
    return checked(write +
                       R"({"process":1,"type":"call","function":"txn","argument":[["r","x",null]]})"
                       "\n"
                       R"({"process":1,"type":"return","outcome":"ok","result":[["r","x",)" +
                       value + "]]}\n",
                   Workload::registers);
  };
  CHECK(read("5") == "nothing");
  CHECK(read("null") == "G-single-realtime");
  CHECK(read("6") == "garbage-read");
}

TEST_CASE("keys and values need not be numbers, and 1 is another key than \"1\"") {
  const std::string history = edn("0", "invoke", "[[:append 1 \"red\"] [:append \"1\" \"red\"]]") +
                              edn("0", "ok", "[[:append 1 \"red\"] [:append \"1\" \"red\"]]") +
                              edn("0", "invoke", "[[:r 1 nil]]") +
                              edn("0", "ok", "[[:r 1 [\"red\" 7]]]");
  CHECK(checked(history, Workload::list_append) == "garbage-read");
  const auto read = read_history(history);
  const auto transactions = transactions_of(*read, Workload::list_append);
  CHECK(text(*transactions, 0) ==
        "T1 = line 1, process 0: append red to 1, append red to \"1\" (ok)");
  CHECK(text(*transactions, 1) == "T2 = line 3, process 0: read 1 = [red 7] (ok)");
}

TEST_CASE("a transaction of one step may stand without the list around it") {
  CHECK(checked(edn("0", "invoke", "[:append :x 1]") + edn("0", "ok", "nil") +
                    edn("1", "invoke", "[:r :x nil]") + edn("1", "ok", "[:r :x []]"),
                Workload::list_append) == "G-single-realtime");
}

TEST_CASE("a step that makes no sense is an error with its line") {
  const auto appends = [](const std::string& call, const std::string& result) {
    return checked(edn("0", "invoke", call) + edn("0", "ok", result), Workload::list_append);
  };
  CHECK(appends("7", "nil") == "h:1: a transaction must be a list of steps");
  CHECK(appends("[[:append :x]]", "nil") ==
        R"(h:1: the step ["append","x"] is not [action, key, value])");
  CHECK(appends("[[:append nil 1]]", "nil") == R"(h:1: the step ["append",null,1] has no key)");
  CHECK(appends("[[:append :x nil]]", "nil") ==
        R"(h:1: the step ["append","x",null] has no value)");
  CHECK(appends("[[:cas :x 1]]", "nil") ==
        R"(h:1: the step ["cas","x",1] has an action that is not known (use append, w or r))");
  CHECK(appends("[[:w :x 1]]", "nil") ==
        R"(h:1: the step ["w","x",1] writes, and the workload is list-append)");
  CHECK(appends("[[:r :x nil]]", "[[:r :x 1]]") == R"(h:2: the step ["r","x",1] reads no list)");
  CHECK(appends("[[:r :x nil]]", "[[:r :x [1 nil]]]") ==
        R"(h:2: the step ["r","x",[1,null]] has nil for an element)");
  CHECK(appends("[[:r :x nil]]", "nil") == "h:2: a transaction must be a list of steps");
  CHECK(appends("[[:append :x 1]]", "[[:append :x 2]]") ==
        "h:2: the transaction did other steps than it was called with");
  CHECK(checked(edn("0", "invoke", "[[:append :x 1]]"), Workload::registers) ==
        R"(h:1: the step ["append","x",1] appends, and the workload is registers)");
  CHECK(appends("[[:append :x 1]]", "nil") == "nothing");
}

TEST_CASE("a value that goes twice to one key is an error with the second one's line") {
  CHECK(checked(edn("0", "invoke", "[[:append :x 1]]") + edn("0", "ok", "nil") +
                    edn("0", "invoke", "[[:append :x 1]]") + edn("0", "ok", "nil"),
                Workload::list_append) ==
        "error: h:3: T2 writes 1 to 'x', as T1 does: no value may go twice to one key");
}
