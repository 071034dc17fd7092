#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/connectors/connector.h"

namespace streamql {
namespace {

namespace fs = std::filesystem;

class FileTest : public ::testing::Test {
  protected:
    FileTest() {
        dir_ = fs::temp_directory_path() / ("streamql_file_test_" + std::to_string(::getpid()));
        fs::remove_all(dir_);
        fs::create_directories(dir_);
    }
    ~FileTest() override { fs::remove_all(dir_); }

    std::string put(const std::string& name, const std::string& text) {
        fs::create_directories((dir_ / name).parent_path());
        std::ofstream(dir_ / name, std::ios::binary) << text;
        return (dir_ / name).string();
    }
    std::string text_of(const std::string& name) {
        std::ifstream in(dir_ / name, std::ios::binary);
        std::stringstream s;
        s << in.rdbuf();
        return s.str();
    }
    std::vector<std::string> names() {
        std::vector<std::string> out;
        for (auto& e : fs::directory_iterator(dir_)) out.push_back(e.path().filename().string());
        std::sort(out.begin(), out.end());
        return out;
    }
    std::unique_ptr<Source> source(const std::string& path, std::map<std::string, std::string> options = {}) {
        const Connector* c = find_connector("file");
        std::vector<OptionSpec> specs = c->options;
        for (auto& o : common_source_options()) specs.push_back(o);
        options["path"] = path;
        std::vector<OptionProblem> problems;
        spec_.options = check_options(specs, options, true, "file", problems);
        EXPECT_TRUE(problems.empty());
        return std::move(*c->make_source(spec_, {}));
    }
    struct Line {
        std::string file, text;
        int64_t offset;
    };
    std::vector<Line> read_all(Source& s, int64_t max = 3) {
        std::vector<Line> out;
        auto splits = s.open({});
        EXPECT_TRUE(splits.ok()) << (splits.ok() ? "" : splits.error().message);
        if (!splits) return out;
        for (auto& split : *splits) {
            auto reader = s.reader(split);
            EXPECT_TRUE(reader.ok()) << (reader.ok() ? "" : reader.error().message);
            if (!reader) return out;
            RawBatch batch;
            while (true) {
                auto p = (*reader)->poll(max, batch);
                EXPECT_TRUE(p.ok()) << (p.ok() ? "" : p.error().message);
                if (!p || *p != Poll::kData) break;
                EXPECT_LE(batch.count, max);
                for (int64_t i = 0; i < batch.count; ++i)
                    out.push_back({fs::path(split.name).filename().string(),
                                   {batch.messages[i].data, batch.messages[i].size},
                                   batch.messages[i].offset});
            }
        }
        return out;
    }
    std::unique_ptr<Sink> sink(const std::string& path, std::map<std::string, std::string> options = {}) {
        const Connector* c = find_connector("file");
        options["path"] = path;
        std::vector<OptionProblem> problems;
        SinkSpec s;
        s.options = check_options(c->options, options, false, "file", problems);
        EXPECT_TRUE(problems.empty());
        s.columns = {{"id", TypeKind::kBigint, false}, {"name", TypeKind::kString, false}};
        return std::move(*c->make_sink(s, {}));
    }
    static void fill(Batch& b, int64_t from, int64_t count) {
        b.clear();
        b.reserve(count);
        for (int64_t i = 0; i < count; ++i) {
            b.set(0, i, Cell::of(from + i));
            b.set(1, i, Cell::of(Str::of("n")));
        }
        b.view().rows = count;
    }
    SourceSpec spec_;
    fs::path dir_;
};

TEST_F(FileTest, LinesOfAPlainFileWithTheirNumbers) {
    auto s = source(put("a.json", "\xEF\xBB\xBF{\"a\":1}\r\n\n{\"a\":2}\n{\"a\":3}\n{\"a\":4}"));
    auto lines = read_all(*s);
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_EQ(lines[0].text, "{\"a\":1}");
    EXPECT_EQ(lines[1].offset, 2);
    EXPECT_EQ(lines[3].text, "{\"a\":4}");
    EXPECT_EQ(lines[3].offset, 4);
    EXPECT_TRUE(s->bounded());
}

TEST_F(FileTest, LinesAcrossBlocksAreWhole) {
    std::string text;
    for (int i = 0; i < 50'000; ++i)
        text += "{\"n\":" + std::to_string(i) + ",\"pad\":\"" + std::string(static_cast<size_t>(i % 37), 'x') + "\"}\n";
    auto lines = read_all(*source(put("a.json", text)), 1000);
    ASSERT_EQ(lines.size(), 50'000u);
    for (size_t i = 0; i < lines.size(); i += 777)
        EXPECT_TRUE(lines[i].text.starts_with("{\"n\":" + std::to_string(i) + ","));
}

TEST_F(FileTest, FoldersAndGlobsGiveOneSplitAFile) {
    put("in/b.json", "2\n");
    put("in/a.json", "1\n");
    put("in/deep/c.json", "3\n");
    put("in/_hidden.json", "9\n");
    put("in/half.json.tmp", "9\n");
    auto lines = read_all(*source((dir_ / "in").string()));
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0].text + lines[1].text + lines[2].text, "123");
    EXPECT_EQ(read_all(*source((dir_ / "in" / "*.json").string())).size(), 3u) << "a glob takes what it names";
    auto none = source((dir_ / "in" / "x*.json").string())->open({});
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().code, ErrorCode::kOutside);
    EXPECT_FALSE(source((dir_ / "missing.json").string())->open({}).ok());
}

TEST_F(FileTest, PackedFiles) {
    std::string text = "{\"a\":1}\n{\"a\":2}\n";
    gzFile gz = gzopen((dir_ / "a.json.gz").c_str(), "wb");
    gzwrite(gz, text.data(), static_cast<unsigned>(text.size()));
    gzclose(gz);
    EXPECT_EQ(read_all(*source((dir_ / "a.json.gz").string())).size(), 2u);
    std::string packed(ZSTD_compressBound(text.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
    EXPECT_EQ(read_all(*source(put("a.json.zst", packed))).size(), 2u);
    auto cut_short = [&](const std::string& name) {
        auto s = source(put("cut_" + name, text_of(name).substr(0, text_of(name).size() - 5)));
        auto splits = s->open({});
        auto reader = s->reader((*splits)[0]);
        RawBatch batch;
        for (int i = 0; i < 10; ++i) {
            auto p = (*reader)->poll(10, batch);
            if (!p) return p.error().code == ErrorCode::kOutside;
            if (*p == Poll::kEnd) return false;
        }
        return false;
    };
    EXPECT_TRUE(cut_short("a.json.gz"));
    EXPECT_TRUE(cut_short("a.json.zst"));
}

TEST_F(FileTest, ALineThatIsTooLongIsCutAndTheNextOneRead) {
    auto lines = read_all(
        *source(put("a.json", "{}\n" + std::string(3'000'000, 'x') + "\n{\"a\":1}\n" + std::string(500, 'y') + "\n{}"),
                {{"max_record_bytes", "100"}}));
    ASSERT_EQ(lines.size(), 5u);
    EXPECT_EQ(lines[1].text.size(), 101u);
    EXPECT_EQ(lines[2].text, "{\"a\":1}");
    EXPECT_EQ(lines[2].offset, 2);
    EXPECT_EQ(lines[3].text.size(), 101u);
    EXPECT_EQ(lines[4].offset, 4);
}

TEST_F(FileTest, CsvRecordsMayHoldLineBreaks) {
    spec_.columns.clear();
    auto s = source(put("a.csv", "id,name\n1,\"two\nlines\"\n2,\"a \"\"b\"\"\"\n"), {{"format", "csv"}});
    auto lines = read_all(*s);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].text, "1,\"two\nlines\"");
    EXPECT_EQ(lines[0].offset, 1);
    EXPECT_EQ(lines[1].offset, 3);
    EXPECT_EQ(read_all(*source(put("b.csv", "1,2\n3,4\n"), {{"format", "csv"}, {"header", "false"}})).size(), 2u);
}

TEST_F(FileTest, AHeaderWithoutAWantedColumnIsSaidAtOnce) {
    ScanColumn c;
    c.column = {"price", TypeKind::kBigint, false};
    spec_.columns = {c};
    auto s = source(put("a.csv", "id,name\n1,x\n"), {{"format", "csv"}});
    auto splits = s->open({});
    auto reader = s->reader((*splits)[0]);
    ASSERT_FALSE(reader.ok());
    EXPECT_NE(reader.error().message.find("\"price\""), std::string::npos);
    EXPECT_NE(reader.error().help.find("id,name"), std::string::npos);
}

TEST_F(FileTest, FollowingWaitsForMore) {
    std::string path = put("a.json", "{\"a\":1}\n{\"a\":");
    auto s = source(path, {{"follow", "true"}});
    EXPECT_FALSE(s->bounded());
    auto splits = s->open({});
    auto reader = std::move(*s->reader((*splits)[0]));
    RawBatch batch;
    EXPECT_EQ(*reader->poll(10, batch), Poll::kData);
    EXPECT_EQ(batch.count, 1);
    EXPECT_EQ(*reader->poll(10, batch), Poll::kNothing);
    std::ofstream(path, std::ios::app) << "2}\n";
    EXPECT_EQ(*reader->poll(10, batch), Poll::kData);
    EXPECT_EQ(std::string(batch.messages[0].data, batch.messages[0].size), "{\"a\":2}");
    EXPECT_EQ(batch.messages[0].offset, 1);
}

TEST_F(FileTest, ASinkShowsWholeFilesOnly) {
    put("out.json.streamql.tmp", "left over");
    put("out.json.other.tmp", "of another job");
    auto s = sink((dir_ / "out.json").string());
    ASSERT_TRUE(s->open(nullptr).ok());
    EXPECT_EQ(names(), std::vector<std::string>{"out.json.other.tmp"});
    Batch b({TypeKind::kBigint, TypeKind::kString}, 4);
    fill(b, 1, 2);
    std::vector<RejectedRow> rejected;
    ASSERT_TRUE(s->write(b, rejected).ok());
    ASSERT_TRUE(s->prepare(1, rejected).ok());
    EXPECT_FALSE(fs::exists(dir_ / "out.json"));
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(text_of("out.json"), "{\"id\":1,\"name\":\"n\"}\n{\"id\":2,\"name\":\"n\"}\n");
    EXPECT_EQ(names().size(), 2u);
}

TEST_F(FileTest, ASinkRotatesAndNumbersOn) {
    Batch b({TypeKind::kBigint, TypeKind::kString}, 4);
    std::vector<RejectedRow> rejected;
    for (int run = 0; run < 2; ++run) {
        auto s = sink((dir_ / "out.csv").string(), {{"format", "csv"}, {"rotate.rows", "2"}});
        ASSERT_TRUE(s->open(nullptr).ok());
        for (int i = 0; i < 3; ++i) {
            fill(b, i * 2, i == 2 ? 1 : 2);
            ASSERT_TRUE(s->write(b, rejected).ok());
            ASSERT_TRUE(s->prepare(i, rejected).ok());
        }
        ASSERT_TRUE(s->close(true).ok());
    }
    EXPECT_EQ(names(), (std::vector<std::string>{"out-00001.csv", "out-00002.csv", "out-00003.csv", "out-00004.csv",
                                                 "out-00005.csv", "out-00006.csv"}));
    EXPECT_EQ(text_of("out-00006.csv"), "id,name\n4,n\n");
}

TEST_F(FileTest, ASinkRotatesWithinAnEpoch) {
    auto s = sink((dir_ / "out.json").string(), {{"rotate.rows", "2"}});
    ASSERT_TRUE(s->open(nullptr).ok());
    Batch b({TypeKind::kBigint, TypeKind::kString}, 8);
    fill(b, 1, 5);
    std::vector<RejectedRow> rejected;
    ASSERT_TRUE(s->write(b, rejected).ok());
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(names(), (std::vector<std::string>{"out-00001.json", "out-00002.json", "out-00003.json"}));
    EXPECT_EQ(text_of("out-00003.json"), "{\"id\":5,\"name\":\"n\"}\n");
}

TEST_F(FileTest, APackedSinkIsReadBack) {
    auto s = sink((dir_ / "out.json.gz").string());
    ASSERT_TRUE(s->open(nullptr).ok());
    Batch b({TypeKind::kBigint, TypeKind::kString}, 4);
    fill(b, 1, 3);
    std::vector<RejectedRow> rejected;
    ASSERT_TRUE(s->write(b, rejected).ok());
    ASSERT_TRUE(s->close(true).ok());
    auto lines = read_all(*source((dir_ / "out.json.gz").string()));
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[2].text, "{\"id\":3,\"name\":\"n\"}");
}

TEST_F(FileTest, AnEmptyResultIsAnEmptyFile) {
    auto s = sink((dir_ / "out.csv").string(), {{"format", "csv"}});
    ASSERT_TRUE(s->open(nullptr).ok());
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(text_of("out.csv"), "id,name\n");
    EXPECT_FALSE(sink("/proc/no/such/out.json")->open(nullptr).ok());
}

}  // namespace
}  // namespace streamql
