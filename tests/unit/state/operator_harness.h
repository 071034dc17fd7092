// Drives one operator with random streams of several partitions and collects what it says.
//
// What: make_stream() gives rows with disorder, duplicates, NULL keys and lateness stamped per partition as a scan
// would; Harness feeds them in any interleaving and batch size with the watermark that belongs to it, and checks the
// contract on the way: nothing is emitted behind the watermark passed on, watermarks do not go back.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "runtime/engine/operator.h"
#include "runtime/record/hidden.h"

namespace streamql::test {

struct Row {
    std::optional<int64_t> key;
    int64_t value = 0;
    std::string text;
    int64_t time = 0, lateness = kMinTime;
    Origin origin;
};

inline const std::vector<Type> kRowTypes{Type(TypeKind::kBigint), Type(TypeKind::kBigint), Type(TypeKind::kString)};

struct StreamShape {
    int partitions = 3, rows = 300, keys = 10;
    int64_t step = 10'000'000, disorder = 60'000'000, delay = 40'000'000;  ///< some rows are later than the delay
    int duplicates = 0;                                                    ///< percent
    int nulls = 5;                                                         ///< percent
    uint32_t source = 0;
    bool oversize = false;
};

/// Rows by partition, in order of their offsets.
inline std::vector<std::vector<Row>> make_stream(std::mt19937_64& random, const StreamShape& shape) {
    auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
    std::vector<std::vector<Row>> out(shape.partitions);
    std::vector<Row> all;
    for (int p = 0; p < shape.partitions; ++p) {
        int64_t clock = 1'000'000'000, greatest = kMinTime;
        for (int i = 0; i < shape.rows; ++i) {
            Row row;
            clock += below(shape.step);
            row.time = clock - (below(3) ? 0 : below(shape.disorder));
            if (below(4) == 0) row.time -= row.time % 60'000'000;  // ties and window edges
            if (below(100) >= shape.nulls) row.key = below(shape.keys);
            row.value = below(50);
            row.text = std::string(below(20), static_cast<char>('a' + below(26)));
            if (shape.oversize && below(40) == 0) row.text = std::string(70'000 + below(300'000), 'x');
            if (!all.empty() && below(100) < shape.duplicates) {
                const Row& copy = all[all.size() - 1 - below(std::min<int64_t>(20, static_cast<int64_t>(all.size())))];
                row.key = copy.key, row.value = copy.value, row.text = copy.text, row.time = copy.time;
            }
            row.lateness = greatest == kMinTime ? kMinTime : greatest - shape.delay;
            row.origin = {shape.source, static_cast<uint32_t>(p), i};
            greatest = std::max(greatest, row.time);
            out[p].push_back(row);
            all.push_back(row);
        }
    }
    return out;
}

inline std::string show(const BatchView& view, const std::vector<Type>& types, int64_t row) {
    std::string s;
    for (size_t c = 0; c < types.size(); ++c) {
        if (!view.columns[c].valid[row])
            s += "NULL|";
        else if (types[c].physical() == Physical::kStr) {
            const auto text = reinterpret_cast<const Str*>(view.columns[c].data)[row].view();
            s += text.size() < 50 ? std::string(text) + "|" : std::to_string(text.size()) + text.back() + "|";
        } else if (types[c].physical() == Physical::kInterval) {
            s += std::to_string(reinterpret_cast<const Interval*>(view.columns[c].data)[row].micros) + "us|";
        } else if (types[c].physical() == Physical::kDecimal) {
            const Decimal& d = reinterpret_cast<const Decimal*>(view.columns[c].data)[row];
            s += std::to_string(static_cast<int64_t>(d.value)) + "e-" + std::to_string(d.scale) + "|";
        } else {
            s += std::to_string(reinterpret_cast<const int64_t*>(view.columns[c].data)[row]) + "|";
        }
    }
    return s + "@" + std::to_string(view.event_time[row]);
}
inline std::string show(const Row& r) {
    return (r.key ? std::to_string(*r.key) : "NULL") + "|" + std::to_string(r.value) + "|" +
           (r.text.size() < 50 ? r.text : std::to_string(r.text.size()) + r.text.back()) + "|";
}

