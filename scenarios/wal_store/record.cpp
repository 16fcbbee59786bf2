#include "wal_store/record.hpp"

namespace wal_store {
namespace {

constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kKeySizeBytes = 2;

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void append(norn::Bytes& out, std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// The body is the kind, the size of the key, the key and the value.
bool parse_body(std::span<const std::byte> body, Record& record) {
  if (body.empty()) return false;
  record.kind = static_cast<RecordKind>(body.front());
  if (record.kind == RecordKind::footer) return true;
  if (record.kind != RecordKind::put || body.size() < 1 + kKeySizeBytes) return false;
  const std::uint64_t key_size = get_number(body.subspan(1, kKeySizeBytes));
  const auto rest = body.subspan(1 + kKeySizeBytes);
  if (key_size > rest.size()) return false;
  record.key = text(rest.first(key_size));
  record.value = text(rest.subspan(key_size));
  return true;
}

}  // namespace

std::uint32_t checksum(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::byte byte : bytes)
    hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3U;
  return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
}

void put_number(norn::Bytes& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(number >> (8 * i)));
}

std::uint64_t get_number(std::span<const std::byte> in) {
  std::uint64_t number = 0;
  for (std::size_t i = in.size(); i-- > 0;)
    number = (number << 8U) | std::to_integer<std::uint64_t>(in[i]);
  return number;
}

norn::Bytes encode(const Record& record) {
  norn::Bytes body;
  body.push_back(static_cast<std::byte>(record.kind));
  if (record.kind == RecordKind::put) {
    put_number(body, record.key.size(), kKeySizeBytes);
    append(body, record.key);
    append(body, record.value);
  }
  norn::Bytes rest;
  put_number(rest, body.size(), kLengthBytes);
  put_number(rest, checksum(body), kChecksumBytes);
  put_number(rest, record.number, kNumberBytes);
  norn::Bytes whole;
  whole.reserve(kHeaderBytes + body.size());
  put_number(whole, checksum(rest), kChecksumBytes);
  whole.insert(whole.end(), rest.begin(), rest.end());
  whole.insert(whole.end(), body.begin(), body.end());
  return whole;
}

Parsed parse(std::span<const std::byte> bytes, Mistake mistake) {
  using Status = Parsed::Status;
  if (bytes.empty()) return {.status = Status::end};
  if (bytes.size() < kHeaderBytes) return {.status = Status::cut_short};
  const auto header = bytes.first(kHeaderBytes);
  const bool checked = mistake != Mistake::no_checksum;  // planted: variant no-checksum
  const std::uint64_t length = get_number(header.subspan(kChecksumBytes, kLengthBytes));
  const bool too_long = length > bytes.size() - kHeaderBytes;
  // planted: variant trusts-length
  if (mistake == Mistake::trusts_length && too_long) return {.status = Status::cut_short};
  if (checked &&
      get_number(header.first(kChecksumBytes)) != checksum(header.subspan(kChecksumBytes))) {
    return {.status = Status::bad};
  }
  if (too_long) return {.status = Status::cut_short};
  const auto body = bytes.subspan(kHeaderBytes, length);
  const auto body_checksum = header.subspan(kChecksumBytes + kLengthBytes, kChecksumBytes);
  if (checked && get_number(body_checksum) != checksum(body)) return {.status = Status::bad};
  Parsed parsed{.status = Status::whole, .size = kHeaderBytes + length};
  parsed.record.number = get_number(header.last(kNumberBytes));
  if (!parse_body(body, parsed.record)) return {.status = Status::bad};
  return parsed;
}

}  // namespace wal_store
