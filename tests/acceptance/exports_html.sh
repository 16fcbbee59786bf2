#!/bin/sh
# norn export --to html: Chromium opens the page from a file, without a network, and all of it works.
#   tests/acceptance/exports_html.sh BIN       the folder with norn, norn-test-stories, scenario-raft, scenario-pipeline
# NORN_SCREENSHOTS=FOLDER keeps pictures of what was seen.
set -u
[ $# -eq 1 ] && [ -x "$1/norn" ] && [ -x "$1/scenario-raft" ] || {
  echo "usage: tests/acceptance/exports_html.sh BIN (with norn and scenario-raft in it)" >&2
  exit 2
}
bin=$(cd "$1" && pwd) || exit 2
here=$(cd "$(dirname "$0")" && pwd) || exit 2
for tool in chromium node npm; do
  command -v $tool >/dev/null 2>&1 || { echo "left out: $tool is missing"; exit 0; }
done
# Drives Debian's Chromium by its own protocol; it has no browser of its own.
version=1.65.1
playwright=$bin/../playwright-$version
if [ ! -f "$playwright/node_modules/playwright-core/package.json" ]; then
  npm install --prefix "$playwright" --ignore-scripts --no-audit --no-fund --silent playwright-core@$version \
    >/dev/null 2>&1 || { echo "left out: playwright-core is missing, and npm cannot fetch it"; exit 0; }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
norn=$bin/norn
"$bin/scenario-raft" --variant commit-older-term --seed 60 --no-shrink --trace raft.norn >out 2>&1
"$bin/norn-test-stories" explore_sockets --variant breaks --seed 1 --no-shrink --trace hostile.norn >out 2>&1
"$bin/scenario-pipeline" --seed 3 --time 90s --trace large.norn >out 2>&1
for page in raft hostile large; do
  "$norn" export $page.norn --to html -o $page.html || { echo "FAILED no page of $page.norn"; exit 1; }
done
"$norn" export raft.norn --to html --from 4s --until 6s -o part.html || exit 1
lines() { "$norn" log "$@" | wc -l; }
cat >expected.json <<JSON
{"events": $(lines raft.norn), "sends": $(lines raft.norn --kind send), "drops": $(lines raft.norn --kind drop),
 "faults": $(lines raft.norn --kind fault_begin), "part": $(lines raft.norn --from 4s --to 6s),
 "large": $(lines large.norn)}
JSON
# A page has nothing that asks for a network.
if grep -o -i -E '(src|href)="?https?:[^"]*' raft.html hostile.html; then
  echo "FAILED a page names something on a network"
  exit 1
fi
NODE_PATH="$playwright/node_modules" timeout 300 node "$here/exports_html.js" "$(command -v chromium)" "$work" ${NORN_SCREENSHOTS:+"$NORN_SCREENSHOTS"}
