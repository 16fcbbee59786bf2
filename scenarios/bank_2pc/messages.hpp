// What clients, coordinator and participants say to each other, and write down.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "norn/runtime/codec_json.hpp"

namespace bank_2pc {

// Given out by the coordinator: its life, and a count. Never given twice.
using TransactionId = std::uint64_t;

// A transaction is a list of steps, executed in their order, all or none.
struct Step {
  bool append = false;
  std::string key{};
  std::int64_t value = 0;            // that is appended
  std::vector<std::int64_t> list{};  // that a read saw, in answers
};
using Steps = std::vector<Step>;

// ---- client and coordinator

struct Begin {
  using Reply = TransactionId;
};
// Acted upon once, and only in the life of the coordinator that gave out the number.
struct Execute {
  TransactionId transaction = 0;
  Steps steps{};
};
struct Done {
  TransactionId transaction = 0;
  bool committed = false;
  Steps steps{};
};

// ---- coordinator and participant

struct Vote {
  bool yes = false;
  Steps steps{};  // what the reads saw
};
struct Prepare {
  using Reply = Vote;
  TransactionId transaction = 0;
  Steps steps{};  // those of the participant's keys
};
struct Decide {
  using Reply = bool;
  TransactionId transaction = 0;
  bool commit = false;
};
enum class Fate : std::uint8_t { pending, commit, abort };
struct Inquire {
  using Reply = Fate;
  TransactionId transaction = 0;
};

// ---- logs

struct ParticipantRecord {
  enum class Kind : std::uint8_t { prepared, committed, aborted };
  Kind kind = Kind::prepared;
  TransactionId transaction = 0;
  Steps steps{};  // prepared: all of them
};
struct CoordinatorRecord {
  enum class Kind : std::uint8_t { life, committed, ended };
  Kind kind = Kind::life;
  std::uint64_t number = 0;                 // of the life, or the transaction
  std::vector<std::string> participants{};  // committed: who must be told
};

}  // namespace bank_2pc
