#include "runtime/record/batch.h"

#include <algorithm>

#include "runtime/base/result.h"
#include "runtime/record/hidden.h"

namespace streamql {

namespace {
constexpr size_t kHidden = 4;  // event_time, lateness, origin, status
}

Batch::Batch(std::vector<Type> types, int64_t capacity) : types_(std::move(types)) {
    for (auto& t : types_) physical_.push_back(t.physical());
    columns_.resize(types_.size());
    memory_.resize(types_.size() * 2 + kHidden);
    view_.columns = columns_.data();
    reserve(std::max<int64_t>(capacity, 1));
}

void Batch::reserve(int64_t rows) {
    if (rows <= view_.capacity) return;
    rows = std::max(rows, view_.capacity * 2);
    size_t slot = 0;
    auto regrow = [&](char* old, size_t width) {
        // 64 bytes of slack let vector code read past the last cell
        std::unique_ptr<char[]> fresh(new char[rows * width + 64]);  // new[] aligns to 16
        if (old) std::memcpy(fresh.get(), old, view_.rows * width);
        memory_[slot] = std::move(fresh);
        return memory_[slot++].get();
    };
    for (size_t c = 0; c < columns_.size(); ++c) {
        columns_[c].data = regrow(columns_[c].data, physical_width(physical_[c]));
        columns_[c].valid = reinterpret_cast<uint8_t*>(regrow(reinterpret_cast<char*>(columns_[c].valid), 1));
    }
    view_.event_time = reinterpret_cast<int64_t*>(regrow(reinterpret_cast<char*>(view_.event_time), 8));
    view_.lateness = reinterpret_cast<int64_t*>(regrow(reinterpret_cast<char*>(view_.lateness), 8));
    view_.origin = reinterpret_cast<Origin*>(regrow(reinterpret_cast<char*>(view_.origin), sizeof(Origin)));
    view_.status = reinterpret_cast<uint8_t*>(regrow(reinterpret_cast<char*>(view_.status), 1));
    view_.capacity = rows;
}

Cell Batch::get(int column, int64_t row) const {
    Cell c;
    if (is_null(column, row)) return c;
    const int width = physical_width(physical_[column]);
    std::memcpy(static_cast<void*>(&c), view_.columns[column].data + row * width, width);
    c.null = false;
    return c;
}

void Batch::set(int column, int64_t row, const Cell& c) {
    const int width = physical_width(physical_[column]);
    view_.columns[column].valid[row] = !c.null;
    std::memcpy(view_.columns[column].data + row * width, static_cast<const void*>(&c), width);
}

void Batch::append_copy(const BatchView& from, int64_t row) {
    if (view_.rows == view_.capacity) reserve(view_.capacity + 1);
    const int64_t to = view_.rows++;
    for (size_t c = 0; c < columns_.size(); ++c) {
        const ColumnView& in = from.columns[c];
        ColumnView& out = columns_[c];
        out.valid[to] = in.valid[row];
        if (!in.valid[row]) continue;
        const int width = physical_width(physical_[c]);
        if (physical_[c] == Physical::kStr) {
            const Str s = reinterpret_cast<const Str*>(in.data)[row];
            reinterpret_cast<Str*>(out.data)[to] = Str::of(arena_.copy(s.view()));
        } else {
            std::memcpy(out.data + to * width, in.data + row * width, width);
        }
    }
    copy_hidden(from, row, view_, to);
}

namespace {
template <typename T>
void gather(char* to, const char* from, int64_t at, const int32_t* rows, int64_t n) {
    T* out = reinterpret_cast<T*>(to) + at;
    const T* in = reinterpret_cast<const T*>(from);
    if (rows) {
        for (int64_t i = 0; i < n; ++i) out[i] = in[rows[i]];
    } else {
        std::memcpy(static_cast<void*>(out), in, n * sizeof(T));
    }
}
}  // namespace

void Batch::append_rows(const BatchView& from, const int32_t* rows, int64_t n) {
    const int64_t at = view_.rows;
    reserve(at + n);
    view_.rows = at + n;
    for (size_t c = 0; c < columns_.size(); ++c) {
        const ColumnView& in = from.columns[c];
        ColumnView& out = columns_[c];
        gather<uint8_t>(reinterpret_cast<char*>(out.valid), reinterpret_cast<const char*>(in.valid), at, rows, n);
        switch (physical_[c]) {
            case Physical::kI64:
            case Physical::kF64:
                gather<int64_t>(out.data, in.data, at, rows, n);
                break;
            case Physical::kInterval:
                gather<Interval>(out.data, in.data, at, rows, n);
                break;
            case Physical::kDecimal:
                gather<Decimal>(out.data, in.data, at, rows, n);
                break;
            case Physical::kStr: {
                const Str* source = reinterpret_cast<const Str*>(in.data);
                Str* target = reinterpret_cast<Str*>(out.data);
                for (int64_t i = 0; i < n; ++i) {
                    const int64_t row = rows ? rows[i] : i;
                    target[at + i] = in.valid[row] ? Str::of(arena_.copy(source[row].view())) : Str{};
                }
                break;
            }
        }
    }
    gather_hidden(from, rows, n, view_, at);
}

}  // namespace streamql
