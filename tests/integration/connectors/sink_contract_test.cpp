// The retry contract of connector.h, the same for every sink: a batch with a row that the sink refuses, and calls that
// fail in the middle and are made again with the same arguments. Afterwards each good row is there once, and each
// refusal is reported once.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <pqxx/pqxx>

#include "runtime/base/faults.h"
#include "runtime/connectors/console/console.h"
#include "tests/integration/connectors/harness.h"
#include "tests/support/servers.h"

namespace streamql::testing {
namespace {

using Ids = std::vector<int64_t>;

const std::vector<ColumnSpec> kColumns = {{"id", TypeKind::kBigint, true}, {"v", TypeKind::kString}};
constexpr int64_t kRows = 100, kRefusedAtOnce = 50, kRefusedAtTheEnd = 70;

struct UnderTest {
    std::unique_ptr<Sink> sink;
    std::function<Ids()> stored;  ///< what the other side holds, sorted, after close()
    std::string text_at_once;     ///< a value that write() refuses; empty: none
    std::string text_at_the_end;  ///< a value that prepare() refuses
    std::string faults;           ///< armed once it is open; empty: its calls reach nothing that may be tried again
};

int64_t id_of(const std::string& json) { return std::stoll(json.substr(json.find(':') + 1)); }

Ids sorted_ids(std::istream& lines) {
    Ids ids;
    for (std::string line; std::getline(lines, line);) ids.push_back(id_of(line));
    std::sort(ids.begin(), ids.end());
    return ids;
}

UnderTest kafka_under_test() {
    std::string topic = unique_name("contract");
    UnderTest out;
    out.sink = make_sink("kafka", kafka_given(topic, {{"create", "if_missing"}, {"kafka.message.max.bytes", "2000"}}),
                         kColumns);
    out.stored = [topic] {
        Ids ids;
        for (auto& m : drain(*kafka_source(topic, {{"end", "latest"}}))) ids.push_back(id_of(m.value));
        std::sort(ids.begin(), ids.end());
        return ids;
    };
    out.text_at_once = std::string(5000, 'x');
    out.faults = "kafka.produce:40=EIO,kafka.produce:61=EIO,kafka.produce:90=EIO,kafka.flush:1=EIO";
    return out;
}

UnderTest postgres_under_test(bool upsert) {
    std::string table = unique_name("contract");
    {
        pqxx::connection c(postgres_url());
        pqxx::work tx(c);
        tx.exec("CREATE TABLE " + table + " (id bigint " + (upsert ? "PRIMARY KEY" : "") +
                ", v text CHECK (v <> 'bad'))");
        tx.commit();
    }
    UnderTest out;
    out.sink = make_sink("postgres", {{"url", postgres_url()}, {"table", table}}, kColumns,
                         upsert ? std::vector<int>{0} : std::vector<int>{});
    out.stored = [table] {
        pqxx::connection c(postgres_url());
        pqxx::work tx(c);
        Ids ids;
        for (auto row : tx.exec("SELECT id FROM " + table + " ORDER BY id")) ids.push_back(row[0].as<int64_t>());
        return ids;
    };
    out.text_at_once = std::string("a\0b", 3);
    out.text_at_the_end = "bad";
    // the connection breaks, and breaks again while the refused row is looked for; a new one comes late
    out.faults = upsert ? "postgres.upsert:1=EIO,postgres.upsert:5=EIO,postgres.connect:1=EIO,postgres.committed:1=EIO"
                        : "postgres.copy:1=EIO,postgres.copy:5=EIO,postgres.connect:1=EIO,postgres.commit:1=EIO";
    return out;
}

UnderTest file_under_test() {
    std::string path = ::testing::TempDir() + unique_name("contract") + ".jsonl";
    UnderTest out;
    out.sink = make_sink("file", {{"path", path}, {"format", "json"}}, kColumns);
    out.stored = [path] {
        std::ifstream in(path);
        return sorted_ids(in);
    };
    out.faults = "sink.write:1=EINTR";
    return out;
}

UnderTest console_under_test() {
    std::string path = ::testing::TempDir() + unique_name("contract") + ".out";
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    SinkSpec spec;
    spec.columns = kColumns;
    spec.options.set("format", "json");
    UnderTest out;
    out.sink = std::move(*make_console_sink(spec, fd, 0));
    out.stored = [path, fd] {
        ::close(fd);
        std::ifstream in(path);
        return sorted_ids(in);
    };
    return out;
}

UnderTest blackhole_under_test() {
    UnderTest out;
    out.sink = make_sink("blackhole", {}, kColumns);
    return out;
}

struct SinkCase {
    const char* name;
    std::function<UnderTest()> make;
};

class SinkContract : public ::testing::TestWithParam<SinkCase> {
  protected:
    void TearDown() override { ASSERT_TRUE(arm_faults("").ok()); }

