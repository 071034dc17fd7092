#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <thread>

#include "tests/unit/connectors/file_fixture.h"

namespace streamql {
namespace {

class FileSinkTest : public FileTest {
  protected:
    using Texts = std::vector<std::string>;
    std::string path(const std::string& name) const { return (dir_ / name).string(); }
    const std::map<std::string, std::string> two_rows_{{"rotate.rows", "2"}};
};

TEST_F(FileSinkTest, ShowsWholeFilesOnly) {
    put("out.json.streamql.tmp", "left over");
    put("out.json.other.tmp", "of another job");
    put("out-00001.json.streamql.tmp", "of another sink");
    auto s = sink(path("out.json"));
    ASSERT_EQ(opened(*s), "");
    EXPECT_EQ(names(), (Texts{".out.json.lock", "out-00001.json.streamql.tmp", "out.json.other.tmp"}));
    write(*s, 1, 2);
    commit(*s);
    EXPECT_FALSE(fs::exists(dir_ / "out.json"));
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(text_of("out.json"), rows(1, 2));
    EXPECT_EQ(names(), (Texts{"out-00001.json.streamql.tmp", "out.json", "out.json.other.tmp"}));
}

TEST_F(FileSinkTest, AFinishedFileStaysUntilTheNextOneIsWhole) {
    put("out.json", "old\n");
    {
        auto s = sink(path("out.json"));
        ASSERT_EQ(opened(*s), "");
        write(*s, 1, 2);
        commit(*s);
        ASSERT_TRUE(s->close(false).ok()) << "a stop";
    }
    EXPECT_EQ(text_of("out.json"), "old\n");
    {
        auto s = sink(path("out.json"));
        ASSERT_EQ(opened(*s), "");
        write(*s, 1, 2);  // and killed
    }
    EXPECT_EQ(text_of("out.json"), "old\n");
    auto s = sink(path("out.json"));
    ASSERT_EQ(opened(*s), "");
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(text_of("out.json"), "") << "the new complete result, which is empty";
}

TEST_F(FileSinkTest, GoesOnWhereItsLastCommitWas) {
    put("out.json", "old\n");
    std::string committed;
    {
        auto s = sink(path("out.json"));
        ASSERT_EQ(opened(*s), "");
        write(*s, 1, 2);
        committed = commit(*s);
        write(*s, 3, 2);
        prepare(*s, 2);  // written and synced, but killed before the commit was stored
    }
    EXPECT_EQ(text_of("out.json.streamql.tmp"), rows(1, 4));
    auto s = sink(path("out.json"));
    ASSERT_EQ(opened(*s, &committed), "");
    EXPECT_EQ(text_of("out.json.streamql.tmp"), rows(1, 2));
    write(*s, 3, 3);
    commit(*s, 2);
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(text_of("out.json"), rows(1, 5));
}

TEST_F(FileSinkTest, AnEndThatWasNotStoredIsTakenBack) {
    std::string committed;
    {
        auto s = sink(path("out.json"));
        ASSERT_EQ(opened(*s), "");
        write(*s, 1, 2);
        committed = commit(*s);
        ASSERT_TRUE(s->close(true).ok());  // and killed before the job's end was stored
    }
    auto s = sink(path("out.json"));
    ASSERT_EQ(opened(*s, &committed), "");
    EXPECT_EQ(text_of("out.json"), rows(1, 2));
    write(*s, 3, 1);
    commit(*s, 2);
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(text_of("out.json"), rows(1, 3));
}

TEST_F(FileSinkTest, WhatTheCommitNamesMustBeThere) {
    std::string committed;
    {
        auto s = sink(path("out.json"));
        ASSERT_EQ(opened(*s), "");
        write(*s, 1, 2);
        committed = commit(*s);
    }
    auto elsewhere = sink(path("other.json"));
    EXPECT_NE(opened(*elsewhere, &committed).find("its path is now " + path("other.json")), std::string::npos);
    put("out.json.streamql.tmp", "short");
    auto s = sink(path("out.json"));
    Status status = s->open(&committed);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kState);
    fs::remove(dir_ / "out.json.streamql.tmp");
    auto gone = sink(path("out.json"));
    s.reset();
    EXPECT_NE(opened(*gone, &committed).find("is not there"), std::string::npos);
    const std::string foreign = "who knows";
    gone = sink(path("out.json"));
    EXPECT_NE(opened(*gone, &foreign), "");
}

TEST_F(FileSinkTest, RotatesAndNumbersOn) {
    for (int run = 0; run < 2; ++run) {
        auto s = sink(path("out.csv"), {{"format", "csv"}, {"rotate.rows", "2"}});
        ASSERT_EQ(opened(*s), "");
        for (int i = 0; i < 3; ++i) {
            write(*s, i * 2, i == 2 ? 1 : 2);
            commit(*s, i);
        }
        ASSERT_TRUE(s->close(true).ok());
    }
    EXPECT_EQ(names(), (Texts{"out-00001.csv", "out-00002.csv", "out-00003.csv", "out-00004.csv", "out-00005.csv",
                              "out-00006.csv"}));
    EXPECT_EQ(text_of("out-00006.csv"), "id,name\n4,n\n");
}

TEST_F(FileSinkTest, RotatesWithinAnEpoch) {
    auto s = sink(path("out.json"), two_rows_);
    ASSERT_EQ(opened(*s), "");
    write(*s, 1, 5);
    EXPECT_FALSE(fs::exists(dir_ / "out-00001.json")) << "closed, but not decided";
    prepare(*s);
    EXPECT_FALSE(fs::exists(dir_ / "out-00001.json"));
    ASSERT_TRUE(s->apply(1).ok());
    EXPECT_TRUE(fs::exists(dir_ / "out-00002.json"));
    ASSERT_TRUE(s->apply(1).ok()) << "told again";
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(names(), (Texts{"out-00001.json", "out-00002.json", "out-00003.json"}));
    EXPECT_EQ(text_of("out-00003.json"), rows(5, 1));
}

TEST_F(FileSinkTest, RotatedFilesGetTheirNamesAfterACrash) {
    std::string committed;
    {
        auto s = sink(path("out.json"), two_rows_);
        ASSERT_EQ(opened(*s), "");
        write(*s, 1, 5);
        committed = prepare(*s);  // the commit is stored, and killed before apply()
    }
    for (int again = 0; again < 2; ++again) {
        auto s = sink(path("out.json"), two_rows_);
        ASSERT_EQ(opened(*s, &committed), "") << "killed again before the next commit";
        EXPECT_EQ(text_of("out-00001.json") + text_of("out-00002.json"), rows(1, 4));
        EXPECT_EQ(text_of("out-00003.json.streamql.tmp"), rows(5, 1));
        write(*s, 6, 2);
    }
    auto s = sink(path("out.json"), two_rows_);
    ASSERT_EQ(opened(*s, &committed), "");
    write(*s, 6, 2);
    commit(*s, 2);
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(names(), (Texts{"out-00001.json", "out-00002.json", "out-00003.json", "out-00004.json"}));
    EXPECT_EQ(text_of("out-00003.json") + text_of("out-00004.json"), rows(5, 3));
}

TEST_F(FileSinkTest, AStopShowsTheOpenFileAndTheNextRunBeginsAnother) {
    std::string committed;
    {
        auto s = sink(path("out.json"), two_rows_);
        ASSERT_EQ(opened(*s), "");
        write(*s, 1, 1);
        committed = commit(*s);
        ASSERT_TRUE(s->close(false).ok());
    }
    EXPECT_EQ(names(), Texts{"out-00001.json"});
    auto s = sink(path("out.json"), two_rows_);
    ASSERT_EQ(opened(*s, &committed), "");
    write(*s, 2, 1);
    commit(*s, 2);
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(text_of("out-00001.json"), rows(1, 1));
    EXPECT_EQ(text_of("out-00002.json"), rows(2, 1));
}

TEST_F(FileSinkTest, AnOlderCommitFindsItsFileFinished) {
    std::string savepoint;
    {
        auto s = sink(path("out.json"), two_rows_);
        ASSERT_EQ(opened(*s), "");
        write(*s, 1, 1);
        savepoint = commit(*s);
        write(*s, 2, 2);  // epochs behind the savepoint
        commit(*s, 2);
    }
    auto s = sink(path("out.json"), two_rows_);
    ASSERT_EQ(opened(*s, &savepoint), "");
    write(*s, 2, 2);
    commit(*s, 3);
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(text_of("out-00001.json"), rows(1, 2));
    EXPECT_EQ(text_of("out-00002.json"), rows(2, 2)) << "again, and nothing lost";
}

TEST_F(FileSinkTest, APackedFileIsCutAtAnEpoch) {
    std::string committed;
    {
        auto s = sink(path("out.json.gz"));
        ASSERT_EQ(opened(*s), "");
        write(*s, 1, 2);
        committed = commit(*s);
        write(*s, 3, 2);
        prepare(*s, 2);
    }
    auto s = sink(path("out.json.gz"));
    ASSERT_EQ(opened(*s, &committed), "");
    write(*s, 3, 1);
    commit(*s, 2);
    ASSERT_TRUE(s->close(true).ok());
    std::string read;
    for (auto& line : read_all(*source(path("out.json.gz")))) read += line.text + "\n";
    EXPECT_EQ(read, rows(1, 3));
}

TEST_F(FileSinkTest, AFailedSyncCommitsNothing) {
    auto s = sink(path("out.json"));
    ASSERT_EQ(opened(*s), "");
    write(*s, 1, 2);
    std::string committed = commit(*s);
    ASSERT_TRUE(arm_faults("sink.fsync:1=EIO").ok());
    write(*s, 3, 2);
    std::vector<RejectedRow> rejected;
    auto prepared = s->prepare(2, rejected);
    ASSERT_FALSE(prepared.ok());
    EXPECT_FALSE(prepared.error().retryable) << "what a failed fsync has dropped is not known";
    s = sink(path("out.json"));
    ASSERT_EQ(opened(*s, &committed), "");
    write(*s, 3, 1);
    ASSERT_TRUE(arm_faults("sink.write:1=ENOSPC").ok());
    EXPECT_FALSE(s->prepare(2, rejected).ok());
    ASSERT_TRUE(arm_faults("").ok());
    commit(*s, 2);
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(text_of("out.json"), rows(1, 3));
}

TEST_F(FileSinkTest, AnEmptyResultIsAnEmptyFile) {
    auto s = sink(path("out.csv"), {{"format", "csv"}});
    ASSERT_EQ(opened(*s), "");
    commit(*s);
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_EQ(text_of("out.csv"), "id,name\n");
    EXPECT_NE(opened(*sink("/proc/no/such/out.json")), "");
}

TEST_F(FileSinkTest, APathIsClaimedWhileItIsWritten) {
    auto first = sink(path("out.json"), two_rows_);
    ASSERT_EQ(opened(*first), "");
    auto second = sink(path("out.json"));
    Status refused = second->open(nullptr);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kState);
    EXPECT_NE(refused.error().message.find(path("out.json")), std::string::npos);
    EXPECT_EQ(opened(*sink(path("other.json"))), "");
    first.reset();  // as a crash: the lock file stays, the lock does not
    put(".out.json.lock", "stale");
    EXPECT_EQ(opened(*second), "");
}

