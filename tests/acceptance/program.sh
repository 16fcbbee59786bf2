#!/bin/sh
# What a person and a script rely on in a scenario program: exit codes, messages, files, replay.
#   tests/acceptance/program.sh BIN       the folder with scenario-lease_lock, scenario-leaks and norn-test-stories
set -u
[ $# -eq 1 ] && [ -x "$1/scenario-lease_lock" ] || {
  echo "usage: tests/acceptance/program.sh BIN (with scenario-lease_lock in it)" >&2
  exit 2
}
bin=$(cd "$1" && pwd) || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
unset NO_COLOR
export LC_ALL=C

lock=$bin/scenario-lease_lock
leaks=$bin/scenario-leaks
stories=$bin/norn-test-stories
passed=0 failed=0

good() { passed=$((passed + 1)); }
bad() {
  failed=$((failed + 1))
  echo "FAILED $1"
  sed 's/^/    out: /' out | head -n 12
  sed 's/^/    err: /' err | head -n 6
}

# expect CODE TEXT COMMAND...: the exit code, and a text that standard output or standard error must have.
expect() {
  code=$1 text=$2
  shift 2
  "$@" >out 2>err </dev/null
  got=$?
  if [ $got -ne "$code" ]; then bad "exit code $got, not $code: $*"
  elif [ -n "$text" ] && ! grep -qF -e "$text" out err; then bad "no \"$text\": $*"
  else good; fi
}

# refuse TEXT COMMAND...: bad input: exit code 2, nothing on standard output, one line on standard error.
refuse() {
  text=$1
  shift
  expect 2 "$text" "$@"
  if [ -s out ] || [ "$(wc -l <err)" -ne 1 ]; then bad "not one line on standard error: $*"; else good; fi
}

# holds WHAT COMMAND...: any other condition.
holds() {
  what=$1
  shift
  if "$@" >/dev/null 2>&1; then good; else bad "$what"; fi
}

# ---- help, list, version
expect 0 "--check-determinism" "$lock" --help
expect 0 "Exit codes: 0 passed" "$lock" -h
expect 0 "--variant forgets-lease" "$lock" --list
expect 0 '"name": "forgets-lease"' "$lock" --list --json
expect 0 "build gnu-" "$lock" --version

# ---- bad input
refuse "unknown option --sed, did you mean --seed?" "$lock" --sed 5
refuse "unknown option --frobnicate" "$lock" --frobnicate
refuse "unexpected argument extra" "$lock" lease_lock extra
refuse "--seed needs a value" "$lock" --seed
refuse "--seed is given more than once" "$lock" --seed 1 --seed 2
refuse "--seed x: a whole number" "$lock" --seed x
refuse "--seed 18446744073709551616: the largest number" "$lock" --seed 18446744073709551616
refuse "--seeds 5..1: the range ends before it begins" "$lock" --seeds 5..1
refuse "--seeds abc: a range is expected, as in 1..1000" "$lock" --seeds abc
refuse "--seeds 1..: after the dots: a whole number" "$lock" --seeds 1..
refuse "--seeds ..7: before the dots: a whole number" "$lock" --seeds ..7
refuse "--seeds 1..2..3: after the dots" "$lock" --seeds 1..2..3
refuse "--seed and --seeds do not go together" "$lock" --seed 1 --seeds 1..2
refuse "--jobs 0: between 1 and 1024" "$lock" --jobs 0
refuse "--jobs two: a whole number" "$lock" --jobs two
refuse "--max-failures 0: at least 1" "$lock" --max-failures 0
refuse "--hashes and --require-seen do not go together" "$lock" --hashes --require-seen
refuse "--keep-going and --max-failures do not go together" "$lock" --keep-going --max-failures 2
refuse "--time 0s: a time above 0" "$lock" --time 0s
refuse "--time 60: " "$lock" --time 60
refuse "--time -5s: a time above 0" "$lock" --time=-5s
refuse "--variant forgets: " "$lock" --variant forgets
refuse "did you mean forgets-lease?" "$lock" --variant forget-lease
refuse "--faults hash: did you mean harsh? no such level (calm, default, harsh, swarm) and no such file" "$lock" --faults hash
refuse "--faults none.json: " "$lock" --faults none.json
refuse "nowhere: no such scenario; there is lease_lock" "$lock" nowhere
refuse "lease_loc: no such scenario; did you mean lease_lock?" "$lock" lease_loc
refuse "--trace records one run" "$lock" --trace x.norn
refuse "--trace no/such/folder/x.norn: there is no folder no/such/folder" "$lock" --seed 1 --trace no/such/folder/x.norn
refuse "--against belongs to --check-determinism" "$lock" --against x
refuse "--replay and --list do not go together" "$lock" --list --replay x
refuse "--replay and --seed do not go together" "$lock" --replay x --seed 1
refuse "--replay none.case.json: No such file or directory" "$lock" --replay none.case.json
: >file
refuse "--out file: " "$lock" --out file
refuse "--out file: " "$lock" --out file/below