    /// As the engine does: again and again with the same arguments, until it is done.
    void insist(const std::function<Status()>& attempt) {
        for (int tries = 1; tries <= 20; ++tries) {
            Status done = attempt();
            if (done) return;
            ASSERT_TRUE(done.error().retryable) << done.error().message;
            ++retries_;
        }
        FAIL() << "still not done";
    }

    /// Rows from, from + 1 ...; what was refused, by id.
    void write_epoch(UnderTest& t, int64_t from, Ids& refused) {
        Batch batch({TypeKind::kBigint, TypeKind::kString}, kRows);
        for (int64_t row = 0; row < kRows; ++row) {
            batch.set(0, row, Cell::of(from + row));
            const std::string& text = row == kRefusedAtOnce ? t.text_at_once : t.text_at_the_end;
            const bool bad = (row == kRefusedAtOnce || row == kRefusedAtTheEnd) && !text.empty();
            batch.set(1, row, Cell::of(Str::of(bad ? std::string_view(text) : "good")));
        }
        batch.view().rows = kRows;
        std::vector<RejectedRow> rejected;
        insist([&] { return t.sink->write(batch, rejected); });
        for (auto& r : rejected) refused.push_back(from + r.row);
        rejected.clear();
        ++epoch_;
        insist([&]() -> Status {
            auto prepared = t.sink->prepare(epoch_, rejected);
            return prepared ? Status() : Status(prepared.error());
        });
        for (auto& r : rejected) {
            EXPECT_EQ(r.row, -1);
            EXPECT_FALSE(r.reason.empty());
            const std::string id = std::to_string(from + kRefusedAtTheEnd);
            EXPECT_EQ(r.text, "[\"" + id + "\",\"bad\"]");
            refused.push_back(from + kRefusedAtTheEnd);
        }
        insist([&] { return t.sink->apply(epoch_); });
    }

    int retries_ = 0;
    int64_t epoch_ = 0;
};

TEST_P(SinkContract, ARetryLosesAndDoublesNeitherRowsNorRefusals) {
    UnderTest t = GetParam().make();
    auto opened = t.sink->open(nullptr);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    Ids expected, expected_refusals, refused;
    for (int64_t from : {0, 1000, 2000}) {
        for (int64_t row = 0; row < kRows; ++row) {
            const bool bad = (row == kRefusedAtOnce && !t.text_at_once.empty()) ||
                             (row == kRefusedAtTheEnd && !t.text_at_the_end.empty());
            (bad ? expected_refusals : expected).push_back(from + row);
        }
        // the first epoch in peace, the second with faults, and the third shows what those left behind
        ASSERT_TRUE(arm_faults(from == 1000 ? t.faults : "").ok());
        write_epoch(t, from, refused);
        if (HasFatalFailure()) return;
    }
    EXPECT_EQ(retries_ > 0, !t.faults.empty() && t.faults.find("EINTR") == std::string::npos);
    ASSERT_TRUE(t.sink->close(true).ok());
    if (t.stored) {
        EXPECT_EQ(t.stored(), expected);
    }
    EXPECT_EQ(refused, expected_refusals);
}

INSTANTIATE_TEST_SUITE_P(EverySink, SinkContract,
                         ::testing::Values(SinkCase{"kafka", kafka_under_test},
                                           SinkCase{"postgres_append", [] { return postgres_under_test(false); }},
                                           SinkCase{"postgres_upsert", [] { return postgres_under_test(true); }},
                                           SinkCase{"file", file_under_test}, SinkCase{"console", console_under_test},
                                           SinkCase{"blackhole", blackhole_under_test}),
                         [](auto& info) { return std::string(info.param.name); });

TEST(SinkContract, EverySinkIsDriven) {
    std::vector<std::string> sinks;
    for (auto& c : connector_list())
        if (c.make_sink) sinks.push_back(c.name);
    EXPECT_EQ(sinks, (std::vector<std::string>{"kafka", "postgres", "file", "console", "blackhole"}))
        << "add it to the suite above";
}

}  // namespace
}  // namespace streamql::testing
