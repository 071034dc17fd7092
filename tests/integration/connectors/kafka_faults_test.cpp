// A broker that goes away and comes back: a private one, made and stopped by tools/servers.sh in a folder of its own.
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/integration/connectors/harness.h"
#include "tests/support/servers.h"

namespace streamql::testing {
namespace {

class PrivateBroker {
  public:
    PrivateBroker() : dir_("build/" + unique_name("broker")) { run("start kafka"); }
    ~PrivateBroker() { run("wipe"); }
    void run(const std::string& command) {
        EXPECT_EQ(std::system(("tools/servers.sh --dir " + dir_ + " " + command + " >/dev/null 2>&1").c_str()), 0)
            << command;
    }
    std::string address() const {
        std::ifstream in(dir_ + "/kafka/bootstrap");
        std::string text;
        in >> text;
        return text;
    }

  private:
    std::string dir_;
};

TEST(KafkaFaults, ABrokerThatComesBackIsReadOnFromTheSamePlaceAndWrittenOn) {
    PrivateBroker broker;
    std::string topic = "t", address = broker.address();
    Given where = {{"brokers", address}};
    std::vector<ColumnSpec> columns = {{"id", TypeKind::kBigint}};
    Given sink_options = kafka_given(topic, where);
    sink_options["create"] = "if_missing";
    auto sink = make_sink("kafka", sink_options, columns);
    ASSERT_TRUE(sink->open(nullptr).ok());
    Batch batch({TypeKind::kBigint}, 100);
    for (int64_t i = 0; i < 100; ++i) batch.set(0, i, Cell::of(i));
    batch.view().rows = 100;
    std::vector<RejectedRow> rejected;
    ASSERT_TRUE(sink->write(batch, rejected).ok());
    ASSERT_TRUE(sink->prepare(1, rejected).ok());
    auto source = kafka_source(topic, where);
    auto readers = open_readers(*source);
    ASSERT_EQ(readers.size(), 1u);
    ASSERT_EQ(read_all(readers, 100).size(), 100u);

    broker.run("stop kafka");
    ASSERT_TRUE(sink->write(batch, rejected).ok());
    auto committed = sink->prepare(2, rejected);
    ASSERT_FALSE(committed.ok());
    EXPECT_TRUE(committed.error().retryable) << committed.error().message;
    bool degraded = false;
    for (auto begin = std::chrono::steady_clock::now(); !degraded && seconds_since(begin) < 120;) {
        RawBatch raw;
        auto polled = readers[0]->poll(10, raw);
        degraded = !polled.ok();
        if (degraded) {
            EXPECT_TRUE(polled.error().retryable) << polled.error().message;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_TRUE(degraded);

    broker.run("start kafka");
    ASSERT_EQ(broker.address(), address);
    for (int tries = 0; !committed.ok() && committed.error().retryable && tries < 20; ++tries)
        committed = sink->prepare(2, rejected);
    ASSERT_TRUE(committed.ok()) << committed.error().message;
    auto rest = read_all(readers, 100);
    ASSERT_EQ(rest.size(), 100u);
    EXPECT_EQ(rest[0].offset, 100);
    EXPECT_TRUE(rejected.empty());
}

}  // namespace
}  // namespace streamql::testing
