#include "runtime/connectors/generate/generator.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "runtime/base/clock.h"
#include "runtime/connectors/generate/events.h"
#include "runtime/text/iso_time.h"

namespace streamql {
namespace {

Error no_generator(std::string_view name) {
    std::string names;
    for (auto& g : generator_list()) names += (names.empty() ? "" : ", ") + g.name;
    return {ErrorCode::kUsage, fmt::format("there is no generator \"{}\"", name), "generators: " + names};
}

}  // namespace

const std::vector<Generator>& generator_list() {
    static const std::vector<Generator> kList = {
        {"clicks", "Clicks on campaigns by users.",
         "click_id STRING NOT NULL, user_id BIGINT, campaign_id STRING, source STRING, device STRUCT<os STRING, model "
         "STRING>, "
         "url STRING, click_time TIMESTAMP",
         100'000, make_click},
        {"conversions", "Purchases, most of them within an hour after a click of the same user and seed.",
         "conversion_id STRING NOT NULL, user_id BIGINT, value DECIMAL(12,2), currency STRING, conversion_time "
         "TIMESTAMP",
         100'000 * kClicksAConversion, make_conversion},
    };
    return kList;
}

const Generator* find_generator(std::string_view name) {
    for (auto& g : generator_list())
        if (g.name == name) return &g;
    return nullptr;
}

const std::vector<OptionSpec>& generator_options() {
    using enum OptionType;
    static const std::vector<OptionSpec> kOptions = {
        {.name = "rows",
         .type = kInteger,
         .sink = false,
         .least = "0",
         .doc = "How many messages in all; without it there is no end."},
        {.name = "rate",
         .type = kDouble,
         .default_value = "0",
         .sink = false,
         .least = "0",
         .doc = "Messages a second; 0 for as fast as they are taken."},
        {.name = "seed",
         .type = kInteger,
         .default_value = "1",
         .sink = false,
         .doc = "The same seed gives the same events."},
        {.name = "disorder",
         .type = kDouble,
         .default_value = "0",
         .sink = false,
         .least = "0",
         .most = "1",
         .doc = "Share of messages that are up to 5 minutes older than those before them."},
        {.name = "late",
         .type = kDouble,
         .default_value = "0",
         .sink = false,
         .least = "0",
         .most = "1",
         .doc = "Share of messages that are more than 2 hours older than those before them."},
        {.name = "duplicates",
         .type = kDouble,
         .default_value = "0",
         .sink = false,
         .least = "0",
         .most = "1",
         .doc = "Share of messages that repeat a recent one."},
        {.name = "malformed",
         .type = kDouble,
         .default_value = "0",
         .sink = false,
         .least = "0",
         .most = "1",
         .doc = "Share of messages that are broken, in ten different ways."},
        {.name = "start",
         .default_value = "2024-05-01T00:00:00Z",
         .sink = false,
         .doc = "Event time of the first message, or 'now'."},
        {.name = "spacing",
         .type = kDuration,
         .sink = false,
         .least = "1us",
         .doc = "Event time from message to message; 1/rate where a rate is given, else 100 ms for clicks and ten "
                "times that "
                "for conversions."},
        {.name = "users",
         .type = kInteger,
         .default_value = "10000",
         .sink = false,
         .least = "1",
         .doc = "How many users there are."},
        {.name = "campaigns",
         .type = kInteger,
         .default_value = "20",
         .sink = false,
         .least = "1",
         .doc = "How many campaigns there are."},
        {.name = "partitions",
         .type = kInteger,
         .default_value = "1",
         .sink = false,
         .least = "1",
         .most = "10000",
         .doc = "How many partitions the messages lie in."},
    };
    return kOptions;
}

Result<GeneratorSettings> generator_settings(const Generator& generator, const Options& options, int64_t now) {
    GeneratorSettings s;
    auto wrong = [](const char* what, const char* help) { return Error{ErrorCode::kUsage, what, help}; };
    if (options.has("rows")) s.rows = options.integer("rows");
    s.rate = options.real("rate");
    if (options.has("seed")) s.seed = static_cast<uint64_t>(options.integer("seed"));
    s.disorder = options.real("disorder");
    s.late = options.real("late");
    s.duplicates = options.real("duplicates");
    s.malformed = options.real("malformed");
    if (options.has("users")) s.users = options.integer("users");
    if (options.has("campaigns")) s.campaigns = options.integer("campaigns");
    if (options.has("partitions")) s.partitions = options.integer("partitions");
    if (options.has("rows") && s.rows < 0)
        return wrong("option \"rows\" is not negative", "leave it out for events without end");
    if (s.rate < 0) return wrong("option \"rate\" is not negative", "0 is as fast as possible");
    for (double share : {s.disorder, s.late, s.duplicates, s.malformed})
        if (share < 0 || share > 1)
            return wrong("disorder, late, duplicates and malformed are shares from 0 to 1",
                         "e.g. 0.01 for one in a hundred");
    if (s.disorder + s.late + s.duplicates + s.malformed > 1)
        return wrong("disorder, late, duplicates and malformed add up to more than 1",
                     "they are shares of all messages");
    if (s.users < 1 || s.campaigns < 1 || s.partitions < 1 || s.partitions > 100'000)
        return wrong("users, campaigns and partitions are at least 1", "");
    std::string start = options.has("start") ? options.text("start") : "2024-05-01T00:00:00Z";
    auto at = start == "now" ? std::optional(now) : parse_iso_timestamp(start);
    if (!at) return wrong("option \"start\" takes a time such as 2024-05-01T00:00:00Z, or now", "");
    s.start = *at;
    if (options.has("spacing"))
        s.spacing = options.duration("spacing");
    else
        s.spacing = s.rate > 0 ? std::max<int64_t>(1, static_cast<int64_t>(1e6 / s.rate)) : generator.default_spacing;
    if (s.spacing < 1) return wrong("option \"spacing\" is at least a microsecond", "");
    return s;
}

Status generate_messages(std::string_view name, const Options& options,
                         const std::function<bool(int64_t, const GeneratedMessage&)>& take) {
    const Generator* generator = find_generator(name);
    if (!generator) return no_generator(name);
    auto settings = generator_settings(*generator, options, Clock::system().now_micros());
    if (!settings) return settings.error();
    auto begin = std::chrono::steady_clock::now();
    GeneratedMessage m;
    for (int64_t i = 0; settings->rows < 0 || i < settings->rows; ++i) {
        if (settings->rate > 0)
            std::this_thread::sleep_until(
                begin + std::chrono::microseconds(static_cast<int64_t>(static_cast<double>(i) / settings->rate * 1e6)));
        generator->make(*settings, i, m);
        if (!take(i % settings->partitions, m)) break;
    }
    return {};
}

MessageCounts count_messages(const Generator& generator, const GeneratorSettings& settings) {
    MessageCounts counts;
    GeneratedMessage m;
    for (int64_t i = 0; i < settings.rows; ++i) {
        generator.make(settings, i, m);
        ++counts.kinds[static_cast<size_t>(m.kind)];
        if (m.kind == MessageKind::kMalformed) ++counts.malformed[static_cast<size_t>(m.malformed)];
    }
    return counts;
}

}  // namespace streamql
