#include "runtime/functions/text_pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "runtime/functions/letter_case.h"
#include "runtime/text/utf8.h"
#include "runtime/types/nested.h"

namespace streamql {

namespace {

constexpr size_t kMaxCached = 256;

enum class Match { kNo, kYes, kBadPattern };

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Greedy with one point of return: linear for one %, at worst text times pattern. The escape is a backslash.
Match like(std::string_view s, std::string_view p, bool fold_ascii) {
    auto same = [fold_ascii](char a, char b) { return fold_ascii ? fold(a) == fold(b) : a == b; };
    size_t i = 0, j = 0, star = std::string_view::npos, retry = 0;
    while (i < s.size()) {
        bool step = false;
        if (j < p.size()) {
            if (p[j] == '\\') {
                if (j + 1 >= p.size()) return Match::kBadPattern;
                step = same(p[j + 1], s[i]);
                if (step) j += 2, ++i;
            } else if (p[j] == '%') {
                star = ++j;
                retry = i;
                continue;
            } else if (p[j] == '_') {
                i += character_size(s, i);
                ++j;
                step = true;
            } else if (same(p[j], s[i])) {
                ++i, ++j;
                step = true;
            }
        }
        if (step) continue;
        if (star == std::string_view::npos) return Match::kNo;
        retry += character_size(s, retry);
        i = retry;
        j = star;
    }
    while (j < p.size() && p[j] == '%') ++j;
    if (j + 1 == p.size() && p[j] == '\\') return Match::kBadPattern;
    return j == p.size() ? Match::kYes : Match::kNo;
}

/// The pattern with a backslash in place of another escape character (empty: none).
void append_with_backslash(std::string_view p, std::string_view escape, std::string& to) {
    bool escaped = false;
    while (!p.empty()) {
        const bool is_escape = !escaped && !escape.empty() && p.starts_with(escape);
        const size_t size = is_escape ? escape.size() : 1;
        if (is_escape)
            to.push_back('\\');
        else if (p[0] == '\\' && !escaped)
            to.append("\\\\");
        else
            to.push_back(p[0]);
        escaped = is_escape;
        p.remove_prefix(size);
    }
}

bool is_ascii(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
}

RowError give_like(KernelContext* ctx, const Cell* a, int32_t n, bool any_case, bool negated, Cell* out) {
    std::string_view text = a[0].str.view(), pattern = a[1].str.view();
    if (n > 2 && a[2].str.view() != "\\") {
        std::string_view escape = a[2].str.view();
        if (!escape.empty() && character_size(escape, 0) != escape.size()) return RowError::kInvalidArgument;
        std::string& with_backslash = scratch();
        append_with_backslash(pattern, escape, with_backslash);
        pattern = with_backslash;
    }
    const bool ascii = is_ascii(text) && is_ascii(pattern);
    if (any_case && !ascii) {
        text = with_case(text, LetterCase::kLower, *ctx->arena);
        pattern = with_case(pattern, LetterCase::kLower, *ctx->arena);
    }
    Match m = like(text, pattern, any_case && ascii);
    if (m == Match::kBadPattern) return RowError::kInvalidArgument;
    return give(out, (m == Match::kYes) != negated);
}

struct Flags {
    bool any_case = false, all = false, newline = false;
    bool read(std::string_view text) {
        for (char c : text) {
            if (c == 'i')
                any_case = true;
            else if (c == 'c')
                any_case = false;
            else if (c == 'g')
                all = true;
            else if (c == 'n' || c == 'm')
                newline = true;
            else if (c != 's')
                return false;
        }
        return true;
    }
};

/// Whether a quantifier such as *? stands in the pattern.
bool has_lazy_quantifier(std::string_view p) {
    bool in_brackets = false;
    for (size_t i = 0; i < p.size(); ++i) {
        const char c = p[i];
        if (c == '\\') {
            ++i;
        } else if (in_brackets) {
            in_brackets = c != ']';
        } else if (c == '[') {
            in_brackets = true;
            if (p.substr(i + 1).starts_with('^')) ++i;
            if (p.substr(i + 1).starts_with(']')) ++i;
        } else if (c == '(' && p.substr(i + 1).starts_with('?')) {
            ++i;
        } else if ((c == '*' || c == '+' || c == '?' || c == '}') && p.substr(i + 1).starts_with('?')) {
            return true;
        }
    }
    return false;
}

/// Null if the expression is not valid.
const RE2* compiled(std::string_view pattern, const Flags& flags) {
    thread_local std::unordered_map<std::string, std::unique_ptr<RE2>> cache;
    thread_local std::string key;
    key.assign(1, static_cast<char>('0' + (flags.any_case ? 1 : 0) + (flags.newline ? 2 : 0))).append(pattern);
    auto at = cache.find(key);
    if (at == cache.end()) {
        if (cache.size() >= kMaxCached) cache.clear();
        RE2::Options options;
        options.set_log_errors(false);
        options.set_case_sensitive(!flags.any_case);
        options.set_dot_nl(!flags.newline);
        options.set_longest_match(!has_lazy_quantifier(pattern));
        std::string text = flags.newline ? "(?m)" : "";
        text.append(pattern);
        at = cache.emplace(key, std::make_unique<RE2>(text, options)).first;
    }
    return at->second->ok() ? at->second.get() : nullptr;
}

RowError give_match(const Cell* a, bool any_case, bool negated, Cell* out) {
    Flags flags;
    flags.any_case = any_case;
    const RE2* re = compiled(a[1].str.view(), flags);
    if (re == nullptr) return RowError::kInvalidArgument;
    re2::StringPiece text(a[0].str.data, a[0].str.size);
    return give(out, re->Match(text, 0, text.size(), RE2::UNANCHORED, nullptr, 0) != negated);
}

constexpr int kMaxGroups = 10;

/// \1..\9, \& (the whole), \\.
void append_replacement(std::string_view with, const re2::StringPiece* groups, int count, std::string& to) {
    for (size_t i = 0; i < with.size(); ++i) {
        char next = i + 1 < with.size() ? with[i + 1] : '\0';
        if (with[i] != '\\' || next == '\0') {
            to.push_back(with[i]);
        } else if (next == '&' || (next >= '1' && next <= '9')) {
            int g = next == '&' ? 0 : next - '0';
            if (g < count && groups[g].data() != nullptr) to.append(groups[g].data(), groups[g].size());
            ++i;
        } else {
            if (next != '\\') to.push_back('\\');
            to.push_back(next);
            ++i;
        }
    }
}

/// The nth match from byte `at` on replaced, or with nth = 0 each of them.
RowError replace_matches(KernelContext* ctx, const Cell* a, const Flags& flags, size_t at, int64_t nth, Cell* out) {
    const RE2* re = compiled(a[1].str.view(), flags);
    if (re == nullptr) return RowError::kInvalidArgument;
    re2::StringPiece text(a[0].str.data, a[0].str.size), groups[kMaxGroups];
    int count = std::min(re->NumberOfCapturingGroups() + 1, kMaxGroups);
    std::string& result = scratch();
    std::string_view s = a[0].str.view();
    size_t copied = 0;
    for (int64_t found = 1; at <= s.size() && re->Match(text, at, text.size(), RE2::UNANCHORED, groups, count);
         ++found) {
        size_t begin = static_cast<size_t>(groups[0].data() - s.data()), end = begin + groups[0].size();
        if (nth == 0 || found == nth) {
            result.append(s.substr(copied, begin - copied));
            append_replacement(a[2].str.view(), groups, count, result);
            copied = end;
        }
        if (found == nth) break;
        at = end;
        if (groups[0].empty()) {
            if (at >= s.size()) break;
            at += character_size(s, at);
        }
    }
    return give_copy(ctx, out, result.append(s.substr(copied)));
}

}  // namespace

std::string regular_expression_problem(std::string_view pattern) {
    RE2 re(pattern, RE2::Quiet);
    if (!re.ok()) return re.error();
    return re.NumberOfCapturingGroups() > kMaxGroups * 4 ? "it has too many groups" : "";
}

STREAMQL_KERNEL(sqk_like) { return give_like(ctx, a, n, false, false, out); }
STREAMQL_KERNEL(sqk_not_like) { return give_like(ctx, a, n, false, true, out); }
STREAMQL_KERNEL(sqk_ilike) { return give_like(ctx, a, n, true, false, out); }
STREAMQL_KERNEL(sqk_not_ilike) { return give_like(ctx, a, n, true, true, out); }
STREAMQL_KERNEL(sqk_matches) { return give_match(a, false, false, out); }
STREAMQL_KERNEL(sqk_imatches) { return give_match(a, true, false, out); }
STREAMQL_KERNEL(sqk_not_matches) { return give_match(a, false, true, out); }
STREAMQL_KERNEL(sqk_not_imatches) { return give_match(a, true, true, out); }

STREAMQL_KERNEL(sqk_substring_regex) {
    const RE2* re = compiled(a[1].str.view(), {});
    if (re == nullptr) return RowError::kInvalidArgument;
    re2::StringPiece text(a[0].str.data, a[0].str.size), groups[2];
    int wanted = re->NumberOfCapturingGroups() > 0 ? 2 : 1;
    if (!re->Match(text, 0, text.size(), RE2::UNANCHORED, groups, wanted) || groups[wanted - 1].data() == nullptr)
        return give_null(out);
    return give(out, Str{groups[wanted - 1].data(), groups[wanted - 1].size()});
}

STREAMQL_KERNEL(sqk_regexp_match) {
    Flags flags;
    if (n > 2 && (!flags.read(a[2].str.view()) || flags.all)) return RowError::kInvalidArgument;
    const RE2* re = compiled(a[1].str.view(), flags);
    if (re == nullptr || re->NumberOfCapturingGroups() > kMaxGroups * 4) return RowError::kInvalidArgument;
    re2::StringPiece text(a[0].str.data, a[0].str.size), groups[kMaxGroups * 4 + 1];
    int captures = re->NumberOfCapturingGroups();
    if (!re->Match(text, 0, text.size(), RE2::UNANCHORED, groups, captures + 1)) return give_null(out);
    thread_local NestedBuilder builder;
    builder.begin(NestedForm::kArray);
    for (int i = captures == 0 ? 0 : 1; i <= captures; ++i) {
        if (groups[i].data() == nullptr)
            builder.add_null();
        else
            builder.add(TypeKind::kString, Cell::of(Str{groups[i].data(), groups[i].size()}));
    }
    return give(out, builder.finish(*ctx->arena));
}

STREAMQL_KERNEL(sqk_regexp_replace) {
    Flags flags;
    if (n > 3 && !flags.read(a[3].str.view())) return RowError::kInvalidArgument;
    return replace_matches(ctx, a, flags, 0, flags.all ? 0 : 1, out);
}

STREAMQL_KERNEL(sqk_regexp_replace_from) {
    Flags flags;
    int64_t start = a[3].i64, nth = n > 4 ? a[4].i64 : 1;
    if (start < 1 || nth < 0 || (n > 5 && !flags.read(a[5].str.view()))) return RowError::kInvalidArgument;
    std::string_view s = a[0].str.view();
    size_t at = 0;
    for (; start > 1 && at < s.size(); --start) at += character_size(s, at);
    return replace_matches(ctx, a, flags, start > 1 ? s.size() + 1 : at, nth, out);
}

}  // namespace streamql
