#include "runtime/connectors/kafka/positions.h"

#include <charconv>

#include <fmt/format.h>

#include "runtime/text/iso_time.h"

namespace streamql::kafka {
namespace {

constexpr int kTimeoutMs = 15000;
constexpr const char* kBeginAnew =
    "start = 'earliest' with another job name or state folder begins at what is there; nothing is skipped silently";

PartitionList list_of(const std::string& topic, int partitions, int64_t offset) {
    PartitionList list(rd_kafka_topic_partition_list_new(partitions));
    for (int p = 0; p < partitions; ++p)
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), p)->offset = offset;
    return list;
}

/// Offsets of the first messages at or after `millis`; a partition without one gives its end.
Result<std::vector<int64_t>> offsets_at(Client& client, const std::string& topic, int64_t millis,
                                        const std::vector<Range>& bounds) {
    auto list = list_of(topic, static_cast<int>(bounds.size()), millis);
    auto code = rd_kafka_offsets_for_times(client.get(), list.get(), kTimeoutMs);
    if (code) return kafka_error(code, fmt::format("cannot look up offsets by time in \"{}\"", topic), false);
    std::vector<int64_t> out;
    for (size_t p = 0; p < bounds.size(); ++p) {
        auto& found = list->elems[p];
        if (found.err)
            return kafka_error(found.err, fmt::format("cannot look up offsets by time in {}[{}]", topic, p), false);
        out.push_back(found.offset < 0 ? *bounds[p].end : std::min(found.offset, *bounds[p].end));
    }
    return out;
}

/// The group's positions; -1 where it has none.
Result<std::vector<int64_t>> committed_offsets(Client& client, const std::string& topic, int partitions) {
    auto list = list_of(topic, partitions, RD_KAFKA_OFFSET_INVALID);
    auto code = rd_kafka_committed(client.get(), list.get(), kTimeoutMs);
    if (code) return kafka_error(code, fmt::format("cannot read the group's positions in \"{}\"", topic), false);
    std::vector<int64_t> out;
    for (int p = 0; p < partitions; ++p) {
        if (list->elems[p].err)
            return kafka_error(list->elems[p].err, fmt::format("cannot read the group's position in {}[{}]", topic, p),
                               false);
        out.push_back(list->elems[p].offset < 0 ? -1 : list->elems[p].offset);
    }
    return out;
}

/// What the broker holds now: start = its first offset, end = the end that this isolation level sees.
Result<std::vector<Range>> broker_bounds(Client& client, const std::string& topic, int partitions) {
    std::vector<Range> bounds(static_cast<size_t>(partitions));
    for (int p = 0; p < partitions; ++p) {
        int64_t low = 0, high = 0;
        auto code = rd_kafka_query_watermark_offsets(client.get(), topic.c_str(), p, &low, &high, kTimeoutMs);
        if (code) return kafka_error(code, fmt::format("cannot read the offsets of {}[{}]", topic, p), false);
        bounds[static_cast<size_t>(p)] = {low, high, low == high};
    }
    return bounds;
}

/// An earlier run's positions as a wish a partition, -1 = a new partition.
Result<std::vector<int64_t>> resumed_offsets(const SourcePositions& resume, const std::string& topic, int partitions) {
    std::vector<int64_t> out(static_cast<size_t>(partitions), -1);
    for (auto& [partition, text] : resume) {
        if (partition >= out.size())
            return Error{ErrorCode::kOutside,
                         fmt::format("{}[{}], where the job was at offset {}, is gone: the topic has {} partitions "
                                     "(was it made anew?)",
                                     topic, partition, text, partitions),
                         kBeginAnew};
        int64_t& offset = out[partition];
        auto r = std::from_chars(text.data(), text.data() + text.size(), offset);
        if (r.ec != std::errc() || r.ptr != text.data() + text.size() || offset < 0)
            return Error{ErrorCode::kState,
                         fmt::format("the stored position of {}[{}] is no offset: '{}'", topic, partition, text),
                         kBeginAnew};
    }
    return out;
}

/// An offset a partition that was asked for by number, -1 = from the first one.
Result<std::vector<int64_t>> wished_starts(Client& client, const Options& options, const std::string& topic,
                                           int partitions, const SourcePositions& resume) {
    if (!resume.empty()) return resumed_offsets(resume, topic, partitions);
    if (options.text("start") == "committed") return committed_offsets(client, topic, partitions);
    std::vector<int64_t> out(static_cast<size_t>(partitions), -1);
    for (auto [partition, offset] : parse_offsets(options.text("start.offsets")).value_or(std::map<int, int64_t>{})) {
        if (partition >= partitions)
            return Error{
                ErrorCode::kQuery,
                fmt::format("start.offsets names partition {}, but \"{}\" has {}", partition, topic, partitions),
                {}};
        out[static_cast<size_t>(partition)] = offset;
    }
    return out;
}

