#!/bin/sh
# What a person and a cluster rely on in `norn campaign` and `norn merge`: nothing is lost or counted twice, whatever
# is killed; what a run does to its process is a finding.
#   tests/acceptance/campaign.sh BIN      the folder with norn, scenario-lease_lock and norn-test-stories
set -u
[ $# -eq 1 ] && [ -x "$1/norn" ] && [ -x "$1/scenario-lease_lock" ] || {
  echo "usage: tests/acceptance/campaign.sh BIN (with norn and scenario-lease_lock in it)" >&2
  exit 2
}
bin=$(cd "$1" && pwd) || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
unset NO_COLOR CLICOLOR_FORCE GITHUB_ACTIONS GITHUB_STEP_SUMMARY NORN_SHARD SLURM_ARRAY_TASK_ID \
  SLURM_ARRAY_TASK_COUNT SLURM_ARRAY_TASK_MIN JOB_COMPLETION_INDEX AWS_BATCH_JOB_ARRAY_INDEX \
  AWS_BATCH_JOB_ARRAY_SIZE
export LC_ALL=C

norn=$bin/norn
lock=$bin/scenario-lease_lock
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

# member NAME FILE: the value of a member at the top of a result.
member() { sed -n "s/^  \"$1\": \([^{[]*[^{[,]\),*\$/\1/p" "$2"; }

# campaign DIR MORE...: the campaign that most of the tests run.
seeds=6000
campaign() {
  out=$1
  shift
  "$norn" campaign "$lock" --variant forgets-lease --seeds $seeds --no-shrink --out "$out" "$@"
}

# ---- bad input
refuse "--strategy feedback learns from one run for the next" "$norn" campaign "$lock" --strategy feedback --seeds 9
refuse "--seeds x: a number of seeds is expected" "$norn" campaign "$lock" --seeds x
refuse "--seeds 0: at least 1" "$norn" campaign "$lock" --seeds 0
refuse "--seeds 9..1: the range ends before it begins" "$norn" campaign "$lock" --seeds 9..1
refuse "--jobs 0: auto, or between 1 and 1024" "$norn" campaign "$lock" --jobs 0
refuse "--memory: '2' is no size" "$norn" campaign "$lock" --memory 2
refuse "--hang 0s: a time above 0" "$norn" campaign "$lock" --hang 0s
refuse "--for: 'x' is no time" "$norn" campaign "$lock" --for x
refuse "--shard 9/8: the number goes from 1" "$norn" campaign "$lock" --shard 9/8
refuse "--shard auto: this is no job of an array" "$norn" campaign "$lock" --shard auto
refuse "give --shards N" env JOB_COMPLETION_INDEX=1 "$norn" campaign "$lock" --shard auto
refuse "forgets: scenario lease_lock has" "$norn" campaign "$lock" --variant forgets
refuse "no/program: No such file" "$norn" campaign no/program
refuse "is no scenario program" "$norn" campaign /bin/true
refuse "which scenario?" "$norn" campaign "$stories"
refuse "--cases nowhere: No such file" "$norn" campaign "$lock" --cases nowhere --out unused-a
refuse "--worker is for" "$lock" --worker 1
: >file
refuse "file: " "$norn" campaign "$lock" --out file
refuse "there is no campaign in it" "$norn" merge . --out joined
holds "nothing is written" [ ! -e norn-campaign ]

# ---- one campaign, whole
expect 1 "first seed" campaign whole --jobs 2
holds "the smallest failure has a case and a trace" sh -c 'ls whole/cases/*.case.json && ls whole/cases/*.norn'
expect 1 "scenario-lease_lock --variant forgets-lease --seed" "$norn" campaign "$lock" --variant forgets-lease --seeds 1..400 \
  --most-cases 0 --out no-cases
holds "a signature beyond --most-cases has no case" sh -c '! ls no-cases/cases/*.case.json'
holds "the case replays" sh -c "! $lock --replay whole/cases/*.case.json"
case_line=$(grep '^  replay: ' out | sed 's/^  replay: //')
expect 1 "" sh -c "$case_line"
expect 1 "6,000 seeds were done before" campaign whole
cp whole/result.json result.json
holds "a second time changes nothing" cmp whole/result.json result.json
expect 1 "" campaign one-job --jobs 1
holds "the result does not depend on the number of jobs" cmp one-job/result.json result.json
holds "a part of the seeds was checked" [ "$(member checked result.json)" -gt 200 ]
holds "all of those" [ "$(member unchecked result.json)" = 0 ]
expect 1 "" "$norn" campaign "$lock" --variant forgets-lease --seeds $seeds --out whole --json --no-shrink
holds "--json prints the result" cmp out result.json
expect 1 "" campaign other-seed --campaign-seed 2
holds "another campaign seed makes other seeds" sh -c '! cmp other-seed/result.json result.json'
expect 0 "3 seeds, none failed" "$norn" campaign "$lock" --seeds 5..7 --out literal
holds "literal seeds are those" grep -q '"first_seed": 5' literal/result.json

