// The pending events of a simulation, in the order of (time, order).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "norn/runtime/assert.hpp"

namespace norn::sim {

// One pending event. `order` decides among events of one time and must be unique among those;
// `data` is opaque to the queue.
struct QueuedEvent {
  std::int64_t time_ns;
  std::uint64_t order;
  std::uint64_t data;
};
static_assert(sizeof(QueuedEvent) == 24);

// EventQueue is a monotone radix heap (Ahuja, Mehlhorn, Orlin, Tarjan: "Faster algorithms for the
// shortest path problem", 1990) with digits of several bits and a lazily sorted bottom. It pops in
// the order of (time, order) whatever the history, and needs in return that nothing is pushed
// before the time of the last event popped.
//
// The bottom is a small sorted array of the earliest events: everything up to `limit_`. All later
// events lie unsorted in buckets: an event's bucket is the highest digit in which its key differs
// from `base_` and the value of that digit, so buckets are ordered among themselves. When the
// bottom runs dry the first bucket is sorted into it, after being spread over lower buckets if it
// is large. Few pending events never leave the bottom. The key is the time and the order together,
// so any number of events at one time is spread just as well.
class EventQueue {
 public:
  EventQueue() = default;
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  void push(const QueuedEvent& event);
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  // top(), pop() and next_time() need a queue that is not empty.
  const QueuedEvent& top();
  QueuedEvent pop();
  std::int64_t next_time() { return top().time_ns; }

  // look_ahead() is the i-th event after the top (0: the top itself) if that is sorted already,
  // else nullptr. A hint for prefetching: the event may still be overtaken by one that is pushed
  // later.
  const QueuedEvent* look_ahead(std::size_t i) const {
    return head_ + i < tail_ ? &bottom_[head_ + i] : nullptr;
  }

  // clear() forgets all events, and the time of the last one popped.
  void clear();

 private:
  __extension__ using Key = unsigned __int128;

  // Numbers measured on the hold model at 1 to 1,000,000 pending events (tools/bench).
  static constexpr unsigned kDigitBits = 3;
  static constexpr unsigned kDigits = 1U << kDigitBits;
  static constexpr unsigned kLevelsPerWord = (64 + kDigitBits - 1) / kDigitBits;
  static constexpr unsigned kLevels =
      2 * kLevelsPerWord;                          // those of the order, then those of the time
  static constexpr std::size_t kSortAtMost = 32;   // a larger bucket is spread first
  static constexpr std::size_t kSpillAbove = 96;   // a larger bottom is cut down …
  static constexpr std::size_t kKeepInSpill = 32;  // … to this
  static constexpr std::size_t kRefillBelow = 4;
  static constexpr std::size_t kRefillTo = 12;
  static constexpr std::size_t kBottomCapacity = 192;
  static constexpr std::size_t kChunkEvents = 31;
  static constexpr std::size_t kChunksPerSlab = 64;
  static constexpr Key kNoLimit = ~Key{0};

  struct Chunk {
    Chunk* next;
    std::size_t used;
    std::array<QueuedEvent, kChunkEvents> events;
  };

  struct Bucket {
    Chunk* first = nullptr;
    Chunk* last = nullptr;
    std::size_t count = 0;
    Key least = kNoLimit;
  };

  static Key key_of(const QueuedEvent& event) {
    return Key{static_cast<std::uint64_t>(event.time_ns)} << 64 | event.order;
  }
  static std::uint64_t time_of(Key key) { return static_cast<std::uint64_t>(key >> 64); }
  static std::uint64_t order_of(Key key) { return static_cast<std::uint64_t>(key); }

  // A bucket's place: the level of the highest digit that differs, and that digit.
  struct Place {
    unsigned level;
    unsigned digit;
  };
  Place place_of(Key key) const;
  Bucket& bucket_at(Place place) { return buckets_[place.level * kDigits + place.digit]; }
  Place first_place() const;
  // last_key_of() is the greatest key that belongs to the bucket at `place`.
  Key last_key_of(Place place) const;

  void insert_into_bottom(const QueuedEvent& event, Key key);
  void insert_into_bucket(const QueuedEvent& event, Key key);
  Bucket take_bucket(Place place);
  void append_to_bottom(Bucket bucket);
  void refill();
  void spread(Bucket bucket);
  void spill();
  void move_base_down(Key base);
  void make_room_at_the_end();

  Chunk* new_chunk();
  void release_chunk(Chunk* chunk) {
    chunk->next = free_chunks_;
    free_chunks_ = chunk;
  }

