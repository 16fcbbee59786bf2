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
[ $failed -eq 0 ] && echo "gdb stops in the right fiber, and shows the others"
exit $failed
