// libFuzzer target: whatever the bytes are, reading a history gives an error with a place, or a
// history that can be written and read again, and that each model judges or refuses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include "norn/check/history_file.hpp"
#include "norn/check/linearizability.hpp"

using namespace norn::check;

namespace {

void judge(const History& history) {
  for (const char* const name : {"register", "kv", "set", "queue", "log", "bank", "fenced-lock"}) {
    const auto result = check_linearizability(history, *find_model(name), {.budget = 2'000});
    if (result.ok() && result->misfit) static_cast<void>(explain(history, *result->misfit));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool keys : {false, true}) {
    const auto history = read_history(text, {.keys_in_values = keys});
    if (!history.ok()) continue;
    std::ostringstream out;
    if (!write_history(*history, HistoryFormat::json_lines, out).ok()) continue;
    const auto again = read_history(out.str());
    if (!again.ok() || again->events().size() != history->events().size()) std::abort();
    judge(*history);
  }
  return 0;
}
