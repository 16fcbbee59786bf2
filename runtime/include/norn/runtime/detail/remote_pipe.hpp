// Streams between nodes: a sliding window with credits, over messages that may be lost.
//
// The values of a stream are numbered from 0; the end has the number after the last. The sender
// sends what it has credit for and keeps it until the receiver says that it has all before some
// number; when that word stays away it sends again from the first that is not known to be there.
// The receiver keeps what comes out of order, never more than it granted. Its word (PipeCredit)
// answers each message, and goes out by itself when half of the room has become free.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "norn/runtime/condition_variable.hpp"
#include "norn/runtime/message.hpp"
#include "norn/runtime/node_local.hpp"
#include "norn/runtime/remote_pipe_options.hpp"
#include "norn/runtime/task_group.hpp"

namespace norn::detail {

inline constexpr std::string_view kItemsSuffix = ".Items";

// Values first, first + 1, …, and the end if there is one behind them. Also sent without any, to
// open a stream, to ask for credit or to show that the sender is alive.
template <class T>
struct PipeItems {
  static constexpr std::string_view kMessageName = kPartNameView<T, kItemsSuffix>;
  std::string stream;
  std::uint64_t session = 0;  // one run of a sender: higher than any before on its node
  std::uint64_t known = 0;    // all before this number are known to have arrived
  std::uint64_t first = 0;
  std::vector<T> items;
  bool end = false;
};

struct PipeCredit {
  std::uint64_t session = 0;
  std::uint64_t next = 0;     // all before this number have arrived
  std::uint64_t granted = 0;  // numbers below this may be sent
  bool closed = false;        // no more are wanted, or the receiver does not know the stream
};

std::uint64_t new_pipe_session();
bool is_in_a_fiber();

// The sender's side without the values: what may be sent, and when to send again.
class SendWindow {
 public:
  explicit SendWindow(const RemotePipeOptions& options);

  // What came from the receiver. Returns how many more values have arrived there.
  std::uint64_t credit(const PipeCredit& credit);
  // What is to be sent now: values [first, first + count), possibly none.
  struct Batch {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
  };
  // Values below `values_end` are there, and the end behind them if it is known.
  std::optional<Batch> next(std::uint64_t values_end, bool ended);
  TimePoint wake_at() const { return std::min(send_again_at_, heard_at_ + options_.give_up_after); }
  bool silent() const { return now() - heard_at_ >= options_.give_up_after; }
  bool closed() const { return closed_; }
  std::uint64_t arrived() const { return arrived_; }

 private:
  RemotePipeOptions options_;
  std::uint64_t arrived_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t granted_ = 0;
  bool closed_ = false;
  Duration wait_;
  TimePoint send_again_at_;
  TimePoint heard_at_;
};

// Who waits for credit on this node; one fiber gives it out.
class CreditTaker {
 public:
  CreditTaker() = default;
  CreditTaker(const CreditTaker&) = delete;
  CreditTaker& operator=(const CreditTaker&) = delete;
  virtual void take(const PipeCredit& credit) = 0;

 protected:
  ~CreditTaker() = default;
};
void listen_for_credit(std::uint64_t session, CreditTaker& taker);
void stop_listening(std::uint64_t session);
// Starts a fiber that lives as long as the node, whatever becomes of the caller's Context.
void start_for_life(std::string_view name, void (*code)());
void send_credit(Address to, const PipeCredit& credit);

template <class T>
class RemoteSender final : public CreditTaker {
 public:
  RemoteSender(Address to, std::string name, const RemotePipeOptions& options);
  RemoteSender(const RemoteSender&) = delete;
  RemoteSender& operator=(const RemoteSender&) = delete;
  ~RemoteSender() { stop_listening(session_); }

  // push() blocks while there is no room; false: the stream is over.
  bool push(T value);
  // finish() blocks until all has arrived.
  Result<void> finish();
  void take(const PipeCredit& credit) override;

 private:
  void pump();
  void send_batch(const SendWindow::Batch& batch);
  bool over() const { return window_.closed() || window_.silent() || done(); }
  bool done() const { return ended_ && window_.arrived() == values_end() + 1; }
  std::uint64_t values_end() const { return base_ + values_.size(); }

