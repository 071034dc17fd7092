// The statements of StreamQL, in reading order: statements, columns and types, queries, relations, windows, expressions,
// names. One `statement` is parsed at a time: compiler/parse/statements.cpp splits the script at semicolons first (and
// takes the frame of EXECUTE STATEMENT SET BEGIN ... END off), so that one wrong statement does not spoil the next.
// The grammar names no function but those with a syntax of their own, and decides nothing about meaning. Words that are
// keywords only beside certain others (DATE before a string, MINUTE behind a number, TRIM before a parenthesis) come as
// IDENTIFIER elsewhere: compiler/parse/words.cpp, word_in_place. That keeps nearly every decision at one token.
parser grammar StreamQLParser;

options { tokenVocab = StreamQLLexer; }

singleStatement: statement EOF ;
singleExpression: expression EOF ;

// ---------------------------------------------------------------------------------------------------- statements

statement
    : setStatement
    | createRelation
    | createView
    | createFunction
    | insert
    | query
    | explain
    ;

setStatement: SET option ;

createRelation
    : CREATE TEMPORARY? relationRole ifNotExists? name
      ( LPAREN tableElement ( COMMA tableElement )* RPAREN )?
      ( PARTITIONED BY LPAREN identifier ( COMMA identifier )* RPAREN )?
      withOptions?
    ;

relationRole: STREAM | TABLE | SINK ;

ifNotExists: IF NOT EXISTS ;

createView: CREATE ( TEMPORARY | MATERIALIZED )? VIEW ifNotExists? name columnNames? AS query ;

createFunction
    : CREATE TEMPORARY? FUNCTION ifNotExists? name LPAREN ( parameter ( COMMA parameter )* )? RPAREN
      RETURNS typeName AS string
    ;

parameter: identifier typeName ;

insert: INSERT INTO name columnNames? query ;

explain: EXPLAIN ( ANALYZE | PLAN FOR )? ( insert | query ) ;

columnNames: LPAREN identifier ( COMMA identifier )* RPAREN ;

withOptions: WITH LPAREN ( option ( COMMA option )* )? RPAREN ;

option: optionKey ( EQ | TO ) optionValue ;

optionKey: optionWord ( DOT optionWord )* | STRING ;

optionWord: identifier | reservedWord ;

optionValue
    : SECRET string           # secretValue
    | string                  # stringValue
    | INTERVAL string intervalUnits?  # intervalValue
    | MINUS? number timeUnit? # numberValue     // 5, or 5 MINUTES
    | ( TRUE | FALSE )        # boolValue
    | optionWord ( DOT optionWord )*  # wordValue
    ;

// ---------------------------------------------------------------------------------------------- columns and types

tableElement
    : WATERMARK FOR name AS expression                       # watermarkElement
    | ( CONSTRAINT identifier )? primaryKey                  # primaryKeyElement
    | ( CONSTRAINT identifier )? CHECK LPAREN expression RPAREN  # checkElement
    | identifier typeName? ( AS expression | columnConstraint* )  # columnElement
    ;

primaryKey: PRIMARY KEY columnNames notEnforced? ;

notEnforced: NOT ENFORCED ;

columnConstraint
    : NOT NULL_                                   # notNullConstraint
    | NULL_                                       # nullConstraint
    | PRIMARY KEY notEnforced?                   # keyConstraint
    | METADATA ( FROM string )? VIRTUAL?         # metadataConstraint
    | CHECK LPAREN expression RPAREN             # checkConstraint
    ;

typeName: typeBase ( LBRACKET RBRACKET )* ;

typeBase
    : ARRAY LT typeName GT                                                     # arrayType
    | MAP LT typeName COMMA typeName GT                                        # mapType
    | ( STRUCT | ROW ) LT typeField ( COMMA typeField )* GT                    # structType
    | ROW LPAREN typeField ( COMMA typeField )* RPAREN                         # structType
    | DOUBLE PRECISION                                                         # doubleType
    | CHARACTER VARYING typeParameters?                                        # characterType
    | ( identifier | TIME | TIMESTAMP ) typeParameters? ( ( WITH | WITHOUT ) LOCAL? TIME ZONE )?  # namedType
    ;

typeParameters: LPAREN INTEGER ( COMMA INTEGER )* RPAREN ;

typeField: identifier COLON? typeName ;

// -------------------------------------------------------------------------------------------------------- queries

query: ( WITH cte ( COMMA cte )* )? queryBody queryTail* ;

cte: identifier columnNames? AS LPAREN query RPAREN ;

queryBody: intersection ( ( UNION | EXCEPT ) ( ALL | DISTINCT )? intersection )* ;

intersection: queryTerm ( INTERSECT ( ALL | DISTINCT )? queryTerm )* ;

