// The registry's text, pattern, hash, JSON and URL functions.
#include "compiler/functions/entries.h"
#include "runtime/functions/hash.h"
#include "runtime/functions/json.h"
#include "runtime/functions/number_format.h"
#include "runtime/functions/text.h"
#include "runtime/functions/text_pattern.h"
#include "runtime/functions/url.h"

namespace streamql {

namespace {

Type array_of_text(const std::vector<Type>&) { return Type::array(TypeKind::kString); }

constexpr const char* kFormats = "the formats are 'hex', 'base64' and 'escape'";
constexpr const char* kNumberPattern =
    "a pattern is made of 9, 0, comma (G), point (D) once, FM, MI, PL, SG, S, PR and \"text\"";
constexpr const char* kReplaceFlags =
    "the flags are g (every match), i (any case), c (exact case), n or m (lines) and s (one text)";
constexpr const char* kMatchFlags = "the flags are i (any case), c (exact case), n or m (lines) and s (one text)";
const JudgedArgument kPath{1, "$", "a path starts with $ and goes on with .name, .\"name\", ['name'] and [0]"};
const JudgedArgument kStart{3, "1", "positions count from 1"};
const JudgedArgument kNth{4, "1", "the n-th match counts from 1, and 0 is every one"};

void add_plain_text(Entries& to) {
    to.add("length", "i(t)", sqk_char_length, kSafe, "characters");
    to.add("length", "i(y)", sqk_octet_length, kSafe, "bytes");
    to.add("char_length", "i(t)", sqk_char_length, kSafe, "characters");
    to.add("character_length", "i(t)", sqk_char_length, kSafe, "characters");
    to.add("octet_length", "i(t)", sqk_octet_length, kSafe, "bytes");
    to.add("octet_length", "i(y)", sqk_octet_length, kSafe, "bytes");
    to.add("lower", "t(t)", sqk_lower, kSafe, "in lower case");
    to.add("upper", "t(t)", sqk_upper, kSafe, "in upper case");
    to.add("initcap", "t(t)", sqk_initcap, kSafe, "each word with a capital");
    to.add("reverse", "t(t)", sqk_reverse, kSafe, "characters in reverse");
    to.add("repeat", "t(ti)", sqk_repeat, kFails, "the text so many times");
    to.add("ascii", "i(t)", sqk_ascii, kSafe, "code of the first character");
    to.add("chr", "t(i)", sqk_chr,
           kFails.judging({{0, "65", "the codes of characters go from 1 to 1114111, without 55296 to 57343"}}),
           "the character of a code");
    for (const char* name : {"trim", "btrim"}) {
        to.add(name, "t(t)", sqk_btrim, kSafe, "without spaces at both ends");
        to.add(name, "t(tt)", sqk_btrim, kSafe, "without these characters at both ends");
    }
    to.add("ltrim", "t(t)", sqk_ltrim, kSafe, "without spaces at the start");
    to.add("ltrim", "t(tt)", sqk_ltrim, kSafe, "without these characters at the start");
    to.add("rtrim", "t(t)", sqk_rtrim, kSafe, "without spaces at the end");
    to.add("rtrim", "t(tt)", sqk_rtrim, kSafe, "without these characters at the end");
    for (const char* name : {"substring", "substr"}) {
        to.add(name, "t(ti)", sqk_substring, kFails, "from a position (1 is the first)");
        to.add(name, "t(tii)", sqk_substring, kFails.judging({{2, "1", "a length is not negative"}}),
               "so many characters from a position");
    }
    to.add("substring", "t(tt)", sqk_substring_regex, kFailsNullable.judging({regular_expression()}),
           "the part that matches a regular expression");
    to.add("position", "i(tt)", sqk_position, kSafe, "position(part, text): where a part begins, or 0");
    to.add("strpos", "i(tt)", sqk_strpos, kSafe, "strpos(text, part): where a part begins, or 0");
    to.add("replace", "t(ttt)", sqk_replace, kSafe, "every occurrence of a part replaced");
    to.add("translate", "t(ttt)", sqk_translate, kSafe, "characters replaced one by one");
    to.add("split_part", "t(tti)", sqk_split_part, kFails.judging({{2, "1", "1 is the first field, -1 the last"}}),
           "the n-th field between delimiters; negative counts from the end");
    to.add("left", "t(ti)", sqk_left, kSafe, "first n characters; negative: all but the last");
    to.add("right", "t(ti)", sqk_right, kSafe, "last n characters; negative: all but the first");
    to.add("lpad", "t(ti)", sqk_lpad, kFails, "filled or cut to a length, on the left");
    to.add("lpad", "t(tit)", sqk_lpad, kFails);
    to.add("rpad", "t(ti)", sqk_rpad, kFails, "filled or cut to a length, on the right");
    to.add("rpad", "t(tit)", sqk_rpad, kFails);
    to.add("concat", "t(t...)", sqk_concat, kSeesNulls, "all arguments joined, NULLs left out");
    to.add("concat_ws", "t(tt...)", sqk_concat_ws, kSeesNulls, "joined with a separator, NULLs left out");
    to.add("starts_with", "b(tt)", sqk_starts_with, kSafe, "the text begins with a part");
}

}  // namespace

JudgedArgument regular_expression() {
    return {
        1, "",
        "the dialect is PostgreSQL's as far as RE2 has it: no back references, no look-ahead, no look-behind, at most "
        "40 groups",
        regular_expression_problem};
}

void add_text(Entries& to) {
    add_plain_text(to);
    const JudgedArgument pattern = regular_expression();
    const Traits groups{.nullable = true, .rule = array_of_text};
    to.add("regexp_match", "A(tt)", sqk_regexp_match, groups.judging({pattern}), "captured groups of the first match");
    to.add("regexp_match", "A(ttt)", sqk_regexp_match, groups.judging({pattern, {2, "", kMatchFlags}}), "with flags");
    to.add("regexp_replace", "t(ttt)", sqk_regexp_replace, kFails.judging({pattern}),
           "the first match replaced; \\1 is a group");
    to.add("regexp_replace", "t(tttt)", sqk_regexp_replace, kFails.judging({pattern, {3, "", kReplaceFlags}}),
           "with flags: g all, i any case");
    to.add("regexp_replace", "t(ttti)", sqk_regexp_replace_from, kFails.judging({pattern, kStart}),
           "the first match from a position on");
    to.add("regexp_replace", "t(tttii)", sqk_regexp_replace_from, kFails.judging({pattern, kStart, kNth}),
           "the n-th match from a position on; 0 is every one");
    to.add("regexp_replace", "t(tttiit)", sqk_regexp_replace_from,
           kFails.judging({pattern, kStart, kNth, {5, "", kReplaceFlags}}));
    to.add("regexp_like", "b(tt)", sqk_matches, kFails.judging({pattern}), "the text matches a regular expression");
    to.add("md5", "t(t)", sqk_md5, kSafe, "MD5 as hexadecimal text");
    to.add("md5", "t(y)", sqk_md5, kSafe);
    to.add("sha224", "y(y)", sqk_sha224, kSafe, "SHA-224");
    to.add("sha256", "y(y)", sqk_sha256, kSafe, "SHA-256");
    to.add("sha384", "y(y)", sqk_sha384, kSafe, "SHA-384");
    to.add("sha512", "y(y)", sqk_sha512, kSafe, "SHA-512");
    to.add("encode", "t(yt)", sqk_encode, kFails.judging({{1, "hex", kFormats}}),
           "bytes as hex, base64 or escape text");
    to.add("decode", "y(tt)", sqk_decode, kFails.judging({{1, "hex", kFormats}}),
           "hex, base64 or escape text as bytes");
    to.add("xxhash64", "l(t)", sqk_xxhash64, kSafe, "64-bit xxHash of the bytes, seed 0");
    to.add("xxhash64", "l(y)", sqk_xxhash64, kSafe);
    to.add("murmur2", "i(t)", sqk_murmur2, kSafe, "Kafka's murmur2 of the bytes");
    to.add("murmur2", "i(y)", sqk_murmur2, kSafe);
    const Traits formatted = kFails.judging({{1, "9", kNumberPattern}});
    for (const char* s : {"t(it)", "t(lt)"})
        to.add("to_char", s, sqk_to_char_int, formatted, "a number by a pattern such as 'FM999,990.00'");
    to.add("to_char", "t(nt)", sqk_to_char_decimal, formatted);
    to.add("to_char", "t(dt)", sqk_to_char_double, formatted);
    to.add("to_number", "n(tt)", sqk_to_number,
           kFails.judging({{0, "1", "the text has at least one digit"}, {1, "9", kNumberPattern}}),
           "text by a pattern to a number");
    to.add("->", "j(jt)", sqk_json_get_key, kSafeNullable, "member of a JSON object");
    to.add("->", "j(ji)", sqk_json_get_index, kSafeNullable, "element of a JSON array, from 0; negative from the end");
    to.add("->>", "t(jt)", sqk_json_text_key, kSafeNullable, "member as text");
    to.add("->>", "t(ji)", sqk_json_text_index, kSafeNullable, "element as text");
    to.add("json_array_length", "i(j)", sqk_json_array_length, kFails, "elements of a JSON array");
    to.add("json_value", "t(jt)", sqk_json_value, kFailsNullable.judging({kPath}),
           "scalar at a path such as '$.a.b[0]' as text");
    to.add("json_value", "t(tt)", sqk_json_value, kFailsNullable.judging({kPath}));
    to.add("url_host", "t(t)", sqk_url_host, kSafeNullable, "host of a URL");
    to.add("url_path", "t(t)", sqk_url_path, kSafeNullable, "path of a URL");
    to.add("url_param", "t(tt)", sqk_url_param, kSafeNullable, "value of a query parameter, decoded");
}

}  // namespace streamql
