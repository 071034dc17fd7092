#include "tests/unit/codegen/harness.h"

#include <fmt/format.h>

#include <cmath>
#include <random>

#include "compiler/functions/registry.h"
#include "runtime/abi/exports.h"
#include "runtime/state/page_store.h"
#include "runtime/time/timezone.h"
#include "runtime/types/nested.h"

using namespace streamql;

void sq_decode(ScanContext* context, const RawBatch*, BatchView* out) noexcept {
    const Batch& records = *static_cast<test::FakeScanner*>(context->scanner)->records;
    for (int64_t row = 0; row < records.rows(); ++row) {
        for (size_t c = 0; c < records.types().size(); ++c) {
            int width = physical_width(records.types()[c].physical());
            std::memcpy(out->columns[c].data + row * width, records.view().columns[c].data + row * width,
                        static_cast<size_t>(width));
            out->columns[c].valid[row] = records.view().columns[c].valid[row];
        }
        out->status[row] = records.view().status[row];
        out->origin[row] = records.view().origin[row];
    }
    out->rows = records.rows();
}
void sq_stamp(ScanContext*, BatchView* out, int32_t column) noexcept {
    for (int64_t row = 0; row < out->rows; ++row) {
        bool known = column >= 0 && out->columns[column].valid[row];
        out->event_time[row] = known ? reinterpret_cast<int64_t*>(out->columns[column].data)[row] : kMinTime;
        out->lateness[row] = kMinTime;
        if (column >= 0 && !known && !out->status[row])
            out->status[row] = static_cast<uint8_t>(RowError::kNullEventTime);
    }
}
void sq_row_error(PipelineContext* context, int64_t row, int32_t error, int32_t site) noexcept {
    context->callbacks.row_error(context->self, row, static_cast<RowError>(error), site);
}
void sq_aggregate_error(AggregateContext* context, int64_t row, int32_t error, int32_t site) noexcept {
    context->callbacks.row_error(context->self, row, static_cast<RowError>(error), site);
}
int32_t sq_compare_bytes(const char* a, uint64_t a_size, const char* b, uint64_t b_size) noexcept {
    return std::string_view(a, a_size).compare(std::string_view(b, b_size));
}
int32_t sq_compare_decimal(const Decimal* a, const Decimal* b) noexcept {
    return cell_compare(TypeKind::kDecimal, Cell::of(*a), Cell::of(*b));
}
int32_t sq_compare_interval(const Interval* a, const Interval* b) noexcept {
    return cell_compare(TypeKind::kInterval, Cell::of(*a), Cell::of(*b));
}

