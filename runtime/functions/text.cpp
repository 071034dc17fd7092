#include "runtime/functions/text.h"

#include <algorithm>

#include "runtime/functions/letter_case.h"
#include "runtime/functions/value_text.h"
#include "runtime/text/utf8.h"

namespace streamql {

namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

int64_t characters(std::string_view s) {
    int64_t count = 0;
    for (char c : s) count += !continues(c);
    return count;
}

/// Byte offset of the character `index` (0-based), or the size.
size_t offset_of(std::string_view s, int64_t index) {
    size_t at = 0;
    for (; index > 0 && at < s.size(); --index) {
        ++at;
        while (at < s.size() && continues(s[at])) ++at;
    }
    return at;
}

RowError join(KernelContext* ctx, std::string_view x, std::string_view y, Cell* out) {
    char* to = ctx->arena->allocate(x.size() + y.size());
    std::copy(x.begin(), x.end(), to);
    std::copy(y.begin(), y.end(), to + x.size());
    return give(out, Str{to, x.size() + y.size()});
}

template <TypeKind other, bool other_first>
STREAMQL_KERNEL(concat_printed) {
    std::string& text = scratch();
    append_text(other, a[other_first ? 0 : 1], job_zone(ctx), text);
    return other_first ? join(ctx, text, a[1].str.view(), out) : join(ctx, a[0].str.view(), text, out);
}

template <TypeKind other>
ScalarKernel concat_of(bool other_first) {
    return other_first ? concat_printed<other, true> : concat_printed<other, false>;
}

bool holds(std::string_view set, std::string_view character) {
    for (size_t at = 0; at < set.size(); at += character_size(set, at))
        if (set.substr(at, character_size(set, at)) == character) return true;
    return false;
}

RowError trim(const Cell* a, int32_t n, bool left, bool right, Cell* out) {
    std::string_view s = a[0].str.view(), set = n > 1 ? a[1].str.view() : " ";
    while (left && !s.empty() && holds(set, s.substr(0, character_size(s, 0)))) s.remove_prefix(character_size(s, 0));
    while (right && !s.empty()) {
        size_t at = s.size() - 1;
        while (at > 0 && continues(s[at])) --at;
        if (!holds(set, s.substr(at))) break;
        s = s.substr(0, at);
    }
    return give(out, s);
}

RowError pad(KernelContext* ctx, const Cell* a, int32_t n, bool left, Cell* out) {
    std::string_view s = a[0].str.view(), fill = n > 2 ? a[2].str.view() : " ";
    int64_t length = std::max<int64_t>(a[1].i64, 0), have = characters(s);
    if (have >= length) return give(out, s.substr(0, offset_of(s, length)));
    if (fill.empty()) return give(out, s);
    if (static_cast<uint64_t>(length) * 4 > kMaxTextBytes) return RowError::kInvalidArgument;
    std::string& text = scratch();
    if (!left) text.append(s);
    size_t at = 0;
    for (int64_t missing = length - have; missing > 0; --missing) {
        size_t size = character_size(fill, at);
        text.append(fill.substr(at, size));
        at += size;
        if (at >= fill.size()) at = 0;
    }
    if (left) text.append(s);
    return give_copy(ctx, out, text);
}

RowError find(std::string_view s, std::string_view part, Cell* out) {
    size_t at = s.find(part);
    return give(out, at == std::string_view::npos ? 0 : characters(s.substr(0, at)) + 1);
}

}  // namespace

