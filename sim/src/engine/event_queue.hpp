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
  // look_ahead() sees this many events after the top, if there are so many.
  static constexpr std::size_t kLookAhead = 8;

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

  // remove_if() forgets the events for which gone(event) holds.
  template <class Predicate>
  void remove_if(Predicate gone);
  // for_each() visits all events, in no order that means anything.
  template <class Visit>
  void for_each(Visit visit) const;
  // clear() forgets all events, and the time of the last one popped.
  void clear();

 private:
  __extension__ using Key = unsigned __int128;
  using DigitMask = std::uint16_t;

  // Numbers measured on the hold model at 1 to 1,000,000 pending events (tools/bench).
  static constexpr unsigned kDigitBits = 3;
  static constexpr unsigned kDigits = 1U << kDigitBits;
  static constexpr unsigned kLevelsPerWord = (64 + kDigitBits - 1) / kDigitBits;
  static constexpr unsigned kLevels = 2 * kLevelsPerWord;  // of the order, then of the time
  static constexpr std::size_t kSortAtMost = 32;           // a larger bucket is spread first
  static constexpr std::size_t kRefillTo = 16;
  static constexpr std::size_t kSpillAbove = 96;   // a larger bottom is cut down …
  static constexpr std::size_t kKeepInSpill = 32;  // … to this
  static constexpr std::size_t kBottomCapacity = 192;
  static constexpr std::size_t kChunkEvents = 63;
  static constexpr std::size_t kChunksPerSlab = 64;
  static constexpr Key kNoLimit = ~Key{0};
  static constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

  struct Chunk {
    Chunk* next;
    std::size_t used;
    std::array<QueuedEvent, kChunkEvents> events;
  };

  struct Bucket {
    Chunk* first = nullptr;
    Chunk* last = nullptr;
    std::uint64_t least_time = kMax;
    std::size_t count = 0;
  };

  static Key make_key(std::uint64_t time, std::uint64_t order) { return Key{time} << 64 | order; }
  static Key key_of(const QueuedEvent& event) {
    return make_key(static_cast<std::uint64_t>(event.time_ns), event.order);
  }
  static std::uint64_t time_of(Key key) { return static_cast<std::uint64_t>(key >> 64); }
  static std::uint64_t order_of(Key key) { return static_cast<std::uint64_t>(key); }

  // A bucket's place is the level of the highest digit that differs, times kDigits, and that digit.
  unsigned place_of(Key key) const;
  unsigned place_by_order(std::uint64_t order) const;
  unsigned first_place() const;
  // last_key_of() is the greatest key that belongs to the bucket at `place`.
  Key last_key_of(unsigned place) const;
  void mark(unsigned place);

  void insert_into_bottom(const QueuedEvent& event, Key key);
  void insert_into_bucket(const QueuedEvent& event);
  void add_chunk(Bucket& bucket, unsigned place);
  Bucket take_bucket(unsigned place);
  void append_to_bottom(const Bucket& bucket);
  void make_room_at_the_end();
  void refill();
  void spread(const Bucket& bucket, unsigned place);
  void spill();
  void move_base_down(Key base);

  Chunk* new_chunk();
  void release_chunk(Chunk* chunk) {
    chunk->next = free_chunks_;
    free_chunks_ = chunk;
  }

  std::size_t head_ = 0;  // the bottom is bottom_[head_ .. tail_)
  std::size_t tail_ = 0;
  std::size_t size_ = 0;
  std::int64_t last_popped_ns_ = 0;
  Key limit_ = kNoLimit;  // events up to here are in the bottom, later ones in buckets
  Key base_ = 0;          // not above limit_, and so below all events in buckets
  std::uint64_t level_mask_ = 0;
  Chunk* free_chunks_ = nullptr;
  std::array<DigitMask, kLevels> digit_mask_{};
  std::array<QueuedEvent, kBottomCapacity> bottom_;
  std::array<Bucket, kLevels * kDigits> buckets_;
  std::vector<std::unique_ptr<Chunk[]>> slabs_;

  static_assert(kLevels <= 64 && kDigits <= 8 * sizeof(DigitMask));
  static_assert(kBottomCapacity > kSpillAbove + 1 && kBottomCapacity >= kRefillTo + kSortAtMost);
};

inline void EventQueue::push(const QueuedEvent& event) {
  NORN_ASSERT(event.time_ns >= last_popped_ns_,
              "an event is pushed before the last one popped: never schedule into the past");
  const Key key = key_of(event);
  ++size_;
  if (key <= limit_) {
    insert_into_bottom(event, key);
  } else {
    insert_into_bucket(event);
  }
}

