#include <nlohmann/json.hpp>
#include <sstream>

#include "norn/trace/export.hpp"
#include "support/catch.hpp"
#include "trace/bytes.hpp"
#include "trace/export/html_data.hpp"
#include "trace/trace_support.hpp"

using namespace norn::trace;
using namespace norn::trace::testing;

namespace {

std::string page_of(Recorder& recorder, const ExportOptions& options = {}) {
  REQUIRE(recorder.finish({}).ok());
  const auto reader = Reader::from_bytes(recorder.bytes(), "a <b> & c.norn");
  REQUIRE(reader.ok());
  std::ostringstream out;
  REQUIRE(find_export_format("html")->write(*reader, options, out).ok());
  return std::move(out).str();
}

std::size_t count_of(std::string_view page, std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = page.find(text, at)) != std::string_view::npos; ++at) ++count;
  return count;
}

// What stands between the first of one text and the next of another.
std::string_view between(std::string_view page, std::string_view from, std::string_view to) {
  const std::size_t begin = page.find(from);
  REQUIRE(begin != std::string_view::npos);
  page.remove_prefix(begin + from.size());
  const std::size_t end = page.find(to);
  REQUIRE(end != std::string_view::npos);
  return page.substr(0, end);
}

nlohmann::json data_of(std::string_view page) {
  const auto json = nlohmann::json::parse(
      between(page, "<script id=\"data\" type=\"application/json\">", "</script>"), nullptr, false);
  REQUIRE(json.is_object());
  return json;
}

std::vector<std::byte> from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::byte> bytes;
  std::uint32_t word = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    word = word << 6U | static_cast<std::uint32_t>(digits.find(c));
    bits += 6;
    if (bits >= 8) bytes.push_back(static_cast<std::byte>(word >> (bits -= 8) & 0xFFU));
  }
  REQUIRE(text.size() % 4 == 0);
  return bytes;
}

// The numbers of a column; `sums`: each is the distance to the one before.
std::vector<std::uint64_t> column(const nlohmann::json& data, const char* name, bool sums = false) {
  const auto bytes = from_base64(data.at(name).get<std::string>());
  ByteReader in(bytes);
  std::vector<std::uint64_t> values;
  while (!in.empty()) {
    values.push_back(in.varint());
    if (sums && values.size() > 1) values.back() += values[values.size() - 2];
  }
  REQUIRE(in.ok());
  REQUIRE(values.size() == data.at("count"));
  return values;
}

std::uint64_t number_of(EventKind kind) {
  return static_cast<std::uint64_t>(kind);
}

}  // namespace

