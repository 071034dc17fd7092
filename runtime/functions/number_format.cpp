#include "runtime/functions/number_format.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "runtime/types/decimal.h"

namespace streamql {

namespace {

/// A pattern taken apart.
struct Layout {
    struct Item {
        char kind;
        char literal;
    };  // '9' '0' '.' ',' 't'ext, 'M'inus 'P'lus 's'ign in place
    std::vector<Item> items;
    int whole = 0, fraction = 0;
    int first_zero = -1;  ///< index of the first 0 among the whole digits
    int last_zero = -1;   ///< index of the last 0 among the fraction digits
    bool fill_mode = false, angle = false, sign_first = false, sign_last = false, point = false, marked = false;
};

bool take(std::string_view& p, std::string_view word) {
    if (p.size() < word.size()) return false;
    for (size_t i = 0; i < word.size(); ++i)
        if ((p[i] >= 'a' && p[i] <= 'z' ? p[i] - 32 : p[i]) != word[i]) return false;
    p.remove_prefix(word.size());
    return true;
}

bool take_digit(std::string_view& p, Layout& l) {
    char c = p[0];
    if (c != '9' && c != '0') return false;
    if (l.point) {
        if (c == '0') l.last_zero = l.fraction;
        ++l.fraction;
    } else {
        if (c == '0' && l.first_zero < 0) l.first_zero = l.whole;
        ++l.whole;
    }
    l.items.push_back({c, 0});
    p.remove_prefix(1);
    return true;
}

/// False for what PostgreSQL refuses, and for the patterns EEEE, RN, V and TH that are not here.
bool parse_layout(std::string_view p, Layout& l) {
    while (!p.empty()) {
        if (take_digit(p, l)) continue;
        if (p[0] == '"') {
            for (p.remove_prefix(1); !p.empty() && p[0] != '"'; p.remove_prefix(1)) l.items.push_back({'t', p[0]});
            if (!p.empty()) p.remove_prefix(1);
        } else if (p[0] == '.' || (p[0] | 32) == 'd') {
            if (l.point) return false;
            l.point = true;
            l.items.push_back({'.', 0});
            p.remove_prefix(1);
        } else if (p[0] == ',' || (p[0] | 32) == 'g') {
            l.items.push_back({',', 0});
            p.remove_prefix(1);
        } else if (take(p, "FM"))
            l.fill_mode = true;
        else if (take(p, "PR"))
            l.angle = true;
        else if (take(p, "MI"))
            l.items.push_back({'M', 0}), l.marked = true;
        else if (take(p, "PL"))
            l.items.push_back({'P', 0}), l.marked = true;
        else if (take(p, "SG"))
            l.items.push_back({'s', 0}), l.marked = true;
        else if ((p[0] | 32) == 's') {
            (l.whole + l.fraction == 0 ? l.sign_first : l.sign_last) = true;
            p.remove_prefix(1);
        } else if (take(p, "EEEE") || take(p, "RN") || take(p, "TH") || take(p, "V") || take(p, "L"))
            return false;
        else
            l.items.push_back({'t', p[0]}), p.remove_prefix(1);
    }
    return true;
}

/// `digits`: "123.45" without sign, its fraction as long as the pattern's; overflowing wholes become #.
void write(const Layout& l, std::string digits, bool negative, std::string& to) {
    size_t point = digits.find('.');
    std::string whole = digits.substr(0, point), fraction = point == std::string::npos ? "" : digits.substr(point + 1);
    bool zero_whole = whole == "0";
    bool overflow = static_cast<int>(whole.size()) > l.whole && !(zero_whole && l.whole == 0);
    if (zero_whole && (l.fraction > 0 || l.whole == 0)) {
        bool keep = l.fraction == 0;  // "0" itself is printed when there is no fraction
        if (!keep) whole.clear();
    }
    bool nonzero = digits.find_first_of("123456789") != std::string::npos;
    if (!nonzero && l.point) negative = false;
    int missing = l.whole - static_cast<int>(whole.size()), fraction_end = l.fraction;
    if (l.fill_mode) {
        int used = static_cast<int>(fraction.find_last_not_of('0') + 1);
        fraction_end = std::max(used, l.last_zero + 1);
    }
    bool plain_sign = !l.sign_first && !l.sign_last && !l.marked && !l.angle,
         sign_written = !plain_sign && !l.sign_first && !l.angle;
    std::string sign = l.angle        ? (negative      ? "<"
                                         : l.fill_mode ? ""
                                                       : " ")
                       : l.sign_first ? (negative ? "-" : "+")
                       : negative     ? "-"
                       : l.fill_mode  ? ""
                                      : " ";
    auto put_sign = [&] {
        if (!sign_written) to.append(sign);
        sign_written = true;
    };
    int w = 0, f = 0;
    bool started = false;
    for (const Layout::Item& item : l.items) {
        switch (item.kind) {
            case '9':
            case '0':
                if (w < l.whole) {
                    bool zero = l.first_zero >= 0 && w >= l.first_zero;
                    if (overflow)
                        put_sign(), to.push_back('#'), started = true;
                    else if (w >= missing || zero) {
                        put_sign();
                        to.push_back(w >= missing ? whole[static_cast<size_t>(w - missing)] : '0');
                        started = true;
                    } else if (!l.fill_mode)
                        to.push_back(' ');
                    ++w;
                } else {
                    put_sign();
                    if (f < fraction_end) to.push_back(overflow ? '#' : fraction[static_cast<size_t>(f)]);
                    ++f;
                }
                break;
            case '.':
                put_sign();
                to.push_back('.');
                break;
            case ',':
                if (started)
                    to.push_back(',');
                else if (!l.fill_mode)
                    to.push_back(' ');
                break;
            case 'M':
                if (negative)
                    to.push_back('-');
                else if (!l.fill_mode)
                    to.push_back(' ');
                break;
            case 'P':
                if (!negative)
                    to.push_back('+');
                else if (!l.fill_mode)
                    to.push_back(' ');
                break;
            case 's':
                to.push_back(negative ? '-' : '+');
                break;
            default:
                to.push_back(item.literal);
        }
    }
    if (l.sign_last) to.push_back(negative ? '-' : '+');
    if (l.angle && negative) to.push_back('>');
    if (l.angle && !negative && !l.fill_mode) to.push_back(' ');
}

RowError give_formatted(KernelContext* ctx, const Decimal& value, std::string_view pattern, Cell* out) {
    Layout l;
    if (!parse_layout(pattern, l)) return RowError::kInvalidArgument;
    Decimal rounded;
    if (!decimal_rescale(value, l.fraction, &rounded)) return RowError::kOverflow;
    bool negative = rounded.value < 0 || (value.value < 0 && l.fraction == 0 && rounded.value != 0);
    if (rounded.value < 0) rounded.value = -rounded.value;
    std::string digits;
    append_decimal(rounded, digits);
    std::string& text = scratch();
    write(l, digits, negative, text);
    return give_copy(ctx, out, text);
}

}  // namespace

STREAMQL_KERNEL(sqk_to_char_int) {
    Decimal d;
    d.value = a[0].i64;
    return give_formatted(ctx, d, a[1].str.view(), out);
}
STREAMQL_KERNEL(sqk_to_char_decimal) { return give_formatted(ctx, a[0].decimal, a[1].str.view(), out); }
STREAMQL_KERNEL(sqk_to_char_double) {
    Layout l;
    if (!parse_layout(a[1].str.view(), l)) return RowError::kInvalidArgument;
    if (!(std::fabs(a[0].f64) < 1e37)) return RowError::kOverflow;
    char text[128];
    int whole = std::snprintf(text, sizeof(text), "%.0f", std::fabs(a[0].f64));
    int size = std::snprintf(text, sizeof(text), "%.*f", std::min(l.fraction, std::max(15 - whole, 0)),
                             a[0].f64);  // 15 digits in all
    Decimal d;
    if (!parse_decimal({text, static_cast<size_t>(size)}, &d)) return RowError::kOverflow;
    return give_formatted(ctx, d, a[1].str.view(), out);
}
STREAMQL_KERNEL(sqk_to_number) {
    Layout l;
    if (!parse_layout(a[1].str.view(), l)) return RowError::kInvalidArgument;
    std::string number;
    bool negative = false, point = false;
    std::string_view s = a[0].str.view();
    auto take_sign = [&] {
        if (s.empty() || (s[0] != '-' && s[0] != '<' && s[0] != '+')) return;
        negative |= s[0] != '+';
        s.remove_prefix(1);
    };
    // A place of the pattern takes one character of the text, whatever it is.
    for (const Layout::Item& item : l.items) {
        const bool digit = item.kind == '9' || item.kind == '0' || item.kind == '.';
        if (digit && s.starts_with(' ')) s.remove_prefix(1);
        if (number.empty() || !digit) take_sign();
        if (s.empty()) break;
        if (item.kind == 'M' || item.kind == 'P' || item.kind == 's' || (item.kind == ',' && s[0] != ',')) continue;
        if (digit && s[0] >= '0' && s[0] <= '9')
            number.push_back(s[0]);
        else if (digit && s[0] == '.' && l.point && !point)
            point = true, number.push_back('.');
        s.remove_prefix(1);
    }
    take_sign();
    Decimal d;
    if (number.empty() || number == "." || !parse_decimal(number, &d)) return RowError::kInvalidArgument;
    if (negative) d.value = -d.value;
    return give(out, d);
}

}  // namespace streamql
