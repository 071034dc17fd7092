// What a careful programmer writes by hand for one query: librdkafka batches, simdjson on demand, flat hash maps, one
// thread.
//
//   bench_baseline bare BROKERS TOPIC               takes the messages and does nothing
//   bench_baseline window BROKERS TOPIC ANSWER      views per campaign and minute
//   bench_baseline window-file FILE ANSWER          the same
//   bench_baseline join CLICKS CONVERSIONS          pairs of a click and a conversion of its user at most 30 minutes
//   later bench_baseline deduplicate CLICKS               clicks that are no copy (by id, within 10 minutes)
// Prints one JSON object. ANSWER gets a line a group: campaign,minute,count. The Kafka settings are those of our own
// source.
#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

#include "tools/bench/kafka_client.h"

namespace streamql::bench {
namespace {

using simdjson::ondemand::parser;

/// Open addressing, (minute, campaign of up to 23 bytes) -> count.
class WindowCounts {
  public:
    void add(int64_t minute, std::string_view campaign) {
        uint64_t tail = 0;
        const size_t n = std::min<size_t>(campaign.size(), 8);
        std::memcpy(&tail, campaign.data() + campaign.size() - n, n);
        uint64_t hash = (static_cast<uint64_t>(minute) * 0x9E3779B97F4A7C15 ^ tail) * 0xFF51AFD7ED558CCD;
        hash ^= hash >> 32;
        for (size_t at = hash & kMask;; at = (at + 1) & kMask) {
            Entry& e = entries_[at];
            if (!e.count) {
                if (++used_ * 2 > entries_.size() || campaign.size() > sizeof e.text)
                    die("too many groups for the hand-written table");
                e.minute = minute;
                e.size = static_cast<uint8_t>(campaign.size());
                std::memcpy(e.text, campaign.data(), campaign.size());
            } else if (e.minute != minute || std::string_view(e.text, e.size) != campaign) {
                continue;
            }
            ++e.count;
            return;
        }
    }
    size_t size() const { return used_; }
    void write(const char* path) const {
        FILE* file = std::fopen(path, "w");
        if (!file) die(fmt::format("cannot write {}", path));
        for (auto& e : entries_)
            if (e.count) fmt::print(file, "{},{},{}\n", std::string_view(e.text, e.size), e.minute, e.count);
        std::fclose(file);
    }

  private:
    struct Entry {
        int64_t minute;
        uint64_t count = 0;
        uint8_t size;
        char text[23];
    };
    static constexpr size_t kMask = (1 << 17) - 1;
    std::vector<Entry> entries_{kMask + 1};
    size_t used_ = 0;
};

/// Open addressing from a positive 64-bit key to a value; doubles when half full.
template <typename Value>
class NumberMap {
  public:
    Value& operator[](int64_t key) {
        if (used_ * 2 >= entries_.size()) grow();
        Entry& e = entries_[place(key)];
        if (e.key != key) {
            e.key = key;
            ++used_;
        }
        return e.value;
    }

  private:
    struct Entry {
        int64_t key = -1;
        Value value{};
    };
    size_t place(int64_t key) const {
        const size_t mask = entries_.size() - 1;
        size_t at = (static_cast<uint64_t>(key) * 0x9E3779B97F4A7C15 >> 32) & mask;
        while (entries_[at].key >= 0 && entries_[at].key != key) at = (at + 1) & mask;
        return at;
    }
    void grow() {
        std::vector<Entry> old(entries_.size() * 2);
        old.swap(entries_);
        for (auto& e : old)
            if (e.key >= 0) entries_[place(e.key)] = std::move(e);
    }
    std::vector<Entry> entries_ = std::vector<Entry>(1024);
    size_t used_ = 0;
};

/// The lines of a mapped file, copied to where simdjson may read past the end.
class Lines {
  public:
    explicit Lines(const char* path) {
        const int file = ::open(path, O_RDONLY);
        struct stat facts{};
        if (file < 0 || ::fstat(file, &facts)) die(fmt::format("cannot read {}", path));
        auto* bytes = static_cast<const char*>(
            ::mmap(nullptr, static_cast<size_t>(facts.st_size), PROT_READ, MAP_PRIVATE, file, 0));
        if (bytes == MAP_FAILED) die(fmt::format("cannot map {}", path));
        ::madvise(const_cast<char*>(bytes), static_cast<size_t>(facts.st_size), MADV_SEQUENTIAL);
        at_ = bytes;
        end_ = bytes + facts.st_size;
        ::close(file);
    }
    bool next(simdjson::padded_string_view& out) {
        if (at_ == end_) return false;
        const char* stop = static_cast<const char*>(std::memchr(at_, '\n', static_cast<size_t>(end_ - at_)));
        if (!stop) stop = end_;
        const size_t size = static_cast<size_t>(stop - at_);
        if (end_ - at_ >= static_cast<int64_t>(size + simdjson::SIMDJSON_PADDING)) {
            out = simdjson::padded_string_view(at_, size, size + simdjson::SIMDJSON_PADDING);
        } else {
            last_.assign(at_, size);
            last_.resize(size + simdjson::SIMDJSON_PADDING);
            out = simdjson::padded_string_view(last_.data(), size, last_.size());
        }
        at_ = stop == end_ ? end_ : stop + 1;
        return true;
    }