TEST_CASE("a page has every event in its columns, and their texts") {
  auto recorder = record_in_memory();
  recorder->name_node(1, "n1");
  recorder->name_node(2, "n2");
  recorder->record({.kind = EventKind::node_start, .node = 1, .a = 1});
  recorder->record(
      {.kind = EventKind::fiber_start, .node = 1, .a = 9, .text = recorder->intern("main")});
  recorder->set_time(70'000);
  recorder->set_context(1, 9, 2);
  const StringId vote = recorder->intern("Vote");
  const auto cbor = nlohmann::json::to_cbor({{"term", 3}});
  const Seq send = recorder->send(2, vote, std::as_bytes(std::span(cbor)), true);
  recorder->set_time(90'000);
  recorder->deliver(send, 2, vote, static_cast<std::uint32_t>(cbor.size()));
  recorder->record({.kind = EventKind::choice, .a = ~std::uint64_t{0}, .b = 4, .c = 2});
  const auto data = data_of(page_of(*recorder));
  CHECK(data["count"] == 5);
  CHECK(data["earlier"] == 0);
  CHECK(data["nodes"] == nlohmann::json({"simulation", "n1", "n2"}));
  CHECK(data["fibers"] == nlohmann::json({{"9", "main"}}));
  CHECK(column(data, "seq", true) == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
  CHECK(column(data, "time", true) == std::vector<std::uint64_t>{0, 0, 70'000, 90'000, 90'000});
  CHECK(column(data, "kind")[3] == number_of(EventKind::deliver));
  CHECK(column(data, "node") == std::vector<std::uint64_t>{1, 1, 1, 2, 0});
  CHECK(column(data, "cause")[2] == 1);  // how many events before
  CHECK(column(data, "a")[3] == 1);
  CHECK(column(data, "a")[4] == ~std::uint64_t{0});
  CHECK(data["texts"][column(data, "text")[2]] == "Vote");
  CHECK(data["payloads"][column(data, "payload")[2]] == "C{\"term\":3}");
  CHECK(data["names"]["kind"][8] == "send");
  CHECK(data["names"]["drop"][1] == "partition");
}

TEST_CASE("nothing that stands in a trace becomes an element of its page") {
  const std::string hostile = "</script><script>alert(1)</script><!-- @@script@@ \xFF \"&'";
  auto recorder = record_in_memory();
  recorder->name_node(1, hostile);
  const StringId text = recorder->intern(hostile);
  const auto each = bytes_of(hostile);
  recorder->record({.kind = EventKind::node_start, .node = 1, .a = 1});
  recorder->record({.kind = EventKind::fiber_start, .node = 1, .a = 1, .text = text});
  for (const EventKind kind : {EventKind::log, EventKind::state, EventKind::fault_begin,
                               EventKind::violation, EventKind::property, EventKind::op_call})
    recorder->record({.kind = kind, .node = 1, .text = text, .payload = each});
  recorder->set_context(1, 1, 0);
  const auto cbor = nlohmann::json::to_cbor("</script><img>");
  recorder->send(1, text, std::as_bytes(std::span(cbor)), true);
  const std::string page = page_of(*recorder);
  CHECK(count_of(page, "<script") == 2);
  CHECK(count_of(page, "</script") == 2);
  CHECK(count_of(page, "<img") == 0);
  CHECK(count_of(page, "<!--") == 0);
  CHECK(between(page, "<title>", "</title>") == "a &lt;b&gt; &amp; c.norn");
  const auto data = data_of(page);
  CHECK(data["nodes"][1].get<std::string>().find("</script><script>alert(1)") == 0);
  // The page's own script, and no other, has the number that its policy asks for.
  const auto key = between(page, "script-src 'nonce-", "'");
  CHECK(key.size() == 16);
  CHECK(count_of(page, "nonce=\"" + std::string(key) + "\"") == 2);
  CHECK(count_of(page, "default-src 'none'") == 1);
}

TEST_CASE("a page of a long trace has its last events, and what held before them") {
  auto recorder = record_in_memory();
  recorder->name_node(1, "n1");
  recorder->name_node(2, "n2");
  recorder->record({.kind = EventKind::node_start, .node = 1, .a = 1});
  recorder->record({.kind = EventKind::node_start, .node = 2, .a = 1});
  recorder->record({.kind = EventKind::node_crash, .node = 2, .a = 1});
  const StringId role = recorder->intern("role");
  for (const std::string_view value : {"\"follower\"", "\"leader\""})
    recorder->record(
        {.kind = EventKind::state, .node = 1, .text = role, .payload = bytes_of(value)});
  for (const std::uint64_t fault : {0U, 1U})
    recorder->record(
        {.kind = EventKind::fault_begin, .a = fault, .text = recorder->intern("hold")});
  recorder->record({.kind = EventKind::fault_end, .a = 0});
  recorder->set_context(1, 1, 0);
  const StringId vote = recorder->intern("Vote");
  const Seq arrived = recorder->send(2, vote, bytes_of("x"), false);
  recorder->deliver(arrived, 2, vote, 1);
  recorder->set_context(1, 1, 0);
  const Seq held = recorder->send(2, vote, bytes_of("held"), false);
  recorder->record(
      {.kind = EventKind::fiber_start, .node = 1, .a = 5, .text = recorder->intern("early")});
  for (std::uint64_t i = 0; i < kMostPageEvents - 1; ++i) {
    recorder->set_time(static_cast<std::int64_t>(1000 + i));
    recorder->record({.kind = EventKind::timer, .node = 1, .a = 5});
  }
  recorder->deliver(held, 2, vote, 4);
  const auto data = data_of(page_of(*recorder));
  const std::uint64_t all = data["facts"]["events"];
  CHECK(data["facts"]["wanted"] == all);
  CHECK(data["facts"]["whole"] == true);
  CHECK(data["count"].get<std::uint64_t>() - data["earlier"].get<std::uint64_t>() ==
        kMostPageEvents);
  // Two starts, a crash, the last role, the fault that goes on, the message under way.
  CHECK(data["earlier"] == 6);
  auto kinds = column(data, "kind");
  kinds.resize(6);
  CHECK(kinds == std::vector<std::uint64_t>{
                     number_of(EventKind::node_start), number_of(EventKind::node_start),
                     number_of(EventKind::node_crash), number_of(EventKind::state),
                     number_of(EventKind::fault_begin), number_of(EventKind::send)});
  CHECK(data["payloads"][column(data, "payload")[3]] == "T\"leader\"");
  CHECK(column(data, "a")[4] == 1);
  const auto seqs = column(data, "seq", true);
  CHECK(seqs[5] == held);
  CHECK(seqs.back() == all);
  CHECK(seqs[6] == all - kMostPageEvents + 1);
  CHECK(data["fibers"]["5"] == "early");
}

TEST_CASE("a page of a part of a trace says so") {
  auto recorder = record_in_memory();
  recorder->name_node(1, "n1");
  for (int i = 0; i < 10; ++i) {
    recorder->set_time(i * 100);
    recorder->record({.kind = EventKind::log, .node = 1, .payload = bytes_of("again")});
  }
  ExportOptions options;
  options.from_ns = 300;
  options.until_ns = 500;
  const auto data = data_of(page_of(*recorder, options));
  CHECK(data["count"] == 3);
  CHECK(data["facts"]["wanted"] == 3);
  CHECK(data["facts"]["events"] == 10);
  CHECK(data["facts"]["whole"] == false);
  CHECK(data["payloads"] == nlohmann::json({"", "Tagain"}));  // the same text stands there once
}

TEST_CASE("payloads of a page are cut, and the oldest left out where all are too much") {
  PageTexts texts;
  const std::size_t size = kMostPagePayloads / 4;
  const auto long_text = [&](char letter) { return std::string(size, letter); };
  CHECK(texts.number("") == 0);
  for (const char letter : {'a', 'b', 'c', 'd'}) CHECK(texts.number(long_text(letter)) > 0);
  CHECK(texts.left_out() == 0);
  CHECK(texts.number(long_text('d')) == 4);
  CHECK(texts.number("e") == 5);
  CHECK(texts.left_out() == 1);
  CHECK(texts.number(long_text('a')) == 6);  // anew, and the next one goes
  CHECK(texts.left_out() == 2);
  std::ostringstream out;
  texts.write(out);
  const auto json = nlohmann::json::parse(out.str());
  REQUIRE(json.size() == 7);
  CHECK(json[1].is_null());
  CHECK(json[2].is_null());
  CHECK(json[6] == long_text('a'));

  auto recorder = record_in_memory();
  recorder->name_node(1, "n1");
  const std::string euros = [] {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "€";
    return text;
  }();
  recorder->record({.kind = EventKind::log, .node = 1, .payload = bytes_of(euros)});
  const auto data = data_of(page_of(*recorder));
  const auto shown = data["payloads"][1].get<std::string>();
  CHECK(shown.size() < kMostPagePayload + 8);
  CHECK(shown.substr(shown.size() - 6) == "€…");
}

TEST_CASE("pages and captures of damaged traces are refused or made, and nothing crashes") {
  const std::vector<std::byte> whole = small_trace();
  int made = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::vector<std::byte> bytes = whole;
    bytes[at] ^= std::byte{0x55};
    const auto reader = Reader::from_bytes(bytes);
    if (!reader.ok()) continue;
    for (const char* const name : {"html", "pcapng"}) {
      std::ostringstream out;
      if (find_export_format(name)->write(*reader, {}, out).ok()) ++made;
    }
  }
  std::ostringstream out;
  const auto reader = Reader::from_bytes(whole);
  REQUIRE(reader.ok());
  CHECK(find_export_format("html")->write(*reader, {}, out).ok());
  CHECK(made < static_cast<int>(whole.size()));
}
