#include "model/event_filter.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <span>
#include <thread>
#include <utility>

namespace norn::viewer {
namespace {

using trace::EventKind;

// Events are looked at so many at a time, between two looks at the clock; a thread takes more.
// Both are whole words of bits.
constexpr Index kFilterBlock = 1024;
constexpr Index kThreadBlock = 256 * kFilterBlock;
constexpr std::size_t kMostThreads = 4;
// With fewer events to decode in a block, each is asked for alone.
constexpr std::size_t kFewToDecode = 4;

}  // namespace

std::string_view name(KindGroup group) {
  static constexpr std::array<std::string_view, kKindGroups> kNames = {
      "messages", "losses",     "timers", "fibers",  "files",     "state",
      "log",      "operations", "faults", "choices", "properties"};
  return kNames.at(static_cast<std::size_t>(group));
}

KindGroup group_of(EventKind kind) {
  switch (kind) {
    case EventKind::send:
    case EventKind::deliver:
    case EventKind::connection:
      return KindGroup::messages;
    case EventKind::drop:
    case EventKind::duplicate:
    case EventKind::hold:
    case EventKind::disk_loss:
      return KindGroup::losses;
    case EventKind::timer:
      return KindGroup::timers;
    case EventKind::fiber_start:
    case EventKind::fiber_end:
    case EventKind::fiber_block:
      return KindGroup::fibers;
    case EventKind::file_op:
      return KindGroup::files;
    case EventKind::state:
      return KindGroup::state;
    case EventKind::log:
      return KindGroup::log;
    case EventKind::op_call:
    case EventKind::op_return:
      return KindGroup::operations;
    case EventKind::choice:
      return KindGroup::choices;
    case EventKind::property:
    case EventKind::violation:
    case EventKind::run_end:
      return KindGroup::properties;
    default:
      return KindGroup::faults;
  }
}

void FilterSpec::hide_node(trace::NodeId node, bool hidden) {
  if (node >= hidden_nodes.size()) hidden_nodes.resize(node + 1);
  hidden_nodes[node] = hidden;
}

bool FilterSpec::shows_all_chips() const {
  return std::none_of(hidden_groups.begin(), hidden_groups.end(), [](bool b) { return b; }) &&
         std::none_of(hidden_nodes.begin(), hidden_nodes.end(), [](bool b) { return b; });
}

// Search is what one thread needs to look at events, in order: the expression with its memory, and
// its own way to the events.
class EventFilter::Search {
 public:
  Search(const TraceModel& model, const FilterSpec& spec);

  bool in_order() const { return !expression_.precedence.empty(); }
  // look_at() sets the bits of the events that pass; `words` begin with that of `begin`, all zero.
  // False when the source cannot be read any more.
  bool look_at(Index begin, Index end, std::uint64_t* words);

 private:
  bool chips_pass(Index event) const {
    const EventTable& events = model_.events();
    return kind_shown_[static_cast<std::size_t>(events.kind(event))] &&
           !spec_.hides_node(events.node(event));
  }
  bool looks_at_all() const { return !expression_.precedence.empty(); }
  void decide(Index event);
  void take(Index event, const trace::Event* decoded);
  void pass(Index event) { words_[(event - begin_) / 64] |= std::uint64_t{1} << (event % 64); }

