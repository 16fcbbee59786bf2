#include <algorithm>
#include <map>
#include <vector>

#include "norn/check/picture.hpp"

namespace norn::check {

namespace {

constexpr std::size_t kMostBars = 14;
constexpr std::size_t kMostLetters = 26;
constexpr int kColumn = 90;  // two hold the longest label
constexpr int kRow = 40;
constexpr int kLeft = 90;
constexpr int kTop = 60;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20U && c != '\n' ? ' ' : c;
    }
  }
  return out;
}

// Not in the middle of a character of several bytes.
std::string shortened(const std::string& text) {
  if (text.size() <= kMostLetters) return text;
  std::size_t end = kMostLetters - 1;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

class Picture {
 public:
  Picture(const History& history, const Misfit& misfit) : history_(history), misfit_(misfit) {
    choose();
    place();
  }

  std::string svg() const {
    const int width = kLeft + kColumn * static_cast<int>(columns_.size() + 2);
    const int height = kTop + kRow * static_cast<int>(rows_.size()) + 20;
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(width) +
                      "\" height=\"" + std::to_string(height) +
                      "\" font-family=\"sans-serif\" font-size=\"11\">\n"
                      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
                      headline();
    for (const auto& [process, row] : rows_) {
      out += "<text x=\"8\" y=\"" + std::to_string(kTop + kRow * row + 16) + "\">client " +
             std::to_string(process) + "</text>\n";
    }
    for (const OperationId id : shown_) append_bar(out, id, width);
    return out + "</svg>\n";
  }

 private:
  // What fits nowhere, and what there was to fit.
  std::string headline() const {
    std::string what = describe(history_.operation(misfit_.operation)) + " fits nowhere";
    if (misfit_.part) what = "key " + to_json(*misfit_.part) + ": " + what;
    std::string states;
    for (const std::string& state : misfit_.states)
      states += (states.empty() ? "" : " or ") + state;
    std::string out = "<text x=\"8\" y=\"20\" font-weight=\"bold\">" + escaped(what) + "</text>\n";
    if (states.empty()) return out;
    return out + "<text x=\"8\" y=\"38\" fill=\"#666\">" + std::to_string(misfit_.order.size()) +
           " operations took effect before it (# is their order) and left " + escaped(states) +
           "</text>\n";
  }

  // What took effect last, the operation that fits nowhere, and what was open at its return.
  void choose() {
    for (std::size_t i = 0; i < misfit_.order.size(); ++i) position_[misfit_.order[i]] = i + 1;
    const std::size_t from = misfit_.order.size() - std::min(misfit_.order.size(), kMostBars);
    shown_.assign(misfit_.order.begin() + static_cast<std::ptrdiff_t>(from), misfit_.order.end());
    shown_.push_back(misfit_.operation);
    std::sort(shown_.begin(), shown_.end());
    shown_.erase(std::unique(shown_.begin(), shown_.end()), shown_.end());
  }

  void place() {
    for (const OperationId id : shown_) {
      const Operation& operation = history_.operation(id);
      columns_[operation.call_event] = 0;
      if (operation.return_event != kNone) columns_[operation.return_event] = 0;
      rows_[operation.process] = 0;
    }
    int next = 0;
    for (auto& [event, column] : columns_) column = next++;
    next = 0;
    for (auto& [process, row] : rows_) row = next++;
  }

  void append_bar(std::string& out, OperationId id, int width) const {
    const Operation& operation = history_.operation(id);
    const bool open = operation.return_event == kNone || operation.outcome == Outcome::unknown;
    const int left = kLeft + kColumn * columns_.at(operation.call_event);
    const int right = open ? width - 10 : kLeft + kColumn * columns_.at(operation.return_event);
    const int top = kTop + kRow * rows_.at(operation.process);
    const bool misfit = id == misfit_.operation;
    const char* const fill = misfit ? "#e5484d" : open ? "#d9d9d9" : "#9ec5fe";
    out += "<g><title>" + escaped(describe(operation) + " (" + history_.place(id) + ")") +
           "</title><rect x=\"" + std::to_string(left) + "\" y=\"" + std::to_string(top) +
           "\" width=\"" + std::to_string(std::max(right - left, 8)) +
           "\" height=\"22\" rx=\"3\" fill=\"" + fill + "\"" +
           (open ? " stroke=\"#888\" stroke-dasharray=\"4 3\"" : "") + "/>";
    std::string label = operation.function;
    if (!operation.argument.is_nil()) label += " " + to_json(operation.argument);
    if (operation.outcome == Outcome::ok && !operation.result.is_nil() &&
        operation.result != operation.argument) {
      label += " → " + to_json(operation.result);
    }
    out += "<text x=\"" + std::to_string(left + 4) + "\" y=\"" + std::to_string(top + 15) + "\">" +
           escaped(shortened(label)) + "</text>";
    std::string below = misfit ? "fits nowhere" : "";
    if (const auto at = position_.find(id); at != position_.end())
      below = "#" + std::to_string(at->second);
    out += "<text x=\"" + std::to_string(left + 4) + "\" y=\"" + std::to_string(top + 33) +
           "\" fill=\"" + (misfit ? "#e5484d" : "#666") + "\" font-size=\"9\">" + below +
           "</text></g>\n";
  }

  const History& history_;
  const Misfit& misfit_;
  std::vector<OperationId> shown_;
  std::map<OperationId, std::size_t> position_;
  std::map<std::uint32_t, int> columns_;  // by event
  std::map<std::int64_t, int> rows_;      // by process
};

}  // namespace

std::string svg_picture(const History& history, const Misfit& misfit) {
  return Picture(history, misfit).svg();
}

std::string html_picture(const History& history, const Misfit& misfit, const std::string& title) {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
         escaped(title) + "</title></head>\n<body style=\"font-family:sans-serif\">\n<h1>" +
         escaped(title) + "</h1>\n<pre>" + escaped(explain(history, misfit)) + "</pre>\n" +
         svg_picture(history, misfit) + "</body></html>\n";
}

}  // namespace norn::check
