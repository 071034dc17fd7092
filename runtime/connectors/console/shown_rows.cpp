#include "runtime/connectors/console/shown_rows.h"

#include <algorithm>

#include "runtime/formats/json_value.h"
#include "runtime/types/nested.h"

namespace streamql {

ShownRows::ShownRows(const std::vector<ColumnSpec>& columns) {
    for (auto& column : columns) types_.push_back(column.type);
}

void ShownRows::add(const BatchView& view, int64_t row, std::string sign, std::vector<std::string> texts) {
    changes_ |= view.op != nullptr;
    Row& kept = rows_.emplace_back();
    kept.time = view.event_time[row];
    kept.origin = view.origin[row];
    kept.sign = std::move(sign);
    kept.texts = std::move(texts);
    for (size_t i = 0; i < types_.size(); ++i) {
        const ColumnView& column = view.columns[i];
        const Physical physical = types_[i].physical();
        kept.valid.push_back(column.valid[row]);
        Cell cell;
        if (column.valid[row]) cell = load_cell(physical, column.data + row * physical_width(physical));
        if (column.valid[row] && physical == Physical::kStr) cell = Cell::of(Str::of(arena_.copy(cell.str.view())));
        kept.cells.push_back(cell);
    }
}

bool ShownRows::before(const Row& a, const Row& b) const {
    if (a.time != b.time) return a.time < b.time;
    if (a.origin != b.origin) return a.origin < b.origin;
    for (size_t i = 0; i < types_.size(); ++i) {
        if (a.valid[i] != b.valid[i]) return a.valid[i] > b.valid[i];
        if (!a.valid[i]) continue;
        const int order = cell_compare(types_[i].kind, a.cells[i], b.cells[i]);
        if (order != 0) return order < 0;
    }
    return false;
}

const std::vector<ShownRows::Row>& ShownRows::in_order() {
    if (!changes_)
        std::stable_sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) { return before(a, b); });
    return rows_;
}

int64_t ShownRows::keep_last(size_t count) {
    if (rows_.size() <= count) return 0;
    in_order();
    const auto gone = static_cast<int64_t>(rows_.size() - count);
    rows_.erase(rows_.begin(), rows_.begin() + gone);
    return gone;
}

void ShownRows::clear() {
    rows_.clear();
    arena_.reset();
}

}  // namespace streamql
