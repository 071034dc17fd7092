#include "runtime/connectors/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace streamql {
namespace {

std::string lower(std::string_view s) {
    std::string out(s);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

std::string_view trim(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
    return s;
}

template <typename T>
std::optional<T> parse_number(std::string_view s) {
    T v{};
    if (!s.empty() && s.front() == '+') s.remove_prefix(1);
    auto r = std::from_chars(s.data(), s.data() + s.size(), v);
    if (r.ec != std::errc() || r.ptr != s.data() + s.size()) return std::nullopt;
    return v;
}

std::optional<double> unit_micros(std::string_view unit) {
    static constexpr std::pair<std::string_view, double> kUnits[] = {
        {"us", 1},       {"microsecond", 1}, {"ms", 1e3},     {"millisecond", 1e3}, {"s", 1e6},    {"sec", 1e6},
        {"second", 1e6}, {"m", 60e6},        {"min", 60e6},   {"minute", 60e6},     {"h", 3600e6}, {"hour", 3600e6},
        {"d", 86400e6},  {"day", 86400e6},   {"w", 604800e6}, {"week", 604800e6}};
    for (auto& [name, micros] : kUnits) {
        if (unit == name) return micros;
        if (name.size() > 2 && unit.size() == name.size() + 1 && unit.starts_with(name) && unit.back() == 's')
            return micros;
    }
    return std::nullopt;
}

/// "HH:MM[:SS[.fff]]"
std::optional<double> clock_micros(std::string_view text) {
    double total = 0, weight = 3600e6;
    int parts = 0;
    while (true) {
        size_t colon = text.find(':');
        auto v = parse_number<double>(text.substr(0, colon));
        if (!v || *v < 0 || (parts > 0 && *v >= 60)) return std::nullopt;
        total += *v * weight;
        weight /= 60;
        ++parts;
        if (colon == std::string_view::npos) break;
        text.remove_prefix(colon + 1);
    }
    return parts == 2 || parts == 3 ? std::optional(total) : std::nullopt;
}

/// Edits (insert, delete, replace, swap of neighbours) between two short words.
int edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
    for (size_t i = 0; i <= a.size(); ++i) d[i][0] = static_cast<int>(i);
    for (size_t j = 0; j <= b.size(); ++j) d[0][j] = static_cast<int>(j);
    for (size_t i = 1; i <= a.size(); ++i)
        for (size_t j = 1; j <= b.size(); ++j) {
            int v = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) v = std::min(v, d[i - 2][j - 2] + 1);
            d[i][j] = v;
        }
    return d[a.size()][b.size()];
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (auto& w : words) out += (out.empty() ? "" : ", ") + w;
    return out;
}

bool names(const OptionSpec& spec, std::string_view key) {
    if (spec.name == key) return true;
    if (!spec.name.ends_with('*')) return false;
    std::string_view prefix = std::string_view(spec.name).substr(0, spec.name.size() - 1);
    return key.size() > prefix.size() && key.starts_with(prefix);
}

/// One that is for this side, if there is one: a connector may take for a sink what all sources take.
const OptionSpec* find_spec(const std::vector<OptionSpec>& specs, std::string_view key, bool as_source) {
    const OptionSpec* other_side = nullptr;
    for (auto& s : specs) {
        if (!names(s, key)) continue;
        if (as_source ? s.source : s.sink) return &s;
        other_side = &s;
    }
    return other_side;
}

/// The value as a number, by the option's type; nullopt if it is none.
std::optional<double> measured(const OptionSpec& spec, const std::string& value) {
    auto real = [](auto v) { return v ? std::optional(static_cast<double>(*v)) : std::nullopt; };
    switch (spec.type) {
        case OptionType::kInteger:
            return real(parse_number<int64_t>(trim(value)));
        case OptionType::kDouble:
            return parse_number<double>(trim(value));
        case OptionType::kDuration:
            return real(parse_duration(value));
        case OptionType::kBytes:
            return real(parse_bytes(value));
        case OptionType::kString:
            return static_cast<double>(value.size());
        case OptionType::kBoolean:
        case OptionType::kChoice:
            break;
    }
    return std::nullopt;
}