  Address to_;
  std::string name_;
  RemotePipeOptions options_;
  std::uint64_t session_;
  SendWindow window_;
  std::deque<T> values_;    // from number base_ on
  std::uint64_t base_ = 0;  // == arrived, until the end has arrived
  bool ended_ = false;
  ConditionVariable changed_;
  TaskGroup group_;  // last: its fiber uses the rest
};

template <class T>
RemoteSender<T>::RemoteSender(Address to, std::string name, const RemotePipeOptions& options)
    : to_(to),
      name_(std::move(name)),
      options_(options),
      session_(new_pipe_session()),
      window_(options) {
  listen_for_credit(session_, *this);
  group_.spawn("pipe sender", [this] { pump(); });
}

template <class T>
bool RemoteSender<T>::push(T value) {
  while (!over() && values_.size() >= options_.credit) changed_.wait();
  if (over()) return false;
  values_.push_back(std::move(value));
  changed_.notify_all();
  return true;
}

template <class T>
Result<void> RemoteSender<T>::finish() {
  ended_ = true;
  changed_.notify_all();
  while (!over()) changed_.wait();
  if (done()) return {};
  return Error{Errc::closed, "stream '" + name_ + "': " +
                                 (window_.closed() ? "the receiver wants no more, or forgot it"
                                                   : "the receiver is silent")};
}

template <class T>
void RemoteSender<T>::take(const PipeCredit& credit) {
  window_.credit(credit);
  while (base_ < window_.arrived() && !values_.empty()) {
    values_.pop_front();
    ++base_;
  }
  changed_.notify_all();
}

template <class T>
void RemoteSender<T>::pump() {
  while (!over()) {
    if (const auto batch = window_.next(values_end(), ended_)) {
      send_batch(*batch);
    } else {
      changed_.wait_until(window_.wake_at());
    }
  }
  changed_.notify_all();
}

template <class T>
void RemoteSender<T>::send_batch(const SendWindow::Batch& batch) {
  PipeItems<T> message{.stream = name_,
                       .session = session_,
                       .known = window_.arrived(),
                       .first = batch.first,
                       .items = {},
                       .end = false};
  for (std::uint64_t i = batch.first; i < batch.first + batch.count; ++i) {
    const auto index = static_cast<std::size_t>(i - base_);
    if (index < values_.size()) {
      message.items.push_back(values_[index]);
    } else {
      message.end = true;
    }
  }
  send(to_, message);
}

// ---- the receiver

template <class T>
class RemoteReceiver;

// The streams of a type that are received on this node.
template <class T>
struct PipeReceivers {
  std::map<std::string, RemoteReceiver<T>*, std::less<>> open;
  // Those that are over, by sender and session, and what is to be said to them: the oldest are
  // forgotten.
  std::map<std::pair<Address, std::uint64_t>, PipeCredit> over;
  std::deque<std::pair<Address, std::uint64_t>> oldest;
  bool listening = false;

  static void listen();
};

template <class T>
class RemoteReceiver {
 public:
  RemoteReceiver(std::string name, const RemotePipeOptions& options);
  RemoteReceiver(const RemoteReceiver&) = delete;
  RemoteReceiver& operator=(const RemoteReceiver&) = delete;
  ~RemoteReceiver();

  // receive() blocks until the next value is there; nothing at the end. Throws PipeBroken.
  std::optional<T> receive();
  void take(const PipeItems<T>& message, Address from);

 private:
  bool all_taken() const { return end_ && next_ == *end_ + 1 && ready_.empty(); }
  PipeCredit credit() const {
    return {session_, next_, next_ + (options_.credit - ready_.size()), false};
  }
  void grant();

