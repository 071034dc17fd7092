// The words of StreamQL.
//
// Keywords are declared in tokens{} only: a keyword is spelled as its name, in any case. The lexer sees them as IDENTIFIER
// and compiler/parse/words.cpp gives them their own type from one hash table. (As lexer rules, 240 keywords would
// cost more at a cold start than all the rest of parsing. NULL_ is NULL: C++ has a macro of that name.) Characters are bytes: offsets in tokens are byte offsets.
lexer grammar StreamQLLexer;

tokens {
    // reserved: a name only when quoted (StreamQLParser.g4, reservedWord)
    ALL, AND, ANY, ARRAY, AS, BETWEEN, BY, CASE, CAST, CHECK, CONSTRAINT, CREATE, CROSS, DISTINCT, ELSE, END, EXCEPT, EXISTS, FALSE, FOR,
    FROM, FULL, GROUP, HAVING, ILIKE, IN, INNER, INSERT, INTERSECT, INTO, IS, JOIN, LEFT, LIKE, LIMIT, NATURAL, NOT, NULL_,
    ON, OR, ORDER, PRIMARY, RIGHT, SELECT, SIMILAR, SOME, THEN, TRUE, UNION, USING, VALUES, WHEN, WHERE, WITH,
    // names, but not as an alias without AS (clauseWord)
    ASOF, ATTRIBUTE, DEDUPLICATE, EMIT, FETCH, FILTER, GRACE, LATE, OFFSET, OVER, QUALIFY, WINDOW, WITHIN,
    // functions with a grammar of their own: keywords before a parenthesis
    CUBE, EXTRACT, OVERLAY, POSITION, ROLLUP, ROW, SUBSTRING, TRIM, TRY_CAST,
    // functions in FROM with a grammar of their own (tableWord)
    CUMULATE, HOP, LATERAL, SESSION, TABLE, TUMBLE, UNNEST,
    // calls without parentheses
    CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP, LOCALTIME, LOCALTIMESTAMP,
    // units of time: keywords behind a number or a string
    YEAR, YEARS, QUARTER, QUARTERS, MONTH, MONTHS, WEEK, WEEKS, DAY, DAYS, HOUR, HOURS, MINUTE, MINUTES, SECOND, SECONDS,
    MILLISECOND, MILLISECONDS, MICROSECOND, MICROSECONDS,
    // names everywhere (plainWord), some of them keywords beside certain words (words.cpp)
    ADVANCE, AFTER, ANALYZE, ASC, AT, BEFORE, BEGIN, BOTH, BYTEA, BYTES, CHANGES, CHARACTER, CUMULATING, CURRENT,
    DATA, DATE, DESC, DESCRIPTOR, DOUBLE, ENFORCED, ESCAPE, EXECUTE, EXPLAIN, FINAL, FIRST, FOLLOWING, FUNCTION, GAP,
    GROUPING, GROUPS, HOPPING, IF, INTERVAL, ISNULL, JSON, KEY, LAST, LEADING, LINEAR, LOCAL, MAP, MATERIALIZED, METADATA, NEXT, NOTNULL,
    NULLS, OF, ONLY, ORDINALITY, OUTER, PARTITION, PARTITIONED, PERIOD, PERIODIC, PLACING, PLAN, PRECEDING, PRECISION, RANGE,
    RETURNS, ROWS, SECRET, SET, SETS, SINK, SIZE, STATEMENT, STEP, STREAM, STRUCT, SYMMETRIC, SYSTEM_TIME,
    TEMPORARY, TIME, TIMESTAMP, TIMESTAMPTZ, TIMESTAMP_LTZ, TIMEZONE, TIME_DECAY, TO, TRAILING, TUMBLING, UNBOUNDED, UNKNOWN,
    VARYING, VIEW, VIRTUAL, WATERMARK, WITHOUT, ZONE
}

IDENTIFIER: [a-zA-Z_\u0080-\u00FF] [a-zA-Z0-9_$\u0080-\u00FF]* ;
QUOTED_IDENTIFIER: '"' ( ~'"' | '""' )* '"' ;
BACKTICK_IDENTIFIER: '`' ( ~'`' | '``' )* '`' ;

STRING: '\'' ( ~'\'' | '\'\'' )* '\'' ;
ESCAPE_STRING: [eE] '\'' ( ~['\\] | '\\' . | '\'\'' )* '\'' ;
INTEGER: [0-9]+ ;
DECIMAL: [0-9]+ '.' [0-9]* | '.' [0-9]+ ;
FLOAT: ( [0-9]+ ( '.' [0-9]* )? | '.' [0-9]+ ) [eE] [+-]? [0-9]+ ;

SEMICOLON: ';' ;
LPAREN: '(' ;
RPAREN: ')' ;
LBRACKET: '[' ;
RBRACKET: ']' ;
COMMA: ',' ;
DOT: '.' ;
COLON: ':' ;
CAST_TO: '::' ;
NAMED_ARG: '=>' ;
EQ: '=' | '==' ;
NE: '<>' | '!=' ;
LT: '<' ;
LE: '<=' ;
GT: '>' ;
GE: '>=' ;
PLUS: '+' ;
MINUS: '-' ;
STAR: '*' ;
SLASH: '/' ;
PERCENT: '%' ;
CARET: '^' ;
CONCAT: '||' ;
ARROW: '->' ;
ARROW_TEXT: '->>' ;
PATH: '#>' ;
PATH_TEXT: '#>>' ;
MATCH: '~' ;
NOT_MATCH: '!~' ;
MATCH_NO_CASE: '~*' ;
NOT_MATCH_NO_CASE: '!~*' ;
CONTAINS: '@>' ;
CONTAINED_BY: '<@' ;
OVERLAPS: '&&' ;
BIT_AND: '&' ;
BIT_OR: '|' ;
BIT_XOR: '#' ;

LINE_COMMENT: '--' ~[\r\n]* -> skip ;
SPACE: [ \t\r\n\f\u000B]+ -> skip ;

// What is wrong still becomes a token, so that the parser can say so with its place.
UNTERMINATED_STRING: [eE]? '\'' ( ~'\'' | '\'\'' )* ;
UNTERMINATED_IDENTIFIER: '"' ( ~'"' | '""' )* | '`' ( ~'`' | '``' )* ;
UNTERMINATED_COMMENT: '/*' ;  // comments nest: compiler/parse/words.cpp looks for the end, and skips those that have one
BAD_CHARACTER: . ;