TEST_F(FileSinkTest, AnEndlessJobDoesNotWriteOneFile) {
    ConnectorContext context;
    context.endless = true;
    Status refused = sink(path("out.json"), {}, context)->open(nullptr);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kQuery);
    EXPECT_NE(refused.error().help.find("rotate.interval"), std::string::npos);
    EXPECT_EQ(names(), Texts{});
    EXPECT_EQ(opened(*sink(path("out.json"), two_rows_, context)), "");
    EXPECT_EQ(opened(*sink("/dev/null", {}, context)), "");
}

TEST_F(FileSinkTest, DevicesArePipesAreWrittenStraightThrough) {
    auto null = sink("/dev/null");
    ASSERT_EQ(opened(*null), "");
    write(*null, 1, 2);
    commit(*null);
    ASSERT_TRUE(null->close(true).ok());
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    EXPECT_NE(opened(*sink("/dev/null", two_rows_)), "");

    ASSERT_EQ(::mkfifo(path("pipe.json").c_str(), 0600), 0);
    auto pipe = sink(path("pipe.json"));
    ASSERT_EQ(opened(*pipe), "");
    write(*pipe, 1, 2);
    std::vector<RejectedRow> rejected;
    auto early = pipe->prepare(1, rejected);
    ASSERT_FALSE(early.ok());
    EXPECT_TRUE(early.error().retryable) << "nobody reads yet";
    const int reader = ::open(path("pipe.json").c_str(), O_RDONLY | O_NONBLOCK);
    commit(*pipe);
    ASSERT_TRUE(pipe->close(true).ok());
    std::string got(4096, '\0');
    got.resize(static_cast<size_t>(std::max<ssize_t>(::read(reader, got.data(), got.size()), 0)));
    ::close(reader);
    EXPECT_EQ(got, rows(1, 2));
    EXPECT_TRUE(fs::is_fifo(path("pipe.json")));
}

