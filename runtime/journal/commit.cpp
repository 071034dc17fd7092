#include "runtime/journal/commit.h"

#include <xxhash.h>

#include <cstring>
#include <nlohmann/json.hpp>

namespace streamql {

namespace {

using nlohmann::json;
constexpr char kMagic[8] = {'S', 'Q', 'L', 'C', 'M', 'T', '0', '2'};  // the last two: the format's version

json blob(const std::string& bytes) { return json::binary({bytes.begin(), bytes.end()}); }
std::string blob_of(const json& value) {
    const auto& bytes = value.get_binary();
    return {bytes.begin(), bytes.end()};
}

json line_values(const LedgerLine& l) {
    return {l.source, l.branch,          l.consumed,    l.applied, l.filtered,
            l.late,   l.late_after_idle, l.dead_letter, l.skipped, l.held};
}

LedgerLine line_of(const json& v) {
    LedgerLine l;
    l.source = v.at(0), l.branch = v.at(1), l.consumed = v.at(2), l.applied = v.at(3), l.filtered = v.at(4);
    l.late = v.at(5), l.late_after_idle = v.at(6), l.dead_letter = v.at(7), l.skipped = v.at(8), l.held = v.at(9);
    return l;
}

Commit commit_of(const json& v) {
    Commit c;
    c.job = v.at("job"), c.folder_id = v.at("folder"), c.epoch = v.at("epoch");
    c.time = v.at("time"), c.begun = v.at("begun"), c.ended = v.at("ended"), c.closed = v.at("closed");
    for (auto& s : v.at("sources")) {
        SourceCommit& source = c.sources.emplace_back();
        source.name = s.at("name"), source.place = blob_of(s.at("place"));
        for (auto& p : s.at("splits")) source.splits.push_back({p.at(0), blob_of(p.at(1)), blob_of(p.at(2)), p.at(3)});
    }
    for (auto& line : v.at("lines")) c.lines.push_back(line_of(line));
    for (auto& [name, bytes] : v.at("sinks").items()) c.sinks[name] = blob_of(bytes);
    c.dead_letter_bytes = v.at("dead_letter_bytes"), c.dead_letters = v.at("dead_letters");
    for (auto& o : v.at("operators")) c.operators.push_back({o.at(0), o.at(1)});
    c.savepoint = v.at("savepoint"), c.savepoint_entries = v.at("entries");
    return c;
}

Error unreadable(const std::string& path, const std::string& why) {
    return {ErrorCode::kState, "the commit " + path + " cannot be read: " + why,
            "remove that file's folder to begin anew at `start`", false};
}

}  // namespace

std::string commit_bytes(const Commit& c) {
    json sources = json::array(), lines = json::array(), sinks = json::object(), operators = json::array();
    for (auto& source : c.sources) {
        json splits = json::array();
        for (auto& s : source.splits) splits.push_back({s.partition, blob(s.name), blob(s.position), s.watermark});
        sources.push_back({{"name", source.name}, {"place", blob(source.place)}, {"splits", splits}});
    }
    for (auto& line : c.lines) lines.push_back(line_values(line));
    for (auto& [name, bytes] : c.sinks) sinks[name] = blob(bytes);
    for (auto& o : c.operators) operators.push_back(json::array({o.name, o.layout}));
    const json all = {{"job", c.job},
                      {"folder", c.folder_id},
                      {"epoch", c.epoch},
                      {"time", c.time},
                      {"begun", c.begun},
                      {"ended", c.ended},
                      {"closed", c.closed},
                      {"sources", sources},
                      {"lines", lines},
                      {"sinks", sinks},
                      {"dead_letter_bytes", c.dead_letter_bytes},
                      {"dead_letters", c.dead_letters},
                      {"operators", operators},
                      {"savepoint", c.savepoint},
                      {"entries", c.savepoint_entries}};
    const std::vector<uint8_t> body = json::to_cbor(all);
    const uint64_t sum = XXH3_64bits(body.data(), body.size());
    std::string bytes(kMagic, sizeof kMagic);
    bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
    bytes.append(body.begin(), body.end());
    return bytes;
}

Result<Commit> read_commit(const std::string& bytes, const std::string& path) {
    constexpr size_t kHead = sizeof kMagic + sizeof(uint64_t);
    if (bytes.size() < kHead || std::memcmp(bytes.data(), kMagic, 6) != 0)
        return unreadable(path, "it is not one of StreamQL's");
    if (std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0)
        return unreadable(path, "another version of StreamQL has written it");
    uint64_t sum;
    std::memcpy(&sum, bytes.data() + sizeof kMagic, sizeof sum);
    if (XXH3_64bits(bytes.data() + kHead, bytes.size() - kHead) != sum)
        return unreadable(path, "its checksum is wrong");
    try {
        return commit_of(json::from_cbor(bytes.begin() + kHead, bytes.end()));
    } catch (const json::exception& e) {
        return unreadable(path, e.what());
    }
}

}  // namespace streamql
