#include "runtime/connectors/generate/events.h"

#include <fmt/format.h>

#include <iterator>

#include "runtime/text/iso_time.h"

namespace streamql {
namespace {

/// What a draw is for, so that no two draws of an event depend on each other.
enum class Draw : uint64_t {
    kClickUser = 1,
    kClickCampaign,
    kClickRest,
    kConversionClick,
    kConversionDelay,
    kConversionRest,
    kKind,
    kShift,
    kMalformed
};

uint64_t mixed(uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}
uint64_t draw(const GeneratorSettings& s, Draw what, uint64_t stream, int64_t i) {
    return mixed(mixed(s.seed * 31 + static_cast<uint64_t>(what) * 7919 + stream * 104729) ^ static_cast<uint64_t>(i));
}
double unit(uint64_t v) { return static_cast<double>(v >> 11) * 0x1p-53; }

constexpr uint64_t kClicks = 1, kConversions = 2;
constexpr std::string_view kSources[] = {"google", "facebook", "tiktok", "newsletter", "partner"};
constexpr std::string_view kSystems[] = {"ios", "android", "web"};
constexpr std::string_view kCurrencies[] = {"USD", "EUR", "GBP"};

/// Kind of message `i` alone; a duplicate whose original would be no good event is an ordinary message.
MessageKind kind_of(const GeneratorSettings& s, uint64_t stream, int64_t i, int64_t& event) {
    event = i;
    double u = unit(draw(s, Draw::kKind, stream, i));
    if ((u -= s.malformed) < 0) return MessageKind::kMalformed;
    if ((u -= s.late) < 0)
        return i >= 100 * s.partitions ? MessageKind::kLate : MessageKind::kInOrder;  // late needs a before
    if ((u -= s.disorder) < 0) return MessageKind::kDisordered;
    if ((u -= s.duplicates) < 0) {
        int64_t from = i - 1 - static_cast<int64_t>(draw(s, Draw::kShift, stream, i) % 20);
        if (from >= 0 && unit(draw(s, Draw::kKind, stream, from)) >= s.malformed + s.late + s.disorder + s.duplicates) {
            event = from;
            return MessageKind::kDuplicate;
        }
    }
    return MessageKind::kInOrder;
}

int64_t time_of(const GeneratorSettings& s, uint64_t stream, int64_t event) {
    int64_t time = s.start + event * s.spacing, ignored = 0;
    uint64_t shift = draw(s, Draw::kShift, stream, event);
    switch (kind_of(s, stream, event, ignored)) {
        case MessageKind::kDisordered:
            return time - static_cast<int64_t>(shift % kMaxDisorder);
        case MessageKind::kLate:
            return time - kLateBy - static_cast<int64_t>(shift % kMaxDisorder);
        case MessageKind::kInOrder:
        case MessageKind::kDuplicate:
        case MessageKind::kMalformed:
            break;
    }
    return time;
}

uint64_t click_user(const GeneratorSettings& s, int64_t event) {
    return 1 + draw(s, Draw::kClickUser, kClicks, event) % static_cast<uint64_t>(s.users);
}

/// The parts of a record that a spoiler may replace.
struct Record {
    std::string id, user, rest, time;
    std::string_view id_name, time_name;
};

void write_record(const Record& r, std::string& out) {
    out.clear();
    out += '{';
    if (!r.id.empty()) fmt::format_to(std::back_inserter(out), "\"{}\":\"{}\",", r.id_name, r.id);
    fmt::format_to(std::back_inserter(out), "\"user_id\":{},{}\"{}\":{}}}", r.user, r.rest, r.time_name, r.time);
}

void spoil(Malformed how, Record& r, std::string& out) {
    switch (how) {
        case Malformed::kWrongType:
            r.user = "{\"id\":" + r.user + "}";
            break;
        case Malformed::kBadUtf8:
            r.rest += "\"note\":\"\xC3\x28\",";
            break;
        case Malformed::kMissingId:
            r.id.clear();
            break;
        case Malformed::kOverflow:
            r.user = "99999999999999999999";
            break;
        case Malformed::kFarFuture:
            r.time = "\"2999-01-01T00:00:00Z\"";
            break;
        case Malformed::kNoTime:
            r.time = "null";
            break;
        case Malformed::kTooDeep:
            r.rest += "\"extra\":" + std::string(200, '[') + std::string(200, ']') + ",";
            break;
        case Malformed::kGiantString:
            r.time = "\"" + std::string(100'000, 'x') + "\"";
            break;
        case Malformed::kBrokenJson:
        case Malformed::kTrailingBytes:
            break;
    }
    write_record(r, out);
    if (how == Malformed::kBrokenJson) out.resize(out.size() - 2);
    if (how == Malformed::kTrailingBytes) out += "}";
}

void finish_message(const GeneratorSettings& s, uint64_t stream, int64_t index, Record& r, GeneratedMessage& out) {
    out.key = std::to_string(out.user);
    r.user = out.key;
    r.time = "\"";
    append_iso_timestamp(out.time, r.time);
    r.time += '"';
    if (out.kind == MessageKind::kMalformed) {
        out.malformed = static_cast<Malformed>(draw(s, Draw::kMalformed, stream, index) % kMalformedKinds);
        spoil(out.malformed, r, out.value);
    } else {
        write_record(r, out.value);
    }
}

}  // namespace

std::string click_id(int64_t number) { return fmt::format("click-{:09}", number); }
std::string conversion_id(int64_t number) { return fmt::format("conv-{:09}", number); }
std::string campaign_id(uint64_t campaign) { return fmt::format("campaign-{:03}", campaign); }
std::string_view currency_name(int currency) { return kCurrencies[currency]; }

Click click_of(const GeneratorSettings& s, int64_t event) {
    Click c;
    c.number = event;
    c.time = time_of(s, kClicks, event);
    c.user = click_user(s, event);
    c.campaign = 1 + draw(s, Draw::kClickCampaign, kClicks, event) % static_cast<uint64_t>(s.campaigns);
    return c;
}

Conversion conversion_of(const GeneratorSettings& s, int64_t event) {
    Conversion c;
    c.number = event;
    c.time = time_of(s, kConversions, event);
    // the user of a click up to 40 minutes before, or (one in ten, and before the first click) of any time
    int64_t click_spacing = std::max<int64_t>(1, s.spacing / kClicksAConversion);
    int64_t delay = static_cast<int64_t>(draw(s, Draw::kConversionDelay, kConversions, event) % 2'400'000'000);
    int64_t click = (event * s.spacing - delay) / click_spacing;
    uint64_t any = draw(s, Draw::kConversionClick, kConversions, event);
    c.user = click < 0 || any % 10 == 0 ? 1 + mixed(any) % static_cast<uint64_t>(s.users) : click_user(s, click);
    uint64_t rest = draw(s, Draw::kConversionRest, kConversions, event);
    c.cents = 100 + static_cast<int64_t>(rest % 50'000);
    c.currency = static_cast<int>((rest >> 32) % std::size(kCurrencies));
    return c;
}

void make_click(const GeneratorSettings& s, int64_t index, GeneratedMessage& out) {
    out.kind = kind_of(s, kClicks, index, out.event);
    Click c = click_of(s, out.event);
    out.time = c.time;
    out.user = c.user;
    uint64_t rest = draw(s, Draw::kClickRest, kClicks, out.event);
    Record r;
    r.id_name = "click_id";
    r.id = click_id(c.number);
    r.rest = fmt::format(
        R"("campaign_id":"{}","source":"{}","device":{{"os":"{}","model":"m{}"}},"url":"https://shop.example/p/{}",)",
        campaign_id(c.campaign), kSources[rest % std::size(kSources)], kSystems[(rest >> 8) % std::size(kSystems)],
        (rest >> 16) % 40, (rest >> 24) % 5000);
    r.time_name = "click_time";
    finish_message(s, kClicks, index, r, out);
}

void make_conversion(const GeneratorSettings& s, int64_t index, GeneratedMessage& out) {
    out.kind = kind_of(s, kConversions, index, out.event);
    Conversion c = conversion_of(s, out.event);
    out.time = c.time;
    out.user = c.user;
    Record r;
    r.id_name = "conversion_id";
    r.id = conversion_id(c.number);
    r.rest =
        fmt::format(R"("value":{}.{:02},"currency":"{}",)", c.cents / 100, c.cents % 100, currency_name(c.currency));
    r.time_name = "conversion_time";
    finish_message(s, kConversions, index, r, out);
}

}  // namespace streamql
