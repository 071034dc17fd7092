// The formats: one explicit list that decoding, encoding, option checks and `streamql list formats` share.
//
// Adding a format is a file and a line in format_list.cpp. A connector that carries bytes adds `format_options(...)` to
// its own options and calls check_format_options() from its check hook. Threading: immutable.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/decoder.h"
#include "runtime/formats/encoder.h"

namespace streamql {

struct Format {
    std::string name;
    std::string doc;
    std::vector<OptionSpec> options{};
    Result<std::unique_ptr<Decoder>> (*make_decoder)(const SourceSpec&) = nullptr;  ///< null: cannot be read
    Result<std::unique_ptr<Encoder>> (*make_encoder)(const Options&, const std::vector<ColumnSpec>&,
                                                     std::vector<int> which) = nullptr;  ///< null: cannot be written
    // Facts: what connectors ask instead of looking at names.
    bool header = false;       ///< the first record of a file may name the columns
    bool quoted = false;       ///< line breaks between quotes belong to the record
    bool empty_lines = false;  ///< an empty line is a record
    /// Values that are wrong for this format alone; may be null.
    void (*check)(const Options&, std::vector<OptionProblem>&) = nullptr;
};

const std::vector<Format>& format_list();
const Format* find_format(std::string_view name);
/// What the option `format` names; without it the first of the list.
const Format* chosen_format(const Options& options);

/// The option `format` with the given default and every format's own options, ready to be appended to a connector's.
std::vector<OptionSpec> format_options(std::string default_format);
/// Options of another format than the chosen one, and values a format cannot take, become problems.
void check_format_options(const Options& options, bool as_source, std::vector<OptionProblem>& problems);

}  // namespace streamql
