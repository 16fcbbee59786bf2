// Two transfers between two accounts, each of which locks both: the oldest deadlock there is
// (Dijkstra, "Cooperating sequential processes", EWD 123, 1965).
#include <mutex>

#include <norn/sim.hpp>

using namespace std::chrono_literals;

namespace {

struct Account {
  norn::Mutex mutex{};
  int balance = 100;
};

void transfer(Account& first, Account& second, Account& from, Account& to) {
  const std::lock_guard lock_first(first.mutex);
  norn::yield();  // something else may go on here
  const std::lock_guard lock_second(second.mutex);
  --from.balance;
  ++to.balance;
}

void bank(bool in_one_order, int& sum) {
  Account left;
  Account right;
  auto there = norn::spawn("left to right", [&] { transfer(left, right, left, right); });
  auto back = norn::spawn("right to left", [&] {
    if (in_one_order) {
      transfer(left, right, right, left);
    } else {
      transfer(right, left, right, left);  // planted: variant opposite-orders
    }
  });
  there.join();
  back.join();
  sum = left.balance + right.balance;
  norn::publish("sum", sum);
}

}  // namespace

NORN_SCENARIO(two_locks, "two transfers that lock the same two accounts",
              {.time = 1s,
               .faults = "calm",
               .variants = {{"opposite-orders", "each locks first where it takes from"}}}) {
  int sum = 200;
  const bool in_one_order = sim.variant() != "opposite-orders";
  sim.node("bank", [&, in_one_order] { bank(in_one_order, sum); });
  sim.always("no money is lost", [&] { return sum == 200; });
  sim.run();
}
