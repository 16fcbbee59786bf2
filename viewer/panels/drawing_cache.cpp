#include "panels/drawing_cache.hpp"

#include <algorithm>

namespace norn::viewer {

void DrawingCache::Free::operator()(ImDrawList* list) const {
  IM_DELETE(list);
}

DrawingCache::DrawingCache() = default;
DrawingCache::~DrawingCache() = default;

bool DrawingCache::begin(const DrawingKey& key) {
  const std::uint64_t fonts = compat::font_texture_version();
  const void* const context = ImGui::GetCurrentContext();
  if (list_ != nullptr && key == key_ && fonts == fonts_ && context == context_) return true;
  if (list_ == nullptr || context != context_) {
    list_.reset(IM_NEW(ImDrawList)(ImGui::GetDrawListSharedData()));
  }
  key_ = key;
  fonts_ = fonts;
  context_ = context;
  compat::begin_list(*list_);
  visible = {};
  messages.clear();
  drawn = {};
  return false;
}

// Commands that share a vertex offset share their vertices: those are copied once, then the
// commands one by one, each with its clip rectangle.
void DrawingCache::append_to(ImDrawList& list) const {
  const auto& commands = list_->CmdBuffer;
  for (int first = 0; first < commands.Size;) {
    int last = first;
    const unsigned offset = commands[first].VtxOffset;
    while (last < commands.Size && commands[last].VtxOffset == offset) ++last;
    const int end =
        last < commands.Size ? static_cast<int>(commands[last].VtxOffset) : list_->VtxBuffer.Size;
    const int vertices = end - static_cast<int>(offset);
    list.PrimReserve(0, vertices);
    const unsigned base = list._VtxCurrentIdx;
    std::copy_n(list_->VtxBuffer.Data + offset, vertices, list._VtxWritePtr);
    list._VtxWritePtr += vertices;
    list._VtxCurrentIdx += static_cast<unsigned>(vertices);
    for (; first < last; ++first) {
      const ImDrawCmd& command = commands[first];
      const auto count = static_cast<int>(command.ElemCount);
      if (count == 0) continue;
      list.PushClipRect({command.ClipRect.x, command.ClipRect.y},
                        {command.ClipRect.z, command.ClipRect.w}, true);
      list.PrimReserve(count, 0);
      const ImDrawIdx* const from = list_->IdxBuffer.Data + command.IdxOffset;
      std::transform(from, from + count, list._IdxWritePtr,
                     [&](ImDrawIdx index) { return static_cast<ImDrawIdx>(index + base); });
      list._IdxWritePtr += count;
      list.PopClipRect();
    }
  }
}

}  // namespace norn::viewer
