// JSON decoding against simdjson on-demand, over the same messages and fields: CPU nanoseconds a record, medians of
// five rounds. Ours checks the whole record (structure, UTF-8, trailing bytes); on-demand only what it walks over.
// Argument: rows.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <random>

#include "runtime/formats/json_format.h"

using namespace streamql;

namespace {

struct Messages {
    std::string bytes;
    std::vector<RawMessage> list;
};

/// 206-byte records of nine fields; `shuffled` moves the keys of each.
Messages make_messages(int64_t rows, bool shuffled, bool non_ascii) {
    Messages m;
    std::mt19937_64 random(1);
    std::vector<size_t> ends;
    for (int64_t i = 0; i < rows; ++i) {
        std::vector<std::string> fields = {fmt::format("\"click_id\":\"c-{:010}\"", i),
                                           fmt::format("\"user_id\":{}", 100000 + random() % 900000),
                                           fmt::format("\"campaign_id\":\"campaign-{:02}\"", random() % 100),
                                           non_ascii ? "\"source\":\"g\xC3\xB6\xC3\xB6gle\"" : "\"source\":\"google\"",
                                           "\"device\":\"ios\"",
                                           fmt::format("\"price\":{}.{:02}", 10 + random() % 90, random() % 100),
                                           fmt::format("\"session\":\"{:016x}\"", random()),
                                           "\"valid\":true",
                                           fmt::format("\"click_time\":\"2024-05-01T{:02}:{:02}:{:02}.{:06}Z\"",
                                                       i / 3600 % 24, i / 60 % 60, i % 60, random() % 1000000)};
        if (shuffled) std::shuffle(fields.begin(), fields.end(), random);
        std::string text = "{";
        for (auto& f : fields) text += (text.size() > 1 ? "," : "") + f;
        m.bytes += text + "}";
        ends.push_back(m.bytes.size());
    }
    m.bytes.append(64, ' ');
    size_t from = 0;
    for (size_t end : ends) {
        RawMessage r;
        r.data = m.bytes.data() + from;
        r.size = static_cast<uint32_t>(end - from);
        m.list.push_back(r);
        from = end;
    }
    return m;
}

struct Ignore final : RowErrorSink {
    void row_error(int64_t, RowError, int, uint32_t) override { ++errors; }
    int64_t errors = 0;
};

constexpr int64_t kBatch = 1024;

int64_t run_ours(Decoder& decoder, const Messages& m, Batch& batch) {
    int64_t sum = 0;
    Ignore errors;
    for (size_t at = 0; at < m.list.size(); at += kBatch) {
        RawBatch raw;
        raw.messages = m.list.data() + at;
        raw.count = std::min<int64_t>(kBatch, static_cast<int64_t>(m.list.size() - at));
        raw.padded = true;
        decoder.decode(raw, batch.view(), errors);
        for (int64_t i = 0; i < raw.count; ++i)
            sum += batch.cell<int64_t>(0, i) + static_cast<int64_t>(batch.cell<Str>(1, i).size);
    }
    return sum + errors.errors;
}

int64_t run_simdjson(simdjson::ondemand::parser& parser, const Messages& m) {
    int64_t sum = 0;
    for (auto& r : m.list) {
        auto doc = parser.iterate(simdjson::padded_string_view(r.data, r.size, r.size + simdjson::SIMDJSON_PADDING));
        simdjson::ondemand::object object = doc.get_object();
        for (auto field : object) {
            auto key = field.unescaped_key().value_unsafe();
            if (key == "user_id")
                sum += field.value().get_int64().value_unsafe();
            else if (key == "campaign_id")
                sum += static_cast<int64_t>(field.value().get_string().value_unsafe().size());
            else if (key == "click_time")
                sum += static_cast<int64_t>(field.value().get_string().value_unsafe().size()) * 0;
        }
    }
    return sum;
}

template <typename F>
double nanoseconds(F&& f, int64_t rows, int64_t& check) {
    auto cpu = [] {
        timespec t{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
    };
    double from = cpu();
    check = f();
    return (cpu() - from) / static_cast<double>(rows);
}

}  // namespace

int main(int argc, char** argv) {
    int64_t rows = argc > 1 ? std::atoll(argv[1]) : 200'000;
    SourceSpec spec;
    for (auto& [name, type] : {std::pair{"user_id", TypeKind::kBigint},
                               {"campaign_id", TypeKind::kString},
                               {"click_time", TypeKind::kTimestamp}}) {
        ScanColumn c;
        c.column = {name, type, false};
        spec.columns.push_back(c);
    }
    Batch batch({TypeKind::kBigint, TypeKind::kString, TypeKind::kTimestamp}, kBatch);
    fmt::print("{:<22}{:>10}{:>12}{:>12}{:>12}{:>8}\n", "messages", "bytes", "ours", "ours SSE2", "simdjson", "ratio");
    for (int kind = 0; kind < 3; ++kind) {
        Messages m = make_messages(rows, kind == 1, kind == 2);
        auto decoder = std::move(*make_json_decoder(spec));
        auto baseline = make_json_decoder_baseline(spec);
        simdjson::ondemand::parser parser;
        std::vector<double> ours, sse, theirs;
        int64_t a = 0, b = 0, c = 0;
        for (int round = 0; round < 5; ++round) {
            ours.push_back(nanoseconds([&] { return run_ours(*decoder, m, batch); }, rows, a));
            theirs.push_back(nanoseconds([&] { return run_simdjson(parser, m); }, rows, b));
            sse.push_back(nanoseconds([&] { return run_ours(*baseline, m, batch); }, rows, c));
        }
        if (a != b || a != c) return fmt::print("results differ: {} {} {}\n", a, b, c), 1;
        for (auto* v : {&ours, &sse, &theirs}) std::sort(v->begin(), v->end());
        fmt::print("{:<22}{:>10.0f}{:>9.1f} ns{:>9.1f} ns{:>9.1f} ns{:>7.2f}x\n",
                   kind == 0   ? "same key order"
                   : kind == 1 ? "shuffled keys"
                               : "text not ASCII",
                   static_cast<double>(m.bytes.size()) / static_cast<double>(rows), ours[2], sse[2], theirs[2],
                   theirs[2] / ours[2]);
    }
    return 0;
}
