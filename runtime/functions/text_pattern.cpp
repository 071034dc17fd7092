#include "runtime/functions/text_pattern.h"

#include <re2/re2.h>

#include <memory>
#include <unordered_map>

#include "runtime/types/nested.h"

namespace streamql {

namespace {

constexpr size_t kMaxCached = 256;

enum class Match { kNo, kYes, kBadPattern };

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

size_t character_size(std::string_view s, size_t at) {
    size_t end = at + 1;
    while (end < s.size() && (static_cast<unsigned char>(s[end]) & 0xC0) == 0x80) ++end;
    return end - at;
}

/// Greedy with one point of return: linear for one %, at worst text times pattern.
Match like(std::string_view s, std::string_view p, char escape, bool any_case) {
    size_t i = 0, j = 0, star = std::string_view::npos, retry = 0;
    while (i < s.size()) {
        bool step = false;
        if (j < p.size()) {
            char c = p[j];
            if (c == escape && escape != '\0') {
                if (j + 1 >= p.size()) return Match::kBadPattern;
                step = any_case ? fold(p[j + 1]) == fold(s[i]) : p[j + 1] == s[i];
                if (step) j += 2, ++i;
            } else if (c == '%') {
                star = ++j;
                retry = i;
                continue;
            } else if (c == '_') {
                i += character_size(s, i);
                ++j;
                step = true;
            } else if (any_case ? fold(c) == fold(s[i]) : c == s[i]) {
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
    if (j < p.size() && p[j] == escape && escape != '\0' && j + 1 >= p.size()) return Match::kBadPattern;
    return j == p.size() ? Match::kYes : Match::kNo;
}

RowError give_like(const Cell* a, int32_t n, bool any_case, bool negated, Cell* out) {
    char escape = '\\';
    if (n > 2) {
        if (a[2].str.size > 1) return RowError::kInvalidArgument;
        escape = a[2].str.size == 0 ? '\0' : a[2].str.data[0];
    }
    Match m = like(a[0].str.view(), a[1].str.view(), escape, any_case);
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

}  // namespace

STREAMQL_KERNEL(sqk_like) { return give_like(a, n, false, false, out); }
STREAMQL_KERNEL(sqk_not_like) { return give_like(a, n, false, true, out); }
STREAMQL_KERNEL(sqk_ilike) { return give_like(a, n, true, false, out); }
STREAMQL_KERNEL(sqk_not_ilike) { return give_like(a, n, true, true, out); }
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
    const RE2* re = compiled(a[1].str.view(), flags);
    if (re == nullptr) return RowError::kInvalidArgument;
    re2::StringPiece text(a[0].str.data, a[0].str.size), groups[kMaxGroups];
    int count = std::min(re->NumberOfCapturingGroups() + 1, kMaxGroups);
    std::string& result = scratch();
    std::string_view s = a[0].str.view();
    size_t at = 0, copied = 0;
    while (at <= s.size() && re->Match(text, at, text.size(), RE2::UNANCHORED, groups, count)) {
        size_t begin = static_cast<size_t>(groups[0].data() - s.data()), end = begin + groups[0].size();
        result.append(s.substr(copied, begin - copied));
        append_replacement(a[2].str.view(), groups, count, result);
        copied = end;
        if (!flags.all) break;
        at = end;
        if (groups[0].empty()) {
            if (at >= s.size()) break;
            at += character_size(s, at);
        }
    }
    return give_copy(ctx, out, result.append(s.substr(copied)));
}

}  // namespace streamql
