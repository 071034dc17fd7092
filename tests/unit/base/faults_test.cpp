#include "runtime/base/faults.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/base/append_file.h"
#include "runtime/base/clock.h"

namespace streamql {
namespace {

namespace fs = std::filesystem;

class FaultsTest : public ::testing::Test {
  protected:
    FaultsTest() : path_((fs::temp_directory_path() / ("streamql_faults_" + std::to_string(::getpid()))).string()) {}
    ~FaultsTest() override {
        EXPECT_TRUE(arm_faults("").ok());
        fs::remove(path_);
    }
    std::string text() const {
        std::ifstream in(path_);
        std::stringstream s;
        s << in.rdbuf();
        return s.str();
    }
    std::string path_;
};

TEST_F(FaultsTest, ThePlanNamesTheCallThatFails) {
    EXPECT_EQ(fault_at("sink", "fsync"), 0);
    ASSERT_TRUE(arm_faults("fsync:3=EIO,sink.write:2+=ENOSPC").ok());
    EXPECT_EQ(fault_at("sink", "fsync"), 0);
    EXPECT_EQ(fault_at("state", "fsync"), 0);
    EXPECT_EQ(fault_at("state", "fsync"), EIO);
    EXPECT_EQ(fault_at("state", "fsync"), 0);
    EXPECT_EQ(fault_at("state", "write"), 0) << "only the sink's writes are named";
    EXPECT_EQ(fault_at("state", "write"), 0);
    EXPECT_EQ(fault_at("sink", "write"), 0);
    EXPECT_EQ(fault_at("sink", "write"), ENOSPC);
    EXPECT_EQ(fault_at("sink", "write"), ENOSPC);
    ASSERT_TRUE(arm_faults("postgres.commit:1=ECONNRESET").ok());
    Status s = fault_point("postgres", "commit");
    ASSERT_FALSE(s.ok());
    EXPECT_TRUE(s.error().retryable);
    EXPECT_TRUE(fault_point("postgres", "commit").ok());
}

TEST_F(FaultsTest, AWrongPlanIsRefused) {
    for (const char* plan : {"fsync", "fsync:0=EIO", "fsync:1=EWHAT", "=EIO", "fsync:x=EIO", "fsync=EIO:1", ","}) {
        Status s = arm_faults(plan);
        ASSERT_FALSE(s.ok()) << plan;
        EXPECT_EQ(s.error().code, ErrorCode::kUsage);
        EXPECT_FALSE(faults_armed);
    }
}

TEST_F(FaultsTest, KillEndsTheProcess) {
    EXPECT_EXIT((void)(arm_faults("rename:2=kill").ok() && fault_at("a", "rename") == 0 && fault_at("b", "rename")),
                ::testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FaultsTest, ATornWriteLeavesHalf) {
    EXPECT_EXIT(
        {
            AppendFile file("sink", path_);
            std::string bytes = "0123456789";
            if (!file.open(0) || !arm_faults("write:1=tear")) std::_Exit(1);
            (void)file.append(bytes);
        },
        ::testing::KilledBySignal(SIGKILL), "");
    EXPECT_EQ(text(), "01234");
}

TEST_F(FaultsTest, TheClockJumps) {
    ASSERT_TRUE(arm_faults("clock.now:2=+3600").ok());
    Clock& clock = Clock::system();
    const int64_t before = clock.now_micros();
    EXPECT_GT(clock.now_micros() - before, 3'590'000'000);
    EXPECT_LT(clock.now_micros() - before, 3'700'000'000);
}

TEST_F(FaultsTest, AFileIsCutBackToItsRecordedLength) {
    {
        AppendFile file("sink", path_);
        std::string first = "first\n", second = "half a li";
        ASSERT_TRUE(file.open(0).ok());
        ASSERT_TRUE(file.append(first).ok());
        auto length = file.sync();
        ASSERT_TRUE(length.ok());
        EXPECT_EQ(*length, 6);
        ASSERT_TRUE(file.append(second).ok());
    }
    AppendFile file("sink", path_);
    std::string second = "second\n";
    ASSERT_TRUE(file.open(6).ok());
    ASSERT_TRUE(file.append(second).ok());
    EXPECT_EQ(text(), "first\nsecond\n");
    Status s = AppendFile("sink", path_).open(99);
    ASSERT_FALSE(s.ok());
    EXPECT_EQ(s.error().code, ErrorCode::kState);
    EXPECT_EQ(text(), "first\nsecond\n") << "a file that is too short is left as it is";
}

TEST_F(FaultsTest, AFailedAppendCanBeCalledAgain) {
    AppendFile file("sink", path_);
    ASSERT_TRUE(file.open(0).ok());
    ASSERT_TRUE(arm_faults("write:1=ENOSPC,fsync:1=EIO").ok());
    std::string bytes = "row\n";
    Status s = file.append(bytes);
    ASSERT_FALSE(s.ok());
    EXPECT_NE(s.error().message.find(path_), std::string::npos);
    EXPECT_EQ(bytes, "row\n");
    ASSERT_TRUE(file.append(bytes).ok());
    EXPECT_EQ(bytes, "");
    EXPECT_FALSE(file.sync().ok());
    EXPECT_EQ(text(), "row\n");
}

}  // namespace
}  // namespace streamql
