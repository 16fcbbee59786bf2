#include "libraft/state_machine.hpp"

#include <algorithm>
#include <span>

namespace norn_libraft {
namespace {

std::span<const std::byte> span_of(const raft_buffer& buffer) {
  return {static_cast<const std::byte*>(buffer.base), buffer.len};
}

// One buffer in memory of the library.
void put_buffer(const Bytes& bytes, raft_buffer** buffers, unsigned* count) {
  *buffers = static_cast<raft_buffer*>(raft_malloc(sizeof(raft_buffer)));
  (*buffers)[0] = {.base = raft_malloc(bytes.size() + 1), .len = bytes.size()};
  std::copy(bytes.begin(), bytes.end(), static_cast<std::byte*>((*buffers)[0].base));
  *count = 1;
}

}  // namespace

StateMachine::StateMachine(bool async_snapshots) {
  fsm_.version = async_snapshots ? 3 : 1;
  fsm_.data = this;
  fsm_.apply = on_apply;
  fsm_.restore = on_restore;
  fsm_.snapshot = async_snapshots ? on_snapshot_copy : on_snapshot;
  fsm_.snapshot_async = async_snapshots ? on_snapshot_encode : nullptr;
  fsm_.snapshot_finalize = async_snapshots ? on_snapshot_finalize : nullptr;
}

int StateMachine::on_apply(raft_fsm* fsm, const raft_buffer* command, void** result) {
  StateMachine& self = of(fsm);
  const auto decoded = decode_command(span_of(*command));
  if (!decoded) return RAFT_MALFORMED;
  self.result_ = self.store_.apply(*decoded);
  *result = &self.result_;
  self.on_applied();
  return 0;
}

int StateMachine::on_restore(raft_fsm* fsm, raft_buffer* snapshot) {
  if (!of(fsm).store_.restore(span_of(*snapshot))) return RAFT_MALFORMED;
  raft_free(snapshot->base);
  return 0;
}

int StateMachine::on_snapshot(raft_fsm* fsm, raft_buffer** buffers, unsigned* count) {
  put_buffer(of(fsm).store_.snapshot(), buffers, count);
  return 0;
}

int StateMachine::on_snapshot_copy(raft_fsm* fsm, raft_buffer** buffers, unsigned* count) {
  StateMachine& self = of(fsm);
  self.copy_ = self.store_;
  *buffers = nullptr;
  *count = 0;
  return 0;
}

int StateMachine::on_snapshot_encode(raft_fsm* fsm, raft_buffer** buffers, unsigned* count) {
  put_buffer(of(fsm).copy_->snapshot(), buffers, count);
  return 0;
}

int StateMachine::on_snapshot_finalize(raft_fsm* fsm, raft_buffer** buffers, unsigned* count) {
  if (*buffers != nullptr) {
    for (unsigned i = 0; i < *count; ++i) raft_free((*buffers)[i].base);
    raft_free(*buffers);
  }
  *buffers = nullptr;
  *count = 0;
  of(fsm).copy_.reset();
  return 0;
}

}  // namespace norn_libraft
