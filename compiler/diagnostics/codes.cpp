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
    // bind
    {"ambiguous-column", "a column name is found in several relations"},
    {"bad-argument", "a constant is given to a function that can never work with it"},
    {"bad-duration", "a duration is negative, zero or in months where it may not be"},
    {"bad-key", "DEDUPLICATE BY is given something other than columns"},
    {"bad-literal", "the text of a literal is no value of its type"},
    {"bad-option", "an option's value does not fit it"},
    {"bad-position", "GROUP BY names a position that the select list does not have"},
    {"bad-secret", "a SECRET is neither 'env:NAME' nor 'file:PATH'"},
    {"bad-setting", "a setting's value does not fit it"},
    {"bad-sink-column", "a sink's column is computed or metadata"},
    {"bad-type", "a type's precision or scale is out of range"},
    {"bad-watermark", "WATERMARK FOR is not the column or the column less an interval"},
    {"digits-ignored", "note: a time keeps at most six digits of the second"},
    {"duplicate-column", "a column is declared twice"},
    {"duplicate-name", "a relation, view or function is declared twice"},
    {"empty-range", "the time range of a join is empty"},
    {"key-not-proven", "an upsert sink's PRIMARY KEY is not known to be a key of the result"},
    {"late-columns", "late rows come from several places, and their sink declares no columns"},
    {"length-ignored", "note: the length of a VARCHAR is not checked"},
    {"misplaced-aggregate", "an aggregate stands where none may"},
    {"misplaced-star", "* stands where it may not"},
    {"misplaced-window", "window_start or window_end stands inside an aggregate"},
    {"missing-option", "a required option is not given"},
    {"nested-aggregate", "an aggregate stands inside another"},
    {"nested-window", "a relation that is windowed already is given a window"},
    {"never-final", "EMIT FINAL of something that can never be final"},
    {"no-columns", "a source declares no columns"},
    {"no-from", "a SELECT has no FROM"},
    {"no-join-key", "note: a join has no equality between its sides"},
    {"no-late-data", "LATE DATA TO where no row can be late"},
    {"no-overload", "a function does not take these arguments"},
    {"no-sample", "--local finds nothing to put in place of a topic"},
    {"no-watermark", "an operator over time has an input without an event time"},
    {"no-window", "window_start or window_end without a WINDOW"},
    {"non-deterministic", "note: a function gives another answer at another time"},
    {"non-deterministic-key", "warning: a GROUP BY key is not deterministic"},
    {"not-a-sink", "an INSERT into something that is only read"},
    {"not-a-source", "FROM names something that is only written"},
    {"not-a-struct", "a field is taken of something that has none"},
    {"not-an-aggregate", "FILTER or DISTINCT on a plain function"},
    {"not-event-time", "a window, or the order of a deduplication, names a column that is no event time"},
    {"not-grouped", "a column is neither grouped nor inside an aggregate"},
    {"not-null", "a NOT NULL column of a sink is not given"},
    {"not-supported", "part of the language, and not lowered yet"},
    {"nothing-to-run", "the script has no query"},
    {"recursive-function", "a SQL function calls itself"},
    {"recursive-view", "a view is made of itself"},
    {"repeated-column", "note: a sink's columns come from a query that repeats a name"},
    {"same-place", "a sink writes what another sink writes, or what a source reads"},
    {"sink-columns", "the columns of an INSERT do not fit its sink"},
    {"sink-shared", "a sink is named for dead letters and for the rows of a query"},
    {"symmetric-within", "note: WITHIN with one duration lets an effect precede its cause"},
    {"too-large", "written out, a function, a relation or the whole script has too many parts"},
    {"too-many-columns", "more names are given than there are columns"},
    {"type-mismatch", "a value's type does not fit its place"},
    {"unbounded-join", "the time condition of a join has only one bound"},
    {"union-columns", "the branches of UNION ALL have different numbers of columns"},
    {"unknown-column", "no such column"},
    {"unknown-connector", "no such connector, or not in this role"},
    {"unknown-field", "a STRUCT has no such field"},
    {"unknown-function", "no such function"},
    {"unknown-metadata", "no such metadata column"},
    {"unknown-option", "a connector has no such option"},
    {"unknown-relation", "no such stream, table, view or sink"},
    {"unknown-setting", "SET names no setting"},
    {"unknown-type", "no such type"},
    {"unreadable-secret", "the file of a SECRET cannot be read"},
};

}  // namespace

std::span<const DiagnosticCode> diagnostic_codes() { return kCodes; }

bool is_diagnostic_code(std::string_view code) {
    for (const DiagnosticCode& c : kCodes)
        if (c.code == code) return true;
    return false;
}

}  // namespace streamql
