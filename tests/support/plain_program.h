// Programs of plain C++ functions: sources of (key, value, ts), filters and nodes put together by hand.
//
// What: PlainProgram builds a Program over the memory connector; the functions below stand in for generated code.
// Invariants: every source has the columns key BIGINT, value BIGINT, ts TIMESTAMP, with the watermark on ts.
#pragma once
#include <unistd.h>

#include <functional>

#include "runtime/engine/query.h"
#include "runtime/record/hidden.h"
#include "tests/support/memory_connector.h"

namespace streamql::testing {

/// Keeps the rows for which `keep` is true; all columns pass.
template <typename Keep>
void copy_where(PipelineContext* context, const BatchView* in, BatchView* out, int columns, Keep&& keep) {
    int64_t to = 0;
    for (int64_t row = 0; row < in->rows; ++row) {
        if (in->status[row]) continue;
        const int verdict = keep(row);  // 1 keep, 0 filter, -1 booked as an error
        if (verdict <= 0) {
            context->filtered += verdict == 0;
            continue;
        }
        for (int c = 0; c < columns; ++c) {
            reinterpret_cast<int64_t*>(out->columns[c].data)[to] =
                reinterpret_cast<const int64_t*>(in->columns[c].data)[row];
            out->columns[c].valid[to] = in->columns[c].valid[row];
        }
        copy_hidden(*in, row, *out, to++);
    }
    out->rows = to;
}

inline int64_t integer_at(const BatchView* in, int column, int64_t row) {
    return reinterpret_cast<const int64_t*>(in->columns[column].data)[row];
}

inline void pass_all(PipelineContext* context, const BatchView* in, BatchView* out) {
    copy_where(context, in, out, 3, [](int64_t) { return 1; });
}
inline void keep_even(PipelineContext* context, const BatchView* in, BatchView* out) {
    copy_where(context, in, out, 3, [&](int64_t row) { return integer_at(in, 1, row) % 2 == 0 ? 1 : 0; });
}
inline void keep_odd(PipelineContext* context, const BatchView* in, BatchView* out) {
    copy_where(context, in, out, 3, [&](int64_t row) { return integer_at(in, 1, row) % 2 != 0 ? 1 : 0; });
}
/// Keeps rows that are late at their own partition.
inline void keep_late(PipelineContext* context, const BatchView* in, BatchView* out) {
    copy_where(context, in, out, 3, [&](int64_t row) { return in->event_time[row] < in->lateness[row] ? 1 : 0; });
}
/// A value of 13 fails.
inline void fear_13(PipelineContext* context, const BatchView* in, BatchView* out) {
    copy_where(context, in, out, 3, [&](int64_t row) {
        if (integer_at(in, 1, row) != 13) return 1;
        context->callbacks.row_error(context->self, row, RowError::kInvalidArgument, 0);
        return -1;
    });
}

class PlainProgram {
  public:
    explicit PlainProgram(int workers = 1, int64_t batch_rows = 1024) {
        program.job.parallelism = workers;
        program.job.batch_rows = batch_rows;
        program.job.state_dir = "/tmp/streamql-engine-test-" + std::to_string(getpid());
    }

    static std::vector<Type> types() { return {TypeKind::kBigint, TypeKind::kBigint, TypeKind::kTimestamp}; }

    /// Gives the scan's node.
    int source(const std::string& name, int64_t delay = 0) {
        SourceSpec spec;
        spec.name = name;
        spec.connector = "memory";
        const char* names[] = {"key", "value", "ts"};
        for (int c = 0; c < 3; ++c) {
            ScanColumn column;
            column.column = {names[c], types()[c], false};
            spec.columns.push_back(column);
        }
        spec.event_time_column = 2;
        spec.watermark_delay = delay;
        program.sources.push_back(std::move(spec));
        return node("scan(" + name + ")", ScanNode{static_cast<int>(program.sources.size()) - 1}, {});
    }
    int pipeline(int input, PipelineFunction function) {
        auto slot = std::make_shared<FunctionSlot>();
        slot->function = reinterpret_cast<void*>(function);
        return node("pipeline", PipelineNode{slot, {"the value"}}, {{input, 0}});
    }
    int exchange(int input, int key_columns = 1) { return node("exchange", ExchangeNode{key_columns}, {{input, 0}}); }
    int unite(int a, int b) { return node("union", UnionNode{}, {{a, 0}, {b, 0}}); }
    int sink(int input, const std::string& name) {
        SinkSpec spec;
        spec.name = name;
        spec.connector = "memory";
        spec.insert = "INSERT INTO " + name;
        spec.columns = {{"key", types()[0], false}, {"value", types()[1], false}, {"ts", types()[2], false}};
        program.sinks.push_back(std::move(spec));
        const int n = node("sink(" + name + ")", SinkNode{static_cast<int>(program.sinks.size()) - 1}, {{input, 0}});
        program.nodes[n].insert = "INSERT INTO " + name;
        return n;
    }
    int node(std::string name, decltype(Node::kind) kind, std::vector<NodeInput> inputs) {
        Node n;
        n.name = std::move(name) + "#" + std::to_string(program.nodes.size());
        n.kind = std::move(kind);
        n.inputs = std::move(inputs);
        n.output = types();
        program.nodes.push_back(std::move(n));
        return static_cast<int>(program.nodes.size()) - 1;
    }
    Options& options(int source) { return program.sources[source].options; }

    std::unique_ptr<Query> make(Clock* clock = nullptr, QueryEnvironment environment = {}) {
        environment.clock = clock;
        environment.find_connector = [](std::string_view) { return memory_connector(); };
        environment.make_decoder = [](const SourceSpec&) -> Result<std::unique_ptr<Decoder>> {
            return std::unique_ptr<Decoder>(std::make_unique<PipeDecoder>());
        };
        auto query = Query::create(program, std::move(environment));
        SQ_CHECK(query.ok(), "create");
        return std::move(*query);
    }
    Result<QueryReport> run(Clock* clock = nullptr) { return make(clock)->run(); }

    Program program;
};

inline std::string message(int64_t time, int64_t key, int64_t value) {
    return std::to_string(time) + "|" + std::to_string(key) + "|" + std::to_string(value);
}

}  // namespace streamql::testing