inline const QueuedEvent& EventQueue::top() {
  NORN_ASSERT(size_ != 0,
              "the event queue is empty: test empty() before top(), pop() and next_time()");
  return bottom_[head_];
}

inline QueuedEvent EventQueue::pop() {
  const QueuedEvent event = top();
  ++head_;
  --size_;
  last_popped_ns_ = event.time_ns;
  if (tail_ - head_ <= kLookAhead && level_mask_ != 0) [[unlikely]]
    refill();
  return event;
}

template <class Predicate>
void EventQueue::remove_if(Predicate gone) {
  size_ = 0;
  std::size_t kept = head_;
  for (std::size_t i = head_; i < tail_; ++i) {
    if (!gone(bottom_[i])) bottom_[kept++] = bottom_[i];
  }
  tail_ = kept;
  for (unsigned place = 0; place < buckets_.size(); ++place) {
    if (buckets_[place].first == nullptr) continue;
    for (Chunk* chunk = take_bucket(place).first; chunk != nullptr;) {
      for (std::size_t i = 0; i < chunk->used; ++i) {
        if (gone(chunk->events[i])) continue;
        insert_into_bucket(chunk->events[i]);  // the same place, as the base is the same
        ++size_;
      }
      release_chunk(std::exchange(chunk, chunk->next));
    }
  }
  size_ += tail_ - head_;
  refill();
}

