#include "runtime/engine/operators/select_rows.h"
#include "runtime/record/hidden.h"

namespace streamql {

namespace {
struct Cell32 {
    uint64_t words[4];
};
template <typename T>
void gather(void* to, const void* from, const int32_t* rows, int64_t n) {
    T* const out = static_cast<T*>(to);
    const T* const in = static_cast<const T*>(from);
    for (int64_t i = 0; i < n; ++i) out[i] = in[rows[i]];
}
}  // namespace

void gather_columns(const BatchView& from, const int32_t* rows, int64_t n, int columns, Batch& to, int first_column) {
    for (int c = 0; c < columns; ++c) {
        const ColumnView& in = from.columns[c];
        ColumnView& out = to.view().columns[first_column + c];
        gather<uint8_t>(out.valid, in.valid, rows, n);
        switch (to.types()[first_column + c].physical()) {
            case Physical::kI64:
            case Physical::kF64:
                gather<uint64_t>(out.data, in.data, rows, n);
                break;
            case Physical::kStr:
                gather<Str>(out.data, in.data, rows, n);
                break;
            case Physical::kInterval:
                gather<Interval>(out.data, in.data, rows, n);
                break;
            case Physical::kDecimal:
                gather<Cell32>(out.data, in.data, rows, n);
                break;
        }
    }
}

void select_rows(const BatchView& from, const int32_t* rows, int64_t n, int columns, Batch& to) {
    to.clear();
    to.reserve(n);
    BatchView& view = to.view();
    view.rows = n;
    view.line = from.line;
    gather_columns(from, rows, n, columns, to, 0);
    gather_hidden(from, rows, n, view, 0);
}

}  // namespace streamql
