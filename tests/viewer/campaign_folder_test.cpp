#include "model/campaign_folder.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

namespace norn::viewer {

using nlohmann::json;

namespace {

struct FolderOfRuns {
  norn::test::ScratchFolder scratch;

  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = std::filesystem::path(scratch.path()) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  void write_case(const std::string& stem, std::uint64_t seed, const std::string& detail) const {
    const json failing = {
        {"norn_case", 1},
        {"scenario", "raft"},
        {"seed", seed},
        {"options", {{"variant", "broken"}}},
        {"violation", {{"property", "one leader"}, {"detail", detail}, {"at", "1.5s"}}},
        {"trace", {{"events", 900}}}};
    write(stem + ".case.json", failing.dump());
  }
  CampaignFolder read() const {
    auto folder = CampaignFolder::open(scratch.path());
    REQUIRE(folder.ok());
    for (int i = 0; i < 10'000 && !folder->done(); ++i) folder->advance(0);
    REQUIRE(folder->done());
    return std::move(folder).value();
  }
};

json part(std::uint64_t first, std::uint64_t count, json groups) {
  return {{"part",
           {{"first", first},
            {"count", count},
            {"properties",
             {{{"name", "one leader"},
               {"kind", "always"},
               {"evaluated", 10},
               {"held", 10 - groups.size()},
               {"judged", true}},
              {{"name", "a leader is elected"},
               {"kind", "sometimes"},
               {"evaluated", 10},
               {"held", first == 0 ? 0 : 4},
               {"judged", true}}}},
            {"groups", std::move(groups)}}}};
}

json group(std::uint64_t seed) {
  return {{"kind", "violation"},
          {"property", "one leader"},
          {"subject", ""},
          {"message", "n# and n# lead term #"},
          {"count", 2},
          {"first_seed", seed},
          {"smallest",
           {{"seed", seed},
            {"index", seed - 1},
            {"events", 700},
            {"at", "2s"},
            {"detail", "n1 and n2 lead term 3"}}}};
}

}  // namespace

TEST_CASE_METHOD(FolderOfRuns,
                 "cases of a folder are rows with their files, grouped by how they fail") {
  write_case("raft-7", 7, "n1 and n2 lead term 3");
  write_case("raft-3", 3, "n2 and n3 lead term 14");
  write_case("raft-5", 5, "n2 forgot its vote");
  write("raft-7.norn", "x");
  write("raft-7.min.norn", "x");
  write("raft-7.min.case.json", "not read for a row of its own");
  write("raft-7.near.norn", "x");
  const CampaignFolder folder = read();
  CHECK(folder.problems().empty());
  CHECK_FALSE(folder.is_campaign());
  REQUIRE(folder.rows().size() == 3);
  CHECK(folder.rows()[0].seed == 3);
  const RunRow& row = folder.rows()[folder.row_of(7)];
  CHECK(row.events == 900);
  CHECK(row.at == "1.5s");
  CHECK(row.trace == scratch.path() + "/raft-7.norn");
  CHECK(row.smallest == scratch.path() + "/raft-7.min.norn");
  CHECK(row.nearest == scratch.path() + "/raft-7.near.norn");
  CHECK(folder.rows()[0].trace.empty());
  REQUIRE(folder.ways().size() == 2);
  const WayToFail& way = folder.ways()[row.way];
  CHECK(way.message == "n# and n# lead term #");
  CHECK(way.count == 2);
  CHECK(way.first_seed == 3);
  CHECK(folder.title() == "raft, variant broken: 3 failed in 2 ways");
}

TEST_CASE_METHOD(FolderOfRuns, "a campaign's journal is a map of properties and parts of seeds") {
  write("manifest.json", json({{"norn_campaign", 1},
                               {"scenario", "raft"},
                               {"options", {{"variant", ""}}},
                               {"seeds", {{"count", 40}, {"campaign_seed", 1}, {"first", 1}}}})
                             .dump());
  write("result.json",
        json({{"norn_campaign_result", 1}, {"verdict", "violated"}, {"asked", 40}, {"done", 40}})
            .dump());
  const json died = {{"died",
                      {{"index", 30},
                       {"seed", 31},
                       {"kind", "crash"},
                       {"property", "signal SIGSEGV"},
                       {"message", "at scenario+0x12"},
                       {"repeated", true},
                       {"last_words", {"at scenario+0x12"}}}}};
  write("journal.jsonl", part(20, 10, json::array()).dump() + "\n" +
                             part(0, 20, json::array({group(17)})).dump() + "\n" + died.dump() +
                             "\n{\"checked\":{}}\n{\"part\":{\"first\":31,\"cou");
  write_case("cases/raft-17", 17, "n1 and n2 lead term 3");
  write("cases/raft-17.norn", "x");
  const CampaignFolder folder = read();
  CHECK(folder.problems().empty());
  CHECK(folder.is_campaign());
  CHECK(folder.title() == "raft: 40 of 40 seeds, 3 failed in 2 ways \xE2\x80\x94 violated");
  REQUIRE(folder.heat_columns().size() == 3);
  CHECK(folder.heat_columns()[0].first == 0);
  CHECK(folder.seeds_text(folder.heat_columns()[0]) == "seeds 1 to 20");
  CHECK(folder.seeds_text(folder.heat_columns()[2]) == "seed 31");
  REQUIRE(folder.heat_rows().size() == 3);
  std::size_t leader = 0;
  while (folder.heat_rows()[leader].property != "one leader") ++leader;
  CHECK(folder.heat_columns()[0].cells[leader].failures == 2);
  CHECK(folder.heat_columns()[0].cells[leader].failing_seed == 17);
  CHECK(folder.heat_columns()[1].cells[leader].failures == 0);
  CHECK(folder.heat_columns()[1].cells[leader].held == 10);
  // The case and the journal speak of one run: it is one row.
  REQUIRE(folder.rows().size() == 2);
  CHECK(folder.rows()[0].seed == 17);
  CHECK(folder.rows()[0].trace == scratch.path() + "/cases/raft-17.norn");
  CHECK(folder.rows()[1].verdict == "crash");
  CHECK(folder.rows()[1].detail == "at scenario+0x12");
}

TEST_CASE_METHOD(FolderOfRuns,
                 "the report of a branch is a curve with the moment of the decision") {
  const json report = {
      {"norn_report", 1},
      {"command", "branch"},
      {"seed", 60},
      {"case", "x.case.json"},
      {"points",
       {{{"at", "0s"}, {"futures", 10}, {"failed", 1}},
        {{"at", "8.5s"}, {"futures", 10}, {"failed", 10}},
        {{"at", "4s"}, {"futures", 10}, {"failed", 2}}}},
      {"steepest",
       {{"before", {{"at", "4s"}}}, {"after", {{"at", "8.5s"}}}, {"events", "#1 it\n"}}}};
  write("branch.json", report.dump());
  write("other.json", "{\"something\": 1}");
  const CampaignFolder folder = read();
  REQUIRE(folder.branches().size() == 1);
  const BranchCurve& curve = folder.branches()[0];
  REQUIRE(curve.points.size() == 3);
  CHECK(curve.points[1].at_ns == 4'000'000'000);
  CHECK(curve.points[1].share() == Approx(0.2));
  CHECK(curve.steepest_to_ns == 8'500'000'000);
  CHECK(curve.events == "#1 it\n");
}

TEST_CASE_METHOD(FolderOfRuns, "what cannot be read is named, and the rest is shown") {
  write_case("raft-3", 3, "x");
  write("bad.case.json", "{\"norn_case\": ");
  write("foreign.case.json", "[1, 2]");
  write("report.json", "{");
  write("odd.json", R"({"norn_report":1,"command":"branch","points":[{"at":"soon"}]})");
  write("journal.jsonl", "nonsense\n{\"part\":7}\n[3]\n");
  const CampaignFolder folder = read();
  CHECK(folder.rows().size() == 1);
  CHECK(folder.problems().size() == 5);
}

TEST_CASE_METHOD(FolderOfRuns,
                 "a folder with nothing of ours, and none at all, are refused in a line") {
  const auto empty = CampaignFolder::open(scratch.path());
  REQUIRE_FALSE(empty.ok());
  CHECK(empty.error().message.find("no case, journal or report") != std::string::npos);
  const auto none = CampaignFolder::open(scratch.path() + "/none");
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().message == scratch.path() + "/none: no such folder");
}

TEST_CASE("numbers in messages are masked, decimal and hexadecimal") {
  CHECK(masked_numbers("n12 leads 0x1fA, not 7") == "n# leads #, not #");
  CHECK(masked_numbers("") == "");
}

}  // namespace norn::viewer