queryTerm: select | values | LPAREN query RPAREN ;

values: VALUES valuesRow ( COMMA valuesRow )* ;

valuesRow: LPAREN expression ( COMMA expression )* RPAREN ;

// PostgreSQL's order, ksqlDB's (EMIT before LIMIT) and any other: each clause once.
queryTail
    : orderBy                                                   # orderByTail
    | LIMIT ( expression | ALL )                                # limitTail
    | OFFSET expression ( ROW | ROWS )?                         # offsetTail
    | FETCH ( FIRST | NEXT ) expression? ( ROW | ROWS ) ONLY    # fetchTail
    | EMIT ( FINAL | CHANGES | PERIODIC duration )              # emitTail
    | LATE DATA TO name                                         # lateTail
    ;

orderBy: ORDER BY orderItem ( COMMA orderItem )* ;

orderItem: expression ( ASC | DESC )? ( NULLS ( FIRST | LAST ) )? ;

select
    : SELECT selectQuantifier? selectItem ( COMMA selectItem )*
      fromClause?
      windowClause*
      ( WHERE where=expression windowClause* )?
      ( groupBy windowClause* )?
      ( HAVING having=expression windowClause* )?
      ( QUALIFY qualify=expression windowClause* )?
    ;

selectQuantifier: ALL | DISTINCT ( ON LPAREN expression ( COMMA expression )* RPAREN )? ;

selectItem
    : STAR                                     # starItem
    | expression ( AS identifier | bareAlias )?  # expressionItem
    ;

fromClause: FROM relation ( COMMA relation )* ;

groupBy: GROUP BY groupItem ( COMMA groupItem )* ;

groupItem
    : ROLLUP LPAREN groupItem ( COMMA groupItem )* RPAREN           # rollupItem
    | CUBE LPAREN groupItem ( COMMA groupItem )* RPAREN             # cubeItem
    | GROUPING SETS LPAREN groupItem ( COMMA groupItem )* RPAREN    # groupingSetsItem
    | LPAREN RPAREN                                                 # emptyItem
    | expression                                                    # expressionGroup
    ;

// ------------------------------------------------------------------------------------------------------ relations

relation: relationTerm joinTail* ;

joinTail
    : CROSS JOIN relationTerm
    | ASOF? ( INNER | ( LEFT | RIGHT | FULL ) OUTER? )? JOIN relationTerm
      within? gracePeriod? joinCondition? attribute?
    ;

joinCondition: ON expression | USING columnNames ;

relationTerm: relationPrimary ( systemTime tableAlias? | tableAlias systemTime? )? deduplicate? ;

relationPrimary
    : LATERAL? LPAREN query RPAREN                          # subqueryRelation
    | LPAREN relation RPAREN                                # parenthesizedRelation
    | LATERAL? TABLE LPAREN tableFunction RPAREN            # functionRelation
    | LATERAL? tableFunction                                # functionRelation
    | name                                                  # tableRelation
    ;

systemTime: FOR SYSTEM_TIME AS OF operatorExpression ;

tableAlias: ( AS identifier | bareAlias ) columnNames? ;

deduplicate: DEDUPLICATE BY ( LPAREN expression ( COMMA expression )* RPAREN | name ) ( ORDER BY expression )? WITHIN duration ;

tableFunction
    : ( TUMBLE | HOP | SESSION | CUMULATE ) LPAREN windowArgument ( COMMA windowArgument )* RPAREN   # windowFunction
    | UNNEST LPAREN expression ( COMMA expression )* RPAREN ( WITH ORDINALITY )?                     # unnest
    | plainName LPAREN ( expression ( COMMA expression )* )? RPAREN ( WITH ORDINALITY )?             # otherFunction
    ;

windowArgument
    : ( identifier NAMED_ARG )?
      ( TABLE ( name | LPAREN query RPAREN ) ( PARTITION BY expression )?
      | DESCRIPTOR LPAREN name RPAREN
      | duration
      | name
      )
    ;

within
    : WITHIN duration
    | WITHIN LPAREN withinSide COMMA withinSide RPAREN
    ;

withinSide: duration ( BEFORE | AFTER )? ;

gracePeriod: GRACE PERIOD duration ;

attribute
    : ATTRIBUTE ( FIRST | LAST | LINEAR )
    | ATTRIBUTE TIME_DECAY LPAREN duration RPAREN
    | ATTRIBUTE POSITION LPAREN number PERCENT? COMMA number PERCENT? RPAREN
    ;

// -------------------------------------------------------------------------------------------------------- windows

windowClause
    : WINDOW ( TUMBLING | HOPPING | SESSION | CUMULATING ) LPAREN windowPart ( COMMA windowPart )* RPAREN   # timeWindow
    | WINDOW namedWindow ( COMMA namedWindow )*                                                             # namedWindows
    ;