TEST_F(FileSinkTest, AFullPipeLosesAndRepeatsNothing) {
    ASSERT_EQ(::mkfifo(path("pipe.json").c_str(), 0600), 0);
    auto pipe = sink(path("pipe.json"));
    ASSERT_EQ(opened(*pipe), "");
    const int reader = ::open(path("pipe.json").c_str(), O_RDONLY | O_NONBLOCK);
    constexpr int64_t kRows = 20'000;
    Batch b({TypeKind::kBigint, TypeKind::kString}, kRows);
    fill(b, 0, kRows);
    std::string got;
    auto drain = [&] {
        char block[4096];
        for (ssize_t n = 0; (n = ::read(reader, block, sizeof block)) > 0;) got.append(block, static_cast<size_t>(n));
    };
    std::vector<RejectedRow> rejected;
    int tries = 1;
    for (Status s = pipe->write(b, rejected); !s; s = pipe->write(b, rejected), ++tries) {
        ASSERT_TRUE(s.error().retryable) << s.error().message;
        drain();
    }
    EXPECT_GT(tries, 1);
    while (!pipe->prepare(1, rejected)) drain();
    ASSERT_TRUE(pipe->close(true).ok());
    drain();
    ::close(reader);
    EXPECT_EQ(got, rows(0, kRows));
}

