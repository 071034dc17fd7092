// A folder of its own, and file sources and sinks in it: what the tests of the file connector share.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "runtime/base/faults.h"
#include "runtime/connectors/connector.h"

namespace streamql {

namespace fs = std::filesystem;

class FileTest : public ::testing::Test {
  protected:
    FileTest() {
        dir_ = fs::temp_directory_path() / ("streamql_file_test_" + std::to_string(::getpid()));
        fs::remove_all(dir_);
        fs::create_directories(dir_);
    }
    ~FileTest() override {
        EXPECT_TRUE(arm_faults("").ok());
        fs::remove_all(dir_);
    }

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
    std::unique_ptr<Sink> sink(const std::string& path, std::map<std::string, std::string> options = {},
                               ConnectorContext context = {}) {
        const Connector* c = find_connector("file");
        options["path"] = path;
        std::vector<OptionProblem> problems;
        SinkSpec s;
        s.options = check_options(c->options, options, false, "file", problems);
        EXPECT_TRUE(problems.empty());
        s.columns = {{"id", TypeKind::kBigint, false}, {"name", TypeKind::kString, false}};
        return std::move(*c->make_sink(s, context));
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
    /// Writes rows `from` .. as one batch.
    static void write(Sink& s, int64_t from, int64_t count) {
        Batch b({TypeKind::kBigint, TypeKind::kString}, std::max<int64_t>(count, 1));
        fill(b, from, count);
        std::vector<RejectedRow> rejected;
        Status written = s.write(b, rejected);
        EXPECT_TRUE(written.ok()) << (written.ok() ? "" : written.error().message);
    }
    static std::string prepare(Sink& s, int64_t epoch = 1) {
        std::vector<RejectedRow> rejected;
        auto prepared = s.prepare(epoch, rejected);
        EXPECT_TRUE(prepared.ok()) << (prepared.ok() ? "" : prepared.error().message);
        return prepared.ok() ? *prepared : std::string();
    }
    /// An epoch whole; gives what the commit records.
    static std::string commit(Sink& s, int64_t epoch = 1) {
        std::string prepared = prepare(s, epoch);
        EXPECT_TRUE(s.apply(epoch).ok());
        return prepared;
    }
    static std::string opened(Sink& s, const std::string* resume = nullptr) {
        Status status = s.open(resume);
        return status.ok() ? "" : status.error().message;
    }
    /// `{"id":FROM..}` lines as a sink writes them.
    static std::string rows(int64_t from, int64_t count) {
        std::string out;
        for (int64_t i = 0; i < count; ++i) out += "{\"id\":" + std::to_string(from + i) + ",\"name\":\"n\"}\n";
        return out;
    }
    SourceSpec spec_;
    fs::path dir_;
};

}  // namespace streamql
