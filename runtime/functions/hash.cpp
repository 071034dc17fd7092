#include "runtime/functions/hash.h"

#include <xxhash.h>

#include "runtime/state/murmur2.h"
#include "runtime/text/bytes_text.h"

namespace streamql {

namespace {

constexpr size_t kBase64Line = 76;  // as PostgreSQL breaks it

RowError give_hex(KernelContext* ctx, std::string_view bytes, Cell* out) {
    std::string& text = scratch();
    append_hex(bytes, text);
    return give_copy(ctx, out, text);
}

template <Digest kind>
RowError give_digest(KernelContext* ctx, const Cell* a, Cell* out) {
    return give(out, digest(kind, a[0].str.view(), *ctx->arena));
}

bool is_word(std::string_view text, std::string_view word) {
    if (text.size() != word.size()) return false;
    for (size_t i = 0; i < text.size(); ++i)
        if ((text[i] | 32) != (word[i] | 32)) return false;
    return true;
}

}  // namespace

STREAMQL_KERNEL(sqk_md5) { return give_hex(ctx, digest(Digest::kMd5, a[0].str.view(), *ctx->arena).view(), out); }
STREAMQL_KERNEL(sqk_sha224) { return give_digest<Digest::kSha224>(ctx, a, out); }
STREAMQL_KERNEL(sqk_sha256) { return give_digest<Digest::kSha256>(ctx, a, out); }
STREAMQL_KERNEL(sqk_sha384) { return give_digest<Digest::kSha384>(ctx, a, out); }
STREAMQL_KERNEL(sqk_sha512) { return give_digest<Digest::kSha512>(ctx, a, out); }
STREAMQL_KERNEL(sqk_encode) {
    std::string_view s = a[0].str.view(), format = a[1].str.view();
    if (is_word(format, "hex")) return give_hex(ctx, s, out);
    std::string& text = scratch();
    if (is_word(format, "base64"))
        append_base64(s, kBase64Line, text);
    else if (is_word(format, "escape"))
        append_escaped_bytes(s, text);
    else
        return RowError::kInvalidArgument;
    return give_copy(ctx, out, text);
}
STREAMQL_KERNEL(sqk_decode) {
    std::string_view s = a[0].str.view(), format = a[1].str.view();
    std::string& bytes = scratch();
    Str decoded;
    if (is_word(format, "hex")) {
        bytes.append("\\x").append(s);
        if (!parse_bytes_text(bytes, *ctx->arena, &decoded)) return RowError::kInvalidArgument;
        return give(out, decoded);
    }
    if (is_word(format, "base64"))
        return append_from_base64(s, bytes) ? give_copy(ctx, out, bytes) : RowError::kInvalidArgument;
    if (!is_word(format, "escape") || (s.size() > 1 && s[0] == '\\' && s[1] == 'x')) return RowError::kInvalidArgument;
    return parse_bytes_text(s, *ctx->arena, &decoded) ? give(out, decoded) : RowError::kInvalidArgument;
}
STREAMQL_KERNEL(sqk_xxhash64) { return give(out, static_cast<int64_t>(XXH64(a[0].str.data, a[0].str.size, 0))); }
STREAMQL_KERNEL(sqk_murmur2) { return give(out, static_cast<int64_t>(static_cast<int32_t>(murmur2(a[0].str.view())))); }

}  // namespace streamql
