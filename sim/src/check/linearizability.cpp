#include "norn/check/linearizability.hpp"

#include <algorithm>
#include <memory>

#include "check/linearizability_parts.hpp"

namespace norn::check {

namespace {

// The first turn of each part; the turns double, so that a part that is hard holds up the others by
// a factor only.
constexpr std::uint64_t kFirstTurn = 20'000;

struct Running {
  Part part;
  std::unique_ptr<Search> search;
  std::size_t index = 0;
};

void account(LinearizabilityResult& result, const Search& search, std::uint64_t before) {
  result.steps += search.steps() - before;
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::violated:
      return "violated";
    case Verdict::unknown:
      return "unknown";
  }
  return "?";
}

Result<LinearizabilityResult> check_linearizability(const History& history, const Model& model,
                                                    const LinearizabilityOptions& options) {
  Result<std::vector<Part>> parts = split(history, model, options.whole);
  if (!parts) return parts.error();
  LinearizabilityResult result;
  result.parts = parts->size();
  result.orders.resize(parts->size());
  // A search refers to its part, which therefore must stay where it is.
  std::vector<std::unique_ptr<Running>> running;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    running.push_back(std::make_unique<Running>());
    running.back()->part = std::move((*parts)[i]);
    running.back()->index = i;
  }
  for (std::uint64_t turn = kFirstTurn; !running.empty(); turn *= 2) {
    std::size_t kept = 0;
    for (std::unique_ptr<Running>& owner : running) {
      Running& each = *owner;
      if (!each.search) each.search = std::make_unique<Search>(*each.part.machine, each.part.input);
      Search& search = *each.search;
      const std::uint64_t before = search.steps();
      const std::uint64_t left = options.budget - std::min(options.budget, result.steps);
      const Search::Status status =
          left == 0 ? Search::Status::paused : search.run(std::min(turn, left));
      account(result, search, before);
      if (status == Search::Status::paused) {
        running[kept++].swap(owner);
        continue;
      }
      result.configurations += search.configurations();
      if (status == Search::Status::violation) {
        result.verdict = Verdict::violated;
        result.misfit = misfit_of(history, model, each.part, search, options.explain);
        result.orders.clear();
        return result;
      }
      for (const std::uint32_t number : search.order())
        result.orders[each.index].push_back(each.part.operations[number]);
      owner.reset();
    }
    running.resize(kept);
    if (result.steps >= options.budget) break;
  }
  if (running.empty()) return result;
  result.verdict = Verdict::unknown;
  result.undecided = running.size();
  result.orders.clear();
  return result;
}

std::string explain(const History& history, const Misfit& misfit) {
  constexpr std::size_t kShown = 5;
  const auto line = [&](OperationId id) {
    return "  " + describe(history.operation(id)) + "  (" + history.place(id) + ")\n";
  };
  std::string text = "fits nowhere";
  if (misfit.part && !misfit.part->is_nil()) text += ", key " + to_json(*misfit.part);
  text += ":\n" + line(misfit.operation);
  text += "before it " + std::to_string(misfit.order.size()) + " operations took effect";
  if (!misfit.order.empty()) {
    const std::size_t from = misfit.order.size() - std::min(misfit.order.size(), kShown);
    text += from == 0 ? ", in this order:\n" : ", the last of them in this order:\n";
    for (std::size_t i = from; i < misfit.order.size(); ++i) text += line(misfit.order[i]);
  } else {
    text += "\n";
  }
  text += misfit.states.size() == 1 ? "which left: " : "which left one of:\n";
  for (const std::string& state : misfit.states)
    text += (misfit.states.size() == 1 ? "" : "  ") + state + "\n";
  return text;
}

}  // namespace norn::check
