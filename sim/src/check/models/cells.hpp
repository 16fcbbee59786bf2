// Registers, with compare-and-set, and key-value stores with appending: all are cells with a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "check/models/number_arrays.hpp"
#include "check/models/tables.hpp"
#include "check/models/values.hpp"
#include "norn/check/model.hpp"

namespace norn::check {

class CellMachine final : public Machine {
 public:
  struct Options {
    bool compare_and_set = false;
    bool store = false;  // append, delete, and "" for what is not there
    bool whole = false;  // many cells, by key
  };
  explicit CellMachine(const Options& options);

  Result<ClassId> compile(const Operation& operation) override;
  Result<ClassId> compile_answered(const Operation& operation, ClassId unanswered) override;
  void prepare() override;
  StateId initial() override;
  Effect effect(ClassId operation) const override;
  bool step(StateId state, ClassId operation, StateId& next) override;
  bool viable(StateId state, ClassId operation, std::span<const std::uint32_t> left) override;
  bool may_leave(StateId state, ClassId operation, std::span<const std::uint32_t> left) override;
  ClassId maker_of(ClassId reader) const override;
  bool answer_varies(ClassId operation) const override;
  bool own_values() override;
  bool start_anew() override;
  bool resets(ClassId operation, StateId& state) const override;
  ClassId setter(StateId state) override;
  ClassId same_as(ClassId operation) const override;
  bool save(StateId state, Value& out) const override;
  StateId restore(const Value& saved) override;
  std::string describe(StateId state) const override;

 private:
  enum class Kind : std::uint8_t { read, write, append, cas, failed_cas, unknown_cas, nothing };
  struct Class {
    Kind kind = Kind::nothing;
    bool dropped = false;  // of unknown outcome, and nobody ever saw its effect
    std::uint32_t cell = 0;
    std::uint32_t a = 0;  // what is read, written, appended, compared with
    std::uint32_t b = 0;  // what cas writes; 1 for writes and appends of unknown outcome
  };

  Result<ClassId> compile_cas(const Operation& operation, Class made);
  ClassId number(const Class& made);
  std::uint32_t cell_of(const Operation& operation);
  std::uint32_t value_of(StateId state, std::uint32_t cell) const;
  StateId with(StateId state, std::uint32_t cell, std::uint32_t value);
  // Values that no answer shows, not even a beginning of one, are all the same.
  std::uint32_t reduced(std::uint32_t cell, std::uint32_t value);
  bool is_seen(std::uint32_t cell, std::uint32_t value);
  void find_seen();
  void reduce_writes();
  void find_makers();
  void find_readers();
  bool maker_left(ClassId reader, std::span<const std::uint32_t> left) const;
  void drop_unseen();

  Options options_;
  ValueTable values_;
  ValueTable keys_{false};
  std::vector<std::uint32_t> cell_of_key_;  // by number of the key
  std::vector<std::uint32_t> keys_of_cells_;
  Pool<Class> classes_;
  std::vector<ClassId> by_value_;  // reads and writes, of one cell only
  HashIndex class_index_;          // the others
  NumberArrays arrays_;
  bool prepared_ = false;
  // The first write whose value nobody sees, by 2 * cell, and 1 if its outcome is unknown.
  std::vector<ClassId> unseen_;
  std::vector<std::uint8_t> appends_;  // by cell: something is appended to it
  std::vector<std::uint8_t> mixed_;    // by cell: and something that is not a text written
  // What can make a value be read: for each read (by class) a range of makers_. Without appends
  // these are the operations that write it; with them, those that write a beginning of it.
  std::vector<std::uint32_t> maker_begin_;
  std::vector<ClassId> makers_;
  std::vector<std::uint8_t> any_maker_;           // by class: there are too many to look at
  std::vector<std::vector<std::uint32_t>> seen_;  // by cell: what answers show, sorted
  Memo is_seen_;                                  // (cell, value)
  // The classes that fit a value of a cell alone: ranges of readers_, by (cell, value).
  Memo reader_begin_;
  std::vector<ClassId> readers_;
};

}  // namespace norn::check
