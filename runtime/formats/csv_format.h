// The csv format: RFC 4180, one record a message (quoted fields may hold line breaks).
//
// What: a field that is unquoted and equal to option `null` (default: empty) is NULL; a quoted one never is. A
// message's key is its file's header line, where the file has one: names then find the columns, else their declared
// order does. Ownership and threading: as Decoder and Encoder.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/decoder.h"
#include "runtime/formats/encoder.h"

namespace streamql {

Result<std::unique_ptr<Decoder>> make_csv_decoder(const SourceSpec& source);
Result<std::unique_ptr<Encoder>> make_csv_encoder(const Options& options, const std::vector<ColumnSpec>& columns,
                                                  std::vector<int> which);

struct CsvField {
    std::string_view text;  ///< without its quotes; doubled quotes are still doubled if `escaped`
    bool quoted = false;
    bool escaped = false;
};
/// Null, or what is wrong with the quotes; `at` is then where.
const char* split_csv(std::string_view record, char delimiter, std::vector<CsvField>& fields, size_t& at);
/// The delimiter that the options name: one character, or "tab" / "\t"; 0 if it is none.
char csv_delimiter(const Options& options);
/// Names of a header line; empty if its quoting is broken.
std::vector<std::string> csv_names(std::string_view header, char delimiter);

}  // namespace streamql