# ---- kill -9 at any moment, then the same command again
for round in 1 2 3 4 5 6 7 8 9 10; do
  "$norn" campaign "$lock" --variant forgets-lease --seeds $seeds --no-shrink --out killed >out 2>err &
  driver=$!
  # One to three tenths of a second.
  sleep "0.$((round * 37 % 3 + 1))"
  kill -9 $driver 2>/dev/null
  wait $driver 2>/dev/null
done
holds "what was done before the kill is kept" [ -s killed/journal.jsonl ]
expect 1 "" campaign killed
holds "killed ten times: the same result" cmp killed/result.json result.json
holds "and the same case" diff -r -x '*.norn' killed/cases whole/cases
printf '{"part":{"first":1,"cou' >>killed/journal.jsonl
rm killed/result.json
expect 1 "" campaign killed
holds "a torn line is passed over" cmp killed/result.json result.json
cp -r killed torn
sed -i '2s/.*/{"part":{}}/' torn/journal.jsonl
refuse "journal.jsonl:2: this is no line" campaign torn
# The same, killed in the middle of a line.
cp -r killed short
size=$(wc -c <short/journal.jsonl)
truncate -s $((size / 2)) short/journal.jsonl
rm short/result.json
expect 1 "" campaign short
holds "half a journal: the rest is run again" cmp short/result.json result.json

# ---- other builds and options
refuse 'options.variant: "forgets-lease", not ""' "$norn" campaign "$lock" --seeds $seeds --out whole
refuse "seeds.count: 6000, not 9" "$norn" campaign "$lock" --variant forgets-lease --seeds 9 --out whole
refuse 'limits.hang: "60s", not "5s"' campaign whole --hang 5s
cp -r whole rebuilt
sed -i 's/"build": "gnu-/"build": "gnu-00/' rebuilt/manifest.json
refuse 'build: "gnu-00' campaign rebuilt
holds "a refusal changes nothing" cmp rebuilt/result.json result.json

# ---- shards
for shard in 1 2 3 4 5 6 7; do expect 0 "" campaign shards --shard $shard/8; done
expect 1 "missing or unfinished shards: 8" "$norn" merge shards --out merged
expect 0 "" env SLURM_ARRAY_TASK_ID=11 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_COUNT=8 "$norn" campaign "$lock" \
  --variant forgets-lease --seeds $seeds --no-shrink --out shards --shard auto
expect 1 "" "$norn" merge shards --out merged
holds "eight shards are one campaign" cmp merged/result.json result.json
expect 1 "" "$norn" merge shards --out at-once
holds "with its case" diff -r -x '*.norn' at-once/cases whole/cases
cp merged/journal.jsonl before.jsonl
expect 1 "" "$norn" merge merged shards --out merged
holds "merging twice changes nothing" cmp merged/result.json result.json
holds "nor the journal" cmp merged/journal.jsonl before.jsonl
cp -r shards/shard-3-of-8 copy
expect 1 "" "$norn" merge shards copy --out merged
holds "a shard that comes twice counts once" cmp merged/result.json result.json
refuse "is of another campaign than" "$norn" merge shards whole --out mixed
cp -r shards mixed-builds
sed -i 's/"build": "gnu-/"build": "gnu-00/' mixed-builds/shard-5-of-8/manifest.json
refuse "is of another campaign than" "$norn" merge mixed-builds --out mixed
holds "and nothing is written" [ ! -e mixed ]
expect 0 "" env JOB_COMPLETION_INDEX=1 "$norn" campaign "$lock" --seeds 40 --shard auto --shards 2 --out k8s
expect 0 "" env AWS_BATCH_JOB_ARRAY_INDEX=0 AWS_BATCH_JOB_ARRAY_SIZE=2 "$norn" campaign "$lock" --seeds 40 \
  --shard auto --out k8s
expect 0 "passed lease_lock: 40 seeds" "$norn" merge k8s --out k8s
expect 0 "" env NORN_SHARD=1/4 "$norn" campaign "$lock" --seeds 40 --shard auto --out quarter
expect 3 "missing or unfinished shards: 2, 3, 4" "$norn" merge quarter --out quarter

