#include "runtime/functions/json.h"

#include <charconv>

#include "runtime/text/json_text.h"

namespace streamql {

namespace {

constexpr int kMaxDepth = 512;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
    JsonScanner s(text);
    std::string_view raw;
    return s.value(&raw) ? raw : std::string_view();
}

/// The last member of that name wins, as in PostgreSQL's json.
bool member(std::string_view object, std::string_view key, Arena& arena, std::string_view* found) {
    JsonScanner s(object);
    bool any = false;
    std::string_view name, value;
    s.spaces();
    if (!s.take('{')) return false;
    s.spaces();
    if (s.peek() == '}') return false;
    do {
        s.spaces();
        if (!s.string(&name)) return false;
        s.spaces();
        if (!s.take(':') || !s.value(&value)) return false;
        s.spaces();
        if (json_unescape(name.substr(1, name.size() - 2), arena) == key) *found = value, any = true;
    } while (s.take(','));
    return any;
}

bool element(std::string_view array, int64_t index, std::string_view* found, int64_t* count) {
    JsonScanner s(array);
    *count = 0;
    s.spaces();
    if (!s.take('[')) return false;
    s.spaces();
    if (s.peek() == ']') return false;
    std::string_view value;
    do {
        if (!s.value(&value)) return false;
        if ((*count)++ == index) {
            *found = value;
            return true;
        }
        s.spaces();
    } while (s.take(','));
    return false;
}

bool element_at(std::string_view array, int64_t index, std::string_view* found) {
    int64_t count;
    if (index < 0) {
        element(array, INT64_MAX, found, &count);
        index += count;
        if (index < 0) return false;
    }
    return element(array, index, found, &count);
}

RowError give_text(KernelContext* ctx, std::string_view raw, Cell* out) {
    if (raw == "null") return give_null(out);
    if (raw[0] != '"') return give(out, raw);
    return give(out, json_unescape(raw.substr(1, raw.size() - 2), *ctx->arena));
}

/// $.a."b c"[0]['d']; false if malformed, *missing if the path leads nowhere.
bool walk(std::string_view path, Arena& arena, std::string_view* value, bool* missing) {
    if (path.empty() || path[0] != '$') return false;
    path.remove_prefix(1);
    while (!path.empty()) {
        char c = path[0];
        path.remove_prefix(1);
        if (c == '.' || (c == '[' && !path.empty() && path[0] == '\'')) {
            bool bracket = c == '[', quoted = bracket || (!path.empty() && path[0] == '"');
            if (quoted) path.remove_prefix(1);
            size_t end = quoted ? path.find(bracket ? '\'' : '"') : path.find_first_of(".[");
            if (quoted && end == std::string_view::npos) return false;
            std::string_view key = path.substr(0, end);
            path.remove_prefix(key.size() + (quoted ? 1 : 0));
            if (!quoted && key.empty()) return false;
            if (bracket) {
                if (path.empty() || path[0] != ']') return false;
                path.remove_prefix(1);
            }
            if (!*missing && !member(*value, key, arena, value)) *missing = true;
        } else if (c == '[') {
            int64_t index = 0;
            auto [after, error] = std::from_chars(path.data(), path.data() + path.size(), index);
            path.remove_prefix(static_cast<size_t>(after - path.data()));
            if (error != std::errc{} || index < 0 || path.empty() || path[0] != ']') return false;
            path.remove_prefix(1);
            if (!*missing && !element_at(*value, index, value)) *missing = true;
        } else {
            return false;
        }
    }
    return true;
}

}  // namespace

bool JsonScanner::literal(std::string_view word) {
    if (static_cast<size_t>(end_ - p_) < word.size() || std::string_view(p_, word.size()) != word) return false;
    p_ += word.size();
    return true;
}