class Collector final : public Emitter {
  public:
    void emit(Batch& batch, int port) override {
        for (int64_t i = 0; i < batch.rows(); ++i) {
            rows[port].push_back(show(batch.view(), batch.types(), i));
            if (port == 0) {
                EXPECT_GE(batch.view().event_time[i], watermark) << rows[0].back();
            }
            lines.push_back(batch.view().line);
        }
    }
    void count_applied(int64_t, int64_t n) override { applied += n; }
    void count_filtered(int64_t, int64_t n) override { filtered += n; }
    void count_late(int64_t, int64_t n, bool after_idle) override { (after_idle ? late_after_idle : late) += n; }
    void row_error(const BatchView& in, const std::vector<Type>& types, int64_t row, RowError, int32_t) override {
        errors.push_back(show(in, types, row));
    }
    std::vector<std::string> sorted(int port = 0) const {
        auto copy = rows[port];
        std::sort(copy.begin(), copy.end());
        return copy;
    }
    std::vector<std::string> rows[2], errors;
    std::vector<int64_t> lines;
    int64_t applied = 0, filtered = 0, late = 0, late_after_idle = 0, watermark = kMinTime;
};

inline Slot slot(void* function, const void* user = nullptr) {
    auto s = std::make_shared<FunctionSlot>();
    s->function = function;
    s->user = user;
    return s;
}

class Harness {
  public:
    Harness(Node node, std::vector<std::vector<Type>> inputs, int64_t batch_rows, int worker = 0, int workers = 1)
        : node_(std::move(node)), clock_(0) {
        context_.worker = worker;
        context_.workers = workers;
        context_.node = &node_;
        context_.inputs = std::move(inputs);
        context_.clock = &clock_;
        context_.batch_rows = batch_rows;
        watermarks_.assign(context_.inputs.size(), kMinTime);
        op = make_operator(context_);
        op->register_state(catalog);
    }
    void push(int input, const std::vector<Row>& rows, int64_t line = 0) {
        Batch batch(context_.inputs[input], static_cast<int64_t>(rows.size()));
        for (const Row& row : rows) {
            const int64_t i = batch.view().rows++;
            batch.set(0, i, row.key ? Cell::of(*row.key) : Cell());
            batch.set(1, i, Cell::of(row.value));
            batch.set(2, i, Cell::of(Str::of(row.text)));
            derive_hidden(batch.view(), i, row.time, row.origin);
            batch.view().lateness[i] = row.lateness;
        }
        batch.view().line = line;
        op->process(input, batch, out);
        most_bytes = std::max(most_bytes, op->state_bytes());
    }
    void watermark(int input, int64_t w) {
        if (w <= watermarks_[input]) return;
        watermarks_[input] = w;
        const int64_t passed =
            op->watermark(watermarks_, *std::min_element(watermarks_.begin(), watermarks_.end()), out);
        EXPECT_GE(passed, out.watermark);
        out.watermark = passed;
    }
    /// Feeds all streams (one an input) in a random interleaving, then the end.
    void run(const std::vector<std::vector<std::vector<Row>>>& streams, uint64_t seed, int64_t delay,
             bool lazy_watermarks) {
        std::mt19937_64 random(seed);
        struct Cursor {
            int input;
            const std::vector<Row>* rows;
            size_t at = 0;
            int64_t greatest = kMinTime;
        };
        std::vector<Cursor> cursors;
        for (size_t input = 0; input < streams.size(); ++input) {
            for (auto& partition : streams[input]) cursors.push_back({static_cast<int>(input), &partition});
        }
        for (;;) {
            std::vector<Cursor*> open;
            for (auto& c : cursors) {
                if (c.at < c.rows->size()) open.push_back(&c);
            }
            if (open.empty()) break;
            Cursor& c = *open[random() % open.size()];
            std::vector<Row> rows;
            for (; c.at < c.rows->size() && static_cast<int64_t>(rows.size()) < context_.batch_rows; ++c.at) {
                rows.push_back((*c.rows)[c.at]);
                c.greatest = std::max(c.greatest, rows.back().time);
            }
            push(c.input, rows);
            if (lazy_watermarks && random() % 4) continue;
            int64_t least = kMaxTime;
            for (auto& o : cursors) {
                if (o.input == c.input) least = std::min(least, o.greatest == kMinTime ? kMinTime : o.greatest - delay);
            }
            watermark(c.input, least);
        }
        for (size_t input = 0; input < streams.size(); ++input) watermark(static_cast<int>(input), kMaxTime);
    }
    std::unique_ptr<Operator> op;
    StateCatalog catalog;
    Collector out;
    int64_t most_bytes = 0;

  private:
    Node node_;
    VirtualClock clock_;
    OperatorContext context_;
    std::vector<int64_t> watermarks_;
};

}  // namespace streamql::test