  const TraceModel& model_;
  FilterSpec spec_;
  FilterExpression expression_;
  std::unique_ptr<EventSource::Lookup> lookup_;
  bool chips_ = false;
  std::array<bool, 256> kind_shown_ = {};
  std::vector<Index> needed_;  // of the block that is looked at
  Index begin_ = 0;
  std::uint64_t* words_ = nullptr;
};

EventFilter::Search::Search(const TraceModel& model, const FilterSpec& spec)
    : model_(model),
      spec_(spec),
      lookup_(model.source().lookup()),
      chips_(!spec.shows_all_chips()) {
  FilterProblem none;
  bool ok = false;
  expression_ = parse_filter(spec.text, model, none, ok);
  for (std::size_t kind = 0; kind < kind_shown_.size(); ++kind)
    kind_shown_[kind] = !spec.hides_group(group_of(static_cast<EventKind>(kind)));
}

// Of an event that need not be decoded the answer is known at once, unless it counts for others.
void EventFilter::Search::decide(Index event) {
  const FilterRow row{.index = event};
  if (looks_at_all()) {
    bool needs = expression_.root->test(row) == Answer::need;
    for (Precedence* each : expression_.precedence)
      needs = needs || each->prepare(row) == Answer::need;
    if (needs) needed_.push_back(event);
    return;
  }
  // What is switched off need not be decoded.
  if (chips_ && !chips_pass(event)) return;
  const Answer answer = expression_.root == nullptr ? Answer::yes : expression_.root->test(row);
  if (answer == Answer::need) needed_.push_back(event);
  if (answer == Answer::yes) pass(event);
}

void EventFilter::Search::take(Index event, const trace::Event* decoded) {
  const FilterRow row{.index = event, .event = decoded, .lookup = lookup_.get()};
  Answer answer = expression_.root->test(row);
  if (answer == Answer::need) {
    // A "preceded by" that did not hold when the block began does so now.
    lookup_->with_event(model_.events().seq(event), [&](const trace::Event& asked) {
      answer = expression_.root->test({.index = event, .event = &asked, .lookup = lookup_.get()});
    });
  }
  for (Precedence* each : expression_.precedence) each->note(row);
  for (Precedence* each : expression_.precedence) each->commit(row);
  if (answer == Answer::yes && (!chips_ || chips_pass(event))) pass(event);
}

bool EventFilter::Search::look_at(Index begin, Index end, std::uint64_t* words) {
  begin_ = begin;
  words_ = words;
  needed_.clear();
  for (Index event = begin; event < end; ++event) decide(event);
  const EventTable& events = model_.events();
  bool read = true;
  Index at = begin;
  std::size_t next = 0;
  const auto take_until = [&](Index event) {
    for (; looks_at_all() && at < event; ++at) take(at, nullptr);
  };
  const auto take_decoded = [&](const trace::Event& decoded) {
    const Index event = needed_[next++];
    take_until(event);
    take(event, &decoded);
    at = event + 1;
  };
  if (needed_.size() <= kFewToDecode) {
    while (next < needed_.size()) {
      if (!lookup_->with_event(events.seq(needed_[next]), take_decoded)) ++next;
    }
  } else {
    read = static_cast<bool>(
        lookup_->for_each_from(events.seq(needed_.front()), [&](const trace::Event& decoded) {
          if (decoded.seq == events.seq(needed_[next])) take_decoded(decoded);
          return next < needed_.size();
        }));
  }
  take_until(end);
  return read;
}

// Job is a search by threads. Each takes the next block that nobody has, so that what is known
// grows from the begin.
struct EventFilter::Job {
  Job(const TraceModel& searched, FilterSpec asked, std::size_t workers);
  ~Job() { cancelled = true; }

  void work();
  void search(Search& worker);
  void tell() {
    ++news;
    news.notify_all();
  }

