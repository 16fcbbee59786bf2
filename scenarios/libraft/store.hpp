// Store: the replicated state machine: named numbers, and what each client did last.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "libraft/bytes.hpp"

namespace norn_libraft {

enum class Operation : std::uint8_t {
  get,  // returns the number, 0 when it was never set
  put,  // sets it to the argument and returns that
  add,  // adds the argument and returns the sum
};

// What a client asks for. A client numbers its commands from 1 and has one under way at a time.
struct Command {
  std::uint64_t client = 0;
  std::uint64_t sequence = 0;
  Operation operation = Operation::get;
  std::string key;
  std::int64_t argument = 0;
};

Bytes encode_command(const Command& command);
std::optional<Command> decode_command(std::span<const std::byte> bytes);

// Store applies commands in the order of the log. A command that a client's retry brought into the
// log twice acts once.
class Store {
 public:
  // apply() returns the command's result; of one that acted before, the result it had then.
  std::int64_t apply(const Command& command);

  Bytes snapshot() const;
  // restore() takes over a snapshot; returns false, and changes nothing, when the bytes are none.
  bool restore(std::span<const std::byte> bytes);

  // digest() depends on all commands ever applied, and their order.
  std::uint64_t digest() const { return digest_; }

 private:
  struct Session {
    std::uint64_t sequence = 0;
    std::int64_t result = 0;
  };

  std::map<std::string, std::int64_t> numbers_;
  std::map<std::uint64_t, Session> sessions_;
  std::uint64_t digest_ = 0;
};

}  // namespace norn_libraft