windowPart
    : SIZE duration
    | ADVANCE BY duration
    | GAP? duration
    | STEP duration
    | OFFSET MINUS? duration
    | TIMEZONE string
    | gracePeriod
    | ON name
    ;

namedWindow: identifier AS LPAREN windowSpec RPAREN ;

windowSpec: base=bareAlias? ( PARTITION BY expression ( COMMA expression )* )? orderBy? frame? ;

frame: ( ROWS | RANGE | GROUPS ) ( frameBound | BETWEEN frameBound AND frameBound ) ;

frameBound
    : UNBOUNDED ( PRECEDING | FOLLOWING )
    | CURRENT ROW
    | ( number timeUnit | expression ) ( PRECEDING | FOLLOWING )
    ;

// ---------------------------------------------------------------------------------------------------- expressions
// PostgreSQL's precedence, one rule a level, the loosest first. Lists instead of recursion: a chain of a thousand ANDs
// needs no deep stack, and most decisions look at one token.

expression: andExpression ( OR andExpression )* ;

andExpression: notExpression ( AND notExpression )* ;

notExpression: NOT notExpression | isExpression ;

isExpression: comparison isSuffix* ;

isSuffix
    : IS NOT? ( NULL_ | TRUE | FALSE | UNKNOWN )
    | IS NOT? DISTINCT FROM comparison
    | ISNULL
    | NOTNULL
    ;

comparison: rangeExpression comparisonSuffix* ;

comparisonSuffix
    : comparisonOperator ( rangeExpression | ( ANY | SOME | ALL ) LPAREN ( query | expression ) RPAREN )
    ;

comparisonOperator: EQ | NE | LT | LE | GT | GE ;

rangeExpression: operatorExpression rangeSuffix* ;

rangeSuffix
    : NOT? BETWEEN SYMMETRIC? operatorExpression AND operatorExpression               # betweenSuffix
    | NOT? IN LPAREN ( query | expression ( COMMA expression )* ) RPAREN within?      # inSuffix
    | NOT? ( LIKE | ILIKE | SIMILAR TO ) operatorExpression ( ESCAPE operatorExpression )?  # likeSuffix
    ;

operatorExpression: additive ( otherOperator additive )* ;

otherOperator
    : CONCAT | ARROW | ARROW_TEXT | PATH | PATH_TEXT | MATCH | NOT_MATCH | MATCH_NO_CASE | NOT_MATCH_NO_CASE
    | CONTAINS | CONTAINED_BY | OVERLAPS | BIT_AND | BIT_OR | BIT_XOR
    ;

additive: multiplicative ( ( PLUS | MINUS ) multiplicative )* ;

multiplicative: power ( ( STAR | SLASH | PERCENT ) power )* ;

power: zoned ( CARET zoned )* ;

zoned: unary ( AT TIME ZONE unary )* ;

unary: ( PLUS | MINUS | MATCH ) unary | postfix ;

postfix: primary postfixSuffix* ;

postfixSuffix
    : CAST_TO typeName                                          # castSuffix
    | LBRACKET low=expression? ( COLON high=expression? )? RBRACKET  # subscriptSuffix
    | DOT ( identifier | STAR )                                 # fieldSuffix   // a.b.c; a.* as a select item
    ;

primary
    : literal                                                   # literalPrimary
    | LPAREN query RPAREN                                       # subqueryPrimary
    | LPAREN expression ( COMMA expression )* RPAREN            # parenthesized
    | ROW LPAREN ( expression ( COMMA expression )* )? RPAREN   # rowPrimary
    | ARRAY LBRACKET ( expression ( COMMA expression )* )? RBRACKET  # arrayPrimary
    | MAP LBRACKET ( expression ( COMMA expression )* )? RBRACKET    # mapPrimary
    | CASE operand=expression? caseArm+ ( ELSE otherwise=expression )? END  # casePrimary
    | ( CAST | TRY_CAST ) LPAREN expression AS typeName RPAREN  # castPrimary
    | EXISTS LPAREN query RPAREN within?                        # existsPrimary
    | formCall                                                  # formPrimary
    | nowWord ( LPAREN INTEGER? RPAREN )?                       # nowPrimary
    | identifier callTail?                                      # wordPrimary
    | ( LEFT | RIGHT ) callTail                                 # wordPrimary
    ;

caseArm: WHEN expression THEN expression ;

literal
    : NULL_                                                      # nullLiteral
    | ( TRUE | FALSE )                                          # boolLiteral
    | number                                                    # numberLiteral
    | string                                                    # stringLiteral
    | INTERVAL string intervalUnits?                            # intervalLiteral
    | ( DATE | TIME | TIMESTAMP | TIMESTAMPTZ | TIMESTAMP_LTZ | BYTES | BYTEA | JSON ) string  # typedLiteral
    | ( TIME | TIMESTAMP ) ( WITH | WITHOUT ) LOCAL? TIME ZONE string  # zonedLiteral
    ;