ScalarKernel concat_kernel(TypeKind other, bool other_first) {
    using K = TypeKind;
    switch (other) {
        case K::kBoolean:
            return concat_of<K::kBoolean>(other_first);
        case K::kSmallint:
        case K::kInteger:
        case K::kBigint:
            return concat_of<K::kBigint>(other_first);
        case K::kReal:
            return concat_of<K::kReal>(other_first);
        case K::kDouble:
            return concat_of<K::kDouble>(other_first);
        case K::kDecimal:
            return concat_of<K::kDecimal>(other_first);
        case K::kDate:
            return concat_of<K::kDate>(other_first);
        case K::kTime:
            return concat_of<K::kTime>(other_first);
        case K::kTimestamp:
            return concat_of<K::kTimestamp>(other_first);
        case K::kTimestampTz:
            return concat_of<K::kTimestampTz>(other_first);
        case K::kInterval:
            return concat_of<K::kInterval>(other_first);
        default:
            return sqk_concat2;
    }
}

STREAMQL_KERNEL(sqk_concat2) { return join(ctx, a[0].str.view(), a[1].str.view(), out); }
STREAMQL_KERNEL(sqk_char_length) { return give(out, characters(a[0].str.view())); }
STREAMQL_KERNEL(sqk_octet_length) { return give(out, static_cast<int64_t>(a[0].str.size)); }
STREAMQL_KERNEL(sqk_lower) { return give(out, Str::of(with_case(a[0].str.view(), LetterCase::kLower, *ctx->arena))); }
STREAMQL_KERNEL(sqk_upper) { return give(out, Str::of(with_case(a[0].str.view(), LetterCase::kUpper, *ctx->arena))); }
STREAMQL_KERNEL(sqk_initcap) {
    return give(out, Str::of(with_case(a[0].str.view(), LetterCase::kInitcap, *ctx->arena)));
}
STREAMQL_KERNEL(sqk_reverse) {
    std::string_view s = a[0].str.view();
    char* to = ctx->arena->allocate(s.size());
    for (size_t at = 0; at < s.size();) {
        size_t size = character_size(s, at);
        std::copy_n(s.data() + at, size, to + s.size() - at - size);
        at += size;
    }
    return give(out, Str{to, s.size()});
}
STREAMQL_KERNEL(sqk_repeat) {
    std::string_view s = a[0].str.view();
    uint64_t times = static_cast<uint64_t>(std::max<int64_t>(a[1].i64, 0));
    if (s.size() * times > kMaxTextBytes) return RowError::kInvalidArgument;
    char* to = ctx->arena->allocate(s.size() * times);
    for (uint64_t i = 0; i < times; ++i) std::copy(s.begin(), s.end(), to + i * s.size());
    return give(out, Str{to, s.size() * times});
}
STREAMQL_KERNEL(sqk_ascii) {
    std::string_view s = a[0].str.view();
    if (s.empty()) return give(out, 0);
    size_t size;
    bool valid;
    return give(out, static_cast<int64_t>(first_character(s, size, valid)));
}
STREAMQL_KERNEL(sqk_chr) {
    int64_t c = a[0].i64;
    if (c <= 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return RowError::kInvalidArgument;
    char* to = ctx->arena->allocate(4);
    return give(out, Str{to, put_utf8(static_cast<uint32_t>(c), to)});
}
STREAMQL_KERNEL(sqk_btrim) { return trim(a, n, true, true, out); }
STREAMQL_KERNEL(sqk_ltrim) { return trim(a, n, true, false, out); }
STREAMQL_KERNEL(sqk_rtrim) { return trim(a, n, false, true, out); }
STREAMQL_KERNEL(sqk_substring) {
    std::string_view s = a[0].str.view();
    int64_t from = a[1].i64, end = INT64_MAX;
    if (n > 2) {
        if (a[2].i64 < 0) return RowError::kInvalidArgument;
        end = from + a[2].i64;  // both fit 32 bits
    }
    from = std::max<int64_t>(from, 1);
    if (end <= from) return give(out, std::string_view());
    s.remove_prefix(offset_of(s, from - 1));
    return give(out, n > 2 ? s.substr(0, offset_of(s, end - from)) : s);
}
STREAMQL_KERNEL(sqk_position) { return find(a[1].str.view(), a[0].str.view(), out); }
STREAMQL_KERNEL(sqk_strpos) { return find(a[0].str.view(), a[1].str.view(), out); }
STREAMQL_KERNEL(sqk_replace) {
    std::string_view s = a[0].str.view(), part = a[1].str.view(), with = a[2].str.view();
    size_t at = part.empty() ? std::string_view::npos : s.find(part);
    if (at == std::string_view::npos) return give(out, s);
    std::string& text = scratch();
    for (; at != std::string_view::npos; at = s.find(part)) {
        text.append(s.substr(0, at)).append(with);
        s.remove_prefix(at + part.size());
    }
    return give_copy(ctx, out, text.append(s));
}
STREAMQL_KERNEL(sqk_translate) {
    std::string_view s = a[0].str.view(), from = a[1].str.view(), to = a[2].str.view();
    std::string& text = scratch();
    for (size_t at = 0; at < s.size();) {
        std::string_view c = s.substr(at, character_size(s, at));
        at += c.size();
        int64_t index = -1, i = 0;
        for (size_t f = 0; f < from.size() && index < 0; f += character_size(from, f), ++i)
            if (from.substr(f, character_size(from, f)) == c) index = i;
        if (index < 0) {
            text.append(c);
            continue;
        }
        size_t t = offset_of(to, index);
        if (t < to.size()) text.append(to.substr(t, character_size(to, t)));
    }
    return give_copy(ctx, out, text);
}
STREAMQL_KERNEL(sqk_split_part) {
    std::string_view s = a[0].str.view(), delimiter = a[1].str.view();
    int64_t field = a[2].i64;
    if (field == 0) return RowError::kInvalidArgument;
    if (delimiter.empty() || s.empty()) return give(out, field == 1 || field == -1 ? s : std::string_view());
    if (field < 0) {
        int64_t fields = 1;
        for (size_t at = s.find(delimiter); at != std::string_view::npos; at = s.find(delimiter, at + delimiter.size()))
            ++fields;
        field += fields + 1;
        if (field <= 0) return give(out, std::string_view());
    }
    for (; field > 1; --field) {
        size_t at = s.find(delimiter);
        if (at == std::string_view::npos) return give(out, std::string_view());
        s.remove_prefix(at + delimiter.size());
    }
    return give(out, s.substr(0, s.find(delimiter)));
}
STREAMQL_KERNEL(sqk_left) {
    std::string_view s = a[0].str.view();
    int64_t count = a[1].i64 >= 0 ? a[1].i64 : std::max<int64_t>(characters(s) + a[1].i64, 0);
    return give(out, s.substr(0, offset_of(s, count)));
}
STREAMQL_KERNEL(sqk_right) {
    std::string_view s = a[0].str.view();
    int64_t skip = a[1].i64 < 0 ? -a[1].i64 : std::max<int64_t>(characters(s) - a[1].i64, 0);
    return give(out, s.substr(offset_of(s, skip)));
}
STREAMQL_KERNEL(sqk_lpad) { return pad(ctx, a, n, true, out); }
STREAMQL_KERNEL(sqk_rpad) { return pad(ctx, a, n, false, out); }
STREAMQL_KERNEL(sqk_concat) {
    std::string& text = scratch();
    for (int32_t i = 0; i < n; ++i)
        if (!a[i].null) text.append(a[i].str.view());
    return give_copy(ctx, out, text);
}
STREAMQL_KERNEL(sqk_concat_ws) {
    if (a[0].null) return give_null(out);
    std::string& text = scratch();
    bool first = true;
    for (int32_t i = 1; i < n; ++i) {
        if (a[i].null) continue;
        if (!first) text.append(a[0].str.view());
        text.append(a[i].str.view());
        first = false;
    }
    return give_copy(ctx, out, text);
}
STREAMQL_KERNEL(sqk_starts_with) { return give(out, a[0].str.view().starts_with(a[1].str.view())); }

}  // namespace streamql
