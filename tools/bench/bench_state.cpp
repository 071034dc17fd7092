// Events per CPU second of the stateful operators alone: WITHIN join, deduplication, hash aggregate, at 1 M keys
// (aggregates also at 100), one thread.
//
// What: batches of 1,024 rows {key BIGINT, value BIGINT}, keys at random, one event a millisecond; prints a table. The
// first fifth of the events fills the state and is not timed. Usage: bench_state [events in millions, default 8 [only
// rows whose name holds this]]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>

#include "runtime/engine/operator.h"
#include "runtime/record/hidden.h"

namespace {

using namespace streamql;

constexpr int64_t kBatch = 1024, kKeys = 1'000'000, kStep = 1000;
const std::vector<Type> kTypes{Type(TypeKind::kBigint), Type(TypeKind::kBigint)};

class Counter final : public Emitter {
  public:
    void emit(Batch& batch, int) override { rows += batch.rows(); }
    void count_applied(int64_t, int64_t) override {}
    void count_filtered(int64_t, int64_t) override {}
    void count_late(int64_t, int64_t, bool) override {}
    void row_error(const BatchView&, const std::vector<Type>&, int64_t, RowError, int32_t) override {}
    int64_t rows = 0;
};

struct Sums {
    int64_t count, sum;
};
void init(AggregateContext*, char* state) { *reinterpret_cast<Sums*>(state) = {}; }
void update(AggregateContext*, const BatchView* in, const int32_t* rows, char* const* states, int64_t n) {
    const auto* values = reinterpret_cast<const int64_t*>(in->columns[1].data);
    for (int64_t i = 0; i < n; ++i) {
        auto* s = reinterpret_cast<Sums*>(states[i]);
        ++s->count;
        s->sum += values[rows[i]];
    }
}
int32_t merge(AggregateContext*, char* into, const char* from, void*) {
    reinterpret_cast<Sums*>(into)->count += reinterpret_cast<const Sums*>(from)->count;
    reinterpret_cast<Sums*>(into)->sum += reinterpret_cast<const Sums*>(from)->sum;
    return 0;
}
int32_t finish(AggregateContext*, const char* state, BatchView* out, int64_t row, int32_t first) {
    for (int c = 0; c < 2; ++c) {
        out->columns[first + c].valid[row] = 1;
        reinterpret_cast<int64_t*>(out->columns[first + c].data)[row] = reinterpret_cast<const int64_t*>(state)[c];
    }
    return 0;
}
Slot slot(void* function) {
    auto s = std::make_shared<FunctionSlot>();
    s->function = function;
    return s;
}

/// CPU time: machines are shared.
double cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

std::string only;  // of the command line

void measure(const std::string& name, Node node, int inputs, int64_t events, int64_t keys = kKeys) {
    if (name.find(only) == std::string::npos) return;
    VirtualClock clock(0);
    OperatorContext context;
    context.node = &node;
    context.inputs.assign(inputs, kTypes);
    context.clock = &clock;
    auto op = make_operator(context);
    Counter out;
    Batch batch(kTypes, kBatch);
    std::vector<int64_t> watermarks(inputs, kMinTime);
    uint64_t seed = 1;
    int64_t now = 0;
    auto step = [&](int input) {
        BatchView& view = batch.view();
        view.rows = kBatch;
        for (int64_t i = 0; i < kBatch; ++i) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            reinterpret_cast<int64_t*>(view.columns[0].data)[i] =
                static_cast<int64_t>((seed >> 33) % static_cast<uint64_t>(keys));
            reinterpret_cast<int64_t*>(view.columns[1].data)[i] = i;
            view.columns[0].valid[i] = view.columns[1].valid[i] = 1;
            now += kStep;
            derive_hidden(view, i, now, {static_cast<uint32_t>(input), 0, now});
            view.lateness[i] = now - 2 * kStep;
        }
        op->process(input, batch, out);
        for (auto& w : watermarks) w = now;
        op->watermark(watermarks, now, out);
    };
    const int64_t batches = events / kBatch;
    int64_t b = 0;
    for (; b < batches / 5; ++b) step(static_cast<int>(b % inputs));
    const double begin = cpu_seconds();
    const int64_t rows_before = out.rows;
    for (; b < batches; ++b) step(static_cast<int>(b % inputs));
    const double seconds = cpu_seconds() - begin;
    const auto timed = static_cast<double>((batches - batches / 5) * kBatch);
    fmt::print("{:36} {:8.2f} {:8.0f} {:10.2f} {:10.1f} {:8.0f}\n", name, timed / seconds / 1e6, seconds / timed * 1e9,
               static_cast<double>(out.rows - rows_before) / timed, static_cast<double>(op->state_bytes()) / 1e6,
               static_cast<double>(op->state_bytes()) / static_cast<double>(std::max<int64_t>(op->state_rows(), 1)));
}

