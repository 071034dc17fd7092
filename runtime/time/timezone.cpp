#include "runtime/time/timezone.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>

namespace streamql {

namespace {

constexpr std::string_view kFolder = "/usr/share/zoneinfo/";

int64_t big_endian(const char* p, int bytes) {
    int64_t v = static_cast<signed char>(*p);  // NOLINT(bugprone-signed-char-misuse): two's complement is meant
    for (int i = 1; i < bytes; ++i)
        v = static_cast<int64_t>((static_cast<uint64_t>(v) << 8) | static_cast<unsigned char>(p[i]));
    return v;
}

int64_t floor_seconds(int64_t micros) { return (micros - (micros < 0 ? kMicrosPerSecond - 1 : 0)) / kMicrosPerSecond; }

/// [+-]h[h][:mm[:ss]] from the front of text.
bool take_hours(std::string_view& text, int32_t* seconds) {
    int sign = 1;
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
        if (text[0] == '-') sign = -1;
        text.remove_prefix(1);
    }
    int32_t total = 0, unit = 3600;
    for (int i = 0; i < 3; ++i, unit /= 60) {
        int n = 0;
        auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), n);
        if (error != std::errc{} || n < 0 || n > 167) return false;
        size_t digits = static_cast<size_t>(after - text.data());
        if (i == 0 && digits == 4)
            n = n / 100 * 3600 + n % 100 * 60, total += n;
        else
            total += n * unit;
        text.remove_prefix(digits);
        if (text.empty() || text[0] != ':') break;
        text.remove_prefix(1);
    }
    *seconds = total * sign;
    return true;
}

bool take_abbreviation(std::string_view& text, std::string* name) {
    if (!text.empty() && text[0] == '<') {
        size_t end = text.find('>');
        if (end == std::string_view::npos) return false;
        *name = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        return true;
    }
    size_t n = 0;
    while (n < text.size() && ((text[n] | 32) >= 'a' && (text[n] | 32) <= 'z')) ++n;
    *name = text.substr(0, n);
    text.remove_prefix(n);
    return n >= 3;
}

bool take_rule(std::string_view& text, TimeZone::Rule* rule) {
    if (text.empty() || text[0] != ',') return false;
    text.remove_prefix(1);
    auto number = [&text](int* out) {
        auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
        text.remove_prefix(static_cast<size_t>(after - text.data()));
        return error == std::errc{};
    };
    auto dot = [&text] {
        if (text.empty() || text[0] != '.') return false;
        text.remove_prefix(1);
        return true;
    };
    rule->time = 7200;
    if (text.empty()) return false;
    if (text[0] == 'M') {
        rule->kind = 'M';
        text.remove_prefix(1);
        if (!number(&rule->month) || !dot() || !number(&rule->week) || !dot() || !number(&rule->day)) return false;
    } else {
        rule->kind = static_cast<unsigned char>(text[0] == 'J' ? 'J' : 'D');
        if (text[0] == 'J') text.remove_prefix(1);
        if (!number(&rule->day)) return false;
    }
    if (text.empty() || text[0] != '/') return true;
    text.remove_prefix(1);
    return take_hours(text, &rule->time);
}

}  // namespace

bool TimeZone::read_rule(std::string_view text) {
    if (!take_abbreviation(text, &standard_.abbreviation) || !take_hours(text, &standard_.seconds)) return false;
    standard_.seconds = -standard_.seconds;  // POSIX counts west
    has_rule_ = true;
    if (text.empty()) return true;
    daylight_ = {standard_.seconds + 3600, true, {}};
    if (!take_abbreviation(text, &daylight_.abbreviation)) return false;
    if (!text.empty() && text[0] != ',') {
        if (!take_hours(text, &daylight_.seconds)) return false;
        daylight_.seconds = -daylight_.seconds;
    }
    rule_daylight_ = true;
    return take_rule(text, &start_) && take_rule(text, &end_);
}

int64_t TimeZone::rule_change(const Rule& rule, int64_t year, int32_t offset_before) const {
    int64_t day = days_from_civil(year, 1, 1);
    if (rule.kind == 'M') {
        int64_t first = days_from_civil(year, rule.month, 1);
        day = first + (rule.day - day_of_week(first) + 7) % 7 + 7 * (rule.week - 1);
        if (day >= first + days_in_month(year, rule.month)) day -= 7;
    } else if (rule.kind == 'J') {
        bool leap = days_in_month(year, 2) == 29;
        day += rule.day - 1 + (leap && rule.day >= 60 ? 1 : 0);
    } else {
        day += rule.day;
    }
    return day * 86400 + rule.time - offset_before;
}

const TimeZone::Offset& TimeZone::rule_offset(int64_t seconds) const {
    if (!rule_daylight_) return standard_;
    int64_t year = civil_from_days((seconds + standard_.seconds) / 86400).year;
    int64_t start = rule_change(start_, year, standard_.seconds), end = rule_change(end_, year, daylight_.seconds);
    bool daylight = start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end;
    return daylight ? daylight_ : standard_;
}

