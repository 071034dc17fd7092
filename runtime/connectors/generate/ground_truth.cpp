#include "runtime/connectors/generate/ground_truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <unordered_map>

#include "runtime/connectors/generate/events.h"
#include "runtime/text/iso_time.h"

namespace streamql {
namespace {

/// Event numbers that a run applies: good, on time, each once.
std::vector<int64_t> good_events(const Generator& generator, const GeneratorSettings& s, MessageCounts& counts) {
    std::vector<int64_t> out;
    GeneratedMessage m;
    for (int64_t i = 0; i < s.rows; ++i) {
        generator.make(s, i, m);
        ++counts.kinds[static_cast<size_t>(m.kind)];
        if (m.kind == MessageKind::kMalformed) ++counts.malformed[static_cast<size_t>(m.malformed)];
        if (m.kind == MessageKind::kInOrder || m.kind == MessageKind::kDisordered) out.push_back(i);
    }
    return out;
}

struct Tally {
    CampaignWindow figures;
    std::set<uint64_t> users;
};

int64_t window_of(int64_t time, int64_t size) {
    int64_t rest = time % size;
    return time - (rest < 0 ? rest + size : rest);
}

}  // namespace

GroundTruth ground_truth(const GeneratorSettings& clicks, const GeneratorSettings& conversions, TruthModel model,
                         int64_t within, int64_t window) {
    GroundTruth truth;
    std::unordered_map<uint64_t, std::vector<Click>> by_user;
    std::map<std::pair<int64_t, uint64_t>, Tally> tallies;
    for (int64_t i : good_events(*find_generator("clicks"), clicks, truth.clicks)) {
        Click c = click_of(clicks, i);
        by_user[c.user].push_back(c);
        ++tallies[{window_of(c.time, window), c.campaign}].figures.clicks;
    }
    for (auto& [user, list] : by_user)
        std::sort(list.begin(), list.end(), [](const Click& a, const Click& b) {
            return std::pair(a.time, a.number) < std::pair(b.time, b.number);
        });
    for (int64_t i : good_events(*find_generator("conversions"), conversions, truth.conversion_messages)) {
        Conversion v = conversion_of(conversions, i);
        AttributedConversion a;
        a.conversion = v.number;
        std::vector<const Click*> matches;
        for (auto& c : by_user[v.user])
            if (c.time >= v.time - within && c.time <= v.time) matches.push_back(&c);
        a.matches = static_cast<int64_t>(matches.size());
        if (!matches.empty()) {
            a.first_click = matches.front()->number;
            a.last_click = matches.back()->number;
            if (model == TruthModel::kFirst) matches.resize(1);
            if (model == TruthModel::kLast) matches = {matches.back()};
        }
        for (const Click* c : matches) {
            Tally& t = tallies[{window_of(v.time, window), c->campaign}];
            ++t.figures.conversions;
            t.figures.revenue_cents += v.cents;
            t.figures.micros_to_convert += v.time - c->time;
            t.users.insert(v.user);
        }
        truth.conversions.push_back(a);
    }
    for (auto& [key, t] : tallies) {
        CampaignWindow w = t.figures;
        w.window_start = key.first;
        w.campaign_id = campaign_id(key.second);
        w.users = static_cast<int64_t>(t.users.size());
        truth.windows.push_back(std::move(w));
    }
    return truth;
}

void append_truth(const GroundTruth& truth, std::string& out) {
    auto to = std::back_inserter(out);
    for (auto& a : truth.conversions) {
        auto id = [](const std::optional<int64_t>& click) {
            return click ? fmt::format("\"{}\"", click_id(*click)) : std::string("null");
        };
        fmt::format_to(to,
                       R"({{"conversion_id":"{}","matches":{},"first_click_id":{},"last_click_id":{}}})"
                       "\n",
                       conversion_id(a.conversion), a.matches, id(a.first_click), id(a.last_click));
    }
    for (auto& w : truth.windows) {
        out += "{\"window_start\":\"";
        append_iso_timestamp(w.window_start, out);
        fmt::format_to(
            to,
            R"(","campaign_id":"{}","clicks":{},"conversions":{},"revenue":{}.{:02},"users":{},"micros_to_convert":{}}})"
            "\n",
            w.campaign_id, w.clicks, w.conversions, w.revenue_cents / 100, w.revenue_cents % 100, w.users,
            w.micros_to_convert);
    }
}

}  // namespace streamql
