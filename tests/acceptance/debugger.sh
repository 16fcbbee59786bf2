#!/bin/sh
# tools/gdb: a case is stopped in the fiber that does an event, and the other fibers can be looked at.
#   tests/acceptance/debugger.sh BIN       the folder with scenario-lease_lock
set -u
[ $# -eq 1 ] && [ -x "$1/scenario-lease_lock" ] || {
  echo "usage: tests/acceptance/debugger.sh BIN (with scenario-lease_lock in it)" >&2
  exit 2
}
bin=$(cd "$1" && pwd) || exit 2
tools=$(cd "$(dirname "$0")/../../tools/gdb" && pwd) || exit 2
if ! gdb -batch -ex run --args true >/dev/null 2>&1 ||
  gdb -batch -ex run --args true 2>&1 | grep -q -i -e "not permitted" -e "cannot"; then
  echo "left out: gdb is not there, or may not trace"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
lock=$bin/scenario-lease_lock
"$lock" --variant forgets-lease --seeds 1..2000 --no-shrink --out found >out 2>&1
case=$(ls found/*.case.json)
# The last message before the violation is sent by a worker; who answers it is the lock server.
sent=$("$lock" --replay "$case" --trace run.norn >out 2>&1; "$bin/norn" log run.norn --kind send --node alice |
  tail -n 1 | cut -d ' ' -f 1)
"$tools/debug" "$lock" "$case" "$sent" -batch -ex bt -ex "norn fibers" >out 2>&1 </dev/null
failed=0
has() {
  if ! grep -q -e "$1" out; then
    echo "FAILED no \"$1\" in what gdb says:"
    tail -n 40 out
    failed=1
  fi
}
has "SIGTRAP"
has "lease_lock.cpp:"
has "worker"
has "alice fiber [0-9]* 'main' runs"
has "lock fiber [0-9]* 'main' waits: receive"
fiber=$(sed -n "s/^lock fiber \([0-9]*\) 'main' waits.*/\1/p" out)
"$tools/debug" "$lock" "$case" "$sent" -batch -ex "norn bt $fiber" -ex "norn bt 999" >out 2>&1 </dev/null
has "lock_server"
has "fiber 999 runs (bt shows it), or there is none"

# Another moment, back and by its time.
"$tools/debug" "$lock" "$case" "$sent" -batch -ex "norn go-to 100ms" -ex "norn fibers" -ex "info program" \
  -ex "norn go-to yesterday" >out 2>&1 </dev/null
has "lock fiber [0-9]* 'main' waits: receive"
[ "$(grep -c "received signal SIGTRAP" out)" -eq 2 ] || {
  echo "FAILED go-to did not stop a second time:"
  tail -n 20 out
  failed=1
}
has "norn go-to EVENT|TIME: the number of an event, or a time"

# Values as node code means them.
cat >values.cpp <<'CODE'
#include <csignal>
#include <norn/check/value.hpp>
#include <norn/runtime/pid.hpp>
#include <norn/runtime/result.hpp>
#include <norn/runtime/socket_address.hpp>
#include <norn/runtime/time.hpp>
int main() {
  using norn::check::Value;
  norn::Duration soon = std::chrono::milliseconds(1500);
  norn::Duration back = -std::chrono::microseconds(20);
  norn::TimePoint when{std::chrono::nanoseconds(1020304050)};
  norn::Result<int> good(42);
  norn::Result<void> broken(norn::Errc::io_error, "the disk failed");
  norn::Result<std::string> late(norn::Errc::timeout, "no answer");
  Value map(Value::Map{{"k", 1}, {"l", Value::List{"x", Value(), true}}});
  norn::Pid pid{3, 2, 17};
  norn::SocketAddress address{0x7f000001, 80};
  std::raise(SIGTRAP);
  return static_cast<int>(soon.count() + back.count() + when.time_since_epoch().count() + *good) * 0 +
         (broken || late || map.is_nil() || !pid.valid() || address.port == 0 ? 1 : 0);
}
CODE
root=$(cd "$tools/../.." && pwd)
# Twice: the libraries need each other.
libraries=$(find "$bin/../sim" "$bin/../runtime" -name 'libnorn_*.a' | sort)
# shellcheck disable=SC2086 # several libraries
if "${CXX:-c++}" -g -O0 -std=c++20 -I "$root/runtime/include" -I "$root/sim/include" values.cpp -o values \
  $libraries $libraries -lboost_context -lpthread >out 2>&1; then
  gdb -q -batch -x "$tools/norn.py" -ex run -ex "up 3" -ex "info locals" ./values >out 2>&1 </dev/null
fi
has "^soon = 1.5s$"
has "^back = -20us$"
has "^when = 1.02030405s$"
has "^good = ok 42$"
has "^broken = error io_error: the disk failed$"
has "^late = error timeout: no answer$"
has '^map = {"k": 1, "l": \["x", nil, true\]}$'
has "^pid = <#3.17.2>$"
has "^address = 127.0.0.1:80$"
[ $failed -eq 0 ] && echo "gdb stops in the right fiber, shows the others, goes to other moments, and prints values"
exit $failed