# ---- runs that do not come back
expect 1 "signal SIGSEGV" "$norn" campaign "$stories" explore_crash --variant segmentation-fault --seeds 1..400 --out segv
holds "the seed is named" grep -q '"first_seed": 3,' segv/result.json
holds "with where it was" grep -q 'crashed at +0x' segv/result.json
holds "and the campaign went on" [ "$(member done segv/result.json)" = 400 ]
expect 1 "there is no number below zero" "$norn" campaign "$stories" explore_crash --variant assertion --seeds 1..400 --out assertion
holds "one seed died of it" [ "$(member died assertion/result.json)" = 1 ]
expect 1 "hang: no end within 1s" "$norn" campaign "$stories" explore_greedy --variant spins --seeds 1..400 --hang 1s --out spins
holds "the seed that spins is named" grep -q '"first_seed": 3,' spins/result.json
holds "and the others were run" [ "$(member done spins/result.json)" = 400 ]
expect 1 "no fiber stalls" "$norn" campaign "$stories" explore_greedy --variant spins --seeds 1..40 --stall 500ms --out stalls
expect 1 "memory: more than 300 MiB" "$norn" campaign "$stories" explore_greedy --variant hoards --seeds 1..400 --memory 300MiB --out hoards
holds "the seed that hoards is named" grep -q '"first_seed": 3,' hoards/result.json
holds "and the others were run as well" [ "$(member done hoards/result.json)" = 400 ]
expect 0 "none failed" "$norn" campaign "$stories" explore_greedy --variant hoards --seeds 1..40 --memory 4GiB --out enough
expect 4 "not deterministic: seed" "$norn" campaign "$stories" explore_static --seeds 400 --out static
expect 4 "not deterministic: seed" "$norn" campaign "$stories" explore_static --seeds 400 --jobs 1 --out static-one
expect 0 "" "$norn" campaign "$stories" explore_static --seeds 400 --shard 1/1 --out static-shard
expect 4 "" "$norn" merge static-shard --out static-shard

# ---- limits and interruptions
expect 3 "still to run: the same command goes on" "$norn" campaign "$lock" --seeds 100000000 --for 1s --out budget
"$norn" campaign "$lock" --seeds 100000000 --out interrupted >out 2>err &
driver=$!
sleep 0.7
kill -INT $driver
wait $driver
holds "Ctrl-C is incomplete" [ $? -eq 3 ]
holds "and leaves a result" [ "$(member verdict interrupted/result.json)" = '"incomplete"' ]
"$norn" campaign "$lock" --seeds 100000000 --out busy >out 2>err &
driver=$!
sleep 0.5
refuse "another campaign is writing it" "$norn" campaign "$lock" --seeds 100000000 --out busy
kill -9 $driver
wait $driver 2>/dev/null

# ---- kept cases
mkdir kept
cp whole/cases/*.case.json kept/as-it-was.case.json
sed 's/"variant": "forgets-lease"/"variant": ""/;s/"gnu-/"gnu-00/' kept/as-it-was.case.json >kept/repaired.case.json
sed 's/"property": "at most one worker inside"/"property": "another"/' kept/as-it-was.case.json >kept/other.case.json
echo '{' >kept/broken.case.json
expect 1 "as-it-was.case.json: still fails" "$norn" campaign "$lock" --seeds 20 --cases kept --out with-cases
holds "a repaired one is fixed" grep -q "repaired.case.json: fixed" out
holds "another failure is told from it" grep -q "other.case.json: diverged" out
holds "one that cannot be read is told" grep -q "broken.case.json: diverged: exit code 2" out
rm kept/as-it-was.case.json kept/other.case.json kept/broken.case.json
expect 0 "repaired.case.json: fixed" "$norn" campaign "$lock" --seeds 20 --cases kept --out with-cases

# ---- continuous integration
expect 1 "" env GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY="$work/summary.md" "$norn" campaign "$stories" explore_throws \
  --seeds 60 --no-shrink --out ci --junit junit.xml
holds "an annotation" grep -q '^::error title=explore_throws ' out
holds "a summary with the line that replays" grep -q 'norn-test-stories --replay ci/cases/' summary.md
holds "a test case that failed" grep -q '<testsuite name="explore_throws" tests="1" failures="1" errors="0"' junit.xml
if command -v python3 >/dev/null; then
  holds "the XML is well formed" python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' junit.xml
fi
expect 0 "" campaign passing --junit passing.xml --shard 1/600
expect 0 "" "$norn" campaign "$lock" --seeds 20 --out calm --junit calm.xml
holds "a test case for each property" grep -q 'name="always: at most one worker inside" time="0"/>' calm.xml
refuse "--junit no/folder/x.xml" "$norn" campaign "$lock" --seeds 20 --out calm-two --junit no/folder/x.xml
holds "no colour without a terminal" sh -c '! grep -q "$(printf "\033")" out'
expect 0 "$(printf '\033[32mpassed')" env CLICOLOR_FORCE=1 "$norn" campaign "$lock" --seeds 20 --out calm
holds "no worker is left behind" sh -c "! ps -e -o args | grep -v grep | grep -qF '$lock --worker'"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
