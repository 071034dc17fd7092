#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include <chrono>
#include <thread>

#include "tests/unit/connectors/file_fixture.h"

namespace streamql {
namespace {

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

class FileSourceTest : public FileTest {
  protected:
    struct Reading {
        std::unique_ptr<Source> source;
        std::vector<Split> splits;
        std::vector<std::unique_ptr<SplitReader>> readers;
        std::string error;
    };
    Reading begin(const std::string& path, std::map<std::string, std::string> options = {},
                  const SourcePositions& resume = {}) {
        Reading r;
        r.source = source(path, std::move(options));
        auto splits = r.source->open(resume);
        if (!splits) {
            r.error = splits.error().message;
            return r;
        }
        r.splits = *splits;
        for (auto& split : r.splits) {
            auto reader = r.source->reader(split);
            EXPECT_TRUE(reader.ok()) << (reader.ok() ? "" : reader.error().message);
            r.readers.push_back(std::move(*reader));
        }
        return r;
    }
    /// The next `count` records of a reader, or fewer when there are none now; "!" and the message for an error.
    static std::vector<std::string> take(SplitReader& reader, size_t count) {
        std::vector<std::string> out;
        RawBatch batch;
        while (out.size() < count) {
            auto p = reader.poll(static_cast<int64_t>(count - out.size()), batch);
            if (!p) out.push_back("!" + p.error().message);
            if (!p || *p != Poll::kData) break;
            for (int64_t i = 0; i < batch.count; ++i) out.emplace_back(batch.messages[i].data, batch.messages[i].size);
        }
        return out;
    }
    /// As a followed file is read: waits until something comes.
    static std::vector<std::string> wait_for(SplitReader& reader) {
        for (int i = 0; i < 200; ++i) {
            auto got = take(reader, 1);
            if (!got.empty()) return got;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return {};
    }
    static SourcePositions positions(const Reading& r) {
        SourcePositions out;
        for (size_t i = 0; i < r.readers.size(); ++i) out.emplace_back(r.splits[i].partition, r.readers[i]->position());
        return out;
    }
    using Texts = std::vector<std::string>;
};

TEST_F(FileSourceTest, EveryFileGoesOnWhereItWas) {
    put("in/a.json", "1\n2\n3\n");
    put("in/c.json", "7\n8\n");
    const std::string folder = (dir_ / "in").string();
    Reading first = begin(folder);
    EXPECT_EQ(take(*first.readers[0], 2), (Texts{"1", "2"}));
    EXPECT_EQ(take(*first.readers[1], 1), (Texts{"7"}));
    put("in/b.json", "5\n");
    Reading second = begin(folder, {}, positions(first));
    ASSERT_EQ(second.readers.size(), 3u);
    EXPECT_EQ(second.splits[0].partition, 0u);
    EXPECT_EQ(second.splits[1].partition, 2u) << "a new file, before another by its name, gets the next partition";
    EXPECT_EQ(second.splits[2].partition, 1u);
    EXPECT_EQ(take(*second.readers[0], 9), (Texts{"3"}));
    EXPECT_EQ(take(*second.readers[1], 9), (Texts{"5"}));
    EXPECT_EQ(take(*second.readers[2], 9), (Texts{"8"}));
    Reading third = begin(folder, {}, positions(second));
    for (auto& reader : third.readers) EXPECT_EQ(take(*reader, 9), Texts{});
}

TEST_F(FileSourceTest, PackedFilesAndHeadersAndLongRecordsGoOnToo) {
    std::string text = "id\n1\n\"two\nlines\"\n4\n";
    gzFile gz = gzopen((dir_ / "a.csv.gz").c_str(), "wb");
    gzwrite(gz, text.data(), static_cast<unsigned>(text.size()));
    gzclose(gz);
    const std::map<std::string, std::string> csv{{"format", "csv"}};
    Reading first = begin((dir_ / "a.csv.gz").string(), csv);
    EXPECT_EQ(take(*first.readers[0], 2), (Texts{"1", "\"two\nlines\""}));
    Reading second = begin((dir_ / "a.csv.gz").string(), csv, positions(first));
    RawBatch batch;
    ASSERT_EQ(*second.readers[0]->poll(9, batch), Poll::kData);
    EXPECT_EQ(std::string(batch.messages[0].data, batch.messages[0].size), "4");
    EXPECT_EQ(batch.messages[0].offset, 4);
    EXPECT_EQ(std::string(batch.messages[0].key, batch.messages[0].key_size), "id");
    EXPECT_EQ(second.readers[0]->place_of(batch.messages[0]), (dir_ / "a.csv.gz").string() + ", line 5");

    const std::string path = put("long.json", "1\n" + std::string(2'000'000, 'x') + "\n3\n");
    const std::map<std::string, std::string> narrow{{"max_record_bytes", "10"}};
    Reading third = begin(path, narrow);
    EXPECT_EQ(take(*third.readers[0], 2), (Texts{"1", std::string(11, 'x')}));
    Reading fourth = begin(path, narrow, positions(third));
    EXPECT_EQ(take(*fourth.readers[0], 9), (Texts{"3"})) << "the rest of the long one is dropped by the second run";
}

TEST_F(FileSourceTest, ABoundedFileThatIsGoneOrAnotherIsAnError) {
    const std::string path = put("a.json", "1\n2\n");
    Reading first = begin(path);
    take(*first.readers[0], 1);
    const SourcePositions at = positions(first);
    put("new.json", "3\n4\n");
    fs::rename(dir_ / "new.json", path);
    EXPECT_NE(begin(path, {}, at).error.find("is another file now"), std::string::npos);
    put("b.json", "9\n");
    fs::remove(path);
    EXPECT_NE(begin((dir_ / "*.json").string(), {}, at).error.find("is not there any more"), std::string::npos);
    Reading done = begin((dir_ / "b.json").string());
    take(*done.readers[0], 9);
    const SourcePositions end = positions(done);
    fs::remove(dir_ / "b.json");
    put("c.json", "5\n");
    EXPECT_EQ(begin((dir_ / "*.json").string(), {}, end).error, "") << "one that was read to its end may go";
}

TEST_F(FileSourceTest, AFollowedFileThatIsReplacedIsReadFromItsStart) {
    const std::string path = put("a.log", "1\n2\nlast without end");
    Reading r = begin(path, {{"format", "raw"}, {"follow", "true"}});
    EXPECT_EQ(take(*r.readers[0], 9), (Texts{"1", "2"}));
    put("b.log", "new 1\n");
    fs::rename(dir_ / "b.log", path);
    Texts told = wait_for(*r.readers[0]);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0], "!" + path + " was replaced; the new file is read from its start");
    EXPECT_EQ(wait_for(*r.readers[0]), (Texts{"last without end"}));
    EXPECT_EQ(wait_for(*r.readers[0]), (Texts{"new 1"}));
    std::ofstream(path, std::ios::app) << "new 2\n";
    EXPECT_EQ(wait_for(*r.readers[0]), (Texts{"new 2"}));
    // and a run that resumes goes on in the new one
    Reading again = begin(path, {{"format", "raw"}, {"follow", "true"}}, positions(r));
    EXPECT_EQ(take(*again.readers[0], 9), Texts{});
    std::ofstream(path, std::ios::app) << "new 3\n";
    EXPECT_EQ(wait_for(*again.readers[0]), (Texts{"new 3"}));
}

TEST_F(FileSourceTest, AFollowedFileThatIsCutShortIsReadFromItsStart) {
    const std::string path = put("a.log", "1\n2\n3\n");
    Reading r = begin(path, {{"format", "raw"}, {"follow", "true"}});
    EXPECT_EQ(take(*r.readers[0], 9).size(), 3u);
    put("a.log", "4\n");
    EXPECT_EQ(wait_for(*r.readers[0]), (Texts{"!" + path + " was cut short; it is read from its start"}));
    EXPECT_EQ(wait_for(*r.readers[0]), (Texts{"4"}));
    // while nobody looks, too: other first bytes under the same inode, and more of them
    const SourcePositions at = positions(r);
    put("a.log", "5\n6\n7\n8\n9\n");
    Reading again = begin(path, {{"format", "raw"}, {"follow", "true"}}, at);
    EXPECT_EQ(take(*again.readers[0], 9), (Texts{"5", "6", "7", "8", "9"}));
}

TEST_F(FileSourceTest, ASilentPipeIsNotWaitedFor) {
    const std::string path = (dir_ / "pipe.json").string();
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    const auto start = std::chrono::steady_clock::now();
    Reading r = begin(path);
    RawBatch batch;
    EXPECT_EQ(*r.readers[0]->poll(9, batch), Poll::kNothing) << "nobody writes yet";
    const int writer = ::open(path.c_str(), O_WRONLY | O_NONBLOCK);
    ASSERT_GE(writer, 0) << "the pipe is open for reading";
    EXPECT_EQ(*r.readers[0]->poll(9, batch), Poll::kNothing) << "the writer is silent";
    ASSERT_EQ(::write(writer, "1\n2\n3", 5), 5);
    EXPECT_EQ(take(*r.readers[0], 2), (Texts{"1", "2"}));
    EXPECT_EQ(*r.readers[0]->poll(9, batch), Poll::kNothing) << "half a record";
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
    ::close(writer);
    EXPECT_EQ(take(*r.readers[0], 9), (Texts{"3"}));
    EXPECT_EQ(*r.readers[0]->poll(9, batch), Poll::kEnd);
}

TEST_F(FileSourceTest, ASilentPackedPipeIsNotWaitedFor) {
    const std::string path = (dir_ / "pipe.json.gz").string();
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    Reading r = begin(path);
    RawBatch batch;
    const int writer = ::open(path.c_str(), O_WRONLY | O_NONBLOCK);
    EXPECT_EQ(*r.readers[0]->poll(9, batch), Poll::kNothing);
    gzFile gz = gzopen((dir_ / "a.gz").c_str(), "wb");
    gzwrite(gz, "1\n", 2);
    gzclose(gz);
    const std::string packed = text_of("a.gz");
    ASSERT_EQ(::write(writer, packed.data(), 5), 5);
    EXPECT_EQ(*r.readers[0]->poll(9, batch), Poll::kNothing);
    ASSERT_EQ(::write(writer, packed.data() + 5, packed.size() - 5), static_cast<ssize_t>(packed.size() - 5));
    EXPECT_EQ(take(*r.readers[0], 1), (Texts{"1"}));
    ::close(writer);
    EXPECT_EQ(*r.readers[0]->poll(9, batch), Poll::kEnd);
}

TEST_F(FileSourceTest, AnEndlessRecordDoesNotHoldAPoll) {
    for (const char* format : {"json", "csv"}) {
        Reading r = begin("/dev/zero", {{"format", format}, {"header", "false"}});
        RawBatch batch;
        for (int i = 0; i < 20; ++i) {
            const auto start = std::chrono::steady_clock::now();
            auto p = r.readers[0]->poll(9, batch);
            ASSERT_TRUE(p.ok());
            EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500));
        }
    }
}

