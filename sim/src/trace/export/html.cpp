#include <xxhash.h>

#include <array>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>

#include "trace/export/formats.hpp"
#include "trace/export/html_data.hpp"

namespace norn::trace {

namespace {

// Made from the files in html/ by cmake/NornEmbed.cmake.
#include "html_page.inc"

template <std::size_t N>
std::string_view page_part(const std::array<unsigned char, N>& part) {
  return {reinterpret_cast<const char*>(part.data()), N};
}

void write_escaped(std::ostream& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '<':
        out << "&lt;";
        break;
      case '>':
        out << "&gt;";
        break;
      case '&':
        out << "&amp;";
        break;
      default:
        out << c;
    }
  }
}

// Only the page's own script and style have the number that the page asks for; what stands in a
// trace cannot know it, since it is made from the whole trace.
std::string page_key(std::string_view data) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::uint64_t hash = XXH3_64bits(data.data(), data.size());
  std::string key;
  for (int i = 0; i < 16; ++i, hash >>= 4U) key += kDigits[hash & 15U];
  return key;
}

}  // namespace

Result<void> export_html(const Reader& reader, const ExportOptions& options, std::ostream& out) {
  PageData data(reader);
  if (auto collected = data.collect(options); !collected.ok()) return collected;
  std::ostringstream buffer;
  data.write(buffer);
  const std::string json = std::move(buffer).str();
  const std::string key = page_key(json);
  std::string_view page = page_part(kPageHtml);
  while (!page.empty() && out.good()) {
    const std::size_t mark = std::min(page.find("@@"), page.size());
    out << page.substr(0, mark);
    page.remove_prefix(mark);
    const std::size_t end = page.find("@@", 2);
    if (end == std::string_view::npos) break;
    const std::string_view what = page.substr(2, end - 2);
    page.remove_prefix(end + 2);
    if (what == "key") out << key;
    if (what == "title") write_escaped(out, reader.name());
    if (what == "style") out << page_part(kPageStyle);
    if (what == "data") out << json;
    if (what == "script") out << page_part(kPageScript);
  }
  return {};
}

}  // namespace norn::trace
