// The writing end of a trace: the engine tells the Recorder what happens, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "norn/runtime/assert.hpp"
#include "norn/runtime/result.hpp"
#include "norn/trace/event.hpp"

namespace norn::trace {

struct RecorderOptions {
  // off:    nothing is kept; sequence numbers are still given out, the hash is 0.
  // hash:   events are encoded and hashed chunk by chunk, then forgotten.
  // memory: as hash, and the encoded chunks are kept (bytes()).
  // file:   as hash, and chunks go to `path` (written to `path`.partial, renamed by finish()).
  enum class Mode : std::uint8_t { off, hash, memory, file };
  Mode mode = Mode::hash;
  std::string path;
  bool overwrite = false;      // an existing file at `path` is an error unless this is set
  bool store_payloads = true;  // false: payloads are hashed but not stored
  bool compress = false;       // zstd level 1 on each chunk
};

// Recorder encodes the events of one simulation, hashes them, and keeps or writes them as asked.
// The hash depends on what was recorded only: not on the mode, compression or storing of payloads.
// It belongs to one thread. Memory is bounded by the number of nodes and strings, plus a few
// hundred bytes for each 65,536 events of a file.
//
// Context: who acts now (node, fiber) and because of which event. It is guessed by the reader as
// far as possible, so that most records need not carry it: after deliver() it is the receiver, the
// fiber that acted there after the last delivery, and this delivery; after timer() the fiber that
// was woken. Any other context is set by set_context(), and costs bytes only if something is
// recorded in it.
class Recorder {
 public:
  // open() starts a recording. `header` is a JSON object for people and tools (scenario, seed,
  // options, fault plan, build, …); it is not part of the hash. Errors: already_exists (the path,
  // or a .partial file that an interrupted recording left there), io_error, invalid.
  static Result<std::unique_ptr<Recorder>> open(RecorderOptions options, nlohmann::json header);

  // Without finish() the recording stays unfinished: what was recorded is kept in `path`.partial.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // intern() gives the number of a string: stable, in order of first use. One hash-map lookup.
  StringId intern(std::string_view text);
  // name_node() says what node `node` (from 1) is called. Once a node, before its first event.
  void name_node(NodeId node, std::string_view name);

  // set_time() gives the virtual time of the records that follow; it never goes back.
  void set_time(std::int64_t ns);
  // set_context() says who acts from now on. It stores three words.
  void set_context(NodeId node, FiberId fiber, Seq cause);
  // next_seq() is the number that the next record will get.
  Seq next_seq() const { return next_seq_; }

  // send() records a message leaving the current context's node. `cbor`: the payload is CBOR and
  // can be shown decoded; false: raw bytes.
  Seq send(NodeId to, StringId message_class, std::span<const std::byte> payload, bool cbor);
  // deliver() records the arrival of the message of event `send` at its receiver `to`. Class and
  // size must be those of the send; they are written only when the send lies in an earlier chunk.
  Seq deliver(Seq send, NodeId to, StringId message_class, std::uint32_t bytes);
  // timer() records that `fiber` of `node` was woken by time; `cause`: the event in which it went
  // to sleep.
  Seq timer(NodeId node, FiberId fiber, Seq cause);

  // record() records any event. seq and time are the recorder's; the incarnation is that of the
  // last node_start of the node; everything else is taken from the event. The context stays as it
  // is.
  Seq record(const Event& event);

  // hash() is the running hash of everything recorded so far, exact at every event. It reads only
  // what was recorded since it was last asked (about 0.3 µs plus 0.1 ns a byte).
  std::uint64_t hash() const;
  // events() is how many events were recorded.
  std::uint64_t events() const { return next_seq_ - 1; }
  // encoded_bytes() is the size of all events in their encoded form, without payloads and before
  // compression.
  std::uint64_t encoded_bytes() const;
  // bytes() is the file image (mode memory): whole after finish(), before it up to the last whole
  // chunk.
  std::span<const std::byte> bytes() const;

  // finish() writes the last chunk, the index and the footer with `result`, and renames the file
  // into place. Nothing can be recorded after it. Errors: io_error or no_space (also of an earlier
  // chunk), already_exists when someone else made `path` meanwhile. On error the .partial file
  // stays.
  Result<void> finish(nlohmann::json result);

 private:
  struct State;  // what is not hot: buffers, hash states, strings, the file
  explicit Recorder(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
  Seq next_seq_ = 1;
  std::int64_t time_ns_ = 0;
};

}  // namespace norn::trace
