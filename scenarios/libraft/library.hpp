// The library's C header, as C++ sees it.
#pragma once

extern "C" {
#include <raft.h>
}

namespace norn_libraft {

// These names are functions as well.
using RaftApply = struct raft_apply;
using RaftTransfer = struct raft_transfer;

}  // namespace norn_libraft
