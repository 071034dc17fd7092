// Bytes as text: hexadecimal, base64, PostgreSQL's escape form, and digests.
//
// Invariants: what an append_ function writes, its parse_ function reads back. Threading: pure functions.
#pragma once
#include <string>
#include <string_view>

#include "runtime/base/arena.h"
#include "runtime/types/value.h"

namespace streamql {

/// 0 to 15, or -1.
int hex_digit(char c);
/// Two lower-case digits a byte.
void append_hex(std::string_view bytes, std::string& to);

/// With a line end after each `line` characters; 0: none.
void append_base64(std::string_view bytes, size_t line, std::string& to);
/// Spaces and line ends are skipped; false where it is no base64.
bool append_from_base64(std::string_view text, std::string& to);

/// Backslashes doubled, bytes that are not ASCII as \377.
void append_escaped_bytes(std::string_view bytes, std::string& to);
/// "\x0aff" or the escape form: a BYTES value's text. The result lies in the arena.
bool parse_bytes_text(std::string_view text, Arena& arena, Str* out);

enum class Digest : uint8_t { kMd5, kSha224, kSha256, kSha384, kSha512 };
/// Bytes of the digest in the arena.
Str digest(Digest kind, std::string_view bytes, Arena& arena);

}  // namespace streamql
