// What serve() remembers of requests that may come again.
#include <deque>
#include <map>

#include "norn/runtime/host/scheduler.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/node_local.hpp"

namespace norn::detail {

namespace {

struct Answers {
  // Nothing while a handler is at it.
  std::map<RepeatableRequest, std::optional<Bytes>> known;
  std::deque<RepeatableRequest> answered;  // the oldest first
};

}  // namespace

bool begin_request(const RepeatableRequest& request, const host::MessageClass& reply_class) {
  const auto [known, is_new] = node_local<Answers>().known.try_emplace(request);
  if (is_new) return true;
  if (known->second)
    send_message(request.caller, reply_class, *known->second, request.request, true);
  return false;
}

void forget_request(const RepeatableRequest& request) {
  if (host::Scheduler* const scheduler = host::Scheduler::current();
      scheduler == nullptr || scheduler->running() == nullptr)
    return;  // its node is gone, and the answers with it
  node_local<Answers>().known.erase(request);
}

void remember_answer(const RepeatableRequest& request, std::span<const std::byte> answer,
                     std::size_t remember) {
  Answers& answers = node_local<Answers>();
  answers.known[request].emplace(answer.begin(), answer.end());
  answers.answered.push_back(request);
  while (answers.answered.size() > remember) {
    answers.known.erase(answers.answered.front());
    answers.answered.pop_front();
  }
}

}  // namespace norn::detail
