// What a message type needs that is not sent as its bytes: Codec and the JSON library behind it.
#pragma once

#include <nlohmann/json.hpp>

#include "norn/runtime/codec.hpp"