/// Whether `value`, good for its type, lies in the option's range.
bool in_range(const OptionSpec& spec, const std::string& value) {
    if (spec.type == OptionType::kDuration && *parse_duration(value) < 0) return spec.off;
    OptionSpec bound = spec;
    if (bound.type == OptionType::kString) bound.type = OptionType::kInteger;
    auto v = measured(spec, value);
    return !v || ((!spec.least || *v >= measured(bound, *spec.least).value_or(*v)) &&
                  (!spec.most || *v <= measured(bound, *spec.most).value_or(*v)));
}

std::string range_text(const OptionSpec& spec) {
    if (spec.type == OptionType::kString)
        return spec.most ? fmt::format("a text of {} to {} characters", spec.least.value_or("0"), *spec.most)
                         : "a text that is not empty";
    if (spec.least && spec.most) return fmt::format(" from {} to {}", *spec.least, *spec.most);
    return spec.least ? fmt::format(" of at least {}", *spec.least) : fmt::format(" of at most {}", *spec.most);
}

/// Empty if `value` is a value of the option's type; else what is expected.
std::string expected_type(const OptionSpec& spec, const std::string& value) {
    switch (spec.type) {
        case OptionType::kString:
            return {};
        case OptionType::kInteger:
            return parse_number<int64_t>(trim(value)) ? "" : "a whole number";
        case OptionType::kDouble: {
            auto v = parse_number<double>(trim(value));
            return v && std::isfinite(*v) ? "" : "a number";
        }
        case OptionType::kBoolean:
            return parse_boolean(value) ? "" : "true or false";
        case OptionType::kDuration:
            return parse_duration(value) ? "" : "a duration such as 30s, 500ms or 1 hour";
        case OptionType::kBytes:
            return parse_bytes(value) ? "" : "a size such as 65536, 64MB or 1GiB";
        case OptionType::kChoice:
            for (auto& c : spec.choices)
                if (c == lower(value)) return {};
            return "one of " + joined(spec.choices);
    }
    return {};
}

/// Empty if `value` is good; else what is expected.
std::string expectation(const OptionSpec& spec, const std::string& value) {
    std::string type = expected_type(spec, value);
    if (!type.empty() || in_range(spec, value)) return type;
    const std::string range = spec.least || spec.most ? range_text(spec) : "";
    switch (spec.type) {
        case OptionType::kInteger:
            return "a whole number" + range;
        case OptionType::kDouble:
            return "a number" + range;
        case OptionType::kDuration:
            return "a duration" + (range.empty() ? " such as 30s, 500ms or 1 hour" : range) +
                   (spec.off ? ", or off" : "");
        case OptionType::kBytes:
            return "a size" + range;
        default:
            return range;
    }
}

void unknown_option(const std::vector<OptionSpec>& specs, const std::string& key, bool as_source, std::string_view what,
                    std::vector<OptionProblem>& problems) {
    std::vector<std::string> names;
    for (auto& s : specs)
        if ((as_source ? s.source : s.sink) && !s.name.ends_with('*')) names.push_back(s.name);
    std::string help = suggest_word(key, names);
    if (help.empty()) help = "it takes: " + joined(names);
    problems.push_back({key, fmt::format("{} has no option \"{}\"", what, key), std::move(help)});
}

}  // namespace

std::string suggest_word(std::string_view word, const std::vector<std::string>& candidates) {
    int best = static_cast<int>(std::max<size_t>(1, word.size() / 3)) + 1;
    std::string found;
    for (auto& c : candidates) {
        int d = edit_distance(lower(word), lower(c));
        if (d < best) {
            best = d;
            found = c;
        }
    }
    return found.empty() ? std::string() : fmt::format("did you mean \"{}\"?", found);
}

std::optional<bool> parse_boolean(std::string_view text) {
    std::string s = lower(trim(text));
    if (s == "true" || s == "on" || s == "yes" || s == "1") return true;
    if (s == "false" || s == "off" || s == "no" || s == "0") return false;
    return std::nullopt;
}

std::optional<int64_t> parse_duration(std::string_view text) {
    std::string s = lower(trim(text));
    if (s == "off") return -1;
    if (s.empty()) return std::nullopt;
    std::optional<double> total;
    if (s.find(':') != std::string::npos) {
        total = clock_micros(s);
    } else {
        std::string_view rest = s;
        double sum = 0;
        while (!rest.empty()) {
            size_t n = 0;
            while (n < rest.size() && ((rest[n] >= '0' && rest[n] <= '9') || rest[n] == '.')) ++n;
            auto number = parse_number<double>(rest.substr(0, n));
            if (!number) return std::nullopt;
            rest = trim(rest.substr(n));
            size_t u = 0;
            while (u < rest.size() && rest[u] >= 'a' && rest[u] <= 'z') ++u;
            if (u == 0 && (sum != 0 || !rest.empty())) return std::nullopt;
            auto unit = u == 0 ? std::optional<double>(1e6) : unit_micros(rest.substr(0, u));
            if (!unit) return std::nullopt;
            sum += *number * *unit;
            rest = trim(rest.substr(u));
        }
        total = sum;
    }
    if (!total || !(*total < 9e18)) return std::nullopt;
    return static_cast<int64_t>(std::llround(*total));
}