TEST_F(FileSourceTest, AStrayQuoteCostsItsRecordOnly) {
    const std::map<std::string, std::string> csv{{"format", "csv"}, {"header", "false"}};
    auto records = [&](const std::string& text) {
        Texts out;
        for (auto& line : read_all(*source(put("a.csv", text), csv), 1000)) out.push_back(line.text);
        return out;
    };
    EXPECT_EQ(records("1,10,5\" pipe\n2,b\n3,\"c\nd\"\n"), (Texts{"1,10,5\" pipe", "2,b", "3,\"c\nd\""}));
    EXPECT_EQ(records("1,\"5\" pipe\n2,b\n"), (Texts{"1,\"5\" pipe", "2,b"})) << "text behind a closing quote";
    EXPECT_EQ(records("1,\"pipe\n2,b\n3,\"c\"\n4,d\n"), (Texts{"1,\"pipe", "2,b", "3,\"c\"", "4,d"}))
        << "a quoted field that is not one ends its record at its first line end";
    EXPECT_EQ(records("1,\"pipe\n2,b\n3,c\n"), (Texts{"1,\"pipe", "2,b", "3,c"})) << "and one that is never closed";
    EXPECT_EQ(records("\"a\r\nb\",1\r\n\"c\"\r\n"), (Texts{"\"a\r\nb\",1", "\"c\""}));
    EXPECT_EQ(records("\"a\n\"\"b\"\"\",\"x\ny\"z\n4\n"), (Texts{"\"a\n\"\"b\"\"\",\"x", "y\"z", "4"}));
}

TEST_F(FileSourceTest, AQuotedFieldThatIsTooLongIsOneRecord) {
    const std::map<std::string, std::string> csv{{"format", "csv"}, {"header", "false"}, {"max_record_bytes", "1000"}};
    std::string field = "\"";
    for (int i = 0; i < 100'000; ++i) field += "line " + std::to_string(i) + ",\"\"x\"\"\n";
    auto lines = read_all(*source(put("a.csv", "1,a\n2," + field + "\"\n3,c\n"), csv), 1000);
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[1].text.size(), 1001u);
    EXPECT_EQ(lines[2].text, "3,c");
    EXPECT_EQ(lines[2].offset, 100'002);
    // never closed: it was no quoted field, so the lines behind it are records
    auto stray = read_all(*source(put("b.csv", "1,a\n2,\"pipe\n" + std::string(300'000, 'x') + "\n4,d\n"), csv), 1000);
    ASSERT_EQ(stray.size(), 4u);
    EXPECT_EQ(stray[2].text, std::string(1001, 'x'));
    EXPECT_EQ(stray[3].text, "4,d");
    EXPECT_EQ(stray[3].offset, 3);
}

}  // namespace
}  // namespace streamql
