// ISO 8601 dates and times <-> integers, with a fast path for the fixed layout that machines write.
//
// Invariants: microseconds and days since 1970-01-01 UTC, in the ranges of types/datetime.h (what lies outside is no
// value, never a wrapped one). Years are ISO 8601's: 0000 is 1 BC, -0043 is 44 BC; what is appended is read back. A
// time without a zone is read as UTC, one with a zone as that instant. Threading: pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace streamql {

/// "2024-05-01T10:00:00.123456Z", also a blank for T, no seconds, no time, offsets +02, +0200, +02:00. More than six
/// fractional digits are rounded.
std::optional<int64_t> parse_iso_timestamp(std::string_view text);
std::optional<int64_t> parse_iso_date(std::string_view text);
/// "HH:MM[:SS[.ffffff]]"
std::optional<int64_t> parse_iso_time(std::string_view text);

void append_iso_timestamp(int64_t micros, std::string& out);
void append_iso_date(int64_t days, std::string& out);
void append_iso_time(int64_t micros, std::string& out);

}  // namespace streamql
