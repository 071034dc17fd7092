// The raw format: the record's bytes are the one STRING or BYTES column. Ownership and threading: as Decoder and
// Encoder.
#pragma once
#include "runtime/formats/decoder.h"
#include "runtime/formats/encoder.h"

namespace streamql {

Result<std::unique_ptr<Decoder>> make_raw_decoder(const SourceSpec& source);
Result<std::unique_ptr<Encoder>> make_raw_encoder(const Options& options, const std::vector<ColumnSpec>& columns,
                                                  std::vector<int> which);

}  // namespace streamql
