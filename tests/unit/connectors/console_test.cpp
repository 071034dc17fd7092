#include <gtest/gtest.h>
#include <unistd.h>

#include "runtime/connectors/console/console.h"

namespace streamql {
namespace {

bool end_epoch(Sink& sink) {
    std::vector<RejectedRow> rejected;
    return sink.prepare(1, rejected).ok() && sink.apply(1).ok();
}
bool end(Sink& sink) { return sink.close(true).ok(); }

/// What a console sink of `format` writes for the rows, on a terminal of this width (0 = none).
std::string shown(const std::string& format, int width, const std::vector<std::pair<int64_t, std::string>>& rows,
                  const Op* ops = nullptr) {
    int pipe_ends[2];
    EXPECT_EQ(::pipe(pipe_ends), 0);
    SinkSpec spec;
    spec.columns = {{"id", TypeKind::kBigint, false}, {"name", TypeKind::kString, false}};
    spec.options.set("format", format);
    auto sink = std::move(*make_console_sink(spec, pipe_ends[1], width));
    Batch batch({TypeKind::kBigint, TypeKind::kString}, 16);
    for (size_t i = 0; i < rows.size(); ++i) {
        auto row = static_cast<int64_t>(i);
        batch.view().event_time[row] = kMinTime;
        batch.view().origin[row] = {0, 0, row};
        batch.set(0, row, Cell::of(rows[i].first));
        batch.set(1, row, rows[i].second.empty() ? Cell() : Cell::of(Str::of(rows[i].second)));
    }
    batch.view().rows = static_cast<int64_t>(rows.size());
    batch.view().op = const_cast<Op*>(ops);
    std::vector<RejectedRow> rejected;
    if (!rows.empty()) {
        EXPECT_TRUE(sink->write(batch, rejected).ok());
    }
    EXPECT_TRUE(end(*sink));
    ::close(pipe_ends[1]);
    std::string out(4096, '\0');
    out.resize(static_cast<size_t>(::read(pipe_ends[0], out.data(), out.size())));
    ::close(pipe_ends[0]);
    return out;
}

TEST(Console, ATableIsAligned) {
    EXPECT_EQ(shown("table", 0, {{1, "one"}, {1000, ""}, {2, "a\nb"}}),
              "  id  name\n"
              "----  ----\n"
              "   1  one\n"
              "1000  NULL\n"
              "   2  a\\nb\n");
    EXPECT_EQ(shown("table", 0, {}), "id  name\n--  ----\n");
    EXPECT_EQ(shown("table", 8, {{1, "one two"}}), "id  name\n--  ---\xE2\x80\xA6\n 1  one\xE2\x80\xA6\n");
}

TEST(Console, AnEpochIsInOrderWhateverItCameIn) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    SinkSpec spec;
    spec.columns = {{"id", TypeKind::kBigint, false}, {"name", TypeKind::kString, false}};
    spec.options.set("format", "table");
    spec.options.set("rows", "3");
    auto sink = std::move(*make_console_sink(spec, pipe_ends[1], 0));
    std::vector<RejectedRow> rejected;
    auto write = [&](int64_t time, std::optional<int64_t> id, const std::string& name) {
        Batch batch({TypeKind::kBigint, TypeKind::kString}, 16);
        batch.set(0, 0, id ? Cell::of(*id) : Cell());
        if (!id) batch.view().columns[0].valid[0] = 0;
        batch.set(1, 0, Cell::of(Str::of(name)));
        batch.view().event_time[0] = time;
        batch.view().origin[0] = {};
        batch.view().rows = 1;
        EXPECT_TRUE(sink->write(batch, rejected).ok());
    };
    for (auto& [time, id, name] : std::vector<std::tuple<int64_t, std::optional<int64_t>, std::string>>{
             {20, 10, "b"}, {20, std::nullopt, "a"}, {10, 9, "dropped, the oldest"}, {20, 9, "c"}})
        write(time, id, name);
    EXPECT_TRUE(end_epoch(*sink));
    write(5, 1, "next epoch");
    EXPECT_TRUE(end(*sink));
    ::close(pipe_ends[1]);
    std::string out(4096, '\0');
    out.resize(static_cast<size_t>(::read(pipe_ends[0], out.data(), out.size())));
    ::close(pipe_ends[0]);
    EXPECT_EQ(out,
              "\xE2\x80\xA6 1 rows before these are not shown (rows = 3)\n"
              "  id  name\n"
              "----  ----\n"
              "   9  c\n"
              "  10  b\n"
              "NULL  a\n"
              "\n"
              "  id  name\n"
              "----  ----------\n"
              "   1  next epoch\n");
}

TEST(Console, JsonAndCsv) {
    EXPECT_EQ(shown("json", 0, {{1, "o\"ne"}, {2, ""}}), "{\"id\":1,\"name\":\"o\\\"ne\"}\n{\"id\":2,\"name\":null}\n");
    EXPECT_EQ(shown("csv", 0, {{1, "a,b"}, {2, ""}}), "id,name\n1,\"a,b\"\n2,\n");
}

TEST(Console, ChangesAreSigned) {
    Op ops[] = {Op::kInsert, Op::kUpdateBefore};
    EXPECT_EQ(shown("table", 0, {{1, "x"}, {1, "x"}}, ops), "  id  name\n  --  ----\n+  1  x\n-  1  x\n");
    EXPECT_EQ(shown("json", 0, {{1, "x"}, {1, "x"}}, ops),
              "{\"op\":\"+\",\"id\":1,\"name\":\"x\"}\n{\"op\":\"-\",\"id\":1,\"name\":\"x\"}\n");
    EXPECT_EQ(shown("csv", 0, {{1, "x"}}, ops), "op,id,name\n+,1,x\n");
}

}  // namespace
}  // namespace streamql
