// Names of the fields of dates and times, as date_trunc, extract and date_part take them. Threading: pure functions.
#pragma once
#include <optional>
#include <string_view>

namespace streamql {

enum class TimeField {
    kMicroseconds,
    kMilliseconds,
    kSecond,
    kMinute,
    kHour,
    kDay,
    kWeek,
    kMonth,
    kQuarter,
    kYear,
    kDecade,
    kCentury,
    kMillennium,
    kDow,
    kIsoDow,
    kDoy,
    kIsoYear,
    kEpoch,
    kJulian,
    kTimezone,
    kTimezoneHour,
    kTimezoneMinute,
};

/// Any ASCII case, PostgreSQL's abbreviations and plurals.
std::optional<TimeField> time_field(std::string_view name);

}  // namespace streamql
