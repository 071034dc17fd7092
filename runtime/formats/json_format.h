// The json format: one JSON object a record. LANGUAGE.md "JSON in" and "JSON out" are the rules.
//
// Ownership and threading: as Decoder and Encoder.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "runtime/formats/decoder.h"
#include "runtime/formats/encoder.h"

namespace streamql {

Result<std::unique_ptr<Decoder>> make_json_decoder(const SourceSpec& source);
/// The same without AVX2, whatever the processor has (tests compare both).
std::unique_ptr<Decoder> make_json_decoder_baseline(const SourceSpec& source);
Result<std::unique_ptr<Encoder>> make_json_encoder(const Options& options, const std::vector<ColumnSpec>& columns,
                                                   std::vector<int> which);

}  // namespace streamql