/// Offset `wanted` is there, or the next that will be. Under read_committed an open transaction may hold the visible
/// end below a position that was reached, so the end is asked for without it.
Status check_held(Client& uncommitted, const std::string& topic, int partition, int64_t wanted, const Range& visible) {
    if (wanted < visible.start) return lost_range(topic, partition, wanted, visible.start, *visible.end);
    if (wanted <= *visible.end) return {};
    int64_t low = 0, high = 0;
    auto code = rd_kafka_query_watermark_offsets(uncommitted.get(), topic.c_str(), partition, &low, &high, kTimeoutMs);
    if (code) return kafka_error(code, fmt::format("cannot read the offsets of {}[{}]", topic, partition), false);
    if (wanted > high) return lost_range(topic, partition, wanted, low, high);
    return {};
}

Status place_ends(Client& client, const Options& options, const std::vector<Range>& bounds,
                  std::vector<Range>& ranges) {
    const std::string end = options.text("end");
    if (end == "never")
        for (auto& r : ranges) r.end.reset();
    if (end != "timestamp") return {};
    auto ends = offsets_at(client, options.text("topic"), *parse_instant(options.text("end.timestamp")), bounds);
    if (!ends) return ends.error();
    for (size_t p = 0; p < ranges.size(); ++p) ranges[p].end = ends.value()[p];
    return {};
}

}  // namespace

std::optional<std::map<int, int64_t>> parse_offsets(std::string_view text) {
    std::map<int, int64_t> out;
    const char *at = text.data(), *end = at + text.size();
    auto blank = [&] {
        while (at < end && *at == ' ') ++at;
    };
    while (true) {
        int partition = 0;
        int64_t offset = 0;
        blank();
        auto r = std::from_chars(at, end, partition);
        if (r.ec != std::errc() || partition < 0 || r.ptr == end || *r.ptr != ':') return std::nullopt;
        at = r.ptr + 1;
        blank();
        r = std::from_chars(at, end, offset);
        if (r.ec != std::errc() || offset < 0 || !out.emplace(partition, offset).second) return std::nullopt;
        at = r.ptr;
        blank();
        if (at == end) return out;
        if (*at++ != ',') return std::nullopt;
    }
}

std::optional<int64_t> parse_instant(std::string_view text) {
    int64_t millis = 0;
    auto r = std::from_chars(text.data(), text.data() + text.size(), millis);
    if (r.ec == std::errc() && r.ptr == text.data() + text.size()) return millis;
    auto micros = parse_iso_timestamp(text);
    if (!micros) return std::nullopt;
    return *micros / 1000 + (*micros % 1000 > 0);  // the first message at or after it
}

Error lost_range(const std::string& topic, int partition, int64_t wanted, int64_t low, int64_t high) {
    Error e;
    if (wanted < low) {
        e.message = fmt::format(
            "{}[{}]: offsets {} to {} are gone: the broker begins at {} (retention, or the topic was made anew)", topic,
            partition, wanted, low - 1, low);
    } else {
        e.message = fmt::format("{}[{}]: offset {} does not exist: the broker ends at {} (was the topic made anew?)",
                                topic, partition, wanted, high);
    }
    e.help = kBeginAnew;
    return e;
}

Result<std::vector<Range>> resolve_ranges(Askable clients, const Options& options, int partitions,
                                          const SourcePositions& resume) {
    std::string topic = options.text("topic"), start = resume.empty() ? options.text("start") : "resume";
    auto bounds = broker_bounds(clients.consumer, topic, partitions);
    if (!bounds) return bounds.error();
    std::vector<Range> ranges = bounds.value();
    if (auto ok = place_ends(clients.consumer, options, bounds.value(), ranges); !ok) return ok.error();
    if (start == "latest") {
        for (size_t p = 0; p < ranges.size(); ++p) ranges[p].start = *bounds.value()[p].end;
    } else if (start == "timestamp") {
        auto starts =
            offsets_at(clients.consumer, topic, *parse_instant(options.text("start.timestamp")), bounds.value());
        if (!starts) return starts.error();
        for (size_t p = 0; p < ranges.size(); ++p) ranges[p].start = starts.value()[p];
    } else if (start != "earliest") {
        auto wished = wished_starts(clients.consumer, options, topic, partitions, resume);
        if (!wished) return wished.error();
        for (size_t p = 0; p < ranges.size(); ++p) {
            const int64_t want = wished.value()[p];
            if (want < 0) continue;
            if (auto ok = check_held(clients.uncommitted, topic, static_cast<int>(p), want, bounds.value()[p]); !ok)
                return ok.error();
            ranges[p].start = want;
        }
    }
    return ranges;
}

}  // namespace streamql::kafka
