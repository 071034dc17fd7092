// Why a record (or a derived row) could not be processed. The text of each code is what dead letters and docs show.
#pragma once
#include <cstdint>

namespace streamql {

enum class RowError : int32_t {
    kOk = 0,
    // decoding
    kMalformed,  ///< broken JSON / CSV
    kInvalidUtf8,
    kTooDeep,  ///< nesting bomb
    kTrailingBytes,
    kDuplicateKey,  ///< a wanted key given twice
    kWrongType,     ///< the JSON type does not fit the column
    kOutOfRange,    ///< a number does not fit the column
    kBadText,       ///< text that is no value of the column's type (timestamps, dates ...)
    kTooLong,       ///< record larger than max_record_bytes
    kTombstone,     ///< no value on an append stream
    // declared by the table
    kNotNull,  ///< missing or NULL in a NOT NULL column
    kCheck,    ///< a CHECK is false
    kNullEventTime,
    kFutureEventTime,  ///< further ahead of the clock than max_future
    // expressions
    kOverflow,
    kDivisionByZero,
    kBadCast,
    kInvalidArgument,
    // sinks
    kSinkRejected,
};

/// Stable short name, e.g. "division-by-zero"; the `code` of a dead letter.
const char* row_error_name(RowError e);
/// One plain sentence.
const char* row_error_text(RowError e);

}  // namespace streamql
