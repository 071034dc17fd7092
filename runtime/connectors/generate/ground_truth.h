// What the first pipeline must answer over generated clicks and conversions, found by brute force from the events.
//
// What: malformed and late messages are left out, duplicates count once, disorder changes nothing. A click matches a
// conversion of its user when click_time lies in [conversion_time - within, conversion_time]; first and last go by
// (click_time, message number). Windows are by click_time for clicks and by conversion_time for the rest.
// Threading: pure functions.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "runtime/connectors/generate/generator.h"

namespace streamql {

struct AttributedConversion {
    int64_t conversion = 0;  ///< event numbers, as in the ids
    std::optional<int64_t> first_click, last_click;
    int64_t matches = 0;  ///< clicks in reach
};

/// Which of a conversion's clicks its campaign figures count.
enum class TruthModel : uint8_t { kEveryMatch, kFirst, kLast };

struct CampaignWindow {
    int64_t window_start = 0;  ///< microseconds
    std::string campaign_id;
    int64_t clicks = 0;
    int64_t conversions = 0;        ///< pairs of the model
    int64_t revenue_cents = 0;      ///< summed as numbers, whatever the currency
    int64_t users = 0;              ///< distinct users that converted
    int64_t micros_to_convert = 0;  ///< summed over the pairs; divide by conversions for the mean
};

struct GroundTruth {
    std::vector<AttributedConversion> conversions;  ///< by number
    std::vector<CampaignWindow> windows;            ///< by (window_start, campaign)
    MessageCounts clicks, conversion_messages;
};

/// Both settings have rows; seed, start, users and campaigns should agree.
GroundTruth ground_truth(const GeneratorSettings& clicks, const GeneratorSettings& conversions,
                         TruthModel model = TruthModel::kFirst, int64_t within = 1'800'000'000,
                         int64_t window = 300'000'000);

/// One JSON object a line: the attributions, then the windows; what `streamql generate NAME --truth` prints.
void append_truth(const GroundTruth& truth, std::string& out);

}  // namespace streamql
