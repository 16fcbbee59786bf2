// What was drawn last, kept for as long as nothing changes: a frame then costs a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "model/message_path.hpp"
#include "model/messages.hpp"
#include "panels/imgui_compat.hpp"
#include "panels/panel_context.hpp"

namespace norn::viewer {

// A message with where it is drawn.
struct DrawnMessage {
  MessageRef ref;
  MessagePath path;
};

// DrawingKey is the list of all values that a drawing depends on.
class DrawingKey {
 public:
  template <class Value>
  void add(Value value) {
    static_assert(sizeof(Value) <= sizeof(std::uint64_t));
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(Value));
    values_.push_back(bits);
  }
  bool operator==(const DrawingKey&) const = default;

 private:
  std::vector<std::uint64_t> values_;
};

// DrawingCache owns a draw list of its own, which is copied into the window's in each frame.
class DrawingCache {
 public:
  DrawingCache();
  ~DrawingCache();
  DrawingCache(const DrawingCache&) = delete;
  DrawingCache& operator=(const DrawingCache&) = delete;

  // begin() says whether what was drawn under this key is still there. If not, the list is empty
  // and waits for the drawing.
  bool begin(const DrawingKey& key);
  ImDrawList& list() { return *list_; }
  // append_to() copies the drawing to the end of another list.
  void append_to(ImDrawList& list) const;

  // What the mouse may point at in the drawing.
  VisibleMessages visible;
  std::vector<DrawnMessage> messages;
  DrawnCounts drawn;

 private:
  struct Free {
    void operator()(ImDrawList* list) const;
  };
  std::unique_ptr<ImDrawList, Free> list_;
  DrawingKey key_;
  const void* context_ = nullptr;  // the ImGui context whose fonts the drawing shows
  std::uint64_t fonts_ = 0;        // which state of the font texture it shows
};

}  // namespace norn::viewer
