# Makes a test case of each C++ block in a Markdown file that defines a function at the left margin:
#   void NAME() { ... }                       runs as a node
#   void NAME(norn::Simulation& sim) { ... }  gets a simulation
#   void NAME(norn::SimOptions options) { ... }  makes its own
# The last such function of a block is the one that is run. Use: awk -f snippets.awk FILE.md > FILE.cpp
BEGIN {
  print "#include <mutex>"
  print "#include <shared_mutex>"
  print "#include <nlohmann/json.hpp>"
  print "#include \"norn/actors.hpp\""
  print "#include \"norn/runtime/actor_ref.hpp\""
  print "#include \"norn/runtime/backoff.hpp\""
  print "#include \"norn/runtime/codec_json.hpp\""
  print "#include \"norn/runtime/dead_letters.hpp\""
  print "#include \"norn/runtime/journal.hpp\""
  print "#include \"norn/runtime/probe.hpp\""
  print "#include \"norn/runtime/rpc.hpp\""
  print "#include \"norn/runtime/sharding.hpp\""
  print "#include \"norn/runtime/stream.hpp\""
  print "#include \"norn/trace/describe.hpp\""
  print "#include \"norn/trace/reader.hpp\""
  print "#include \"docs/prelude.hpp\""
}
/^```cpp/ { inside = 1; code = ""; entry = ""; first = FNR + 1; next }
/^```/ && inside {
  inside = 0
  if (entry == "") next
  count++
  base = FILENAME
  sub(/.*\//, "", base)
  printf "namespace snippet_%d {\n#line %d \"%s\"\n%s}  // namespace\n", count, first, FILENAME, code
  printf "TEST_CASE(\"%s: %s\") { norn::test::run_snippet(&snippet_%d::%s); }\n", base, entry, count, entry
  next
}
inside {
  code = code $0 "\n"
  if ($0 ~ /^void [a-z_]+\((norn::Simulation& sim|norn::SimOptions options)?\) \{/) {
    entry = $2
    sub(/\(.*/, "", entry)
  }
}
