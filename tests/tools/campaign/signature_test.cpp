#include "campaign/signature.hpp"

#include "support/catch.hpp"

using namespace norn::command;

TEST_CASE("numbers of a message are masked, so that failures of one kind are one") {
  CHECK(masked("2 workers inside") == "# workers inside");
  CHECK(masked("balance -17, not 1000") == "balance -#, not #");
  CHECK(masked("value 0x1fA at 0xffff") == "value # at #");
  CHECK(masked("n1 and n12") == "n# and n#");
  CHECK(masked("").empty());
  CHECK(masked("0x") == "#x");
  CHECK(masked("no number") == "no number");
  // Where a program crashed tells two crashes apart.
  CHECK(masked("crashed at +0x1f0") == "crashed at +0x1f0");
}

TEST_CASE("what differs from one process to the next is left out of last words") {
  CHECK(without_addresses("==4711==ERROR: at 0x7ffe12 in f") == "==#==ERROR: at 0x# in f");
  CHECK(without_addresses("line 17: a == 3") == "line 17: a == 3");
  CHECK(without_addresses("program+0x17") == "program+0x17");
}

TEST_CASE("of the last words of a process, the line that tells why is found") {
  CHECK(telling_line({}).empty());
  CHECK(telling_line({"working", "prog: a.cpp:3: f(): Assertion `x' failed.",
                      "prog: this happened in seed 3; alone: prog --seed 3"}) ==
        "prog: a.cpp:3: f(): Assertion `x' failed.");
  CHECK(telling_line({"terminate called after throwing", "  what():  too much"}) ==
        "  what():  too much");
  CHECK(telling_line({"something", "prog: this happened in seed 3"}) == "something");
  CHECK(telling_line({"prog: crashed at +0x12 of its file", "prog: this happened in seed 3"}) ==
        "prog: crashed at +0x12 of its file");
}
