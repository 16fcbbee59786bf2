// The example of norn/sim/run_seeds.hpp for GoogleTest, compiled where GoogleTest is found.
#include <gtest/gtest.h>

#include <norn/sim.hpp>

TEST(Coin, is_fair) {
  const norn::Report report =
      norn::run_seeds("explore_coin", {.seeds = {1, 50}, .jobs = 2, .variant = "fair"});
  EXPECT_TRUE(report.passed()) << report.summary();
}

TEST(Coin, fails_with_a_summary_that_names_the_seed) {
  const norn::Report report = norn::run_seeds("explore_coin", {.seeds = {1, 300}});
  EXPECT_FALSE(report.passed());
  EXPECT_NE(report.summary().find("broke \"no six heads in a row\""), std::string::npos);
}
