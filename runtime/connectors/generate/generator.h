// Seeded events: message number i of a generator is a pure function of the settings and i.
//
// What: `clicks` and `conversions` of the first pipeline, as JSON. Both draw users from the same seed, so the
// conversions of a seed belong to its clicks. Set shares of messages come out of order, late, twice or malformed;
// ground_truth() knows which click led to which conversion, by brute force over the events themselves. Invariants: the
// same settings give the same bytes; message i lies in partition i % partitions. A generator's event time rises by
// `spacing` a message; disorder moves an event back by less than kMaxDisorder, lateness by kLateBy and more. Threading:
// pure functions.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/options.h"

namespace streamql {

inline constexpr int64_t kMaxDisorder = 300'000'000;  ///< 5 minutes
inline constexpr int64_t kLateBy = 7'200'000'000;     ///< 2 hours

struct GeneratorSettings {
    int64_t rows = -1;  ///< messages in all, bad ones and copies included; -1 = without end
    double rate = 0;    ///< messages a second of wall clock; 0 = as fast as they are taken
    uint64_t seed = 1;
    double disorder = 0, late = 0, duplicates = 0, malformed = 0;  ///< shares of all messages
    int64_t start = 0;                                             ///< event time of message 0
    int64_t spacing = 0;                                           ///< microseconds of event time a message
    int64_t users = 10'000, campaigns = 20;
    int64_t partitions = 1;
};

/// What may be wrong with a malformed message; the comment is the error it ends with.
enum class Malformed : uint8_t {
    kBrokenJson,     ///< malformed
    kWrongType,      ///< wrong-type (user_id is an object)
    kBadUtf8,        ///< invalid-utf8
    kMissingId,      ///< not-null, where the id is declared so
    kOverflow,       ///< out-of-range (user_id has 20 digits)
    kFarFuture,      ///< future-event-time
    kNoTime,         ///< null-event-time
    kTooDeep,        ///< too-deep
    kGiantString,    ///< bad-text (100 kB in place of the event time), too-long where max_record_bytes is less
    kTrailingBytes,  ///< trailing-bytes
};
inline constexpr size_t kMalformedKinds = 10;

enum class MessageKind : uint8_t { kInOrder, kDisordered, kLate, kDuplicate, kMalformed };

struct GeneratedMessage {
    MessageKind kind = MessageKind::kInOrder;
    Malformed malformed = Malformed::kBrokenJson;  ///< of kMalformed
    int64_t event = 0;  ///< number of the event it carries (a duplicate's is the one it repeats)
    int64_t time = 0;   ///< event time
    uint64_t user = 0;
    std::string key;  ///< the user's id
    std::string value;
};

struct Generator {
    std::string name;
    std::string doc;
    std::string columns;  ///< the columns as SQL declares them
    int64_t default_spacing;
    void (*make)(const GeneratorSettings&, int64_t index, GeneratedMessage& out);
};
const std::vector<Generator>& generator_list();
/// Null if there is none of that name.
const Generator* find_generator(std::string_view name);

/// Options shared by the connector and `streamql generate`.
const std::vector<OptionSpec>& generator_options();
/// `now` is for start = 'now'. Error kUsage for values that cannot be.
Result<GeneratorSettings> generator_settings(const Generator& generator, const Options& options, int64_t now);

/// Gives message after message, at settings.rate, until `take` says false or all rows are made. Error kUsage for a name
/// that is no generator.
Status generate_messages(std::string_view name, const Options& options,
                         const std::function<bool(int64_t partition, const GeneratedMessage&)>& take);

/// Messages a kind among the first `rows`.
struct MessageCounts {
    std::array<int64_t, 5> kinds{};                    ///< by MessageKind
    std::array<int64_t, kMalformedKinds> malformed{};  ///< by Malformed
};
MessageCounts count_messages(const Generator& generator, const GeneratorSettings& settings);

}  // namespace streamql
