// StateMachine: the library's raft_fsm around a Store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "libraft/library.hpp"
#include "libraft/store.hpp"

namespace norn_libraft {

// All functions are called by the library. Snapshots are either encoded at once (version 1 of the
// interface: the library then owns the buffers) or copied at once and encoded in raft_io.async_work
// (version 3: they stay ours).
class StateMachine {
 public:
  explicit StateMachine(bool async_snapshots);
  StateMachine(const StateMachine&) = delete;
  StateMachine& operator=(const StateMachine&) = delete;

  raft_fsm* fsm() { return &fsm_; }
  const Store& store() const { return store_; }
  // Called after each command, within the call of the library.
  std::function<void()> on_applied;

 private:
  static StateMachine& of(raft_fsm* fsm) { return *static_cast<StateMachine*>(fsm->data); }
  static int on_apply(raft_fsm* fsm, const raft_buffer* command, void** result);
  static int on_restore(raft_fsm* fsm, raft_buffer* snapshot);
  static int on_snapshot(raft_fsm* fsm, raft_buffer** buffers, unsigned* count);
  static int on_snapshot_copy(raft_fsm* fsm, raft_buffer** buffers, unsigned* count);
  static int on_snapshot_encode(raft_fsm* fsm, raft_buffer** buffers, unsigned* count);
  static int on_snapshot_finalize(raft_fsm* fsm, raft_buffer** buffers, unsigned* count);

  raft_fsm fsm_{};
  Store store_;
  std::int64_t result_ = 0;    // of the last command; the library hands its address on
  std::optional<Store> copy_;  // being encoded
};

}  // namespace norn_libraft
