// What clients asked and were answered, and whether the answers can be right.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/event_table.hpp"
#include "model/trace_model.hpp"
#include "norn/check/history.hpp"
#include "norn/check/linearizability.hpp"
#include "norn/runtime/result.hpp"

namespace norn::viewer {

using check::OperationId;

// A row of the picture: the operations of one client, or some of one key that do not overlap.
struct HistoryRow {
  std::string name;
  std::vector<OperationId> operations;  // in order of their calls
  // How many of those before each position failed, or have an unknown outcome.
  std::vector<std::uint32_t> failed;
  std::vector<std::uint32_t> unknown;
};

// Bars of a row that would be narrower than a few pixels are one.
struct HistoryBar {
  double begin_ns = 0;
  double end_ns = 0;
  OperationId first = check::kNone;
  std::size_t at = 0;  // its position in the row
  std::uint32_t count = 0;
  check::Outcome worst = check::Outcome::ok;  // ok < failed < unknown
  bool open = false;                          // one operation that never returned
};

struct HistoryBarQuery {
  double begin_ns = 0;
  double end_ns = 0;
  double fold_ns = 1;  // bars shorter than this join those next to them
};

// ClientHistory reads the operations of a trace, a slice at a time. Where the first of a list of
// arguments names a part of the system (a key), it is told apart from the others.
class ClientHistory {
 public:
  explicit ClientHistory(const TraceModel& model);

  void advance(double milliseconds);
  bool done() const { return done_; }
  // What is wrong with the history itself: an answer without a call, arguments that are no JSON.
  const std::string& problem() const { return problem_; }

  const check::History& history() const { return *history_; }
  std::shared_ptr<const check::History> share() const { return history_; }
  bool has_keys() const { return keyed_; }
  Index call_event(OperationId id) const;
  Index return_event(OperationId id) const;  // kNone when it never returned
  // operation_of() is the operation that an event calls or answers; check::kNone for others.
  OperationId operation_of(Index event) const;

  // Rows by client, or by key. Each is computed once, when the history is done.
  const std::vector<HistoryRow>& by_client();
  const std::vector<HistoryRow>& by_key();
  std::vector<HistoryBar> bars(const HistoryRow& row, const HistoryBarQuery& query) const;

  // guess_model() is the model whose functions are those of the history: "kv"; "" when none fits.
  std::string guess_model() const;

 private:
  // A call or an answer as the trace has it.
  struct Raw {
    Index event = kNone;
    bool is_call = false;
    std::uint64_t client = 0;
    std::uint64_t number = 0;
    check::Outcome outcome = check::Outcome::ok;
    trace::StringId function = 0;
    check::Value value;
  };
  void read(const trace::Event& event);
  bool read_events(double milliseconds);
  void decide_keys();
  void build(Raw raw);
  void fail(Index event, const std::string& why);
  double end_ns(OperationId id) const;
  HistoryRow& add_row(std::vector<HistoryRow>& rows, std::string name) const;
  void add_to_row(HistoryRow& row, OperationId id) const;

  const TraceModel* model_;
  std::shared_ptr<check::History> history_;
  std::vector<Index> events_;  // calls and answers
  std::vector<Raw> raw_;
  std::size_t built_ = 0;
  Index scanned_ = 0;
  bool done_ = false;
  bool decided_ = false;
  bool keyed_ = false;
  std::string problem_;
  std::unordered_map<std::uint64_t, OperationId> numbers_;
  std::unordered_map<Index, OperationId> by_event_;
  std::optional<std::vector<HistoryRow>> by_client_;
  std::optional<std::vector<HistoryRow>> by_key_;
};

// HistoryReader reads a history on a thread of its own, with its rows, when the trace is long; else
// here, in advance(). The model must outlive it.
class HistoryReader {
 public:
  // With more events than so many a thread reads.
  static constexpr Index kMostInline = 250'000;

  explicit HistoryReader(const TraceModel& model, Index most_inline = kMostInline);
  // The destructor gives up and waits for the thread, some tenths of a second at most.
  ~HistoryReader();
  HistoryReader(const HistoryReader&) = delete;
  HistoryReader& operator=(const HistoryReader&) = delete;

  // advance() works for about so long, unless a thread does it; true when all is read.
  bool advance(double milliseconds);
  // take() is the history, once advance() was true.
  // fitting_model() is its guess_model().
  const std::string& fitting_model() const { return fitting_model_; }
  std::unique_ptr<ClientHistory> take() { return std::move(history_); }

 private:
  std::unique_ptr<ClientHistory> history_;
  std::string fitting_model_;
  std::atomic<bool> done_ = false;
  std::jthread thread_;
};

// HistoryCheck judges a history on a thread of its own. It takes growing budgets, so that it can be
// given up soon after that is asked for.
class HistoryCheck {
 public:
  struct Options {
    std::string model = "kv";  // see check::find_model()
    std::uint64_t budget = 50'000'000;
  };
  struct Outcome {
    std::string problem;  // the model does not know an operation
    check::LinearizabilityResult result;
    std::string words;  // the violation explained
  };

  HistoryCheck(std::shared_ptr<const check::History> history, Options options);
  // The destructor gives up; it does not wait.
  ~HistoryCheck();
  HistoryCheck(const HistoryCheck&) = delete;
  HistoryCheck& operator=(const HistoryCheck&) = delete;

  bool done() const { return shared_->done; }
  void cancel() { shared_->cancelled = true; }
  bool cancelled() const { return shared_->cancelled; }
  // outcome() may be asked once done(); it stays.
  const Outcome& outcome() const { return shared_->outcome; }
  const Options& options() const { return options_; }
  // wait() blocks until it is done.
  void wait();

 private:
  struct Shared {
    std::atomic<bool> done = false;
    std::atomic<bool> cancelled = false;
    Outcome outcome;
  };
  static void work(const std::shared_ptr<const check::History>& history, const Options& options,
                   Shared& shared);

  Options options_;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace norn::viewer
