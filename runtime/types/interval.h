// PostgreSQL's interval as text, both ways.
//
// What: parse_interval reads PostgreSQL's input spellings ('1 day 02:03:04.5', '1-2', '90' with a unit, '3 weeks ago',
// 'P1Y2DT3H'); to_string prints IntervalStyle 'postgres' ('1 year 2 mons -3 days +02:00:00'). Fractions carry down as
// in PostgreSQL: 1.5 days is 1 day 12:00:00, 1.5 months 1 mon 15 days. Threading: pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "runtime/types/value.h"

namespace streamql {

/// The unit of a bare number, and of the qualifier in INTERVAL '..' DAY TO SECOND.
enum class IntervalUnit {
    kMicrosecond,
    kMillisecond,
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
    kMillennium
};

/// "minutes", "min", "m", "MINUTE" ... -> kMinute; nothing if it is no unit. Any ASCII case.
std::optional<IntervalUnit> interval_unit(std::string_view word);

/// Reads `text`. A number without a unit counts `unit` (seconds if there is none). Nothing if it is malformed or does
/// not fit. Fields finer than `unit` are kept only as PostgreSQL keeps them: INTERVAL '1 day 02:03' HOUR is 1 day
/// 02:00:00.
std::optional<Interval> parse_interval(std::string_view text, std::optional<IntervalUnit> unit = std::nullopt);

std::string to_string(const Interval& interval);

}  // namespace streamql