bool JsonScanner::number() {
    take('-');
    if (!is_digit(peek())) return false;
    if (!take('0'))
        while (is_digit(peek())) ++p_;
    if (take('.')) {
        if (!is_digit(peek())) return false;
        while (is_digit(peek())) ++p_;
    }
    if (peek() == 'e' || peek() == 'E') {
        ++p_;
        if (peek() == '+' || peek() == '-') ++p_;
        if (!is_digit(peek())) return false;
        while (is_digit(peek())) ++p_;
    }
    return true;
}

bool JsonScanner::string(std::string_view* raw) {
    const char* begin = p_;
    if (!take('"')) return false;
    while (p_ < end_) {
        unsigned char c = static_cast<unsigned char>(*p_++);
        if (c < 0x20) return false;
        if (c == '"') {
            *raw = {begin, static_cast<size_t>(p_ - begin)};
            return true;
        }
        if (c != '\\') continue;
        char escape = peek();
        if (escape == 'u') {
            if (end_ - p_ < 5) return false;
            for (int i = 1; i <= 4; ++i) {
                char h = static_cast<char>(p_[i] | 32);
                if (!is_digit(p_[i]) && (h < 'a' || h > 'f')) return false;
            }
            p_ += 5;
        } else {
            if (p_ == end_ || std::string_view("\"\\/bfnrt").find(escape) == std::string_view::npos) return false;
            ++p_;
        }
    }
    return false;
}

bool JsonScanner::value(std::string_view* raw, int depth) {
    spaces();
    const char* begin = p_;
    std::string_view inner;
    if (depth > kMaxDepth) return false;
    char c = peek();
    if (c == '"') return string(raw);
    if (c == '{' || c == '[') {
        char close = c == '{' ? '}' : ']';
        ++p_;
        spaces();
        if (!take(close)) {
            do {
                if (close == '}') {
                    spaces();
                    if (!string(&inner)) return false;
                    spaces();
                    if (!take(':')) return false;
                }
                if (!value(&inner, depth + 1)) return false;
                spaces();
            } while (take(','));
            if (!take(close)) return false;
        }
    } else if (c == 't' ? !literal("true") : c == 'f' ? !literal("false") : c == 'n' ? !literal("null") : !number()) {
        return false;
    }
    *raw = {begin, static_cast<size_t>(p_ - begin)};
    return true;
}

bool is_json(std::string_view text) {
    JsonScanner s(text);
    std::string_view raw;
    if (!s.value(&raw)) return false;
    s.spaces();
    return s.done();
}

STREAMQL_KERNEL(sqk_json_get_key) {
    std::string_view found;
    return member(a[0].str.view(), a[1].str.view(), *ctx->arena, &found) ? give(out, found) : give_null(out);
}
STREAMQL_KERNEL(sqk_json_get_index) {
    std::string_view found;
    return element_at(a[0].str.view(), a[1].i64, &found) ? give(out, found) : give_null(out);
}
STREAMQL_KERNEL(sqk_json_text_key) {
    std::string_view found;
    return member(a[0].str.view(), a[1].str.view(), *ctx->arena, &found) ? give_text(ctx, found, out) : give_null(out);
}
STREAMQL_KERNEL(sqk_json_text_index) {
    std::string_view found;
    return element_at(a[0].str.view(), a[1].i64, &found) ? give_text(ctx, found, out) : give_null(out);
}
STREAMQL_KERNEL(sqk_json_array_length) {
    std::string_view array = trimmed(a[0].str.view()), found;
    if (array.empty() || array[0] != '[') return RowError::kInvalidArgument;
    int64_t count;
    element(array, INT64_MAX, &found, &count);
    return give(out, count);
}
STREAMQL_KERNEL(sqk_json_value) {
    std::string_view value = trimmed(a[0].str.view());
    bool missing = value.empty();
    if (!walk(a[1].str.view(), *ctx->arena, &value, &missing)) return RowError::kInvalidArgument;
    if (missing || value[0] == '{' || value[0] == '[') return give_null(out);
    return give_text(ctx, value, out);
}

}  // namespace streamql
