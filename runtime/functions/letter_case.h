// Upper and lower case of single characters by Unicode's simple mapping, as PostgreSQL has it in the locale C.UTF-8.
//
// Threading: pure; the locale is made once and never freed.
#pragma once
#include <cstdint>
#include <string_view>

#include "runtime/base/arena.h"

namespace streamql {

enum class LetterCase : uint8_t { kLower, kUpper, kInitcap };

/// `s` (valid UTF-8) in another case, in the arena. Bytes that are no UTF-8 stay as they are.
std::string_view with_case(std::string_view s, LetterCase how, Arena& arena);

}  // namespace streamql