  std::string name_;
  RemotePipeOptions options_;
  Address from_;
  std::uint64_t session_ = 0;  // 0: none yet
  std::deque<T> ready_;
  std::map<std::uint64_t, T> early_;  // came before one that comes before them
  std::uint64_t next_ = 0;            // all before it have come
  std::optional<std::uint64_t> end_;
  std::uint64_t last_granted_ = 0;
  std::string problem_;
  TimePoint heard_at_{};
  ConditionVariable changed_;
};

template <class T>
void PipeReceivers<T>::listen() {
  for (;;) {
    const auto message = norn::receive<PipeItems<T>>();
    auto& receivers = node_local<PipeReceivers<T>>();
    const auto over = receivers.over.find({message.from, message.value.session});
    if (over != receivers.over.end()) {
      send_credit(message.from, over->second);
      continue;
    }
    const auto open = receivers.open.find(message.value.stream);
    if (open != receivers.open.end()) {
      open->second->take(message.value, message.from);
    } else if (message.value.known > 0) {  // to a life of this node that is over
      send_credit(message.from, {.session = message.value.session, .closed = true});
    }
  }
}

template <class T>
RemoteReceiver<T>::RemoteReceiver(std::string name, const RemotePipeOptions& options)
    : name_(std::move(name)), options_(options) {
  NORN_ASSERT(options.credit >= 1, "Pipe::receive_from(): without credit nothing can come");
  auto& receivers = node_local<PipeReceivers<T>>();
  const bool is_new = receivers.open.emplace(name_, this).second;
  NORN_ASSERT(is_new, "a stream of this name and type is received on this node already");
  if (!std::exchange(receivers.listening, true))
    start_for_life("pipe receiver", &PipeReceivers<T>::listen);
}

template <class T>
RemoteReceiver<T>::~RemoteReceiver() {
  if (!is_in_a_fiber()) return;  // its node is gone
  constexpr std::size_t kRemembered = 256;
  auto& receivers = node_local<PipeReceivers<T>>();
  receivers.open.erase(name_);
  if (session_ == 0) return;
  PipeCredit last = credit();
  last.closed = !(end_ && next_ == *end_ + 1);
  const std::pair key(from_, session_);
  receivers.over.emplace(key, last);
  receivers.oldest.push_back(key);
  if (receivers.oldest.size() > kRemembered) {
    receivers.over.erase(receivers.oldest.front());
    receivers.oldest.pop_front();
  }
  if (last.closed) send_credit(from_, last);
}

template <class T>
void RemoteReceiver<T>::take(const PipeItems<T>& message, Address from) {
  if (session_ == 0) {
    if (message.known > 0) {
      send_credit(from, {.session = message.session, .closed = true});
      return;
    }
    session_ = message.session;
    from_ = from;
  } else if (from != from_ || message.session != session_) {
    if (from == from_ && message.session > session_ && problem_.empty()) {
      problem_ = "the sender began anew";
      changed_.notify_all();
    }
    return;
  }
  heard_at_ = now();
  const std::uint64_t room_ends = credit().granted;
  for (std::size_t i = 0; i < message.items.size(); ++i) {
    const std::uint64_t number = message.first + i;
    if (number >= next_ && number < room_ends) early_.try_emplace(number, message.items[i]);
  }
  if (message.end) end_ = message.first + message.items.size();
  for (auto each = early_.begin(); each != early_.end() && each->first == next_; ++next_) {
    ready_.push_back(std::move(each->second));
    each = early_.erase(each);
  }
  if (end_ && next_ == *end_) ++next_;
  changed_.notify_all();
  grant();
}

template <class T>
void RemoteReceiver<T>::grant() {
  const PipeCredit now_granted = credit();
  last_granted_ = now_granted.granted;
  send_credit(from_, now_granted);
}

template <class T>
std::optional<T> RemoteReceiver<T>::receive() {
  while (ready_.empty() && !all_taken()) {
    if (!problem_.empty()) throw PipeBroken("stream '" + name_ + "': " + problem_);
    if (session_ == 0) {
      changed_.wait();  // nobody has begun it: that may take as long as it likes
    } else if (!changed_.wait_until(heard_at_ + options_.give_up_after) &&
               now() - heard_at_ >= options_.give_up_after) {
      problem_ = "the sender is silent";
    }
  }
  if (ready_.empty()) return std::nullopt;
  std::optional<T> value(std::move(ready_.front()));
  ready_.pop_front();
  if (credit().granted >= last_granted_ + (options_.credit + 1) / 2) grant();
  return value;
}

}  // namespace norn::detail
