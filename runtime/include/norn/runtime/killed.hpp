// Killed: how a fiber ends when its node dies.
#pragma once

namespace norn {

// Killed is thrown out of every blocking call of a fiber whose node has crashed or whose simulation
// is over, so that destructors run. It derives from nothing: catch (const std::exception&) lets it
// pass. A catch (...) must rethrow it; a fiber that swallows it is reported by name.
struct Killed {};

}  // namespace norn