// Functions whose arguments have keywords between them; a plain argument list is fine too.
formCall
    : EXTRACT LPAREN expression ( FROM | COMMA ) expression RPAREN
    | POSITION LPAREN operatorExpression ( IN | COMMA ) operatorExpression RPAREN
    | SUBSTRING LPAREN expression formTail RPAREN
    | TRIM LPAREN ( LEADING | TRAILING | BOTH )? ( FROM expression | expression ( ( FROM | COMMA ) expression )? ) RPAREN
    | OVERLAY LPAREN expression ( PLACING expression )? formTail RPAREN
    ;

formTail
    : FROM from=expression ( FOR length=expression )?
    | FOR length=expression ( FROM from=expression )?
    | ( COMMA expression )*
    ;

callTail
    : LPAREN ( STAR | ( DISTINCT | ALL )? argument ( COMMA argument )* orderBy? )? RPAREN
      ( WITHIN GROUP LPAREN orderBy RPAREN )?
      ( FILTER LPAREN WHERE expression RPAREN )?
      ( OVER ( identifier | LPAREN windowSpec RPAREN ) )?
    ;

argument: ( identifier NAMED_ARG )? expression ;

// --------------------------------------------------------------------------------- durations, numbers, texts, names

duration
    : INTERVAL string intervalUnits?
    | ( ( INTEGER | DECIMAL ) timeUnit )+
    | string
    ;

intervalUnits: timeUnit ( TO timeUnit )? ;

timeUnit
    : YEAR | YEARS | QUARTER | QUARTERS | MONTH | MONTHS | WEEK | WEEKS | DAY | DAYS | HOUR | HOURS | MINUTE | MINUTES
    | SECOND | SECONDS | MILLISECOND | MILLISECONDS | MICROSECOND | MICROSECONDS
    ;

number: INTEGER | DECIMAL | FLOAT ;

string: STRING | ESCAPE_STRING ;

name: identifier ( DOT identifier )* ;

identifier: plainWord | clauseWord | tableWord ;

bareAlias: plainWord ;

plainName: plainWord ( DOT plainWord )* ;

nowWord: CURRENT_DATE | CURRENT_TIME | CURRENT_TIMESTAMP | LOCALTIME | LOCALTIMESTAMP ;

clauseWord
    : ASOF | ATTRIBUTE | DEDUPLICATE | EMIT | FETCH | FILTER | GRACE | LATE | OFFSET | OVER | QUALIFY | WINDOW | WITHIN
    ;

tableWord: CUMULATE | HOP | LATERAL | SESSION | TABLE | TUMBLE | UNNEST ;

plainWord
    : IDENTIFIER | QUOTED_IDENTIFIER | BACKTICK_IDENTIFIER
    | ADVANCE | AFTER | ANALYZE | ASC | BEFORE | BEGIN | BOTH | CHANGES
    | CUMULATING | CURRENT | DATA | DESC | DESCRIPTOR | ENFORCED | ESCAPE | EXECUTE | EXPLAIN | FINAL
    | FIRST | FOLLOWING | FUNCTION | GAP | GROUPS | HOPPING | IF | KEY | LAST
    | LEADING | LINEAR | LOCAL | MATERIALIZED | METADATA | NEXT | NULLS | OF | ONLY | ORDINALITY | OUTER | PARTITION | PARTITIONED
    | PERIOD | PERIODIC | PLACING | PLAN | PRECEDING | PRECISION | RANGE | RETURNS | ROWS | SECRET | SET | SETS | SINK
    | SIZE | STATEMENT | STEP | STREAM | SYMMETRIC | SYSTEM_TIME | TEMPORARY
    | TIMEZONE | TIME_DECAY | TO | TRAILING | TUMBLING | UNBOUNDED | UNKNOWN | VARYING | VIEW
    | VIRTUAL | WATERMARK | WITHOUT | ZONE
    ;

reservedWord
    : ALL | AND | ANY | ARRAY | AS | BETWEEN | BY | CASE | CAST | CHECK | CONSTRAINT | CREATE | CROSS | DISTINCT | ELSE | END | EXCEPT
    | EXISTS | FALSE | FOR | FROM | FULL | GROUP | HAVING | ILIKE | IN | INNER | INSERT | INTERSECT | INTO | IS | JOIN
    | LEFT | LIKE | LIMIT | NATURAL | NOT | NULL_ | ON | OR | ORDER | PRIMARY | RIGHT | SELECT | SIMILAR | SOME | THEN | TRUE
    | UNION | USING | VALUES | WHEN | WHERE | WITH
    ;
