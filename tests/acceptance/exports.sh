#!/bin/sh
# What norn export writes is read by the tools it is for, and what norn import reads comes back.
#   tests/acceptance/exports.sh BIN       the folder with norn and scenario-raft
# What needs a tool that is missing is left out, by name.
set -u
[ $# -eq 1 ] && [ -x "$1/norn" ] && [ -x "$1/scenario-raft" ] || {
  echo "usage: tests/acceptance/exports.sh BIN (with norn and scenario-raft in it)" >&2
  exit 2
}
bin=$(cd "$1" && pwd) || exit 2
source=$(cd "$(dirname "$0")/../.." && pwd) || exit 2
checks=$source/tests/acceptance/exports
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
export LC_ALL=C
norn=$bin/norn
passed=0 failed=0

good() { passed=$((passed + 1)); }
bad() {
  failed=$((failed + 1))
  echo "FAILED $1"
  [ ! -s out ] || head -n 8 out | cut -c 1-300 | sed 's/^/    out: /'
  [ ! -s err ] || head -n 4 err | cut -c 1-300 | sed 's/^/    err: /'
}
left_out() { echo "left out: $1"; }

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

# refuse TEXT COMMAND...: exit code 2, nothing on standard output, one line on standard error.
refuse() {
  text=$1
  shift
  expect 2 "$text" "$@"
  if [ -s out ] || [ "$(wc -l <err)" -ne 1 ]; then bad "not one line on standard error: $*"; else good; fi
}

holds() {
  what=$1
  shift
  if "$@" >/dev/null 2>&1; then good; else bad "$what"; fi
}

# check TEXT ARGUMENTS...: check.py holds, and says TEXT.
have_schemas=yes
python3 -c 'import jsonschema' 2>/dev/null || { have_schemas=no; left_out "python3-jsonschema is missing"; }
check() {
  if [ "$have_schemas" = no ] && [ "$2" != shiviz ]; then return; fi
  text=$1
  shift
  expect 0 "$text" python3 "$checks/check.py" "$@"
}

# ---- a failing run, and a run with all kinds of faults that are usual
expect 1 "" "$bin/scenario-raft" --variant commit-older-term --seed 60 --out run
trace=run/raft-commit-older-term-60.norn
small=run/raft-commit-older-term-60.min.norn
[ -s "$trace" ] && [ -s "$small" ] || { echo "FAILED there is no trace to export"; exit 1; }
violation=$("$norn" log --kind violation "$trace" | awk 'NR == 1 { print $1 }')
events=$("$norn" log "$trace" | wc -l)

# ---- usage
expect 0 "Formats:" "$norn" export --help
expect 0 "--parser" "$norn" import --help
refuse "--to is required" "$norn" export "$trace"
refuse "--to: 'x' is none of: jsonl" "$norn" export --to x "$trace"
refuse "none.norn: " "$norn" export --to jsonl none.norn
refuse "--from is later than --until" "$norn" export --to jsonl --from 2s --until 1s "$trace"
refuse "--until: '3' is no time" "$norn" export --to jsonl --until 3 "$trace"
refuse "there is no node 'n9'" "$norn" export --to jsonl --node n9 "$trace"
refuse "--kind: 'sned' is none of" "$norn" export --to jsonl --kind sned "$trace"
refuse "--past-of: 'x' is not a whole number from 1 on" "$norn" export --to jsonl --past-of x "$trace"
refuse "there is no event 999999" "$norn" export --to jsonl --past-of 999999 "$trace"
refuse "no/folder/x: " "$norn" export --to jsonl -o no/folder/x "$trace"
refuse "choose a part with --past-of, --last" "$norn" export --to svg --from 0s "$trace"
expect 0 "" "$norn" export --to jsonl -o lines.jsonl "$trace"
refuse "lines.jsonl: exists already" "$norn" export --to jsonl -o lines.jsonl "$trace"
expect 0 "" "$norn" export --to jsonl -o lines.jsonl --overwrite "$trace"
holds "nothing stays beside a written file" [ ! -e lines.jsonl.partial ]
refuse "there is no such event" "$norn" export --to svg --kind disk_loss --until 1ns -o nothing.svg "$trace"
holds "nothing stays of an export that failed" [ ! -e nothing.svg ] && [ ! -e nothing.svg.partial ]
head -c 60000 "$trace" >cut.norn
refuse "cut.norn: " "$norn" export --to jsonl cut.norn