namespace streamql::test {

namespace {

constexpr int64_t kNow = 1'700'000'000'123'456;

/// The engine's node: collects failures, and marks the status of a scan's rows.
struct Node {
    std::vector<std::string>* failures;
    const std::vector<std::string>* sites;
    BatchView* scan_out = nullptr;
    static void row_error(void* self, int64_t row, RowError error, int32_t site) {
        auto* node = static_cast<Node*>(self);
        EXPECT_LT(static_cast<size_t>(site), node->sites->size());
        node->failures->push_back(
            fmt::format("{} {} {}", row, row_error_name(error), (*node->sites)[static_cast<size_t>(site)]));
        if (node->scan_out) node->scan_out->status[row] = static_cast<uint8_t>(error);
    }
};

template <typename Context>
void set_up(Context& context, Arena& arena, Node& node, const FunctionSlot& slot) {
    context.kernel.arena = &arena;
    context.kernel.now_micros = kNow;
    context.kernel.timezone = find_timezone("Europe/Berlin");
    context.callbacks.row_error = Node::row_error;
    context.self = &node;
    context.user = slot.user;
}

std::string decimal_text(const Decimal& d) {
    return fmt::format("{:x}:{:x}e{}", static_cast<uint64_t>(d.value >> 64), static_cast<uint64_t>(d.value), d.scale);
}

Cell random_cell(const Type& type, std::mt19937_64& random, Arena& arena) {
    if (random() % 6 == 0) return {};
    auto pick = [&](std::initializer_list<int64_t> values) { return values.begin()[random() % values.size()]; };
    int64_t small = static_cast<int64_t>(random() % 41) - 20;
    bool extreme = random() % 4 == 0;
    switch (type.kind) {
        case TypeKind::kBoolean:
            return Cell::of(static_cast<int64_t>(random() % 2));
        case TypeKind::kSmallint:
            return Cell::of(extreme ? pick({-32768, 32767, -1, 0, 1, 181, 182}) : small);
        case TypeKind::kInteger:
            return Cell::of(extreme ? pick({INT32_MIN, INT32_MAX, -1, 0, 1, 46340, 46341}) : small);
        case TypeKind::kBigint:
            return Cell::of(extreme ? pick({INT64_MIN, INT64_MAX, -1, 0, 1, 3037000500, INT64_MAX / 2 + 1}) : small);
        case TypeKind::kDate:
            return Cell::of(extreme ? pick({-719162, 2932896, 0, 59, 19000}) : int64_t{19000} + small * 30);
        case TypeKind::kTime:
            return Cell::of(static_cast<int64_t>(random() % 86'400'000'000));
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz:
            return Cell::of(extreme ? pick({0, -1, 253402300799999999, -62135596800000000})
                                    : kNow + small * 3'600'000'000 * 71);
        case TypeKind::kReal:
        case TypeKind::kDouble: {
            constexpr double kReals[] = {0.0, -0.0, 1.5, INFINITY, -INFINITY, NAN, 3e38, -1e-38, 0.1};
            constexpr double kDoubles[] = {1e308, -1e308, 5e-324, 1e-300};
            double d = extreme ? kReals[random() % 9] : static_cast<double>(small) / 4;
            if (extreme && type.kind == TypeKind::kDouble && random() % 2) d = kDoubles[random() % 4];
            return Cell::of(type.kind == TypeKind::kReal ? static_cast<double>(static_cast<float>(d)) : d);
        }
        case TypeKind::kDecimal: {
            Decimal d;
            d.value = extreme ? (Int128{1} << 120) - 1 : small * 1237;
            d.scale = static_cast<int32_t>(random() % 5);
            if (random() % 2) d.value = -d.value;
            return Cell::of(d);
        }
        case TypeKind::kInterval: {
            Interval i;
            i.micros = extreme ? pick({INT64_MAX, INT64_MIN, 86'400'000'000}) : small * 1'000'000;
            i.days = static_cast<int32_t>(random() % 40) - 20;
            i.months = static_cast<int32_t>(random() % 5) - 2;
            return Cell::of(i);
        }
        default:
            break;
    }
    constexpr const char* kTexts[] = {"",   "a",    "b",          "ab",   "abc", "Straße",
                                      "12", "-3.5", "2024-02-29", "true", "a%",  "a longer text, past sixteen bytes",
                                      "x\n"};
    return Cell::of(Str::of(arena.copy(kTexts[random() % 13])));
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Ran& r) {
    for (auto& row : r.rows) out << "\n  " << row;
    for (auto& f : r.failures) out << "\n  failed: " << f;
    return out << "\n  filtered: " << r.filtered;
}

std::string text_of(const Cell& c, const Type& type) {
    if (c.null) return "NULL";
    switch (type.physical()) {
        case Physical::kI64:
            return fmt::format("{}", c.i64);
        case Physical::kF64:
            return std::isnan(c.f64) ? "nan" : fmt::format("{:a}", c.f64);
        case Physical::kStr:
            return fmt::format("'{}'", c.str.view());
        case Physical::kInterval:
            return fmt::format("{}m{}d{}u", c.interval.months, c.interval.days, c.interval.micros);
        case Physical::kDecimal:
            return decimal_text(c.decimal);
    }
    return {};
}

std::string text_of(const Batch& batch, int64_t row) {
    std::string s;
    for (size_t c = 0; c < batch.types().size(); ++c)
        s += text_of(batch.get(static_cast<int>(c), row), batch.types()[c]) + " | ";
    const BatchView& v = batch.view();
    return s + fmt::format("{} {} {}.{}.{} {}", v.event_time[row], v.lateness[row], v.origin[row].source,
                           v.origin[row].partition, v.origin[row].offset, v.status[row]);
}

std::unique_ptr<Batch> random_batch(const std::vector<Type>& types, int64_t rows, uint64_t seed, bool dead_rows) {
    std::mt19937_64 random(seed);
    auto batch = std::make_unique<Batch>(types, rows);
    BatchView& v = batch->view();
    v.rows = rows;
    for (int64_t row = 0; row < rows; ++row) {
        for (size_t c = 0; c < types.size(); ++c)
            batch->set(static_cast<int>(c), row, random_cell(types[c], random, batch->arena()));
        v.event_time[row] = static_cast<int64_t>(random() % 1000);
        v.lateness[row] = static_cast<int64_t>(random() % 1000);
        v.origin[row] = {static_cast<uint32_t>(random() % 3), static_cast<uint32_t>(random() % 3), row};
        v.status[row] = dead_rows && random() % 10 == 0 ? static_cast<uint8_t>(RowError::kMalformed) : 0;
    }
    return batch;
}

Ran run_pipeline(const jit::Compiled& code, const physical::Pipeline& plan, const Batch& in) {
    Ran ran;
    Node node{&ran.failures, &code.sites.at(plan.name)};
    const FunctionSlot& slot = *code.slots.at(plan.name);
    Arena arena;
    PipelineContext context;
    set_up(context, arena, node, slot);
    Batch out(plan.output, in.rows());
    slot.get<PipelineFunction>()(&context, &in.view(), &out.view());
    for (int64_t row = 0; row < out.rows(); ++row) ran.rows.push_back(text_of(out, row));
    ran.filtered = context.filtered;
    return ran;
}

Ran run_scan(const jit::Compiled& code, const physical::Scan& plan, const Batch& records) {
    Ran ran;
    Batch out(plan.columns, records.rows());
    Node node{&ran.failures, &code.sites.at(plan.name), &out.view()};
    const FunctionSlot& slot = *code.slots.at(plan.name);
    Arena arena;
    ScanContext context;
    set_up(context.pipeline, arena, node, slot);
    FakeScanner scanner{&records};
    context.scanner = &scanner;
    slot.get<ScanFunction>()(&context, nullptr, &out.view());
    for (int64_t row = 0; row < out.rows(); ++row) {
        ran.rows.push_back(out.view().status[row] ? fmt::format("dead {}", out.view().status[row]) : text_of(out, row));
    }
    return ran;
}

Ran run_condition(const jit::Compiled& code, const physical::Condition& plan, const Batch& pairs) {
    Ran ran;
    Node node{&ran.failures, &code.sites.at(plan.name)};
    const FunctionSlot& slot = *code.slots.at(plan.name);
    Arena arena;
    PipelineContext context;
    set_up(context, arena, node, slot);
    std::vector<uint8_t> keep(static_cast<size_t>(pairs.rows()), 7);
    slot.get<ConditionFunction>()(&context, &pairs.view(), keep.data());
    for (uint8_t k : keep) ran.rows.push_back(fmt::format("{}", k));
    return ran;
}

Ran run_aggregate(const jit::Compiled& code, const physical::Aggregate& plan, const Batch& in, int groups) {
    Ran ran;
    Node node{&ran.failures, &code.sites.at(plan.name)};
    Arena arena;
    AggregateContext context;
    set_up(context, arena, node, *code.slots.at(plan.name + "_update"));
    PageStore pages;
    context.pages = &pages;
    std::vector<std::unique_ptr<char[]>> blocks;
    std::vector<char*> block;
    for (int g = 0; g < groups; ++g) {
        blocks.push_back(std::make_unique<char[]>(static_cast<size_t>(plan.state_bytes) + 16));
        block.push_back(
            reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(blocks.back().get()) + 15) & ~uintptr_t{15}));
        std::memset(block.back(), 0xAA, static_cast<size_t>(plan.state_bytes));
        code.slots.at(plan.name + "_init")->get<InitFunction>()(&context, block.back());
    }
    std::vector<int32_t> rows;
    std::vector<char*> states;
    for (int64_t row = 0; row < in.rows(); ++row) {
        rows.push_back(static_cast<int32_t>(row));
        states.push_back(block[static_cast<size_t>(row % groups)]);
    }
    code.slots.at(plan.name + "_update")
        ->get<UpdateFunction>()(&context, &in.view(), rows.data(), states.data(), in.rows());
    int32_t merged =
        code.slots.at(plan.name + "_merge")->get<MergeFunction>()(&context, block.front(), block.back(), &pages);
    ran.rows.push_back(fmt::format("merge {}", merged));
    std::vector<Type> results{TypeKind::kBigint};
    for (auto& call : plan.calls) results.push_back(call.type);
    Batch out(results, groups);
    out.view().rows = groups;
    for (int g = 0; g < groups; ++g) {
        out.set(0, g, Cell::of(int64_t{g}));
        out.view().event_time[g] = out.view().lateness[g] = 0;
        out.view().origin[g] = {};
        out.view().status[g] = 0;
        int32_t error = code.slots.at(plan.name + "_finish")
                            ->get<FinishFunction>()(&context, block[static_cast<size_t>(g)], &out.view(), g, 1);
        ran.rows.push_back(error ? fmt::format("finish {}", error) : text_of(out, g));
    }
    return ran;
}

jit::Compiled compile_in(jit::Tier tier, const physical::Function& plan) {
    jit::JitOptions options;
    options.tier = tier;
    return jit::compile(physical::Module{{plan}}, options);
}

}  // namespace streamql::test
