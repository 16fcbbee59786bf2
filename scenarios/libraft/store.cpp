#include "libraft/store.hpp"

#include <utility>

namespace norn_libraft {

Bytes encode_command(const Command& command) {
  ByteWriter out;
  out.u64(command.client);
  out.u64(command.sequence);
  out.u8(static_cast<std::uint8_t>(command.operation));
  out.text(command.key);
  out.u64(static_cast<std::uint64_t>(command.argument));
  return out.take();
}

std::optional<Command> decode_command(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  Command command;
  command.client = in.u64();
  command.sequence = in.u64();
  const std::uint8_t operation = in.u8();
  command.operation = static_cast<Operation>(operation);
  command.key = in.text();
  command.argument = static_cast<std::int64_t>(in.u64());
  if (!in.ok() || in.left() != 0 || operation > static_cast<std::uint8_t>(Operation::add))
    return std::nullopt;
  return command;
}

std::int64_t Store::apply(const Command& command) {
  ByteWriter link;
  link.u64(digest_);
  link.raw(encode_command(command));
  digest_ = checksum(link.take());

  Session& session = sessions_[command.client];
  if (command.sequence <= session.sequence) return session.result;
  std::int64_t& number = numbers_[command.key];
  if (command.operation == Operation::put) number = command.argument;
  if (command.operation == Operation::add) number += command.argument;
  session = {.sequence = command.sequence, .result = number};
  return number;
}

Bytes Store::snapshot() const {
  ByteWriter out;
  out.u64(digest_);
  out.u32(static_cast<std::uint32_t>(numbers_.size()));
  for (const auto& [key, number] : numbers_) {
    out.text(key);
    out.u64(static_cast<std::uint64_t>(number));
  }
  out.u32(static_cast<std::uint32_t>(sessions_.size()));
  for (const auto& [client, session] : sessions_) {
    out.u64(client);
    out.u64(session.sequence);
    out.u64(static_cast<std::uint64_t>(session.result));
  }
  return out.take();
}

bool Store::restore(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  Store read;
  read.digest_ = in.u64();
  const std::uint32_t numbers = in.u32();
  for (std::uint32_t i = 0; i < numbers && in.ok(); ++i) {
    std::string key = in.text();
    read.numbers_[std::move(key)] = static_cast<std::int64_t>(in.u64());
  }
  const std::uint32_t sessions = in.u32();
  for (std::uint32_t i = 0; i < sessions && in.ok(); ++i) {
    Session& session = read.sessions_[in.u64()];
    session.sequence = in.u64();
    session.result = static_cast<std::int64_t>(in.u64());
  }
  if (!in.ok() || in.left() != 0) return false;
  *this = std::move(read);
  return true;
}

}  // namespace norn_libraft