# ---- formats for tools: the whole trace and parts of it
part() {
  stem=$1
  shift
  for format in jsonl chrome otlp shiviz perfetto; do
    expect 0 "" "$norn" export --to $format -o "$stem.$format" "$@" "$trace"
  done
  check lines lines "$source/docs/trace-json.schema.json" "$stem.jsonl"
  check arrows chrome "$checks/chrome.schema.json" "$stem.chrome"
  check spans otlp "$checks/otlp.schema.json" "$stem.otlp"
  check hosts shiviz "$stem.shiviz"
  if command -v protoc >/dev/null 2>&1; then
    if protoc --decode_raw <"$stem.perfetto" >"$stem.decoded" 2>err; then good; else bad "protoc reads $stem.perfetto"; fi
    # A flow begins (47) as often as it ends (48).
    begun=$(grep -c '^    47: ' "$stem.decoded") ended=$(grep -c '^    48: ' "$stem.decoded")
    if [ "$begun" -eq "$ended" ]; then good; else bad "$stem.perfetto: $begun flows begin, $ended end"; fi
  fi
}
command -v protoc >/dev/null 2>&1 || left_out "protobuf-compiler is missing"
part whole
part nodes --node n1 --node n2
part while --from 5s --until 6s
part past --past-of "$violation" --last 500
part kinds --kind deliver --kind state --kind node_crash
check "$((events + 2)) lines" lines "$source/docs/trace-json.schema.json" whole.jsonl
check "all linked to their sends" otlp "$checks/otlp.schema.json" whole.otlp
check "refuses what is wrong" schema-bites "$source/docs/trace-json.schema.json"
holds "a Chrome trace names the nodes" grep -q '"args":{"name":"n1"}' whole.chrome
holds "an export does not depend on the day" sh -c "'$norn' export --to chrome '$trace' | cmp -s - whole.chrome"

# ---- the checks themselves catch what is wrong
sed '0,/"ph":"E"/s/"ph":"E"/"ph":"B"/' whole.chrome >broken.chrome
[ "$have_schemas" = no ] || expect 1 "" python3 "$checks/check.py" chrome "$checks/chrome.schema.json" broken.chrome
awk 'NR == 7 { next } { print }' whole.shiviz >broken.shiviz
expect 1 "" python3 "$checks/check.py" shiviz broken.shiviz
sed '9s/"time_ns":/"time":/' whole.jsonl >broken.jsonl
[ "$have_schemas" = no ] || expect 1 "line 9" python3 "$checks/check.py" lines "$source/docs/trace-json.schema.json" broken.jsonl

# ---- diagrams, of the violation's past
for format in mermaid svg dot; do expect 0 "" "$norn" export --to $format -o "small.$format" "$small"; done
holds "a picture is XML" python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' small.svg
holds "a picture names the violation" grep -q "leader completeness" small.svg
holds "a sequence diagram has messages" grep -q '^  L[0-9]*->>L[0-9]*: ' small.mermaid
if command -v dot >/dev/null 2>&1; then
  expect 0 "</svg>" dot -Tsvg small.dot
  holds "Graphviz has no complaint" [ ! -s err ]
else
  left_out "graphviz is missing"
fi

# ---- imports
expect 0 "$events events of 6 nodes" "$norn" import --from jsonl whole.jsonl -o again.norn
holds "JSON lines come back as they were" sh -c "'$norn' export --to jsonl again.norn | cmp -s - whole.jsonl"
expect 0 "leader completeness" "$norn" info again.norn
sh -c "'$norn' log '$trace'" >before 2>err
holds "the log of an imported trace is the same" sh -c "'$norn' log again.norn | cmp -s - before"
refuse "again.norn: exists already" "$norn" import --from jsonl whole.jsonl -o again.norn
expect 0 "" "$norn" import --from jsonl whole.jsonl -o again.norn --overwrite
expect 0 "are not in the file: left out" "$norn" import --from jsonl nodes.jsonl -o nodes.norn
expect 0 "verified" "$norn" verify nodes.norn
expect 0 " events of 8 nodes" "$norn" import --from shiviz whole.shiviz -o hosts.norn
expect 0 "log $events" "$norn" info hosts.norn
for format in jsonl chrome otlp shiviz; do
  expect 0 "" "$norn" export --to $format -o "hosts.$format" hosts.norn
done
check hosts shiviz hosts.shiviz
check arrows chrome "$checks/chrome.schema.json" hosts.chrome
sed '40s/.*/{"seq":39/' whole.jsonl >broken.jsonl
refuse "broken.jsonl: line 40: this is not a JSON object" "$norn" import --from jsonl broken.jsonl -o broken.norn
holds "nothing stays of an import that failed" sh -c '[ ! -e broken.norn ] && [ ! -e broken.norn.partial ]'
printf 'a {"a":1}\none\na {"a":3}\nthree\n' >gap.log
refuse "gap.log: line 3: host 'a' counts 3 where 2 is next" "$norn" import --from shiviz gap.log -o gap.norn
refuse "--parser belongs to --from shiviz" "$norn" import --from jsonl --parser x whole.jsonl -o x.norn
refuse "--from: 'x' is none of: jsonl shiviz" "$norn" import --from x whole.jsonl -o x.norn
refuse "none.log: " "$norn" import --from shiviz none.log -o x.norn

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