TEST_F(FileSinkTest, ASocketIsWrittenStraightThrough) {
    const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(server, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(server, 1), 0);
    auto s = sink(path("socket"));
    ASSERT_EQ(opened(*s), "");
    write(*s, 1, 2);
    commit(*s);
    const int peer = ::accept(server, nullptr, nullptr);
    std::string got(4096, '\0');
    got.resize(static_cast<size_t>(std::max<ssize_t>(::read(peer, got.data(), got.size()), 0)));
    ::close(peer);
    ::close(server);
    EXPECT_EQ(got, rows(1, 2));
}

TEST_F(FileSinkTest, ASymbolicLinkStandsForItsTarget) {
    put("real.json", "old\n");
    fs::create_symlink("real.json", dir_ / "link.json");
    auto s = sink(path("link.json"));
    ASSERT_EQ(opened(*s), "");
    write(*s, 1, 1);
    commit(*s);
    ASSERT_TRUE(s->close(true).ok());
    EXPECT_TRUE(fs::is_symlink(dir_ / "link.json"));
    EXPECT_EQ(text_of("real.json"), rows(1, 1));
}

TEST_F(FileSinkTest, WhatIsReadIsNotWritten) {
    put("in/a.json", "1\n");
    fs::create_symlink(dir_ / "in" / "a.json", dir_ / "link.json");
    auto message = [&](const std::string& reads, const std::string& writes,
                       std::map<std::string, std::string> options = {}) {
        std::vector<SourceSpec> sources(1);
        sources[0].name = "s";
        sources[0].connector = "file";
        sources[0].options.set("path", reads);
        ConnectorContext context;
        context.sources = &sources;
        return opened(*sink(writes, options, context));
    };
    EXPECT_NE(message(path("in/a.json"), path("in/a.json")).find("which source \"s\" reads"), std::string::npos);
    EXPECT_NE(message(path("in/a.json"), path("link.json")), "");
    EXPECT_NE(message(path("link.json"), path("in/a.json")), "");
    EXPECT_NE(message(path("in/*.json"), path("in/a.json")), "");
    EXPECT_NE(message(path("in/*.json"), path("in/new.json")), "") << "the next run would read it";
    EXPECT_NE(message(path("in"), path("in/deep/new.json")), "");
    EXPECT_NE(message(path("in"), path("in/out.json"), two_rows_), "");
    EXPECT_EQ(message(path("in/*.json"), path("in/out.csv"), {{"format", "csv"}}), "");
    EXPECT_EQ(message(path("in"), path("out.json")), "");
    EXPECT_EQ(text_of("in/a.json"), "1\n");
}

TEST_F(FileSinkTest, AnEmptyPathIsAnError) {
    const Connector* c = find_connector("file");
    std::vector<OptionProblem> problems;
    Options options = check_options(c->options, {{"path", ""}}, false, "file", problems);
    c->check(options, false, problems);
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].key, "path");
}

}  // namespace
}  // namespace streamql
