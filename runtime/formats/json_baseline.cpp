// The JSON record parser for any x86-64 (SSE2); json_decoder.cpp chooses.
#include <immintrin.h>

#include <cstring>

#include "runtime/formats/json_plan.h"
#include "runtime/formats/json_value.h"
#include "runtime/text/json_text.h"
#include "runtime/text/utf8.h"

#define STREAMQL_JSON_ISA json_baseline
#include "runtime/formats/json_record.h"

namespace streamql {

void decode_json_baseline(JsonPlan& plan, const RawBatch& raw, BatchView& out, RowErrorSink& errors) {
    json_baseline::decode_batch(plan, raw, out, errors);
}

bool is_json_text(std::string_view text, Arena& arena, std::string_view& value) {
    using namespace json_baseline;
    char* copy = arena.allocate(text.size() + 64);
    std::memcpy(copy, text.data(), text.size());
    std::memset(copy + text.size(), 0, 64);
    const char* end = copy + text.size();
    const char* p = skip_blanks(copy, end);
    Failure f;
    const char* q = p < end ? skip_value(p, end, f) : nullptr;
    if (!q || q > end || skip_blanks(q, end) != end) return false;
    value = {p, static_cast<size_t>(q - p)};
    return true;
}

}  // namespace streamql