Node join(double live) {
    WithinJoinNode kind;
    kind.key_columns = 1;
    kind.before = static_cast<int64_t>(live * kKeys) * kStep;
    Node node;
    node.output = {kTypes[0], kTypes[1], kTypes[0], kTypes[1]};
    node.kind = kind;
    return node;
}

}  // namespace

int main(int argc, char** argv) {
    const int64_t events = (argc > 1 ? std::atoll(argv[1]) : 8) * 1'000'000;
    if (argc > 2) only = argv[2];
    fmt::print("{:36} {:>8} {:>8} {:>10} {:>10} {:>8}\n", "operator", "M ev/s", "ns/ev", "rows/ev", "state MB",
               "B/row");
    for (double live : {0.5, 2.0, 5.0})
        measure(fmt::format("join, about {} live rows a key", live), join(live), 2,
                events + static_cast<int64_t>(5 * live * kKeys));
    Node outer = join(2);
    std::get<WithinJoinNode>(outer.kind).kind = JoinKind::kLeft;
    measure("left join, about 2", outer, 2, events + 10 * kKeys);
    Node first = join(2);
    std::get<WithinJoinNode>(first.kind).attribution = Attribution::kFirst;
    measure("attribute first, about 2", first, 2, events + 10 * kKeys);
    for (bool ordered : {false, true}) {
        DeduplicateNode kind;
        kind.key_columns = 1;
        kind.within = kKeys * kStep;
        kind.ordered = ordered;
        Node node;
        node.output = kTypes;
        node.kind = kind;
        measure(ordered ? "deduplicate, ordered" : "deduplicate", node, 1, events);
    }
    constexpr int64_t kOpenWindows = -1;
    for (int64_t hops : {int64_t{0}, int64_t{1}, int64_t{20}, kOpenWindows}) {
        WindowAggregateNode kind;
        kind.key_columns = 1;
        kind.state_bytes = sizeof(Sums);
        kind.init = slot(reinterpret_cast<void*>(&init));
        kind.update = slot(reinterpret_cast<void*>(&update));
        kind.merge = slot(reinterpret_cast<void*>(&merge));
        kind.finish = slot(reinterpret_cast<void*>(&finish));
        Node node;
        if (hops == kOpenWindows) {  // of one row each
            kind.window.kind = WindowKind::kTumbling;
            kind.window.size = kind.window.advance = kStep;
            kind.window.grace = kKeys * kStep;
            node.output = {Type(TypeKind::kTimestamp), Type(TypeKind::kTimestamp)};
        } else if (hops) {
            kind.window.kind = hops == 1 ? WindowKind::kTumbling : WindowKind::kHopping;
            kind.window.advance = 2 * kKeys * kStep / hops / 1'000'000 * 1'000'000;
            kind.window.size = kind.window.advance * hops;
            node.output = {Type(TypeKind::kTimestamp), Type(TypeKind::kTimestamp)};
        }
        for (int c = 0; c < 3; ++c) node.output.emplace_back(TypeKind::kBigint);
        node.kind = kind;
        for (int64_t keys : {int64_t{100}, kKeys}) {
            const std::string window = hops == 0              ? "no window"
                                       : hops == kOpenWindows ? "1 M open windows"
                                                              : fmt::format("window of {} hops", hops);
            measure(fmt::format("aggregate, {}, {} keys", window, keys), node, 1, events, keys);
        }
    }
    return 0;
}
