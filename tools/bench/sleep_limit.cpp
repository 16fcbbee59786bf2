#include "engine/event_queue.hpp"
#include "limit_loop.hpp"
#include "limit_parts.hpp"
#include "message_load.hpp"

namespace norn::bench {

namespace {

constexpr unsigned kTimerRecord = 7;

struct Sleeper {
  fcontext::fcontext_t context;
  std::uint32_t id;
};

}  // namespace

struct SleepLimit::State {
  explicit State(std::uint32_t count);

  struct Birth {
    State* loop;
    Sleeper* self;
  };
  static void fiber_entry(fcontext::transfer_t transfer);
  [[noreturn]] void sleep_for_ever(Sleeper& self);
  void sleep(Sleeper& self, std::int64_t duration_ns);
  Sleeper& next_to_run();

  sim::EventQueue queue;
  BareTrace trace;
  std::uint32_t sleeper_count;
  std::int64_t now_ns = 0;
  std::uint64_t seq = 0;
  std::uint64_t left = 0;
  Table<Sleeper> sleepers;  // the last one is the host, who calls run()
  Stacks stacks;
};

namespace {

void switch_to(Sleeper& self, Sleeper& next) {
  const fcontext::transfer_t from = fcontext::jump_fcontext(next.context, &self);
  static_cast<Sleeper*>(from.data)->context = from.fctx;
}

}  // namespace

SleepLimit::State::State(std::uint32_t count)
    : sleeper_count(count), sleepers(count + 1), stacks(count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    sleepers[i].id = i;
    Birth birth{this, &sleepers[i]};
    sleepers[i].context = fcontext::jump_fcontext(stacks.first(i, fiber_entry), &birth).fctx;
    queue.push({static_cast<std::int64_t>(i), ++seq, i});
  }
}

void SleepLimit::State::fiber_entry(fcontext::transfer_t transfer) {
  const Birth birth = *static_cast<Birth*>(transfer.data);
  transfer = fcontext::jump_fcontext(transfer.fctx, nullptr);
  static_cast<Sleeper*>(transfer.data)->context = transfer.fctx;
  birth.loop->sleep_for_ever(*birth.self);
}

void SleepLimit::State::sleep_for_ever(Sleeper& self) {
  LoadMessage state = first_message(self.id);
  for (;;) sleep(self, next_sleep_ns(state));
}

void SleepLimit::State::sleep(Sleeper& self, std::int64_t duration_ns) {
  queue.push({now_ns + duration_ns, ++seq, self.id});
  Sleeper& next = next_to_run();
  if (&next != &self) switch_to(self, next);
}

Sleeper& SleepLimit::State::next_to_run() {
  if (left == 0) [[unlikely]]
    return sleepers[sleeper_count];
  --left;
  const sim::QueuedEvent event = queue.pop();
  if (const sim::QueuedEvent* const soon = queue.look_ahead(2)) {
    prefetch_frame(sleepers[soon->data].context);
  }
  const auto waited_ns = static_cast<std::uint32_t>(event.time_ns - now_ns);
  now_ns = event.time_ns;
  trace.record(kTimerRecord, waited_ns, static_cast<std::uint32_t>(event.data));
  return sleepers[event.data];
}

SleepLimit::SleepLimit(std::uint32_t fibers) : state_(std::make_unique<State>(fibers)) {}
SleepLimit::~SleepLimit() = default;
std::uint64_t SleepLimit::hash() const {
  return state_->trace.hash();
}
void SleepLimit::run(std::uint64_t sleeps) {
  state_->left = sleeps;
  switch_to(state_->sleepers[state_->sleeper_count], state_->next_to_run());
}

}  // namespace norn::bench