  std::size_t size_ = 0;
  std::size_t head_ = 0;  // the bottom is bottom_[head_ .. tail_)
  std::size_t tail_ = 0;
  std::int64_t last_popped_ns_ = 0;
  Key limit_ = kNoLimit;  // events up to here are in the bottom, later ones in buckets
  Key base_ = 0;          // not above limit_, and so below all events in buckets
  std::uint64_t level_mask_ = 0;
  Chunk* free_chunks_ = nullptr;
  std::array<QueuedEvent, kBottomCapacity> bottom_;
  std::array<std::uint8_t, kLevels> digit_mask_{};
  std::array<Bucket, kLevels * kDigits> buckets_;
  std::vector<std::unique_ptr<Chunk[]>> slabs_;

  static_assert(kLevels <= 64 && kDigits <= 8);
  static_assert(kBottomCapacity > kSpillAbove + 1 && kBottomCapacity > kSortAtMost);
};

inline void EventQueue::push(const QueuedEvent& event) {
  NORN_ASSERT(
      event.time_ns >= last_popped_ns_,
      "an event is pushed before the time of the last one popped: never schedule into the past");
  const Key key = key_of(event);
  ++size_;
  if (key <= limit_) {
    insert_into_bottom(event, key);
  } else {
    insert_into_bucket(event, key);
  }
}

inline const QueuedEvent& EventQueue::top() {
  if (head_ == tail_) [[unlikely]] {
    NORN_ASSERT(size_ != 0,
                "the event queue is empty: test empty() before top(), pop() and next_time()");
  }
  return bottom_[head_];
}

inline QueuedEvent EventQueue::pop() {
  const QueuedEvent event = top();
  ++head_;
  --size_;
  last_popped_ns_ = event.time_ns;
  if (tail_ - head_ < kRefillBelow && level_mask_ != 0) [[unlikely]]
    refill();
  return event;
}

inline void EventQueue::clear() {
  while (level_mask_ != 0) {
    Chunk* chunk = take_bucket(first_place()).first;
    while (chunk != nullptr) release_chunk(std::exchange(chunk, chunk->next));
  }
  size_ = head_ = tail_ = 0;
  last_popped_ns_ = 0;
  limit_ = kNoLimit;
  base_ = 0;
}

inline EventQueue::Place EventQueue::place_of(Key key) const {
  const std::uint64_t time = time_of(key);
  const std::uint64_t time_difference = time ^ time_of(base_);
  if (time_difference != 0) [[likely]] {
    const auto level =
        (63U - static_cast<unsigned>(std::countl_zero(time_difference))) / kDigitBits;
    return {kLevelsPerWord + level, static_cast<unsigned>(time >> (level * kDigitBits)) % kDigits};
  }
  const std::uint64_t order = order_of(key);
  const std::uint64_t difference = (order ^ order_of(base_)) | 1;
  const auto level = (63U - static_cast<unsigned>(std::countl_zero(difference))) / kDigitBits;
  return {level, static_cast<unsigned>(order >> (level * kDigitBits)) % kDigits};
}

inline EventQueue::Place EventQueue::first_place() const {
  const auto level = static_cast<unsigned>(std::countr_zero(level_mask_));
  return {level, static_cast<unsigned>(std::countr_zero(digit_mask_[level]))};
}

inline EventQueue::Key EventQueue::last_key_of(Place place) const {
  const bool in_time = place.level >= kLevelsPerWord;
  const unsigned shift = (in_time ? place.level - kLevelsPerWord : place.level) * kDigitBits;
  const std::uint64_t word = in_time ? time_of(base_) : order_of(base_);
  const unsigned shift_above = shift + kDigitBits;
  const std::uint64_t above = shift_above < 64 ? word >> shift_above << shift_above : 0;
  const std::uint64_t below = (std::uint64_t{1} << shift) - 1;
  const std::uint64_t last = above | std::uint64_t{place.digit} << shift | below;
  if (in_time) return Key{last} << 64 | std::numeric_limits<std::uint64_t>::max();
  return Key{time_of(base_)} << 64 | last;
}

inline void EventQueue::insert_into_bottom(const QueuedEvent& event, Key key) {
  if (tail_ == kBottomCapacity) [[unlikely]]
    make_room_at_the_end();
  std::size_t at = tail_++;
  while (at > head_ && key < key_of(bottom_[at - 1])) {
    bottom_[at] = bottom_[at - 1];
    --at;
  }
  bottom_[at] = event;
  if (tail_ - head_ > kSpillAbove) [[unlikely]]
    spill();
}

inline void EventQueue::make_room_at_the_end() {
  std::memmove(bottom_.data(), bottom_.data() + head_, (tail_ - head_) * sizeof(QueuedEvent));
  tail_ -= head_;
  head_ = 0;
}

inline void EventQueue::insert_into_bucket(const QueuedEvent& event, Key key) {
  const Place place = place_of(key);
  Bucket& bucket = bucket_at(place);
  Chunk* chunk = bucket.first;
  if (chunk == nullptr || chunk->used == kChunkEvents) [[unlikely]] {
    chunk = new_chunk();
    chunk->used = 0;
    chunk->next = bucket.first;
    if (bucket.first == nullptr) {
      bucket.last = chunk;
      level_mask_ |= std::uint64_t{1} << place.level;
      digit_mask_[place.level] =
          static_cast<std::uint8_t>(digit_mask_[place.level] | 1U << place.digit);
    }
    bucket.first = chunk;
  }
  chunk->events[chunk->used++] = event;
  ++bucket.count;
  bucket.least = std::min(bucket.least, key);
}

inline EventQueue::Bucket EventQueue::take_bucket(Place place) {
  std::uint8_t& digits = digit_mask_[place.level];
  digits = static_cast<std::uint8_t>(digits & ~(1U << place.digit));
  if (digits == 0) level_mask_ &= ~(std::uint64_t{1} << place.level);
  return std::exchange(bucket_at(place), Bucket{});
}

// refill() sorts buckets into the bottom until it is long enough to look ahead in.
inline void EventQueue::refill() {
  make_room_at_the_end();
  while (level_mask_ != 0 && tail_ < kRefillTo) {
    const Place place = first_place();
    Bucket bucket = take_bucket(place);
    if (bucket.count <= kSortAtMost) {
      limit_ = last_key_of(place);
      append_to_bottom(bucket);
    } else {
      NORN_ASSERT(place.level != 0,
                  "many events have the same time and order: make each order unique");
      spread(bucket);
    }
  }
  if (level_mask_ == 0) limit_ = kNoLimit;
}

inline void EventQueue::append_to_bottom(Bucket bucket) {
  for (Chunk* chunk = bucket.first; chunk != nullptr;) {
    for (std::size_t i = 0; i < chunk->used; ++i) {
      const QueuedEvent event = chunk->events[i];
      const Key key = key_of(event);
      std::size_t at = tail_++;
      while (at > head_ && key < key_of(bottom_[at - 1])) {
        bottom_[at] = bottom_[at - 1];
        --at;
      }
      bottom_[at] = event;
    }
    release_chunk(std::exchange(chunk, chunk->next));
  }
}

// spread() moves the events of the first bucket to lower ones, seen from its least event.
inline void EventQueue::spread(Bucket bucket) {
  base_ = bucket.least;
  for (Chunk* chunk = bucket.first; chunk != nullptr;) {
    for (std::size_t i = 0; i < chunk->used; ++i) {
      insert_into_bucket(chunk->events[i], key_of(chunk->events[i]));
    }
    release_chunk(std::exchange(chunk, chunk->next));
  }
}

// spill() leaves the earliest events in the bottom and moves the others to buckets.
inline void EventQueue::spill() {
  const std::size_t keep = head_ + kKeepInSpill;
  limit_ = key_of(bottom_[keep - 1]);
  if (limit_ < base_) {
    move_base_down(limit_);
  } else {
    base_ = limit_;  // no bucket lies between, and those above look the same from here
  }
  for (std::size_t i = keep; i < tail_; ++i) insert_into_bucket(bottom_[i], key_of(bottom_[i]));
  tail_ = keep;
}

// Seen from a lower base, all that differed from the old one in low digits only is in one bucket:
// that of the highest digit in which the two bases differ.
inline void EventQueue::move_base_down(Key base) {
  const Key old_base = std::exchange(base_, base);
  const Place merged_place = place_of(old_base);
  Bucket merged;
  while (level_mask_ != 0 && first_place().level < merged_place.level) {
    const Bucket bucket = take_bucket(first_place());
    bucket.last->next = merged.first;
    if (merged.first == nullptr) merged.last = bucket.last;
    merged.first = bucket.first;
    merged.count += bucket.count;
    merged.least = std::min(merged.least, bucket.least);
  }
  if (merged.count == 0) return;
  bucket_at(merged_place) = merged;
  level_mask_ |= std::uint64_t{1} << merged_place.level;
  std::uint8_t& digits = digit_mask_[merged_place.level];
  digits = static_cast<std::uint8_t>(digits | 1U << merged_place.digit);
}

inline EventQueue::Chunk* EventQueue::new_chunk() {
  if (free_chunks_ == nullptr) {
    slabs_.push_back(std::make_unique_for_overwrite<Chunk[]>(kChunksPerSlab));
    for (std::size_t i = kChunksPerSlab; i > 0; --i) release_chunk(&slabs_.back()[i - 1]);
  }
  return std::exchange(free_chunks_, free_chunks_->next);
}

}  // namespace norn::sim
