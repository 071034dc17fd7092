#include <fmt/format.h>

#include "runtime/formats/format_list.h"
#include "runtime/formats/json_format.h"
#include "runtime/formats/json_plan.h"
#include "runtime/types/datetime.h"

namespace streamql {
namespace {

JsonConvert conversion_of(const Type& type, TimestampFormat timestamps) {
    switch (type.kind) {
        case TypeKind::kBoolean:
            return JsonConvert::kBoolean;
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint:
            return JsonConvert::kInteger;
        case TypeKind::kDouble:
            return JsonConvert::kDouble;
        case TypeKind::kDecimal:
            return JsonConvert::kDecimal;
        case TypeKind::kString:
            return JsonConvert::kString;
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz:
            return timestamps == TimestampFormat::kIso ? JsonConvert::kIsoTime : JsonConvert::kInteger;
        case TypeKind::kNull:
        case TypeKind::kReal:
        case TypeKind::kBytes:
        case TypeKind::kDate:
        case TypeKind::kTime:
        case TypeKind::kInterval:
        case TypeKind::kJson:
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct:
            break;
    }
    return JsonConvert::kOther;
}

void set_bounds(JsonField& f, TimestampFormat timestamps) {
    if (f.type.is_integer()) {
        f.least = least_of(f.type.kind);
        f.greatest = greatest_of(f.type.kind);
    } else if (f.type.is_timestamp()) {
        f.factor = timestamps == TimestampFormat::kSeconds  ? 1'000'000
                   : timestamps == TimestampFormat::kMillis ? 1'000
                                                            : 1;
        f.unit = time_unit(f.type);
        if (f.convert == JsonConvert::kInteger && f.unit > f.factor) f.convert = JsonConvert::kOther;
        f.greatest = (kEndTimestamp - 1) / f.factor;
        f.least = kMinTimestamp / f.factor;
    }
}

class JsonDecoder final : public Decoder {
  public:
    explicit JsonDecoder(const SourceSpec& source) {
        plan_.timestamps = timestamp_format(source.options.text("timestamp.format"));
        if (source.options.has("max_record_bytes")) plan_.max_bytes = source.options.bytes("max_record_bytes");
        for (size_t i = 0; i < source.columns.size(); ++i)
            if (source.columns[i].origin == ColumnOrigin::kRecord) add(source.columns[i], static_cast<int>(i));
        plan_.exact.build();
        plan_.folded.build();
        plan_.slots.resize(JsonPlan::kMaxSlots);
        for (auto& slot : plan_.slots) std::memset(slot.bytes, 0xFF, sizeof slot.bytes);  // matches no UTF-8
        plan_.stamps.resize(plan_.fields.size());
        plan_.folded_at.resize(plan_.fields.size());
        decode_ =
            __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") ? decode_json_avx2 : decode_json_baseline;
    }
    void use_baseline() { decode_ = decode_json_baseline; }

    void decode(const RawBatch& raw, BatchView& out, RowErrorSink& errors) override {
        plan_.arena.reset();
        decode_(plan_, raw, out, errors);
    }

  private:
    void add(const ScanColumn& c, int column) {
        JsonField f;
        f.convert = conversion_of(c.column.type, plan_.timestamps);
        f.not_null = c.column.not_null;
        f.column = column;
        f.physical = c.column.type.physical();
        f.width = physical_width(f.physical);
        f.type = c.column.type;
        f.name = c.column.name;
        set_bounds(f, plan_.timestamps);
        int index = static_cast<int>(plan_.fields.size());
        plan_.exact.add(f.name, index);
        if (!c.exact_name) {
            std::string low = f.name;
            for (char& ch : low)
                if (ch >= 'A' && ch <= 'Z') ch = static_cast<char>(ch + 32);
            plan_.folded.add(low, index);
        }
        if (f.not_null) plan_.required.push_back(index);
        plan_.fields.push_back(std::move(f));
    }

    JsonPlan plan_;
    DecodeBatch decode_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_json_decoder(const SourceSpec& source) {
    return std::unique_ptr<Decoder>(std::make_unique<JsonDecoder>(source));
}

std::unique_ptr<Decoder> make_json_decoder_baseline(const SourceSpec& source) {
    auto decoder = std::make_unique<JsonDecoder>(source);
    decoder->use_baseline();
    return decoder;
}

}  // namespace streamql
