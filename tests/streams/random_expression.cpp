#include "tests/streams/random_expression.h"

#include <fmt/format.h>

#include <cstring>

namespace streamql::testing {

char ExpressionMaker::pick(const char* choices) { return choices[random_() % std::strlen(choices)]; }

std::string ExpressionMaker::literal(char type) {
    switch (type) {
        case 'I':
            return std::to_string(below(40) - 20);
        case 'L':
            return fmt::format("CAST({} AS BIGINT)", below(2) ? 5'000'000'000 + below(1000) : below(100));
        case 'N':
            return fmt::format("{}.{:02}", below(200), below(100));
        case 'D':
            return fmt::format("CAST({} AS DOUBLE PRECISION)", (below(400) - 200) / 4.0);
        case 'S': {
            static const char* const kTexts[] = {"'a'", "'b'", "'abc'", "''", "'Zürich'", "'x y'", "'it''s'"};
            return kTexts[below(7)];
        }
        case 'B':
            return below(2) ? "TRUE" : "FALSE";
        case 'T':
            return fmt::format("TIMESTAMP '2024-05-01 0{}:{:02}:{:02}.5'", below(3), below(60), below(60));
        case 'A':
            return fmt::format("DATE '2024-0{}-{:02}'", 1 + below(9), 1 + below(28));
        case 'X':
            return "9223372036854775807";
    }
    return "NULL";
}

std::string ExpressionMaker::leaf(char type) {
    std::vector<const TypedName*> fit;
    for (auto& n : names_)
        if (n.type == type) fit.push_back(&n);
    return fit.empty() ? literal(type) : fit[below(static_cast<int>(fit.size()))]->text;
}

std::string ExpressionMaker::general(char t, int depth) {
    switch (below(5)) {
        case 0:
            return fmt::format("CASE WHEN {} THEN {} ELSE {} END", boolean(depth - 1), make(t, depth - 1),
                               make(t, depth - 1));
        case 1:
            return fmt::format("COALESCE({}, {})", make(t, depth - 1), make(t, depth - 1));
        case 2:
            return fmt::format("NULLIF({}, {})", make(t, depth - 1), leaf(t));
        case 3:
            return fmt::format("CASE WHEN {} THEN {} WHEN {} THEN {} END", boolean(depth - 1), leaf(t),
                               boolean(depth - 1), make(t, depth - 1));
        default:
            return t == 'B' ? leaf('B')
                            : fmt::format("{}({}, {})", below(2) ? "GREATEST" : "LEAST", make(t, depth - 1),
                                          make(t, depth - 1));
    }
}

std::string ExpressionMaker::make(char type, int depth) {
    if (depth <= 0) return below(4) ? leaf(type) : literal(type);
    if (below(4) == 0) return general(type, depth);
    switch (type) {
        case 'I':
            return integer(depth);
        case 'L':
            return below(2) ? fmt::format("({} + {})", leaf('L'), integer(depth - 1))
                            : fmt::format("CAST({} AS BIGINT)", integer(depth - 1));
        case 'N':
            return numeric(depth);
        case 'D':
            return real(depth);
        case 'S':
            return text(depth);
        case 'B':
            return boolean(depth);
        case 'T':
            return time(depth);
        case 'A':
            return below(2) ? fmt::format("CAST({} AS DATE)", time(depth - 1))
                            : fmt::format("({} + {})", leaf('A'), below(40));
        default:
            return leaf(type);
    }
}

std::string ExpressionMaker::integer(int depth) {
    auto sub = [&] { return make('I', depth - 1); };
    switch (below(11)) {
        case 0:
            return fmt::format("({} + {})", sub(), sub());
        case 1:
            return fmt::format("({} - {})", sub(), sub());
        case 2:
            return fmt::format("({} * {})", sub(), below(9));
        case 3:
            return fmt::format("({} / NULLIF({}, 0))", sub(), leaf('I'));
        case 4:
            return fmt::format("({} % {})", sub(), 1 + below(9));
        case 5:
            return fmt::format("abs({})", sub());
        case 6:
            return fmt::format("length({})", make('S', depth - 1));
        case 7:
            return fmt::format("(- {})", sub());
        case 8:
            return fmt::format("position('b' IN {})", make('S', depth - 1));
        case 9:
            return fmt::format("CAST({} AS INTEGER)", leaf('N'));
        default:
            return fmt::format("CAST(extract(minute FROM {}) AS INTEGER)", time(depth - 1));
    }
}

std::string ExpressionMaker::numeric(int depth) {
    switch (below(10)) {
        case 0:
            return fmt::format("({} + {})", make('N', depth - 1), leaf('N'));
        case 1:
            return fmt::format("({} - {})", make('N', depth - 1), leaf('N'));
        case 2:
            return fmt::format("({} * {})", leaf('N'), leaf('N'));
        case 3:
            return fmt::format("round({} / NULLIF({}, 0), 6)", leaf('N'), leaf('N'));
        case 4:
            return fmt::format("({} / NULLIF({}, 0))", leaf('N'), leaf('N'));
        case 5:
            return fmt::format("round({}, {})", leaf('N'), below(4) - 1);
        case 6:
            return fmt::format("abs({})", make('N', depth - 1));
        case 7:
            return fmt::format("{}({})", below(2) ? "floor" : "ceil", leaf('N'));
        case 8:
            return fmt::format("CAST({} AS NUMERIC(14,3))", make('I', depth - 1));
        default:
            return fmt::format("mod({}, 7)", leaf('N'));
    }
}

std::string ExpressionMaker::real(int depth) {
    auto sub = [&] { return make('D', depth - 1); };
    switch (below(8)) {
        case 0:
            return fmt::format("({} + {})", sub(), sub());
        case 1:
            return fmt::format("({} - {})", sub(), sub());
        case 2:
            return fmt::format("({} * CAST(0.5 AS DOUBLE PRECISION))", sub());
        case 3:
            return fmt::format("({} / NULLIF({}, CAST(0 AS DOUBLE PRECISION)))", sub(), leaf('D'));
        case 4:
            return fmt::format("abs({})", sub());
        case 5:
            return fmt::format("sqrt(abs({}))", sub());
        case 6:
            return fmt::format("{}({})", below(2) ? "floor" : "ceil", sub());
        default:
            return fmt::format("CAST({} AS DOUBLE PRECISION)", make('I', depth - 1));
    }
}

std::string ExpressionMaker::text(int depth) {
    auto sub = [&] { return make('S', depth - 1); };
    switch (below(13)) {
        case 0:
            return fmt::format("({} || {})", sub(), sub());
        case 1:
            return fmt::format("upper({})", sub());
        case 2:
            return fmt::format("lower({})", sub());
        case 3:
            return fmt::format("substring({}, {}, {})", sub(), 1 + below(3), below(4));
        case 4:
            return fmt::format("replace({}, 'a', 'ä')", sub());
        case 5:
            return fmt::format("trim({})", sub());
        case 6:
            return fmt::format("{}({}, {})", below(2) ? "left" : "right", sub(), below(5) - 1);
        case 7:
            return fmt::format("lpad({}, {}, '*')", sub(), below(6));
        case 8:
            return fmt::format("CAST({} AS TEXT)", make('I', depth - 1));
        case 9:
            return fmt::format("concat({}, {})", sub(), leaf('I'));
        case 10:
            return fmt::format("split_part({}, 'b', {})", sub(), 1 + below(2));
        case 11:
            return fmt::format("md5({})", sub());
        default:
            return fmt::format("CAST({} AS TEXT)", leaf('T'));
    }
}

std::string ExpressionMaker::boolean(int depth) {
    static const char* const kComparisons[] = {"=", "<>", "<", "<=", ">", ">="};
    if (depth <= 0)
        return below(3) ? leaf('B') : fmt::format("({} {} {})", leaf('I'), kComparisons[below(6)], below(20));
    const char t = pick("IILNDSTAX");
    switch (below(10)) {
        case 0:
            return fmt::format("({} AND {})", boolean(depth - 1), boolean(depth - 1));
        case 1:
            return fmt::format("({} OR {})", boolean(depth - 1), boolean(depth - 1));
        case 2:
            return fmt::format("(NOT {})", boolean(depth - 1));
        case 3:
            return fmt::format("({} IS {}NULL)", make(t, depth - 1), below(2) ? "NOT " : "");
        case 4:
            return fmt::format("({} IS {}DISTINCT FROM {})", make(t, depth - 1), below(2) ? "NOT " : "", leaf(t));
        case 5:
            return fmt::format("({} BETWEEN {} AND {})", make(t, depth - 1), leaf(t), leaf(t));
        case 6:
            return fmt::format("({} {}IN ({}, {}, {}))", make('I', depth - 1), below(2) ? "NOT " : "", below(9),
                               below(9), below(3) ? "3" : "NULL");
        case 7:
            return fmt::format("({} {}LIKE '{}')", make('S', depth - 1), below(3) ? "" : "NOT ",
                               below(2) ? "a%" : "%b_%");
        case 8:
            return fmt::format("({} IS {})", boolean(depth - 1), below(2) ? "TRUE" : "NOT FALSE");
        default:
            return fmt::format("({} {} {})", make(t, depth - 1), kComparisons[below(6)], make(t, depth - 1));
    }
}

std::string ExpressionMaker::time(int depth) {
    if (depth <= 0) return leaf('T');
    static const char* const kIntervals[] = {"5 minutes", "1 day 02:03:04.5", "-90 seconds", "1 month", "1 hour"};
    switch (below(4)) {
        case 0:
            return fmt::format("({} + INTERVAL '{}')", make('T', depth - 1), kIntervals[below(5)]);
        case 1:
            return fmt::format("({} - INTERVAL '{}')", make('T', depth - 1), kIntervals[below(5)]);
        case 2: {
            static const char* const kUnits[] = {"minute", "hour", "day", "month", "second"};
            return fmt::format("date_trunc('{}', {})", kUnits[below(5)], make('T', depth - 1));
        }
        default:
            return fmt::format("CAST({} AS TIMESTAMP)", leaf('A'));
    }
}

}  // namespace streamql::testing
