// Operators: from OR down to the postfix ones, a function for each level of StreamQLParser.g4.
#include "compiler/parse/builder.h"

namespace streamql {
namespace {

using Lexer = grammar::StreamQLParser;
using ast::BinaryOp;

BinaryOp binary_op(size_t token) {
    switch (token) {
        case Lexer::EQ:
            return BinaryOp::kEq;
        case Lexer::NE:
            return BinaryOp::kNe;
        case Lexer::LT:
            return BinaryOp::kLt;
        case Lexer::LE:
            return BinaryOp::kLe;
        case Lexer::GT:
            return BinaryOp::kGt;
        case Lexer::GE:
            return BinaryOp::kGe;
        case Lexer::PLUS:
            return BinaryOp::kAdd;
        case Lexer::MINUS:
            return BinaryOp::kSub;
        case Lexer::STAR:
            return BinaryOp::kMul;
        case Lexer::SLASH:
            return BinaryOp::kDiv;
        case Lexer::PERCENT:
            return BinaryOp::kMod;
        case Lexer::CARET:
            return BinaryOp::kPow;
        case Lexer::CONCAT:
            return BinaryOp::kConcat;
        case Lexer::ARROW:
            return BinaryOp::kJsonGet;
        case Lexer::ARROW_TEXT:
            return BinaryOp::kJsonGetText;
        case Lexer::PATH:
            return BinaryOp::kJsonPath;
        case Lexer::PATH_TEXT:
            return BinaryOp::kJsonPathText;
        case Lexer::MATCH:
            return BinaryOp::kMatch;
        case Lexer::NOT_MATCH:
            return BinaryOp::kNotMatch;
        case Lexer::MATCH_NO_CASE:
            return BinaryOp::kMatchNoCase;
        case Lexer::NOT_MATCH_NO_CASE:
            return BinaryOp::kNotMatchNoCase;
        case Lexer::CONTAINS:
            return BinaryOp::kContains;
        case Lexer::CONTAINED_BY:
            return BinaryOp::kContainedBy;
        case Lexer::OVERLAPS:
            return BinaryOp::kOverlaps;
        case Lexer::BIT_AND:
            return BinaryOp::kBitAnd;
        case Lexer::BIT_OR:
            return BinaryOp::kBitOr;
        case Lexer::BIT_XOR:
            return BinaryOp::kBitXor;
        default:
            break;
    }
    SQ_CHECK(false, "not a binary operator: token " + std::to_string(token));
}

/// The operator between operands i and i + 1: a terminal, or a rule of one terminal.
antlr4::Token* operator_token(antlr4::ParserRuleContext* c, size_t i) {
    auto* child = c->children[2 * i + 1];
    if (auto* rule = dynamic_cast<antlr4::ParserRuleContext*>(child)) return rule->start;
    return dynamic_cast<antlr4::tree::TerminalNode*>(child)->getSymbol();
}

}  // namespace

ast::Expr Builder::binary(BinaryOp op, Span op_span, ast::Expr left, ast::Expr right) {
    Span span = join(left.span, right.span);
    return make(ast::Binary{op, box(std::move(left)), box(std::move(right)), op_span}, span);
}

ast::Expr Builder::call(std::string_view function, Span span, std::vector<ast::Expr> args) {
    ast::FunctionCall out;
    out.name.parts.push_back({std::string(function), false, span});
    out.name.span = span;
    out.args = std::move(args);
    return make(std::move(out), span);
}

/// A left-associative chain `x op y op z`: the first operand lies deepest.
#define SQ_BUILD_CHAIN(operands, build, fallback_op)                               \
    auto operands_ = operands;                                                     \
    if (operands_.size() == 1) return build(operands_[0]);                         \
    size_t links_ = operands_.size() - 1;                                          \
    std::optional<ast::Expr> out_;                                                 \
    for (size_t i = 0; i < operands_.size(); ++i) {                                \
        Deeper deeper(*this, links_ - (i > 0 ? i - 1 : 0), span_of(operands_[i])); \
        if (!deeper.fits()) return make(ast::NullLiteral{}, span_of(c));           \
        ast::Expr next = build(operands_[i]);                                      \
        if (!out_) {                                                               \
            out_ = std::move(next);                                                \
            continue;                                                              \
        }                                                                          \
        antlr4::Token* op_token = operator_token(c, i - 1);                        \
        Span op_span{static_cast<uint32_t>(op_token->getStartIndex()),             \
                     static_cast<uint32_t>(op_token->getStopIndex() + 1)};         \
        out_ = binary(fallback_op, op_span, std::move(*out_), std::move(next));    \
    }                                                                              \
    return std::move(*out_)

ast::Expr Builder::expression(P::ExpressionContext* c) {
    Deeper level(*this, 1, span_of(c));
    if (!level.fits()) return make(ast::NullLiteral{}, span_of(c));
    SQ_BUILD_CHAIN(c->andExpression(), and_expression, BinaryOp::kOr);
}

ast::Expr Builder::and_expression(P::AndExpressionContext* c) {
    SQ_BUILD_CHAIN(c->notExpression(), not_expression, BinaryOp::kAnd);
}

ast::Expr Builder::operator_expression(P::OperatorExpressionContext* c) {
    SQ_BUILD_CHAIN(c->additive(), additive, binary_op(op_token->getType()));
}

ast::Expr Builder::additive(P::AdditiveContext* c) {
    SQ_BUILD_CHAIN(c->multiplicative(), multiplicative, binary_op(op_token->getType()));
}

ast::Expr Builder::multiplicative(P::MultiplicativeContext* c) {
    SQ_BUILD_CHAIN(c->power(), power, binary_op(op_token->getType()));
}

ast::Expr Builder::power(P::PowerContext* c) { SQ_BUILD_CHAIN(c->zoned(), zoned, binary_op(op_token->getType())); }

#undef SQ_BUILD_CHAIN

ast::Expr Builder::not_expression(P::NotExpressionContext* c) {
    if (!c->NOT()) return is_expression(c->isExpression());
    Deeper deeper(*this, 1, span_of(c));
    if (!deeper.fits()) return make(ast::NullLiteral{}, span_of(c));
    return make(ast::Unary{ast::UnaryOp::kNot, box(not_expression(c->notExpression()))}, span_of(c));
}

ast::Expr Builder::is_expression(P::IsExpressionContext* c) {
    auto suffixes = c->isSuffix();
    Deeper deeper(*this, suffixes.size(), span_of(c));
    if (!deeper.fits()) return make(ast::NullLiteral{}, span_of(c));
    ast::Expr out = comparison(c->comparison());
    for (auto* s : suffixes) {
        Span span = join(out.span, span_of(s));
        bool negated = s->NOT() || s->NOTNULL();
        if (s->DISTINCT()) {
            out = make(ast::IsDistinctFrom{negated, box(std::move(out)), box(comparison(s->comparison()))}, span);
            continue;
        }
        auto kind = s->TRUE()      ? ast::IsTest::Kind::kTrue
                    : s->FALSE()   ? ast::IsTest::Kind::kFalse
                    : s->UNKNOWN() ? ast::IsTest::Kind::kUnknown
                                   : ast::IsTest::Kind::kNull;
        out = make(ast::IsTest{kind, negated, box(std::move(out))}, span);
    }
    return out;
}

ast::Expr Builder::comparison(P::ComparisonContext* c) {
    auto suffixes = c->comparisonSuffix();
    Deeper deeper(*this, suffixes.size(), span_of(c));
    if (!deeper.fits()) return make(ast::NullLiteral{}, span_of(c));
    ast::Expr out = range_expression(c->rangeExpression());
    for (auto* s : suffixes) {
        BinaryOp op = binary_op(s->comparisonOperator()->start->getType());
        Span op_span = span_of(s->comparisonOperator());
        if (s->rangeExpression()) {
            out = binary(op, op_span, std::move(out), range_expression(s->rangeExpression()));
            continue;
        }
        Span span = join(out.span, span_of(s));
        bool all = s->ALL() != nullptr;
        if (s->expression()) {
            out = make(ast::Quantified{op, all, box(std::move(out)), box(expression(s->expression()))}, span);
        } else if ((op == BinaryOp::kEq && !all) || (op == BinaryOp::kNe && all)) {
            out = make(ast::InSubquery{all, box(std::move(out)), query(s->query()), std::nullopt}, span);
        } else {
            diagnostics_.error("syntax", span_of(s), "of ANY and ALL over a query only = ANY and <> ALL are supported")
                .with_help("compare with a scalar subquery: x > (SELECT max(y) FROM ...)");
        }
    }
    return out;
}

ast::Expr Builder::range_expression(P::RangeExpressionContext* c) {
    auto suffixes = c->rangeSuffix();
    Deeper deeper(*this, suffixes.size(), span_of(c));
    if (!deeper.fits()) return make(ast::NullLiteral{}, span_of(c));
    ast::Expr out = operator_expression(c->operatorExpression());
    for (auto* s : suffixes) out = range_suffix(std::move(out), s);
    return out;
}

ast::Expr Builder::range_suffix(ast::Expr value, P::RangeSuffixContext* c) {
    Span span = join(value.span, span_of(c));
    if (auto* b = dynamic_cast<P::BetweenSuffixContext*>(c)) {
        return make(ast::Between{b->NOT() != nullptr, b->SYMMETRIC() != nullptr, box(std::move(value)),
                                 box(operator_expression(b->operatorExpression(0))),
                                 box(operator_expression(b->operatorExpression(1)))},
                    span);
    }
    if (auto* in = dynamic_cast<P::InSuffixContext*>(c)) {
        bool negated = in->NOT() != nullptr;
        if (in->query()) {
            ast::InSubquery out{negated, box(std::move(value)), query(in->query()), std::nullopt};
            if (in->within()) out.within = within(in->within());
            return make(std::move(out), span);
        }
        if (in->within())
            diagnostics_.error("syntax", span_of(in->within()),
                               "WITHIN needs a subquery: a list of values has no time");
        return make(ast::InList{negated, box(std::move(value)), expressions(in->expression())}, span);
    }
    auto* like = dynamic_cast<P::LikeSuffixContext*>(c);
    ast::Like out;
    out.kind = like->LIKE()    ? ast::Like::Kind::kLike
               : like->ILIKE() ? ast::Like::Kind::kIlike
                               : ast::Like::Kind::kSimilar;
    out.negated = like->NOT() != nullptr;
    out.value = box(std::move(value));
    out.pattern = box(operator_expression(like->operatorExpression(0)));
    if (like->ESCAPE()) out.escape = box(operator_expression(like->operatorExpression(1)));
    return make(std::move(out), span);
}

ast::Expr Builder::zoned(P::ZonedContext* c) {
    auto parts = c->unary();
    Deeper deeper(*this, parts.size() - 1, span_of(c));
    if (!deeper.fits()) return make(ast::NullLiteral{}, span_of(c));
    ast::Expr out = unary(parts[0]);
    for (size_t i = 1; i < parts.size(); ++i) {
        std::vector<ast::Expr> args;
        args.push_back(unary(parts[i]));
        Span span = join(out.span, args[0].span);
        args.push_back(std::move(out));
        out = call("timezone", span, std::move(args));
    }
    return out;
}

ast::Expr Builder::unary(P::UnaryContext* c) {
    if (c->postfix()) return postfix(c->postfix());
    Deeper deeper(*this, 1, span_of(c));
    if (!deeper.fits()) return make(ast::NullLiteral{}, span_of(c));
    auto op = c->MINUS() ? ast::UnaryOp::kMinus : c->PLUS() ? ast::UnaryOp::kPlus : ast::UnaryOp::kBitNot;
    return make(ast::Unary{op, box(unary(c->unary()))}, span_of(c));
}

ast::Expr Builder::postfix(P::PostfixContext* c) {
    auto suffixes = c->postfixSuffix();
    if (suffixes.empty()) return primary(c->primary());
    Deeper deeper(*this, suffixes.size(), span_of(c));
    if (!deeper.fits()) return make(ast::NullLiteral{}, span_of(c));
    ast::Expr out = primary(c->primary());
    for (auto* s : suffixes) {
        Span span = join(out.span, span_of(s));
        if (auto* cast = dynamic_cast<P::CastSuffixContext*>(s)) {
            out = make(ast::Cast{false, box(std::move(out)), type_name(cast->typeName())}, span);
        } else if (auto* sub = dynamic_cast<P::SubscriptSuffixContext*>(s)) {
            if (sub->COLON()) {
                out =
                    make(ast::Slice{box(std::move(out)), optional_expression(sub->low), optional_expression(sub->high)},
                         span);
            } else if (sub->low) {
                out = make(ast::Subscript{box(std::move(out)), box(expression(sub->low))}, span);
            } else {
                diagnostics_.error("syntax", span_of(s), "a subscript is missing between [ and ]");
            }
        } else {
            out = field(std::move(out), dynamic_cast<P::FieldSuffixContext*>(s));
        }
    }
    return out;
}

/// A dot behind a bare name makes it longer; behind anything else (also a name in parentheses) it takes a field.
ast::Expr Builder::field(ast::Expr base, P::FieldSuffixContext* c) {
    Span span = join(base.span, span_of(c));
    auto* column = std::get_if<ast::ColumnRef>(&base.node);
    if (column && column->name.span != base.span) column = nullptr;
    if (c->STAR()) {
        antlr4::tree::ParseTree* above = c->parent->parent;
        while (above && above->children.size() == 1 && !dynamic_cast<P::ExpressionItemContext*>(above))
            above = above->parent;
        bool whole_item = dynamic_cast<P::ExpressionItemContext*>(above) != nullptr;
        if (column && whole_item) return make(ast::Star{std::move(column->name)}, span);
        diagnostics_.error("syntax", span, "\".*\" can only follow a name, as an item of SELECT");
        return base;
    }
    if (!column) return make(ast::FieldAccess{box(std::move(base)), identifier(c->identifier())}, span);
    column->name.parts.push_back(identifier(c->identifier()));
    column->name.span = base.span = span;
    return base;
}

std::vector<ast::Expr> Builder::expressions(const std::vector<P::ExpressionContext*>& cs) {
    std::vector<ast::Expr> out;
    out.reserve(cs.size());
    for (auto* c : cs) out.push_back(expression(c));
    return out;
}

ast::ExprPtr Builder::optional_expression(P::ExpressionContext* c) { return c ? box(expression(c)) : nullptr; }

}  // namespace streamql
