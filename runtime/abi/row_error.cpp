#include "runtime/abi/row_error.h"

namespace streamql {

namespace {
struct Entry {
    const char *name, *text;
};
constexpr Entry kEntries[] = {
    {"ok", "no error"},
    {"malformed", "the record is not well-formed"},
    {"invalid-utf8", "the record holds bytes that are not UTF-8"},
    {"too-deep", "the record is nested too deeply"},
    {"trailing-bytes", "the record goes on after its end"},
    {"duplicate-key", "a wanted key is given twice"},
    {"wrong-type", "the value's JSON type does not fit the column"},
    {"out-of-range", "the number does not fit the column"},
    {"bad-text", "the text is no value of the column's type"},
    {"too-long", "the record is larger than max_record_bytes"},
    {"tombstone", "the record has no value, and the stream is append-only"},
    {"not-null", "the column is NOT NULL, and the value is missing or null"},
    {"check", "a CHECK is false"},
    {"null-event-time", "the event time is NULL"},
    {"future-event-time", "the event time is further ahead of the clock than max_future"},
    {"overflow", "a number is out of range"},
    {"division-by-zero", "division by zero"},
    {"bad-cast", "a value cannot be cast"},
    {"invalid-argument", "a function was given an argument it cannot take"},
    {"sink-rejected", "the sink refused the row"},
};
}  // namespace

const char* row_error_name(RowError e) { return kEntries[static_cast<int>(e)].name; }
const char* row_error_text(RowError e) { return kEntries[static_cast<int>(e)].text; }

}  // namespace streamql
