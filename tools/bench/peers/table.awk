# Reads lines "SYSTEM METRIC VALUE", one of each kind a round, and prints the table.

BEGIN {
  # row(what, unit, metric, [metric in Erlang, if it is another], least ratios, most of our own)
  row("ping-pong of two fibers, there and back", "ns", "ping_pong_ns", "", 3, 8, 0)
  row("ping-pong of two actors", "ns", "actors_ns", "", 0, 0, 0)
  row("ring of 10,000, a hop", "ns", "ring_ns", "", 3, 8, 0)
  row("fan-in 100 to 1 through a buffer of 128 (Erlang: a credit each)", "ns", "fan_in_ns", "", 3, 8, 0)
  row("the same (Erlang: 128 credits each, returned by 64)", "ns", "fan_in_ns", "fan_in_batched_ns", 0, 0, 0)
  row("tree of a million leaves", "s", "skynet_s", "", 3, 8, 0)
  row("tree: most resident", "MiB", "skynet_peak_mib", "", 0, 0, 0)
  row("a million parked: each resident", "bytes", "parked_bytes", "", 0, 0, 4608)
  row("a million parked: create and park", "ns", "parked_create_ns", "", 0, 0, 0)
  row("a million parked: wake and end", "ns", "parked_end_ns", "", 0, 0, 0)
  row("a million parked: most resident", "MiB", "parked_peak_mib", "", 0, 0, 5120)
  row("a second million: each resident besides", "bytes", "parked_again_bytes", "", 0, 0, 64)
  row("a second million: create and park", "ns", "parked_again_create_ns", "", 0, 0, 0)
  row("call of a server, monitored (Go: not)", "ns", "call_ns", "", 0, 0, 500)
}

{ values[$1, $2, ++count[$1, $2]] = $3 }

END {
  print "| | unit | Norn | trace hashed | Go | Erlang | Go / Norn | Erlang / Norn | aim | met |"
  print "|---|---|---|---|---|---|---|---|---|---|"
  for (i = 1; i <= rows; ++i) if (count["norn", metric[i]]) line(i)
}

function row(what, unit, name, erlang_name, go_aim, erlang_aim, most) {
  title[++rows] = what; units[rows] = unit; metric[rows] = name
  erlang_metric[rows] = erlang_name == "" ? name : erlang_name
  aim_go[rows] = go_aim; aim_erlang[rows] = erlang_aim; aim_most[rows] = most
}

function line(i,   own, by_go, by_erlang, aim, met) {
  own = median("norn", metric[i])
  by_go = ratio("go", metric[i], metric[i])
  by_erlang = ratio("erlang", erlang_metric[i], metric[i])
  aim = ""; met = ""
  if (aim_most[i]) { aim = "<= " aim_most[i] " " units[i]; met = own <= aim_most[i] ? "yes" : "no" }
  if (aim_go[i]) {
    aim = aim_go[i] " x Go, " aim_erlang[i] " x Erlang"
    met = verdict(by_go, aim_go[i]) ", " verdict(by_erlang, aim_erlang[i])
  }
  printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", title[i], units[i], number(own),
    number(median("hashed", metric[i])), number(median("go", metric[i])),
    number(median("erlang", erlang_metric[i])), times(by_go), times(by_erlang), aim, met
}

function verdict(value, aim) { return value == "" ? "?" : value >= aim ? "yes" : "no" }
function times(value) { return value == "" ? "" : sprintf("%.1f", value) }
function number(value) { return value == "" ? "" : sprintf(value < 10 ? "%.2f" : "%.0f", value) }

# The median over the rounds of theirs / ours, so that a slow minute of the machine slows both.
function ratio(who, theirs, ours,   n, k) {
  n = count[who, theirs]
  if (n == 0 || n != count["norn", ours]) return ""
  for (k = 1; k <= n; ++k) {
    if (values["norn", ours, k] == 0) return ""
    sorted[k] = values[who, theirs, k] / values["norn", ours, k]
  }
  return middle(n)
}

function median(who, name,   n, k) {
  n = count[who, name]
  for (k = 1; k <= n; ++k) sorted[k] = values[who, name, k] + 0
  return n ? middle(n) : ""
}

function middle(n,   i, k, kept) {
  for (i = 2; i <= n; ++i) {
    kept = sorted[i]
    for (k = i - 1; k > 0 && sorted[k] > kept; --k) sorted[k + 1] = sorted[k]
    sorted[k + 1] = kept
  }
  return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}
