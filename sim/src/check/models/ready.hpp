// The machines of the ready models.
#pragma once

#include <memory>

#include "norn/check/model.hpp"

namespace norn::check {

std::unique_ptr<Machine> make_counter();
std::unique_ptr<Machine> make_lock();
std::unique_ptr<Machine> make_fenced_lock();
std::unique_ptr<Machine> make_set();
std::unique_ptr<Machine> make_queue();
std::unique_ptr<Machine> make_log();
std::unique_ptr<Machine> make_bank(const BankOptions& options);

}  // namespace norn::check