const TimeZone::Offset& TimeZone::offset_at(int64_t micros) const {
    int64_t seconds = floor_seconds(micros);
    if (changes_.empty() || seconds >= changes_.back().at) {
        if (has_rule_) return rule_offset(seconds);
        return changes_.empty() ? first_ : offsets_[static_cast<size_t>(changes_.back().offset)];
    }
    auto after = std::upper_bound(changes_.begin(), changes_.end(), seconds,
                                  [](int64_t s, const Change& c) { return s < c.at; });
    return after == changes_.begin() ? first_ : offsets_[static_cast<size_t>((after - 1)->offset)];
}

int64_t TimeZone::from_local(int64_t local) const {
    if (is_utc()) return local;
    int32_t before = offset_at(local - kMicrosPerDay).seconds, after = offset_at(local + kMicrosPerDay).seconds;
    int64_t by_before = local - before * kMicrosPerSecond, by_after = local - after * kMicrosPerSecond;
    if (before == after) return by_before;
    bool before_holds = offset_at(by_before).seconds == before, after_holds = offset_at(by_after).seconds == after;
    if (before_holds != after_holds) return before_holds ? by_before : by_after;
    if (!before_holds) return by_before;  // a gap
    return by_after;                      // the hour that comes twice: standard time
}

bool TimeZone::read(const std::string& bytes) {
    constexpr size_t kHeader = 44;
    if (bytes.size() < kHeader || bytes.compare(0, 4, "TZif") != 0) return false;
    auto count = [&bytes](size_t header, int i) {
        return static_cast<size_t>(big_endian(bytes.data() + header + 20 + 4 * i, 4));
    };
    auto body = [&count](size_t header, size_t time_bytes) {  // isut, isstd, leap, time, type, char
        return count(header, 0) + count(header, 1) + count(header, 2) * (time_bytes + 4) +
               count(header, 3) * (time_bytes + 1) + count(header, 4) * 6 + count(header, 5);
    };
    if (bytes[4] < '2') return false;
    size_t header = kHeader + body(0, 4);
    if (header + kHeader > bytes.size() || header + kHeader + body(header, 8) > bytes.size()) return false;
    size_t times = count(header, 3), types = count(header, 4);
    const char* at = bytes.data() + header + kHeader;
    const char* indexes = at + times * 8;
    const char* infos = indexes + times;
    const char* names = infos + types * 6;
    for (size_t i = 0; i < types; ++i) {
        const char* info = infos + 6 * i;
        offsets_.push_back({static_cast<int32_t>(big_endian(info, 4)), info[4] != 0,
                            std::string(names + static_cast<unsigned char>(info[5]))});
    }
    if (offsets_.empty()) return false;
    first_ = offsets_[0];
    for (size_t i = 0; i < times; ++i) {
        int type = static_cast<unsigned char>(indexes[i]);
        if (static_cast<size_t>(type) >= types) return false;
        changes_.push_back({big_endian(at + 8 * i, 8), type});
    }
    size_t footer = header + kHeader + body(header, 8) + 1;
    if (footer < bytes.size()) {
        std::string_view rule(bytes.data() + footer, bytes.size() - footer);
        rule = rule.substr(0, rule.find('\n'));
        if (!rule.empty() && !read_rule(rule)) return false;
    }
    return true;
}

const TimeZone* find_timezone(std::string_view name) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<TimeZone>, std::less<>> zones;
    std::lock_guard lock(mutex);
    auto known = zones.find(name);
    if (known != zones.end()) return known->second.get();
    if (name.empty() || name.size() > 64 || zones.size() > 10'000) return nullptr;
    auto zone = std::make_unique<TimeZone>();
    zone->name_ = name;
    std::string_view rest = name;
    bool found = false;
    if (name[0] == '+' || name[0] == '-') {
        found = take_hours(rest, &zone->first_.seconds) && rest.empty();
        zone->first_.abbreviation = name;
    } else if (name.find("..") == std::string_view::npos && name[0] != '/') {
        std::string upper(name);
        for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
        if (upper == "UTC" || upper == "Z" || upper == "GMT") {
            found = true;
            zone->first_.abbreviation = upper == "GMT" ? "GMT" : "UTC";
        }
        for (const std::string& spelling : {std::string(name), upper}) {
            if (found) break;
            std::ifstream file(std::string(kFolder) + spelling, std::ios::binary);
            std::stringstream bytes;
            if (file && bytes << file.rdbuf()) found = zone->read(bytes.str());
        }
        if (!found) {
            *zone = TimeZone();
            zone->name_ = name;
            found = zone->read_rule(name);
        }
    }
    return found ? (zones[std::string(name)] = std::move(zone)).get() : nullptr;
}

const TimeZone& utc() {
    static const TimeZone& zone = *find_timezone("UTC");
    return zone;
}

}  // namespace streamql
