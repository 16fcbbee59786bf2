#!/bin/sh
# Links in the documentation lead somewhere: files that are there, headings that are there.
#   tests/acceptance/docs.sh [BIN]
set -u
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0

# The anchors of a page, as GitHub makes them: lower case, no punctuation, dashes for spaces.
anchors() {
  sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

for page in README.md ARCHITECTURE.md CONTRIBUTING.md docs/*.md scenarios/*/README.md; do
  folder=$(dirname "$page")
  links=$(sed '/^```/,/^```/d' "$page" | grep -o '](\([^)]*\))' | sed 's/^](//; s/)$//' | grep -v '^[a-z]*:' | sort -u)
  for link in $links; do
    file=${link%%#*} anchor=${link#*#}
    [ "$anchor" = "$link" ] && anchor=""
    target=$page
    [ -n "$file" ] && target=$folder/$file
    if ! [ -e "$target" ]; then
      echo "FAILED $page: $link: there is no $target"; failed=$((failed + 1)); continue
    fi
    if [ -n "$anchor" ] && ! anchors "$target" | grep -qx -- "$anchor"; then
      echo "FAILED $page: $link: $target has no heading #$anchor"; failed=$((failed + 1)); continue
    fi
    passed=$((passed + 1))
  done
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
