#include "campaign/journal.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "campaign/ci_output.hpp"
#include "campaign/manifest.hpp"
#include "campaign/result.hpp"
#include "support/catch.hpp"

using namespace norn::command;

namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "norn-journal-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    return file(name);
  }

 private:
  std::string path_;
};

// What a worker says of a failing seed at this position.
Json failure(std::uint64_t position, std::uint64_t events, const std::string& detail) {
  return {{"position", position}, {"seed", 100 + position}, {"property", "p"},
          {"subject", "n1"},      {"detail", detail},       {"at", "1s"},
          {"events", events},     {"hash", "0x01"}};
}

// A part of `count` seeds from `first` on, in which each seed has 10 events.
Json part(std::uint64_t first, std::uint64_t count, const Json& failures = Json::array(),
          const Json& hashes = Json::array()) {
  Json json = {{"first", first},
               {"count", count},
               {"incomplete", 0},
               {"simulated_us", count},
               {"events", count * 10},
               {"messages", count},
               {"digest", "0x01"},
               {"properties", Json::array({{{"name", "seen"},
                                            {"kind", "sometimes"},
                                            {"evaluated", count},
                                            {"held", 0},
                                            {"judged", true},
                                            {"excused", 0},
                                            {"excuse", ""},
                                            {"first_seed", 0}}})},
               {"faults", Json::array()},
               {"buggify", Json::array()},
               {"strategies", Json::array()},
               {"groups", group_failures(failures, first)},
               {"hashes", hashes}};
  return {{"part", json}};
}

Json death(std::uint64_t index, bool repeated = true) {
  return {{"died",
           {{"kind", "crash"},
            {"property", "signal SIGSEGV"},
            {"subject", ""},
            {"message", ""},
            {"index", index},
            {"seed", 100 + index},
            {"repeated", repeated},
            {"last_words", Json::array({"ouch"})}}}};
}

std::string lines(const std::vector<Json>& all) {
  std::string text;
  for (const Json& one : all) text += text_of(one) + "\n";
  return text;
}

Manifest manifest_of(std::uint64_t count) {
  Manifest manifest;
  manifest.identity = {{"program", "scenario-x"},
                       {"build", "gnu-1"},
                       {"scenario", "x"},
                       {"options", {{"variant", ""}}}};
  manifest.seeds.count = count;
  return manifest;
}

std::string result_of(const std::vector<std::string>& files, std::uint64_t count) {
  auto folded = fold(files);
  REQUIRE(folded.ok());
  return make_result(manifest_of(count), *std::move(folded)).dump();
}

}  // namespace

TEST_CASE("how seeds were put into parts and in which order makes no difference") {
  const Folder folder;
  const Json two = Json::array({failure(1, 50, "7 of 9"), failure(3, 40, "8 of 9")});
  const std::string whole = folder.write("whole", lines({part(0, 4, two), part(4, 6)}));
  std::vector<Json> split = {part(4, 6), part(0, 2, Json::array({failure(1, 50, "7 of 9")}))};
  Json later = failure(1, 40, "8 of 9");  // the second seed of a part from index 2 on
  later["seed"] = 103;
  split.push_back(part(2, 2, Json::array({later})));
  for (Json& one : split) one["part"]["digest"] = "0x00";
  split[0]["part"]["digest"] = "0x02";
  const std::string parts = folder.write("parts", lines(split));
  CHECK(result_of({whole}, 10) == result_of({parts}, 10));
  const Json result = Json::parse(result_of({whole}, 10));
  REQUIRE(result.at("signatures").size() == 1);
  const Json& signature = result.at("signatures").at(0);
  CHECK(signature.at("message") == "# of #");
  CHECK(signature.at("count") == 2);
  CHECK(signature.at("first_seed") == 101);
  CHECK(signature.at("smallest").at("seed") == 103);
  CHECK(result.at("events") == 100);
  CHECK(result.at("exit_code") == 1);
}

TEST_CASE("a torn last line is passed over, and anything else that is no line is an error") {
  const Folder folder;
  const std::string good = lines({part(0, 4)});
  for (const std::string torn : {"{\"part\":{", "{\"part\":{\n", "\0\0\0"}) {
    const auto folded = fold({folder.write("torn", good + torn)});
    REQUIRE(folded.ok());
    CHECK(folded->done.size() == 4);
  }
  const auto bad = fold({folder.write("bad", "{\"part\":{\n" + good)});
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().message.find("bad:1: this is no line") != std::string::npos);
  CHECK_FALSE(
      fold({folder.write("lacks", lines({Json{{"part", {{"first", 0}, {"count", 2}}}}}))}).ok());
  CHECK_FALSE(fold({folder.file("nowhere")}).ok());
}

