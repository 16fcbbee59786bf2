#include <algorithm>
#include <map>

#include "norn/check/picture.hpp"

namespace norn::check {

namespace {

void append_operation(std::string& out, const Operation& operation, std::int64_t client,
                      std::int64_t last_ns) {
  const bool open = operation.outcome != Outcome::ok || operation.return_event == kNone;
  const std::string text = describe(operation);
  out += "{\"ClientId\":" + std::to_string(client) +
         ",\"Start\":" + std::to_string(operation.call_ns) +
         ",\"End\":" + std::to_string(open ? last_ns : operation.return_ns) +
         ",\"Description\":" + to_json(Value(text.substr(text.find(": ") + 2))) + "}";
}

void append_order(std::string& out, const std::vector<std::uint32_t>& order) {
  out += "[";
  for (std::size_t i = 0; i < order.size(); ++i) {
    out += (i == 0 ? "{\"Index\":" : ",{\"Index\":") + std::to_string(order[i]) +
           ",\"StateDescription\":\"\"}";
  }
  out += "]";
}

}  // namespace

std::string porcupine_json(const History& history, const Model& model,
                           const LinearizabilityResult& result) {
  const std::span<const Operation> operations = history.operations();
  const bool whole = result.parts == 1 || !model.partition;
  std::map<Value, std::vector<OperationId>> parts;
  std::map<std::int64_t, std::int64_t> clients;  // Porcupine counts them from 0
  for (OperationId id = 0; id < operations.size(); ++id) {
    if (operations[id].outcome == Outcome::failed) continue;
    parts[whole ? Value() : model.partition(operations[id])].push_back(id);
    clients.emplace(operations[id].process, 0);
  }
  std::int64_t next = 0;
  for (auto& [process, number] : clients) number = next++;
  const std::int64_t last_ns = history.empty() ? 0 : history.events().back().time_ns;
  // In which order each operation stands, and where.
  std::vector<std::vector<OperationId>> orders = result.orders;
  if (result.misfit) orders.push_back(result.misfit->order);
  std::string out = "{\"Partitions\":[";
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    std::map<OperationId, std::uint32_t> number;
    out += part == parts.begin() ? "{\"History\":[" : ",{\"History\":[";
    for (std::uint32_t i = 0; i < part->second.size(); ++i) {
      const Operation& operation = operations[part->second[i]];
      number[part->second[i]] = i;
      if (i != 0) out += ",";
      append_operation(out, operation, clients[operation.process], last_ns);
    }
    std::vector<std::uint32_t> order;
    for (const auto& each : orders) {
      if (each.empty() || !number.contains(each.front())) continue;
      for (const OperationId id : each) order.push_back(number[id]);
    }
    out += "],\"PartialLinearizations\":[";
    if (!order.empty()) append_order(out, order);
    out += "],\"Largest\":{";
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < order.size(); ++i)
      out += (i == 0 ? "\"" : ",\"") + std::to_string(order[i]) + "\":0";
    out += "}}";
  }
  return out + "],\"Annotations\":[]}\n";
}

}  // namespace norn::check
