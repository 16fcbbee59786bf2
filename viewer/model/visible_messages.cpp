// What of the messages is to be drawn for a stretch of time: each alone, or bundled when they are
// many.
#include <algorithm>
#include <cmath>

#include "model/gallop.hpp"
#include "model/messages.hpp"

namespace norn::viewer {
namespace {

// The positions of a link's messages that may touch the stretch.
struct Range {
  const Link* link = nullptr;
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::size_t first_sent_from(const Link& link, std::size_t from, Index beyond) {
  const auto begin = link.messages.begin();
  const auto found = gallop(begin + static_cast<std::ptrdiff_t>(from), link.messages.end(),
                            [&](const Message& m) { return m.send < beyond; });
  return static_cast<std::size_t>(found - begin);
}

// True for a message that ended before the stretch.
bool is_over(const EventTable& events, const MessageIndex& index, const Message& message,
             const VisibleQuery& query) {
  if (query.steps && message.end != kNone) return message.end < query.steps->first;
  return index.end_ns(events, message) < query.begin_ns;
}

Index beyond_of(const EventTable& events, const VisibleQuery& query) {
  return query.steps ? query.steps->beyond : events.first_after(query.end_ns);
}

Range range_of(const EventTable& events, const MessageIndex& index, const Link& link,
               const VisibleQuery& query) {
  const auto block =
      std::lower_bound(link.latest_end.begin(), link.latest_end.end(), query.begin_ns,
                       [](std::int64_t end, double t) { return static_cast<double>(end) < t; });
  auto begin = static_cast<std::size_t>(block - link.latest_end.begin()) * MessageIndex::kBlock;
  // Some message of this block touches the stretch: what is before the first that does is not
  // looked at again.
  while (begin < link.messages.size() && is_over(events, index, link.messages[begin], query))
    ++begin;
  if (begin >= link.messages.size()) return {&link, 0, 0};
  std::size_t end = first_sent_from(link, begin, beyond_of(events, query));
  if (!query.until.empty()) {
    const auto last = [&](trace::NodeId node) {
      return query.until[node] == kNone ? 0 : query.until[node] + 1;
    };
    const Index limit = std::min(last(link.from), last(link.to));
    const auto beyond = std::lower_bound(link.messages.begin(), link.messages.end(), limit,
                                         [](const Message& m, Index at) { return m.send < at; });
    end = std::min(end, static_cast<std::size_t>(beyond - link.messages.begin()));
  }
  return {&link, begin, std::max(begin, end)};
}

void add_singles(const EventTable& events, const MessageIndex& index, const VisibleQuery& query,
                 const Range& range, VisibleMessages& out) {
  for (std::size_t i = range.begin; i < range.end; ++i) {
    const Message& m = range.link->messages[i];
    if (is_over(events, index, m, query)) continue;
    out.single.push_back({range.link, &m});
    ++out.total;
  }
}

std::uint32_t lost_between(const Link& link, std::size_t begin, std::size_t end) {
  const auto first = std::lower_bound(link.lost.begin(), link.lost.end(), begin);
  return static_cast<std::uint32_t>(std::lower_bound(first, link.lost.end(), end) - first);
}

// Buckets lie on a grid of absolute time, or of absolute steps, so that bundles stay put while one
// pans.
void add_bundles(const EventTable& events, const MessageIndex& index, const Range& range,
                 double bucket, bool by_steps, VisibleMessages& out) {
  for (std::size_t i = range.begin; i < range.end;) {
    const auto& messages = range.link->messages;
    const auto sent = static_cast<double>(events.time_ns(messages[i].send));
    const double place = by_steps ? static_cast<double>(messages[i].send) : sent;
    const double bucket_end = (std::floor(place / bucket) + 1) * bucket;
    const Index beyond =
        by_steps ? static_cast<Index>(std::ceil(bucket_end)) : events.first_after(bucket_end);
    const std::size_t next =
        std::max(i + 1, std::min(range.end, first_sent_from(*range.link, i, beyond)));
    Bundle bundle{.link = range.link, .first = static_cast<std::uint32_t>(i)};
    bundle.send_begin_ns = sent;
    bundle.send_end_ns = static_cast<double>(events.time_ns(messages[next - 1].send));
    bundle.end_begin_ns = index.end_ns(events, messages[i]);
    bundle.end_end_ns = std::max(bundle.end_begin_ns, index.end_ns(events, messages[next - 1]));
    bundle.count = static_cast<std::uint32_t>(next - i);
    bundle.lost = lost_between(*range.link, i, next);
    out.total += bundle.count;
    out.bundles.push_back(bundle);
    i = next;
  }
}

}  // namespace

VisibleMessages visible_messages(const EventTable& events, const MessageIndex& index,
                                 const VisibleQuery& query) {
  VisibleMessages out;
  std::vector<Range> ranges;
  std::size_t candidates = 0;
  for (const Link& link : index.links()) {
    const Range range = range_of(events, index, link, query);
    if (range.begin >= range.end) continue;
    ranges.push_back(range);
    candidates += range.end - range.begin;
  }
  // Up to a block of each link may have ended before the stretch.
  if (candidates <= query.limit + ranges.size() * MessageIndex::kBlock) {
    for (const Range& range : ranges) add_singles(events, index, query, range, out);
    if (out.single.size() <= query.limit) return out;
    out = {};
  }
  constexpr double kMinBucketPx = 4;
  const double span = query.steps ? query.steps->span : query.end_ns - query.begin_ns;
  const double per_link =
      std::max(1.0, static_cast<double>(query.limit) /
                        static_cast<double>(std::max<std::size_t>(1, ranges.size())));
  const double buckets = std::min(per_link, std::max(1.0, query.width_px / kMinBucketPx));
  for (const Range& range : ranges)
    add_bundles(events, index, range, span / buckets, query.steps.has_value(), out);
  if (out.bundles.size() > 2 * query.limit) {
    const auto keep = out.bundles.begin() + static_cast<std::ptrdiff_t>(query.limit);
    std::nth_element(out.bundles.begin(), keep, out.bundles.end(),
                     [](const Bundle& x, const Bundle& y) { return x.count > y.count; });
    for (auto b = keep; b != out.bundles.end(); ++b) out.hidden += b->count;
    out.bundles.erase(keep, out.bundles.end());
  }
  return out;
}

}  // namespace norn::viewer
