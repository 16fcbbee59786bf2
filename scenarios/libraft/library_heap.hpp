// LibraryHeap: all the memory that the library holds for one life of a server.
#pragma once

#include <array>
#include <cstddef>

#include "libraft/library.hpp"

namespace norn_libraft {

// The library takes its memory through one table of functions for the whole process. Ours passes
// each request on to the heap that the calling thread has chosen with Use, so that simulations on
// several threads do not meet. A server that dies drops its heap: as after a real crash, the
// library gets no chance to tidy up, and nothing leaks. New memory is filled with a pattern, and
// released memory is filled with another and kept for a while: code that reads what it must not
// does so alike in every run, and is likely to be caught.
class LibraryHeap {
 public:
  LibraryHeap();
  LibraryHeap(const LibraryHeap&) = delete;
  LibraryHeap& operator=(const LibraryHeap&) = delete;
  ~LibraryHeap();

  // Use makes a heap the one of the calling thread for as long as it lives. It must not live across
  // a blocking call.
  class Use {
   public:
    explicit Use(LibraryHeap& heap);
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use();

   private:
    LibraryHeap* previous_;
  };

  // blocks() counts what was allocated and not released.
  std::size_t blocks() const { return blocks_; }
  // abandon() gives the memory up without touching it: after a fault inside the library nobody
  // knows its state.
  void abandon();

 private:
  struct Block;
  static constexpr std::size_t kQuarantine = 64;  // released blocks that are kept

  static LibraryHeap* current();
  static void* on_malloc(void* data, size_t size);
  static void* on_calloc(void* data, size_t count, size_t size);
  static void* on_realloc(void* data, void* memory, size_t size);
  static void on_free(void* data, void* memory);
  static void* on_aligned_alloc(void* data, size_t alignment, size_t size);
  static void on_aligned_free(void* data, size_t alignment, void* memory);
  static void install();

  void* allocate(std::size_t size);
  void release(void* memory);

  Block* first_ = nullptr;
  std::size_t blocks_ = 0;
  std::array<Block*, kQuarantine> quarantine_{};
  std::size_t next_quarantine_ = 0;
};

}  // namespace norn_libraft
