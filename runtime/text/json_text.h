// JSON strings: escaping and its reverse.
//
// Invariants: what is appended is RFC 8259 if the text is UTF-8. Threading: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "runtime/base/arena.h"

namespace streamql {

/// `text` as a JSON string with its quotes.
void append_json_string(std::string_view text, std::string& to);

/// The content of a checked JSON string given without its quotes; it lies in the arena only if there are escapes.
std::string_view json_unescape(std::string_view body, Arena& arena);

}  // namespace streamql
