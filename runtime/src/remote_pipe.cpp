#include "norn/runtime/detail/remote_pipe.hpp"

#include "caller.hpp"
#include "norn/runtime/codec_json.hpp"
#include "norn/runtime/context.hpp"
#include "norn/runtime/task.hpp"

namespace norn::detail {

namespace {

struct CreditTakers {
  std::map<std::uint64_t, CreditTaker*> by_session;
  bool listening = false;
};

void hand_out_credit() {
  for (;;) {
    const auto credit = receive<PipeCredit>();
    const CreditTakers& takers = node_local<CreditTakers>();
    const auto taker = takers.by_session.find(credit.value.session);
    if (taker != takers.by_session.end()) taker->second->take(credit.value);
  }
}

}  // namespace

std::uint64_t new_pipe_session() {
  return host::caller("Pipe::send_to()").process.next_request();
}

bool is_in_a_fiber() {
  host::Scheduler* const scheduler = host::Scheduler::current();
  return scheduler != nullptr && scheduler->running() != nullptr;
}

void start_for_life(std::string_view name, void (*code)()) {
  const Context::Scope background{Context()};
  spawn(name, code).detach();
}

void listen_for_credit(std::uint64_t session, CreditTaker& taker) {
  CreditTakers& takers = node_local<CreditTakers>();
  takers.by_session.emplace(session, &taker);
  if (!std::exchange(takers.listening, true)) start_for_life("pipe credit", &hand_out_credit);
}

void stop_listening(std::uint64_t session) {
  if (!is_in_a_fiber()) return;  // its node is gone
  node_local<CreditTakers>().by_session.erase(session);
}

void send_credit(Address to, const PipeCredit& credit) {
  send(to, credit);
}

SendWindow::SendWindow(const RemotePipeOptions& options)
    : options_(options),
      wait_(options.resend_after),
      send_again_at_(now()),  // the first message asks for credit
      heard_at_(now()) {
  NORN_ASSERT(options.credit >= 1 && options.resend_after > Duration::zero() &&
                  options.resend_after <= options.resend_at_most &&
                  options.give_up_after >= 4 * options.resend_after,
              "Pipe::send_to(): needs credit, and to give up after several attempts");
}

std::uint64_t SendWindow::credit(const PipeCredit& credit) {
  heard_at_ = now();
  closed_ = closed_ || credit.closed;
  granted_ = std::max(granted_, credit.granted);
  if (credit.next <= arrived_) return 0;
  const std::uint64_t more = credit.next - arrived_;
  arrived_ = credit.next;
  sent_ = std::max(sent_, arrived_);
  wait_ = options_.resend_after;
  send_again_at_ = now() + wait_;
  return more;
}

std::optional<SendWindow::Batch> SendWindow::next(std::uint64_t values_end, bool ended) {
  constexpr std::uint64_t kLargestBatch = 32;
  const bool again = now() >= send_again_at_;
  if (again) sent_ = arrived_;
  // The end takes no room at the receiver, so it needs no credit.
  const bool end_may_go = ended && values_end <= granted_;
  const std::uint64_t may_send = end_may_go ? values_end + 1 : std::min(values_end, granted_);
  const Batch batch{sent_, may_send > sent_ ? std::min(kLargestBatch, may_send - sent_) : 0};
  if (batch.count == 0 && !again) return std::nullopt;
  sent_ += batch.count;
  if (again) {
    const Duration alive = options_.give_up_after / 4;
    const bool waits_for_word = ended || values_end > arrived_;
    send_again_at_ = now() + (waits_for_word ? wait_ : alive);
    wait_ = std::min({2 * wait_, options_.resend_at_most, alive});
  } else if (batch.first == arrived_) {
    wait_ = options_.resend_after;
    send_again_at_ = now() + wait_;
  }
  return batch;
}

}  // namespace norn::detail
