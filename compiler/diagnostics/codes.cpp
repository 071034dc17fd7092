#include "compiler/diagnostics/codes.h"

namespace streamql {
namespace {

constexpr DiagnosticCode kCodes[] = {
    // parse
    {"syntax", "the text is not a statement of the language"},
    {"unknown-statement", "a statement starts with a word that begins no statement"},
    {"missing-semicolon", "a new statement starts before the one before it has ended"},
    {"unterminated-string", "a string, a quoted name or a comment is never closed"},
    {"unbalanced-parenthesis", "a parenthesis or bracket has no partner"},
    {"reserved-word", "a reserved word stands where a name is needed; quote it"},
    {"bad-character", "a character that no token starts with"},
    {"invalid-utf8", "the script is not UTF-8"},
    {"too-deep", "expressions, subqueries or types are nested too deeply"},
    {"too-long", "a statement is longer than 1 MiB"},
    {"bad-interval", "the text of an interval or duration is not one"},
    {"bad-number", "a number that cannot be used in this place"},
    {"bad-window", "a WINDOW clause lacks a part it needs, repeats one or has one of another kind of window"},
    {"bad-attribution", "the arguments of an ATTRIBUTE model are wrong"},
    {"duplicate-clause", "a clause is given twice"},
    {"duplicate-option", "an option is given twice"},
    {"missing-variable", "a ${NAME} in a string names no environment variable and has no default"},
};

}  // namespace

std::span<const DiagnosticCode> diagnostic_codes() { return kCodes; }

bool is_diagnostic_code(std::string_view code) {
    for (const DiagnosticCode& c : kCodes)
        if (c.code == code) return true;
    return false;
}

}  // namespace streamql