template <class Visit>
void EventQueue::for_each(Visit visit) const {
  for (std::size_t i = head_; i < tail_; ++i) visit(bottom_[i]);
  for (const Bucket& bucket : buckets_) {
    for (const Chunk* chunk = bucket.first; chunk != nullptr; chunk = chunk->next) {
      for (std::size_t i = 0; i < chunk->used; ++i) visit(chunk->events[i]);
    }
  }
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

inline unsigned EventQueue::place_of(Key key) const {
  const std::uint64_t difference = time_of(key) ^ time_of(base_);
  if (difference == 0) [[unlikely]]
    return place_by_order(order_of(key));
  const unsigned level = (63U - static_cast<unsigned>(std::countl_zero(difference))) / kDigitBits;
  const auto digit = static_cast<unsigned>(time_of(key) >> (level * kDigitBits)) % kDigits;
  return (kLevelsPerWord + level) * kDigits + digit;
}

inline unsigned EventQueue::place_by_order(std::uint64_t order) const {
  const std::uint64_t difference = (order ^ order_of(base_)) | 1;
  const unsigned level = (63U - static_cast<unsigned>(std::countl_zero(difference))) / kDigitBits;
  return level * kDigits + static_cast<unsigned>(order >> (level * kDigitBits)) % kDigits;
}

inline unsigned EventQueue::first_place() const {
  const auto level = static_cast<unsigned>(std::countr_zero(level_mask_));
  return level * kDigits + static_cast<unsigned>(std::countr_zero(digit_mask_[level]));
}

inline EventQueue::Key EventQueue::last_key_of(unsigned place) const {
  const unsigned level = place / kDigits;
  const bool in_time = level >= kLevelsPerWord;
  const unsigned shift = level % kLevelsPerWord * kDigitBits;
  const std::uint64_t word = in_time ? time_of(base_) : order_of(base_);
  const unsigned shift_above = shift + kDigitBits;
  const std::uint64_t above = shift_above < 64 ? word >> shift_above << shift_above : 0;
  const std::uint64_t below = (std::uint64_t{1} << shift) - 1;
  const std::uint64_t last = above | std::uint64_t{place % kDigits} << shift | below;
  return in_time ? make_key(last, kMax) : make_key(time_of(base_), last);
}

inline void EventQueue::mark(unsigned place) {
  const unsigned level = place / kDigits;
  level_mask_ |= std::uint64_t{1} << level;
  digit_mask_[level] = static_cast<DigitMask>(digit_mask_[level] | 1U << place % kDigits);
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

inline void EventQueue::insert_into_bucket(const QueuedEvent& event) {
  const unsigned place = place_of(key_of(event));
  Bucket& bucket = buckets_[place];
  if (bucket.first == nullptr || bucket.first->used == kChunkEvents) [[unlikely]] {
    add_chunk(bucket, place);
  }
  Chunk& chunk = *bucket.first;
  chunk.events[chunk.used++] = event;
  ++bucket.count;
  bucket.least_time = std::min(bucket.least_time, static_cast<std::uint64_t>(event.time_ns));
}

[[gnu::noinline]] inline void EventQueue::add_chunk(Bucket& bucket, unsigned place) {
  Chunk* const chunk = new_chunk();
  chunk->used = 0;
  chunk->next = bucket.first;
  if (bucket.first == nullptr) {
    bucket.last = chunk;
    mark(place);
  }
  bucket.first = chunk;
}

inline EventQueue::Bucket EventQueue::take_bucket(unsigned place) {
  const unsigned level = place / kDigits;
  digit_mask_[level] = static_cast<DigitMask>(digit_mask_[level] & ~(1U << place % kDigits));
  if (digit_mask_[level] == 0) level_mask_ &= ~(std::uint64_t{1} << level);
  return std::exchange(buckets_[place], Bucket{});
}

// refill() sorts buckets into the bottom until it is long enough to look ahead in.
[[gnu::noinline]] inline void EventQueue::refill() {
  make_room_at_the_end();
  while (level_mask_ != 0 && tail_ < kRefillTo) {
    const unsigned place = first_place();
    const Bucket bucket = take_bucket(place);
    if (bucket.count <= kSortAtMost) {
      limit_ = last_key_of(place);
      append_to_bottom(bucket);
    } else {
      NORN_ASSERT(place >= kDigits, "events have the same time and order: make each order unique");
      spread(bucket, place);
    }
  }
  if (level_mask_ == 0) limit_ = kNoLimit;
}

inline void EventQueue::append_to_bottom(const Bucket& bucket) {
  const std::size_t start = tail_;
  for (Chunk* chunk = bucket.first; chunk != nullptr;) {
    for (std::size_t i = 0; i < chunk->used; ++i) {
      const QueuedEvent event = chunk->events[i];
      const Key key = key_of(event);
      std::size_t at = tail_++;
      while (at > start && key < key_of(bottom_[at - 1])) {
        bottom_[at] = bottom_[at - 1];
        --at;
      }
      bottom_[at] = event;
    }
    release_chunk(std::exchange(chunk, chunk->next));
  }
}

// spread() moves the events of the first bucket to lower ones, seen from about its least event.
inline void EventQueue::spread(const Bucket& bucket, unsigned place) {
  std::uint64_t least_order = 0;
  if (place < kLevelsPerWord * kDigits) {  // all have one time
    least_order = kMax;
    for (const Chunk* chunk = bucket.first; chunk != nullptr; chunk = chunk->next) {
      for (std::size_t i = 0; i < chunk->used; ++i) {
        least_order = std::min(least_order, chunk->events[i].order);
      }
    }
  }
  base_ = make_key(bucket.least_time, least_order);
  for (Chunk* chunk = bucket.first; chunk != nullptr;) {
    for (std::size_t i = 0; i < chunk->used; ++i) insert_into_bucket(chunk->events[i]);
    release_chunk(std::exchange(chunk, chunk->next));
  }
}

// spill() leaves the earliest events in the bottom and moves the others to buckets.
[[gnu::noinline]] inline void EventQueue::spill() {
  const std::size_t keep = head_ + kKeepInSpill;
  limit_ = key_of(bottom_[keep - 1]);
  if (limit_ < base_) {
    move_base_down(limit_);
  } else {
    base_ = limit_;  // no bucket lies between, and those above look the same from here
  }
  for (std::size_t i = keep; i < tail_; ++i) insert_into_bucket(bottom_[i]);
  tail_ = keep;
}

// Seen from a lower base, all that differed from the old one in low digits only is in one bucket:
// that of the highest digit in which the two bases differ.
inline void EventQueue::move_base_down(Key base) {
  const Key old_base = std::exchange(base_, base);
  const unsigned merged_place = place_of(old_base);
  Bucket merged;
  while (level_mask_ != 0 && first_place() / kDigits < merged_place / kDigits) {
    const Bucket bucket = take_bucket(first_place());
    bucket.last->next = merged.first;
    if (merged.first == nullptr) merged.last = bucket.last;
    merged.first = bucket.first;
    merged.count += bucket.count;
    merged.least_time = std::min(merged.least_time, bucket.least_time);
  }
  if (merged.count == 0) return;
  buckets_[merged_place] = merged;
  mark(merged_place);
}

inline EventQueue::Chunk* EventQueue::new_chunk() {
  if (free_chunks_ == nullptr) {
    slabs_.push_back(std::make_unique_for_overwrite<Chunk[]>(kChunksPerSlab));
    for (std::size_t i = kChunksPerSlab; i > 0; --i) release_chunk(&slabs_.back()[i - 1]);
  }
  return std::exchange(free_chunks_, free_chunks_->next);
}

}  // namespace norn::sim
