#include "check/models/ready.hpp"

#include <array>

#include "check/models/cells.hpp"

namespace norn::check {

namespace {

Model cells(std::string name, std::string functions, bool compare_and_set, bool store) {
  Model model;
  model.name = std::move(name);
  model.functions = std::move(functions);
  model.partition = by_key;
  model.keys_together = true;
  model.make = [compare_and_set, store](bool whole) {
    return std::make_unique<CellMachine>(
        CellMachine::Options{.compare_and_set = compare_and_set, .store = store, .whole = whole});
  };
  return model;
}

Model simple(std::string name, std::string functions, std::unique_ptr<Machine> (*make)()) {
  Model model;
  model.name = std::move(name);
  model.functions = std::move(functions);
  model.partition = by_key;
  model.make = [make](bool) { return make(); };
  return model;
}

}  // namespace

Value by_key(const Operation& operation) {
  return operation.key.value_or(Value());
}

Model register_model() {
  return cells("register", "read (get), write (put)", false, false);
}

Model cas_register_model() {
  return cells("cas-register", "read (get), write (put), cas", true, false);
}

Model key_value_model() {
  return cells("kv", "get (read), put (write), append, cas, delete", true, true);
}

Model counter_model() {
  return simple("counter", "read (get), add, inc, dec, add-and-get", make_counter);
}

Model set_model() {
  return simple("set", "add, remove, contains, read", make_set);
}

Model queue_model() {
  return simple("queue", "enqueue, dequeue", make_queue);
}

Model lock_model() {
  return simple("lock", "acquire, release", make_lock);
}

Model fenced_lock_model() {
  Model model = simple("fenced-lock", "acquire, write, release", make_fenced_lock);
  model.deterministic = false;  // the system chooses its tokens
  return model;
}

Model log_model() {
  return simple("log", "append, read", make_log);
}

Model bank_model(BankOptions options) {
  Model model = simple("bank", "transfer, read", nullptr);
  model.make = [options = std::move(options)](bool) { return make_bank(options); };
  return model;
}

std::optional<Model> find_model(std::string_view name) {
  std::array models{register_model(), cas_register_model(), key_value_model(), counter_model(),
                    set_model(),      queue_model(),        lock_model(),      fenced_lock_model(),
                    log_model(),      bank_model(),         unique_id_model()};
  for (Model& each : models) {
    if (each.name == name) return std::move(each);
  }
  return std::nullopt;
}

std::string model_names() {
  return "register, cas-register, kv, counter, set, queue, lock, fenced-lock, log, bank, "
         "unique-ids";
}

}  // namespace norn::check
