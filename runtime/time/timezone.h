// Time zones: names, fixed offsets and the IANA rules of the system (/usr/share/zoneinfo, TZif files).
//
// What: find_timezone("Europe/Berlin" | "UTC" | "+02" | "UTC+02:30") gives a TimeZone that lives forever. Local times
// that do not exist or exist twice are read as PostgreSQL reads them: with the offset before the change for missing
// ones, and standard time (the offset after the change) for those that exist twice. Past a file's last change its POSIX
// rule holds. Ownership: zones are cached for the process. Threading: find_timezone locks; a TimeZone is immutable.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "runtime/types/datetime.h"

namespace streamql {

class TimeZone {
  public:
    struct Offset {
        int32_t seconds = 0;
        bool daylight = false;
        std::string abbreviation;
    };
    struct Rule {
        int kind = 0;
        int month = 0, week = 0, day = 0;
        int32_t time = 0;
    };

    const std::string& name() const { return name_; }
    bool is_utc() const { return changes_.empty() && !has_rule_ && first_.seconds == 0; }
    /// Offset east of UTC in force at an instant (microseconds).
    const Offset& offset_at(int64_t micros) const;
    int32_t offset_seconds(int64_t micros) const { return is_utc() ? 0 : offset_at(micros).seconds; }
    /// Instant -> the wall clock.
    int64_t to_local(int64_t micros) const { return micros + offset_seconds(micros) * kMicrosPerSecond; }
    /// Wall clock -> instant.
    int64_t from_local(int64_t local_micros) const;

  private:
    friend const TimeZone* find_timezone(std::string_view);
    bool read(const std::string& bytes);
    bool read_rule(std::string_view text);
    const Offset& rule_offset(int64_t seconds) const;
    int64_t rule_change(const Rule& rule, int64_t year, int32_t offset_before) const;

    struct Change {
        int64_t at;
        int offset;
    };  // seconds UTC
    std::string name_;
    std::vector<Change> changes_;
    std::vector<Offset> offsets_;
    Offset first_;
    bool has_rule_ = false, rule_daylight_ = false;
    Offset standard_, daylight_;
    Rule start_, end_;
};

/// Null if there is no such zone. A bare "+02" is two hours east (ISO).
const TimeZone* find_timezone(std::string_view name);
const TimeZone& utc();

}  // namespace streamql