std::optional<int64_t> parse_bytes(std::string_view text) {
    std::string s = lower(trim(text));
    size_t n = 0;
    while (n < s.size() && ((s[n] >= '0' && s[n] <= '9') || s[n] == '.')) ++n;
    auto number = parse_number<double>(std::string_view(s).substr(0, n));
    if (!number) return std::nullopt;
    static constexpr std::pair<std::string_view, double> kUnits[] = {{"", 1},
                                                                     {"b", 1},
                                                                     {"k", 1024},
                                                                     {"kb", 1024},
                                                                     {"kib", 1024},
                                                                     {"m", 1 << 20},
                                                                     {"mb", 1 << 20},
                                                                     {"mib", 1 << 20},
                                                                     {"g", 1 << 30},
                                                                     {"gb", 1 << 30},
                                                                     {"gib", 1 << 30},
                                                                     {"t", 1099511627776.0},
                                                                     {"tb", 1099511627776.0},
                                                                     {"tib", 1099511627776.0}};
    std::string_view unit = trim(std::string_view(s).substr(n));
    for (auto& [name, factor] : kUnits)
        if (unit == name && *number * factor < 9e18) return static_cast<int64_t>(*number * factor);
    return std::nullopt;
}

std::string Options::text(std::string_view key) const {
    auto it = values_.find(std::string(key));
    return it == values_.end() ? std::string() : it->second;
}

int64_t Options::integer(std::string_view key) const { return parse_number<int64_t>(trim(text(key))).value_or(0); }
double Options::real(std::string_view key) const { return parse_number<double>(trim(text(key))).value_or(0); }
bool Options::boolean(std::string_view key) const { return parse_boolean(text(key)).value_or(false); }
int64_t Options::duration(std::string_view key) const { return parse_duration(text(key)).value_or(0); }
int64_t Options::bytes(std::string_view key) const { return parse_bytes(text(key)).value_or(0); }

std::vector<std::pair<std::string, std::string>> Options::below(std::string_view prefix) const {
    std::vector<std::pair<std::string, std::string>> out;
    for (auto& [key, value] : values_)
        if (key.size() > prefix.size() && key.starts_with(prefix)) out.emplace_back(key.substr(prefix.size()), value);
    return out;
}

Options check_options(const std::vector<OptionSpec>& specs, const std::map<std::string, std::string>& given,
                      bool as_source, std::string_view what, std::vector<OptionProblem>& problems) {
    Options out;
    for (auto& [key, value] : given) {
        const OptionSpec* spec = find_spec(specs, key, as_source);
        if (!spec) {
            unknown_option(specs, key, as_source, what, problems);
            continue;
        }
        if (!(as_source ? spec->source : spec->sink)) {
            problems.push_back(
                {key, fmt::format("option \"{}\" of {} is for a {}", key, what, as_source ? "sink" : "source"),
                 spec->doc});
            continue;
        }
        std::string expected = expectation(*spec, value);
        if (!expected.empty()) {
            std::string help = spec->type == OptionType::kChoice ? suggest_word(value, spec->choices) : std::string();
            std::string shown = spec->secret ? std::string() : fmt::format(", not '{}'", value);
            problems.push_back(
                {key, fmt::format("option \"{}\" takes {}{}", key, expected, shown), help.empty() ? spec->doc : help});
            continue;
        }
        out.set(key, spec->type == OptionType::kChoice ? lower(value) : value);
    }
    for (auto& spec : specs) {
        if (!(as_source ? spec.source : spec.sink) || spec.name.ends_with('*') || given.count(spec.name)) continue;
        if (spec.default_value)
            out.set(spec.name, *spec.default_value);
        else if (spec.required)
            problems.push_back({"", fmt::format("{} needs the option \"{}\"", what, spec.name), spec.doc});
    }
    return out;
}

}  // namespace streamql
