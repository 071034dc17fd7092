// The JSON record parser for processors with AVX2; json_decoder.cpp chooses.
#include <immintrin.h>

#include <cstring>

#include "runtime/formats/json_plan.h"
#include "runtime/formats/json_value.h"
#include "runtime/text/json_text.h"
#include "runtime/text/utf8.h"

#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2")
#define SQ_JSON_AVX2
#define STREAMQL_JSON_ISA json_avx2
#include "runtime/formats/json_record.h"

namespace streamql {

void decode_json_avx2(JsonPlan& plan, const RawBatch& raw, BatchView& out, RowErrorSink& errors) {
    json_avx2::decode_batch(plan, raw, out, errors);
}

}  // namespace streamql
#pragma GCC pop_options
