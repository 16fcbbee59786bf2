// Checks of histories: how long one takes.
#pragma once

namespace norn::bench {

// register_check_loads() adds them to Google Benchmark. Items are transactions.
void register_check_loads();

}  // namespace norn::bench