TEST_CASE("a journal that is opened again loses its torn line and nothing else") {
  const Folder folder;
  const std::string good = lines({part(0, 4)});
  const std::string path = folder.write("journal", good + "{\"part\":{\"first\":4,");
  {
    Journal journal;
    REQUIRE(journal.open(path).ok());
    Journal second;
    CHECK_FALSE(second.open(path).ok());
    journal.append(part(4, 2));
    REQUIRE(journal.sync().ok());
  }
  CHECK(read_file(path).value() == good + lines({part(4, 2)}));
  Journal again;
  CHECK(again.open(path).ok());
}

TEST_CASE("seeds that are in several journals count once, and a joined journal says the same") {
  const Folder folder;
  const Json hashes = Json::array({Json::array({1, "0x02"}), Json::array({2, "0x03"})});
  const Json checked = {{"checked", {{"indexes", Json::array({1})}, {"differing", Json::array()}}}};
  const std::string all = folder.write(
      "all", lines({part(0, 4, Json::array(), hashes), death(4), part(5, 5), checked}));
  // The same shard, begun elsewhere in other parts.
  const std::string some = folder.write("some", lines({part(0, 3), part(3, 1)}));
  CHECK(result_of({some, all}, 10) == result_of({all}, 10));
  CHECK(result_of({all, all}, 10) == result_of({all}, 10));
  std::string joined;
  REQUIRE(fold({some, all}, &joined).ok());
  const std::string again = folder.write("again", joined);
  CHECK(result_of({again}, 10) == result_of({all}, 10));
  std::string twice;
  REQUIRE(fold({again, all}, &twice).ok());
  CHECK(twice == joined);
  const Json result = Json::parse(result_of({all}, 10));
  CHECK(result.at("checked") == 1);
  CHECK(result.at("unchecked") == 1);
  CHECK(result.at("died") == 1);
}

TEST_CASE("the verdict is the worst of what was found") {
  const Folder folder;
  const auto code = [&](const std::vector<Json>& journal) {
    return Json::parse(result_of({folder.write("j", lines(journal))}, 4)).at("exit_code");
  };
  const Json differs = {
      {"checked",
       {{"indexes", Json::array()},
        {"differing",
         Json::array({{{"index", 1}, {"seed", 1}, {"first", "0x1"}, {"second", "0x2"}}})}}}};
  const auto kept = [](const char* status) {
    return Json{{"cases", Json::array({{{"file", "a"}, {"status", status}, {"detail", ""}}})}};
  };
  CHECK(code({part(0, 4)}) == 0);
  CHECK(code({part(0, 3)}) == 3);
  CHECK(code({part(0, 4), kept("fixed")}) == 0);
  CHECK(code({part(0, 4), kept("still fails")}) == 1);
  CHECK(code({part(0, 4), kept("still fails"), kept("fixed")}) == 0);
  CHECK(code({part(0, 3), death(3)}) == 1);
  CHECK(code({part(0, 2), death(2)}) == 1);
  CHECK(code({part(0, 4), death(2, false)}) == 4);
  CHECK(code({part(0, 3), death(3), differs}) == 4);
}

TEST_CASE("campaigns of other builds, options or numbers of shards are told apart") {
  const Manifest one = manifest_of(10);
  Manifest other = one;
  CHECK(difference(one, other).empty());
  other.arguments = {"--time", "1m"};
  CHECK(difference(one, other).empty());
  other.identity["build"] = "gnu-2";
  CHECK(difference(one, other) == "build: \"gnu-1\", not \"gnu-2\"");
  other = one;
  other.identity["options"]["variant"] = "v";
  CHECK(difference(one, other) == "options.variant: \"\", not \"v\"");
  other = one;
  other.seeds.count = 11;
  CHECK(difference(one, other) == "seeds.count: 10, not 11");
  other = one;
  other.shard = Shard{1, 8};
  CHECK(difference(one, other) == "shards: 1, not 8");
  Manifest last = other;
  last.shard = Shard{8, 8};
  CHECK(difference(other, last).empty());
}

TEST_CASE("XML has no character that XML forbids") {
  CHECK(xml_text("a < b && \"c\" > d") == "a &lt; b &amp;&amp; &quot;c&quot; &gt; d");
  CHECK(xml_text(std::string("a\x01\x1b[31mb\0c", 10)) == "a[31mbc");
  CHECK(xml_text("\xff") == "\xef\xbf\xbd");
  CHECK(xml_text("lines\nstay") == "lines\nstay");
}

TEST_CASE("annotations are one line each, whatever the message") {
  const Folder folder;
  const Json failing = failure(1, 5, "100% of a:b,c\nand more");
  auto folded = fold({folder.write("j", lines({part(0, 4, Json::array({failing}))}))});
  const Json result = make_result(manifest_of(4), *std::move(folded));
  CHECK(github_annotations(result, "out") ==
        "::error title=x \"p\" on n1%3A #%25 of a%3Ab%2Cc%0Aand more::1 of 4 seeds, first seed "
        "101%0A100%25 of a:b,c%0Aand more%0Areplay: scenario-x --seed 101%0A\n");
}
