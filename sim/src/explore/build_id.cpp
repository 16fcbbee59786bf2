#include <array>
#include <cstring>
#include <fstream>
#include <optional>
#include <vector>

#include <elf.h>
#include <link.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "norn/sim/case_file.hpp"

#include "explore/text.hpp"

namespace norn {

namespace {

std::string hex(const unsigned char* bytes, std::size_t size) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

std::size_t padded(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

// Looks for the note NT_GNU_BUILD_ID in a segment of notes (elf(5): name size, description size,
// type, name, description, each padded to four bytes).
std::optional<std::string> id_in_notes(const unsigned char* at, std::size_t size) {
  ElfW(Nhdr) header{};
  while (size >= sizeof(header)) {
    std::memcpy(&header, at, sizeof(header));
    const std::size_t name_size = padded(header.n_namesz);
    const std::size_t whole = sizeof(header) + name_size + padded(header.n_descsz);
    if (whole > size) return std::nullopt;
    const unsigned char* name = at + sizeof(header);
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 &&
        std::memcmp(name, "GNU", 4) == 0) {
      return hex(name + name_size, header.n_descsz);
    }
    at += whole;
    size -= whole;
  }
  return std::nullopt;
}

// The first object that the loader knows is the program itself: the search ends there.
int find_in_program(dl_phdr_info* info, std::size_t, void* found) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    // The loader's own description of memory: an address as a number.
    const auto* notes = reinterpret_cast<const unsigned char*>(info->dlpi_addr + segment.p_vaddr);
    if (auto id = id_in_notes(notes, segment.p_memsz)) {
      *static_cast<std::optional<std::string>*>(found) = std::move(id);
      break;
    }
  }
  return 1;
}

std::string hash_of_file() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  std::vector<char> block(1 << 20);
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    XXH3_64bits_update(&state, block.data(), static_cast<std::size_t>(file.gcount()));
  }
  return "xxh3-" + explore::hash_text(XXH3_64bits_digest(&state)).substr(2);
}

std::string find_build_id() {
  std::optional<std::string> id;
  dl_iterate_phdr(&find_in_program, &id);
  return id ? "gnu-" + *id : hash_of_file();
}

}  // namespace

const std::string& build_id() {
  static const std::string kId = find_build_id();
  return kId;
}

}  // namespace norn