# ---- fault plans in files
echo '{"oops' >plan.json
refuse "--faults plan.json:" "$lock" --faults plan.json
cat >plan.json <<'PLAN'
{"faults": [{"kind": "crash", "at": "-5ms", "lasts": "20ms", "side_a": ["lock"]}]}
PLAN
refuse "faults[0].at: " "$lock" --faults plan.json
cat >plan.json <<'PLAN'
{"faults": [{"kind": "crash", "at": "100ms", "lasts": "20ms", "side_a": ["locke"]}]}
PLAN
refuse 'faults[0].side_a[0]: no node is named "locke" (there are: lock, alice, bob)' "$lock" --faults plan.json
cat >plan.json <<'PLAN'
{"faults": [{"kind": "crash", "at": "100ms", "lasts": "20ms", "side_a": ["lock"]}]}
PLAN
expect 0 "fault crash: asked 6, begun 6, bit 6" "$lock" --faults plan.json --seeds 1..3

# ---- campaigns
expect 0 "lease_lock: 100 runs, no violation" "$lock"
holds "the options in force are printed" grep -qF "seeds 1..100, time 1s, faults calm, variant none" out
holds "nothing is written when all passes" [ ! -e norn-out ]
holds "no progress line without a terminal" [ ! -s err ]
expect 1 "FAILED seed" "$lock" --variant forgets-lease --seeds 1..2000 --out first
stem=$(cd first && ls ./*.case.json | grep -v -e '\.min\.' -e '\.near\.' | sed 's/\.case\.json$//;s/^\.\///')
seed=${stem##*-}
case=first/$stem.case.json
holds "the case is named after scenario, variant and seed" [ "$stem" = "lease_lock-forgets-lease-$seed" ]
holds "the trace lies beside the case" [ -s "first/$stem.norn" ]
holds "the failure names the property" grep -qF '"at most one worker inside"' out
holds "the failure tells what led to it" grep -qF "is violated" out
holds "no colour without a terminal" sh -c '! grep -q "$(printf "\033")" out'
grep '^  replay: ' out | sed 's/^  replay: //' >line
cp first/"$stem".case.json before.json

# The same again: recognised and kept. With other jobs: the same failure.
expect 1 "$case" "$lock" --variant forgets-lease --seeds 1..2000 --out first --jobs 7
holds "the same failure keeps its case" cmp -s before.json "$case"
holds "and adds no file" [ "$(ls first | grep -cv -e '\.min\.' -e '\.near\.')" -eq 2 ]
expect 1 "$stem-2.case.json" "$lock" --variant forgets-lease --seed "$seed" --time 2s --out first
holds "another case of the name leaves the first" cmp -s before.json "$case"
expect 1 "$case" "$lock" --variant forgets-lease --seed "$seed" --time 2s --out first --overwrite
holds "--overwrite replaces" sh -c "! cmp -s before.json $case"
cp before.json "$case"
expect 1 "3 violations" "$lock" --variant forgets-lease --seeds 1..5000 --max-failures 3 --out many
holds "each failing seed has a case" [ "$(ls many/*.case.json | grep -cv -e '\.min\.' -e '\.near\.')" -eq 3 ]
expect 0 "" "$lock" --hashes --seeds 1..50 --jobs 1
cp out hashes
expect 0 "" "$lock" --hashes --seeds 1..50 --jobs 3
holds "hashes do not depend on the number of jobs" cmp -s out hashes

# ---- replay
rm -rf first
"$lock" --variant forgets-lease --seed "$seed" --out first >/dev/null 2>&1
expect 1 "replayed: same violation, same hash" sh line
expect 1 "same hash" "$lock" --replay "$case" --jobs 2
mkdir elsewhere
(cd elsewhere && "$lock" --replay "../$case" >../out 2>../err)
holds "a case replays from another folder" grep -qF "same violation, same hash" out
expect 1 "again.norn" "$lock" --replay "$case" --trace again.norn
holds "the trace of a replay is the trace of the failure" cmp -s again.norn "first/$stem.norn"
refuse "--trace again.norn: the file exists" "$lock" --replay "$case" --trace again.norn
expect 1 "" "$lock" --replay "$case" --trace again.norn --overwrite
expect 0 "lease_lock: 1 run, no violation" "$lock" --seed 1 --trace one.norn
holds "--trace writes the run" [ -s one.norn ]
refuse "--trace one.norn: the file exists" "$lock" --seed 1 --trace one.norn

# --- strategies
expect 1 "\"strategy\": \"pos\"" "$lock" --variant forgets-lease --strategy pos --seeds 1..2000 --out strategy --json
expect 0 "passed" "$lock" --strategy portfolio --seeds 1..60
holds "the report says which strategy ran how often" grep -qF "strategy pos, calm faults: 6 runs" out
holds "some with a swarm of faults" grep -qF "strategy pos, swarm faults: 18 runs" out
expect 0 "strategy pos, calm faults: 24 runs" "$lock" --strategy portfolio --faults calm --seeds 1..60
expect 0 "deterministic" "$lock" --check-determinism --strategy portfolio --seeds 1..10
expect 0 "  --strategy pct-chains" "$lock" --list
refuse "--strategy poss: no such strategy (there are timed, random" "$lock" --strategy poss
refuse "--strategy pct:0: a number from 1 to 100" "$lock" --strategy pct:0
refuse "--replay and --strategy do not go together" "$lock" --replay "$case" --strategy pos
expect 0 "  feedback: " "$lock" --strategy feedback --seeds 1..60
expect 0 "" "$lock" --strategy feedback --seeds 5..70 --jobs 1 --hashes
mv out hashes1
expect 0 "" "$lock" --strategy feedback --seeds 5..70 --jobs 3 --hashes
holds "a campaign with feedback is the same for any number of jobs" cmp -s hashes1 out
expect 1 "\"feedback\": {" "$lock" --variant forgets-lease --strategy feedback --seeds 1..2000 --out feedback --json
expect 1 "replayed: same violation, same hash" sh -c "$lock --replay feedback/*[0-9].case.json"
refuse "--strategy feedback learns from one run for the next: it needs --seeds A..B" "$lock" --strategy feedback --seed 3
refuse "--check-determinism and --strategy feedback do not go together" "$lock" --strategy feedback --check-determinism
# --- shrinking
expect 1 "replayed: same violation" "$lock" --replay "first/$stem.min.case.json"
holds "another process comes to the same hash" grep -qF ", same hash 0x" out
holds "although operations of clients are left out" grep -qF '"operations": [' "first/$stem.min.case.json"
expect 1 "  shrunk: " "$lock" --shrink "$case" --out smaller
holds "a shrunk case is the same each time" cmp -s "first/$stem.min.case.json" "smaller/$stem.min.case.json"
expect 1 '"command": "shrink"' "$lock" --shrink "$case" --out smaller --overwrite --json
expect 1 "the budget of 1 replays was spent" "$lock" --shrink "$case" --replays 1 --out smaller1
refuse "the file exists; --overwrite replaces it" "$lock" --shrink "$case" --replays 1 --out smaller
expect 1 "FAILED" "$lock" --variant forgets-lease --no-shrink --out unshrunk
holds "--no-shrink leaves the case as it is" [ "$(ls unshrunk | wc -l)" -eq 2 ]
refuse "--replays 0: at least 1" "$lock" --replays 0
refuse "--no-shrink and --replays do not go together" "$lock" --no-shrink --replays 3
refuse "--list and --replays do not go together" "$lock" --list --replays 3
refuse "--shrink and --seed do not go together" "$lock" --shrink "$case" --seed 3
refuse "--shrink none.case.json: No such file or directory" "$lock" --shrink none.case.json
refuse "the case is of scenario 'lease_lock'" "$leaks" --shrink "$case" --out other

# --- other futures, and parts of a replay
expect 0 "the steepest rise is between" "$lock" --branch "$case" --futures 10 --points 4
expect 0 "2 of 2" "$lock" --branch "$case" --futures 2 --at 1.5s
expect 0 '"steepest": {' "$lock" --branch "$case" --futures 4 --points 3 --json
refuse "--at 9s: the case lasts from 0s to" "$lock" --branch "$case" --at 9s
refuse "--points 1: at least 2" "$lock" --branch "$case" --points 1
refuse "--futures belongs to --branch" "$lock" --futures 3
refuse "--at and --points do not go together" "$lock" --branch "$case" --at 1s --points 3
refuse "--branch none.case.json: No such file or directory" "$lock" --branch none.case.json
expect 1 "same hash" "$lock" --replay "$case" --log debug
expect 1 "same hash" "$lock" --replay "$case" --trace choices.norn --trace-choices
expect 0 "choice" "$bin/norn" log choices.norn
expect 1 "same hash" "$lock" --replay "$case" --trace fibers.norn --trace-fibers
expect 0 "blocks" "$bin/norn" log fibers.norn
refuse "--trace-fibers says what goes into a trace" "$lock" --replay "$case" --trace-fibers
refuse "--log loud: debug, info, warning or error" "$lock" --replay "$case" --log loud
refuse "it needs --trace FILE" "$lock" --replay "$case" --trace-choices

scopes=$bin/scenario-small_scopes
expect 0 "288 states" "$scopes" two_phase --exhaustive published
expect 0 '"verdict": "proved"' "$scopes" two_locks --exhaustive orders --json
expect 1 "deadlock: it waits for a Mutex" "$scopes" two_locks --exhaustive orders --variant opposite-orders --out found
expect 1 "same hash" "$scopes" --replay found/two_locks-opposite-orders-1.case.json
expect 3 "the limit of 50 runs was reached" "$scopes" two_phase --exhaustive orders --most-runs 50
refuse "--exhaustive all: orders, states, published or interleavings" "$scopes" two_phase --exhaustive all
refuse "--crashes belongs to --exhaustive" "$scopes" two_phase --crashes 1
refuse "--exhaustive and --seeds do not go together" "$scopes" two_phase --exhaustive orders --seeds 1..3
refuse "--crashes N, or the fault plan in a JSON file" "$scopes" two_phase --exhaustive orders --faults harsh
expect 3 "ended after event #1" "$lock" --replay "$case" --until 100
refuse "event 100000 does not come: the case has" "$lock" --replay "$case" --until 100000
refuse "--break-at 0: at least 1" "$lock" --replay "$case" --break-at 0
expect 3 "ended after event #" "$lock" --replay "$case" --until 10ms
refuse "nothing happens at 1m or later: the case ends at" "$lock" --replay "$case" --until 1m
refuse "--break-at '5 ms': an event or a time" "$lock" --replay "$case" --break-at "5 ms"
refuse "--until belongs to --replay" "$lock" --until 3

sed 's/"build": "[^"]*"/"build": "gnu-other"/' "$case" >other-build.case.json
expect 1 "note: a case of another build (gnu-other; this is gnu-" "$lock" --replay other-build.case.json
holds "a case of another build is run all the same" grep -qF "same violation, same hash" out
sed 's/"hash": "0x[^"]*"/"hash": "0x1"/' "$case" >other-hash.case.json
expect 4 "NOT DETERMINISTIC" "$lock" --replay other-hash.case.json
sed 's/"seed": [0-9]*/"seed": 1/' "$case" >first/other-seed.case.json
expect 4 "diverged at event #" "$lock" --replay first/other-seed.case.json
sed 's/"build": "[^"]*"/"build": "gnu-other"/' first/other-seed.case.json >first/fixed.case.json
expect 0 "no longer fails" "$lock" --replay first/fixed.case.json
refuse "the case is of scenario 'lease_lock'; this program has leaks" "$leaks" --replay "$case"
sed 's/"norn_case": 1/"norn_case": 9/' "$case" >schema.json
refuse "schema.json: norn_case: schema version 9, but this program reads version 1" "$lock" --replay schema.json
head -c 100 "$case" >cut.json
refuse "cut.json:" "$lock" --replay cut.json
sed 's/"seed": [0-9]*/"seed": "x"/' "$case" >type.json
refuse "type.json: seed: a whole number" "$lock" --replay type.json
: >empty.json
refuse "empty.json:1:1: the file is empty" "$lock" --replay empty.json
refuse "--replay $work" "$lock" --replay "$work"

# ---- the determinism check
expect 0 "deterministic: lease_lock, seeds 1..20" "$lock" --check-determinism
expect 0 "seeds 5..8" "$lock" --check-determinism --seeds 5..8 --jobs 2 --variant forgets-lease --faults harsh
expect 0 "deterministic: leaks" "$leaks" --check-determinism
for variant in std-random-device std-clock; do
  expect 0 "deterministic: leaks" "$leaks" --check-determinism --variant $variant
done
for variant in random-device wall-clock static-counter address; do
  expect 4 "first difference: event #" "$leaks" --check-determinism --variant $variant
  holds "the leak of $variant is named on its node" grep -qF " on client" out
done
expect 0 "once in $lock" "$lock" --check-determinism --against "$lock" --seeds 1..3
refuse "the other process: " "$lock" --check-determinism --against ./no-such-program --seeds 1..3

# ---- for programs
valid_json='import json, sys; json.load(open("out"))'
if command -v python3 >/dev/null 2>&1; then
  expect 1 '"verdict": "violated"' "$lock" --variant forgets-lease --seed "$seed" --json --out json
  holds "--json prints one document" python3 -c "$valid_json"
  holds "--json prints nothing else" [ ! -s err ]
  expect 0 '"verdict": "passed"' "$lock" --seeds 1..5 --json
  holds "--json prints one document" python3 -c "$valid_json"
  expect 1 '"same_hash": true' "$lock" --replay "$case" --json
  holds "--json prints one document" python3 -c "$valid_json"
  expect 4 '"verdict": "nondeterministic"' "$leaks" --check-determinism --variant random-device --json
  holds "--json prints one document" python3 -c "$valid_json"
fi

# ---- a full disk must not look like success
if [ -w /dev/full ]; then
  "$lock" --seeds 1..3 >/dev/full 2>err
  [ $? -eq 2 ] && good || bad "a full standard output"
fi

# ---- a terminal
if command -v script >/dev/null 2>&1 && script -qec true /dev/null >/dev/null 2>&1; then
  TERM=xterm script -qec "$lock --variant forgets-lease --seeds 1..3000 --keep-going --out tty" /dev/null >out 2>err
  holds "a terminal has a progress line" grep -q 'simulated/s' out
  holds "a terminal has colour" grep -q "$(printf '\033')\[31m" out
  NO_COLOR=1 TERM=xterm script -qec "$lock --variant forgets-lease --seed $seed --out tty2" /dev/null >out 2>err
  holds "NO_COLOR is heeded" sh -c '! grep -q "$(printf "\033")\[3" out'
fi

# ---- several scenarios in one program, and crashes of node code
if [ -x "$stories" ]; then
  refuse "which scenario? Name one of explore_coin, " "$stories"
  refuse "explore_con: no such scenario; did you mean explore_coin?" "$stories" explore_con
  expect 0 "explore_coin (variant fair): 3 runs" "$stories" explore_coin --variant fair --seeds 1..3
  expect 3 "sometimes \"a coin on its edge\" was never seen" "$stories" explore_coin --variant fair --seeds 1..3 --require-seen
  expect 3 "sometimes \"tails\": seen" "$stories" explore_coin --variant fair --seeds 1..3 --require-seen
  expect 0 "deterministic: explore_coin" "$stories" explore_coin --check-determinism --seeds 1..3
  expect 5 "this happened in seed 3; alone: " "$stories" explore_crash --variant assertion --seeds 1..5 --jobs 1
  "$stories" explore_crash --variant segmentation-fault --seeds 1..5 --jobs 2 >out 2>err
  [ $? -gt 2 ] && good || bad "a segmentation fault must end the process"
  holds "a crash names its seed" grep -qF "explore_crash --variant segmentation-fault --seed 3" err
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