  private:
    const char *at_, *end_;
    std::string last_;
};

void count_view(parser& json, simdjson::padded_string_view text, WindowCounts& counts) {
    auto event = json.iterate(text);
    std::string_view campaign = event["campaign_id"].get_string();
    std::string_view type = event["event_type"].get_string();
    if (type != "view") return;
    counts.add(event["event_time"].get_int64().value() / 60'000, campaign);
}

/// All messages between the offsets of now, in batches.
int64_t consume(const char* brokers, const std::string& topic, const std::function<void(rd_kafka_message_t*)>& each) {
    rd_kafka_t* handle =
        kafka_handle(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                         {"group.id", "bench"},
                                         {"enable.auto.commit", "false"},
                                         {"enable.auto.offset.store", "false"},
                                         {"auto.offset.reset", "error"},
                                         {"isolation.level", "read_committed"},
                                         {"queued.min.messages", "1000000"},
                                         {"queued.max.messages.kbytes", std::to_string(512 * 1024 / kPartitions)},
                                         {"fetch.wait.max.ms", "100"},
                                         {"check.crcs", "true"}});
    rd_kafka_poll_set_consumer(handle);
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(kPartitions);
    int64_t wanted = 0, taken = 0;
    for (int p = 0; p < kPartitions; ++p) {
        auto [low, high] = offsets_of(handle, topic, p);
        rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset = low;
        wanted += high - low;
    }
    rd_kafka_assign(handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(handle);
    std::vector<rd_kafka_message_t*> batch(4096);
    while (taken < wanted) {
        const ssize_t n = rd_kafka_consume_batch_queue(queue, 1000, batch.data(), batch.size());
        for (ssize_t i = 0; i < n; ++i) {
            if (batch[i]->err) die(rd_kafka_message_errstr(batch[i]));
            if (each) each(batch[i]);
            rd_kafka_message_destroy(batch[i]);
        }
        taken += std::max<ssize_t>(n, 0);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(handle);
    return taken;
}

int64_t window(const char* brokers, const char* topic, WindowCounts& counts) {
    parser json;
    std::vector<char> text(65536);
    return consume(brokers, topic, [&](rd_kafka_message_t* m) {
        if (text.size() < m->len + simdjson::SIMDJSON_PADDING) text.resize(m->len * 2 + simdjson::SIMDJSON_PADDING);
        std::memcpy(text.data(), m->payload, m->len);
        count_view(json, simdjson::padded_string_view(text.data(), m->len, text.size()), counts);
    });
}

int64_t window_file(const char* path, WindowCounts& counts) {
    parser json;
    Lines lines(path);
    simdjson::padded_string_view text;
    int64_t events = 0;
    for (; lines.next(text); ++events) count_view(json, text, counts);
    return events;
}

struct Click {
    int64_t id, time;
};
struct User {
    std::vector<Click> clicks;
    size_t first = 0;  ///< clicks before it are too old for any conversion to come
};

/// Both files are in order of time, so the earlier line of the two comes next.
int64_t join(const char* clicks_path, const char* conversions_path, int64_t& pairs, int64_t& checksum) {
    constexpr int64_t kReach = 30 * 60'000;
    parser click_json, conversion_json;
    Lines clicks(clicks_path), conversions(conversions_path);
    NumberMap<User> users;
    simdjson::padded_string_view text;
    Click click{};
    int64_t clicker = 0, events = 0;
    auto next_click = [&] {
        if (!clicks.next(text)) return false;
        auto doc = click_json.iterate(text);
        click.id = doc["click_id"].get_int64();
        clicker = doc["user_id"].get_int64();
        click.time = doc["ts"].get_int64();
        ++events;
        return true;
    };
    bool more_clicks = next_click();
    for (; conversions.next(text); ++events) {
        auto doc = conversion_json.iterate(text);
        const int64_t id = doc["conversion_id"].get_int64(), buyer = doc["user_id"].get_int64(),
                      time = doc["ts"].get_int64();
        for (; more_clicks && click.time <= time; more_clicks = next_click()) users[clicker].clicks.push_back(click);
        User& user = users[buyer];
        while (user.first < user.clicks.size() && user.clicks[user.first].time < time - kReach) ++user.first;
        for (size_t i = user.first; i < user.clicks.size(); ++i) checksum += user.clicks[i].id ^ id;
        pairs += static_cast<int64_t>(user.clicks.size() - user.first);
    }
    while (more_clicks) more_clicks = next_click();
    return events;
}

int64_t deduplicate(const char* path, int64_t& kept) {
    constexpr int64_t kReach = 10 * 60'000;
    parser json;
    Lines lines(path);
    NumberMap<int64_t> last_kept;
    simdjson::padded_string_view text;
    int64_t events = 0;
    for (; lines.next(text); ++events) {
        auto doc = json.iterate(text);
        const int64_t id = doc["click_id"].get_int64();
        const int64_t time = doc["ts"].get_int64();
        int64_t& before = last_kept[id];
        if (before && time - before <= kReach) continue;
        before = time;
        ++kept;
    }
    return events;
}

}  // namespace
}  // namespace streamql::bench

int main(int argc, char** argv) {
    using namespace streamql::bench;
    const std::string_view mode = argc > 1 ? argv[1] : "";
    WindowCounts counts;
    int64_t events = 0, rows = 0, checksum = 0;
    if (mode == "bare" && argc == 4)
        events = consume(argv[2], argv[3], {});
    else if (mode == "window" && argc == 5)
        events = window(argv[2], argv[3], counts);
    else if (mode == "window-file" && argc == 4)
        events = window_file(argv[2], counts);
    else if (mode == "join" && argc == 4)
        events = join(argv[2], argv[3], rows, checksum);
    else if (mode == "deduplicate" && argc == 3)
        events = deduplicate(argv[2], rows);
    else
        die("usage: bench_baseline bare|window|window-file|join|deduplicate ... (baseline.cpp says more)");
    if (mode.starts_with("window")) {
        rows = static_cast<int64_t>(counts.size());
        counts.write(argv[argc - 1]);
    }
    fmt::print("{{\"events\": {}, \"rows\": {}, \"checksum\": {}}}\n", events, rows, checksum);
    return 0;
}