  const TraceModel& model;
  FilterSpec spec;
  std::vector<std::uint64_t> words;
  std::vector<std::atomic<bool>> found;  // by block
  std::size_t taken = 0;                 // of them, by the filter
  std::atomic<std::size_t> next = 0;
  std::atomic<std::uint32_t> news = 0;  // counts what was found
  std::atomic<bool> cancelled = false;
  std::atomic<bool> failed = false;
  std::atomic<std::size_t> working;
  std::vector<std::jthread> threads;  // the last member: they end before the rest goes
};

EventFilter::Job::Job(const TraceModel& searched, FilterSpec asked, std::size_t workers)
    : model(searched),
      spec(std::move(asked)),
      words((std::size_t{searched.events().size()} + 63) / 64),
      found((std::size_t{searched.events().size()} + kThreadBlock - 1) / kThreadBlock),
      working(workers) {
  for (std::size_t i = 0; i < workers; ++i) threads.emplace_back([this] { work(); });
}

void EventFilter::Job::work() {
  Search worker(model, spec);
  search(worker);
  --working;
}

void EventFilter::Job::search(Search& worker) {
  const Index all = model.events().size();
  for (std::size_t block = next++; block < found.size(); block = next++) {
    const auto first = static_cast<Index>(block * kThreadBlock);
    const Index last = first + std::min(kThreadBlock, all - first);
    for (Index begin = first; begin < last; begin += kFilterBlock) {
      if (cancelled) return;
      if (!worker.look_at(begin, std::min(last, begin + kFilterBlock), &words[begin / 64])) {
        failed = true;
        tell();
        return;
      }
    }
    found[block].store(true, std::memory_order_release);
    tell();
  }
}

EventFilter::EventFilter(const TraceModel& model, Options options)
    : model_(&model), options_(options) {}

EventFilter::~EventFilter() {
  give_up_job();
}

bool EventFilter::set(const FilterSpec& spec) {
  if (spec == spec_) return !problem_.has_value();
  spec_ = spec;
  FilterProblem problem;
  bool ok = false;
  const FilterExpression expression = parse_filter(spec.text, *model_, problem, ok);
  if (!ok) {
    problem_ = std::move(problem);
    return false;
  }
  problem_.reset();
  // A mistake that was taken back leads to what is known already.
  if (spec == searched_for_) return true;
  searched_for_ = spec;
  active_ = !spec.shows_all_chips() || expression.root != nullptr;
  begin_search();
  return true;
}

void EventFilter::begin_search() {
  give_up_job();
  search_.reset();
  ++version_;
  stopped_ = false;
  bits_.clear();
  index_.reset();
  if (!active_) return;
  if (options_.indexed) index_.emplace(*model_);
  auto search = std::make_unique<Search>(*model_, spec_);
  if (model_->events().size() <= options_.most_inline) {
    search_ = std::move(search);
    return;
  }
  const std::size_t most =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  job_ = std::make_unique<Job>(*model_, spec_, search->in_order() ? 1 : most);
}

// Threads that are told to end do so at their next block: nobody waits for them here.
void EventFilter::give_up_job() {
  std::erase_if(old_, [](const std::unique_ptr<Job>& job) { return job->working == 0; });
  if (job_ == nullptr) return;
  job_->cancelled = true;
  old_.push_back(std::move(job_));
}

void EventFilter::stop() {
  stopped_ = true;
  search_.reset();
  give_up_job();
}

double EventFilter::progress() const {
  const Index all = model_->events().size();
  return !active_ || all == 0 ? 1 : static_cast<double>(known()) / static_cast<double>(all);
}

// What the threads have found, as far as nothing is missing before it.
bool EventFilter::take_over() {
  if (job_ == nullptr) return false;
  bool moved = false;
  const std::size_t all = model_->events().size();
  for (; job_->taken < job_->found.size(); ++job_->taken) {
    if (!job_->found[job_->taken].load(std::memory_order_acquire)) break;
    const std::size_t first = job_->taken * kThreadBlock;
    const std::size_t bits = std::min<std::size_t>(kThreadBlock, all - first);
    bits_.append(std::span(job_->words).subspan(first / 64, (bits + 63) / 64), bits);
    moved = true;
  }
  if (job_->failed) stop();
  if (job_ != nullptr && searched()) job_.reset();
  return moved;
}

bool EventFilter::search_here(FilterIndex::Clock::time_point deadline) {
  const Index all = model_->events().size();
  const bool moved = search_ != nullptr && !searched();
  while (search_ != nullptr && !searched()) {
    const Index begin = known();
    const Index end = begin + std::min(kFilterBlock, all - begin);
    std::array<std::uint64_t, kFilterBlock / 64> words = {};
    if (!search_->look_at(begin, end, words.data())) {
      stop();
      break;
    }
    bits_.append(std::span(words).first((end - begin + 63) / 64), end - begin);
    if (FilterIndex::Clock::now() >= deadline) break;
  }
  if (searched()) search_.reset();
  return moved;
}

bool EventFilter::advance(double milliseconds) {
  if (done()) return false;
  const auto deadline =
      FilterIndex::Clock::now() + std::chrono::duration_cast<FilterIndex::Clock::duration>(
                                      std::chrono::duration<double, std::milli>(milliseconds));
  bool moved = take_over();
  moved = search_here(deadline) || moved;
  if (index_ && !stopped_) moved = index_->advance(bits_, deadline) || moved;
  return moved;
}

void EventFilter::run() {
  while (!done()) {
    const std::uint32_t news = job_ == nullptr ? 0 : job_->news.load();
    if (!advance(1000) && job_ != nullptr) job_->news.wait(news);
  }
}

Index EventFilter::position_of(Index event) const {
  if (!active_) return std::min(event, model_->events().size());
  return static_cast<Index>(bits_.before(std::min(event, known())));
}

Index EventFilter::next(Index event) const {
  const Index all = model_->events().size();
  if (!active_) return event < all ? event : kNone;
  const std::size_t found = bits_.next(event, all);
  return found == RankedBits::kNowhere ? kNone : static_cast<Index>(found);
}

Index EventFilter::previous(Index event) const {
  if (!active_) return event == 0 ? kNone : event - 1;
  const std::size_t found = bits_.previous(event);
  return found == RankedBits::kNowhere ? kNone : static_cast<Index>(found);
}

}  // namespace norn::viewer
