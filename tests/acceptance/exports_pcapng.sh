#!/bin/sh
# norn export --to pcapng: tshark and capinfos read what it writes: packets, checksums, streams, comments.
#   tests/acceptance/exports_pcapng.sh BIN       the folder with norn and norn-test-stories
set -u
[ $# -eq 1 ] && [ -x "$1/norn" ] && [ -x "$1/norn-test-stories" ] || {
  echo "usage: tests/acceptance/exports_pcapng.sh BIN (with norn and norn-test-stories in it)" >&2
  exit 2
}
bin=$(cd "$1" && pwd) || exit 2
for tool in tshark capinfos; do
  command -v $tool >/dev/null 2>&1 || { echo "left out: $tool is missing"; exit 0; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
export LC_ALL=C HOME="$work"
failed=0
bad() {
  echo "FAILED $1"
  failed=1
}
norn=$bin/norn
# Datagrams, streams and messages, over links that lose and copy some.
"$bin/norn-test-stories" explore_sockets --seed 1 --trace run.norn >out 2>&1 || bad "no trace: $(cat out)"
"$norn" export run.norn --to pcapng -o run.pcapng || bad "no capture"
# With each end alone, a stream is what one machine would have captured.
"$norn" export run.norn --to pcapng --node talker -o talker.pcapng || bad "no capture of one node"

# dissect FILE FILTER FIELD...: the fields of the packets that the filter lets through.
dissect() {
  file=$1 filter=$2
  shift 2
  fields=
  for field; do fields="$fields -e $field"; done
  # shellcheck disable=SC2086 # several fields
  tshark -r "$file" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -Y "$filter" \
    -T fields $fields 2>err
}
for capture in run talker; do
  wrong=$(dissect $capture.pcapng \
    "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0" frame.number)
  [ -z "$wrong" ] || bad "$capture: malformed, or a wrong checksum: $wrong"
  [ -z "$(grep -v "Running as user" err)" ] || bad "tshark says: $(cat err)"
done
[ "$(dissect run.pcapng "udp.checksum.status == 1 || tcp.checksum.status == 1" frame.number | wc -l)" -gt 400 ] ||
  bad "few packets have a checksum that was looked at"
# As many packets an interface as the trace has sends and deliveries of the node.
for node in server talker listener; do
  events=$("$norn" log run.norn --node $node --kind send --kind deliver | wc -l)
  packets=$(dissect run.pcapng "frame.interface_name == \"$node\"" frame.number | wc -l)
  [ "$events" -gt 20 ] && [ "$events" -eq "$packets" ] || bad "$node: $packets packets, $events events"
done
# What was lost is said to be, where it was sent and nowhere else.
drops=$("$norn" log run.norn --kind drop | wc -l)
[ "$(dissect run.pcapng 'frame.comment contains "lost: loss"' frame.number | wc -l)" -eq "$drops" ] && [ "$drops" -gt 3 ] ||
  bad "not $drops packets are said to be lost"
[ -z "$(dissect run.pcapng 'frame.comment contains "lost: " && frame.packet_flags_direction == 1' frame.number)" ] ||
  bad "a lost packet arrived"
# Both ends read the same bytes, in order, though segments were lost, copied and overtook each other.
line=1
while [ $line -le 40 ]; do echo "line $line of the stream"; line=$((line + 1)); done >expected
for end in 0 1; do
  tshark -r talker.pcapng -q -z follow,tcp,raw,0 2>/dev/null | awk -v end=$end '
    /^=/ { next }
    /^(Follow|Filter|Node)/ { next }
    { mine = substr($0, 1, 1) != "\t"; sub(/^\t/, ""); if (mine == (end == 0)) printf "%s", $0 }' |
    python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' >stream
  cmp -s stream expected || bad "the bytes of a stream, end $end, are: $(head -c 200 stream)"
done
# The beginning and the end of a connection.
flags=$(dissect talker.pcapng tcp tcp.flags | sort | uniq -c)
for flag in 0x0002 0x0012 0x0011; do  # SYN, SYN and ACK, FIN and ACK
  echo "$flags" | grep -q "$flag" || bad "no segment with flags $flag: $flags"
done
capinfos run.pcapng >info 2>&1 || bad "capinfos refuses: $(cat info)"
for text in "Capture application: *Norn" "scenario explore_sockets, seed 1" "Name = listener" "Time precision = nanoseconds"; do
  grep -q "$text" info || bad "capinfos does not say \"$text\""
done
[ "$(dissect run.pcapng "frame.number == 1" frame.time_epoch)" = "1767225600.000000000" ] || bad "time does not begin with 2026"
# Names of nodes instead of addresses.
tshark -r run.pcapng -N n -c 1 2>/dev/null | grep -q "talker" || bad "addresses have no names"
# Nothing is overwritten unless asked.
"$norn" export run.norn --to pcapng -o run.pcapng 2>err && bad "a file was overwritten unasked"
grep -q "exists already" err || bad "no word that the file exists: $(cat err)"
[ $failed -eq 0 ] && echo "tshark dissects datagrams, streams and messages of $("$norn" info run.norn | sed -n 's/^events *\([0-9]*\).*/\1/p') events"
exit $failed
