// What the page of the HTML export draws from: the events in columns, and their texts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "norn/trace/export.hpp"
#include "trace/export/selection.hpp"

namespace norn::trace {

// A page has this many events at most: the last of those that were asked for.
inline constexpr std::uint64_t kMostPageEvents = 200'000;
// The payloads of a page, as text. One that is longer is cut; where all of them are, the oldest are
// left out.
inline constexpr std::size_t kMostPagePayload = 4096;
inline constexpr std::size_t kMostPagePayloads = std::size_t{32} * 1024 * 1024;

// PageTexts numbers texts in order of first use, each once; 0 is "".
class PageTexts {
 public:
  std::uint32_t number(std::string text);
  // The texts, as JSON; what was left out is null.
  void write(std::ostream& out) const;
  std::uint64_t left_out() const { return left_out_; }

 private:
  void make_room();

  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> texts_;  // the keys of numbers_, which stay in place
  std::size_t bytes_ = 0;
  std::size_t oldest_ = 0;
  std::uint64_t left_out_ = 0;
};

// PageData collects the events of a page. Before the first one stand those that say how things
// were then: lives, published state, faults that had begun, messages under way.
class PageData {
 public:
  explicit PageData(const Reader& reader) : reader_(reader) {}

  Result<void> collect(const ExportOptions& options);
  // write() gives one JSON object, in which no "<" stands: it can be put into a page as it is.
  void write(std::ostream& out) const;

 private:
  enum class Column : std::uint8_t {
    seq,
    time,
    kind,
    node,
    fiber,
    cause,
    a,
    b,
    c,
    d,
    text,
    payload
  };
  static constexpr std::size_t kColumns = 12;

  // An event from before the first one of the page, with its payload.
  struct Earlier {
    Event event;
    std::vector<std::byte> payload;
    std::uint32_t copies = 1;  // of a message: those under way
  };

  void remember(const Event& event);
  void remember_message(const Event& event);
  void add_earlier();
  void add(const Event& event);
  void put(Column column, std::uint64_t value);
  std::uint64_t text_number(StringId id);
  std::uint64_t payload_number(const Event& event);
  nlohmann::json facts() const;
  void write_names(std::ostream& out) const;

  const Reader& reader_;
  std::array<std::vector<std::byte>, kColumns> columns_;
  std::uint64_t wanted_ = 0;  // events that were asked for
  std::uint64_t count_ = 0;
  std::uint64_t earlier_count_ = 0;
  bool everything_ = true;
  Seq last_seq_ = 0;
  std::int64_t last_time_ns_ = 0;
  std::vector<StringId> texts_ = {0};
  std::unordered_map<StringId, std::uint32_t> text_numbers_ = {{0, 0}};
  PageTexts payloads_;
  std::unordered_map<FiberId, StringId> fiber_names_;

  std::map<NodeId, Earlier> lives_;
  std::map<NodeId, Earlier> ends_;
  std::map<std::pair<NodeId, StringId>, Earlier> states_;
  std::map<std::uint64_t, Earlier> faults_;
  std::unordered_map<Seq, Earlier> messages_;
};

}  // namespace norn::trace
