// Journal: what happened, in order, kept in the node's files; and state that is made from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "norn/runtime/codec.hpp"
#include "norn/runtime/file.hpp"
#include "norn/runtime/mutex.hpp"
#include "norn/runtime/result.hpp"

namespace norn {

// A Journal is a list of events in the file NAME.journal, numbered from 0 over all lives of the
// node, and at most one snapshot in NAME.snapshot, which stands for the events before it.
//
// append() writes its events as one block with length and checksum (CRC-32C) and returns once they
// are synced: from then on they survive a crash. An append that a crash interrupted is there whole
// or not at all, and so is one that returned an error, or never returned. open() reads everything
// back. A last block that is not whole is what such an append left: it is cut off. A block that is
// not whole with a whole one behind it is damage to what was acknowledged: open() fails and changes
// nothing. Damage to the very last block looks as an interrupted append does.
//
// Fibers may append at once: what is waiting when a sync ends is written as one block.
class Journal {
 public:
  // What open() found.
  struct Contents {
    std::optional<Bytes> snapshot;
    std::vector<Bytes> events;        // those after the snapshot
    std::uint64_t dropped_bytes = 0;  // of an interrupted append
  };

  // Errors: bad_message (damage; the message says where), io_error, no_space.
  static Result<Journal> open(std::string_view name);

  // contents() is what open() found; take it once.
  Contents take_contents() { return std::move(contents_); }

  // append() blocks until the events are safe. Errors: no_space and too_large (nothing happened);
  // io_error: then it is not known what the disk holds (a failed fsync may have dropped pages:
  // Rebello et al. 2020), and every later append fails until the journal is opened again.
  Result<void> append(std::span<const std::byte> event);
  Result<void> append(std::span<const Bytes> events);

  // snapshot() puts `state`, which stands for all events so far, in the place of those events.
  // Blocks until it is safe; a crash meanwhile leaves the snapshot and events of before, or these.
  Result<void> snapshot(std::span<const std::byte> state);

  // next() is the number that the next event gets: how many there were.
  std::uint64_t next() const { return next_; }

 private:
  struct Pending {
    std::vector<Bytes> events;
    std::optional<Result<void>> result;
  };

  Journal(std::string name, File file) : name_(std::move(name)), file_(std::move(file)) {}
  Result<void> load();
  Result<std::uint64_t> load_snapshot();
  Result<void> load_blocks(std::span<const std::byte> bytes, std::uint64_t base);
  Result<void> write(const std::vector<Bytes>& events);
  Result<void> undo(Error problem);
  void write_all_pending();

  std::string name_;
  File file_;
  Contents contents_;
  std::uint64_t next_ = 0;
  std::uint64_t end_ = 0;  // of the last whole block
  bool broken_ = false;
  std::unique_ptr<Mutex> writing_ = std::make_unique<Mutex>();
  std::vector<std::shared_ptr<Pending>> pending_;
};

struct EventSourcedOptions {
  std::uint64_t snapshot_every = 1000;  // events; 0: never
};

// EventSourced keeps a State that is changed by Events only. After a crash it is made again from
// the journal: State{}, or the last snapshot, and then each event once more. State has
// `void apply(const Event&)`, which must depend on nothing but the two. Both are kept encoded with
// their Codec, so that fields can be added later.
template <class State, class Event>
class EventSourced {
 public:
  // recover() opens the journal and replays it. Errors: as Journal::open(), and bad_message for an
  // event that does not decode.
  static Result<EventSourced> recover(std::string_view name, EventSourcedOptions options = {});

  const State& state() const { return state_; }
  // persist() appends the event and applies it once it is safe; blocks meanwhile. On an error the
  // state is as before. One after the other: a fiber that decides by state() what to persist must
  // be alone in that, or hold a Mutex.
  Result<void> persist(const Event& event);
  std::uint64_t events() const { return journal_.next(); }

 private:
  EventSourced(Journal journal, EventSourcedOptions options)
      : journal_(std::move(journal)), options_(options) {}
  Result<void> replay();

  Journal journal_;
  EventSourcedOptions options_;
  State state_{};
  std::uint64_t since_snapshot_ = 0;
  std::unique_ptr<Mutex> persisting_ = std::make_unique<Mutex>();
};

}  // namespace norn

#include "norn/runtime/detail/event_sourced_impl.hpp"
