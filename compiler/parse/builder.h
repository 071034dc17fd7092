// Parse tree to AST: one function a grammar rule, values in, values out.
//
// What: the Builder turns ANTLR contexts into ast nodes at once; it reports what the grammar is too weak to refuse (a
// window without its size, an unreadable interval, a missing variable, too deep a tree). Ownership: refers to source,
// diagnostics and environment of one parse; lives shorter than they. Threading: one thread. Private to compiler/parse.
#pragma once
#include "StreamQLParser.h"
#include "compiler/ast/ast.h"
#include "compiler/parse/parse.h"
#include "runtime/types/interval.h"

namespace streamql {

class Builder {
  public:
    using P = grammar::StreamQLParser;

    Builder(const SourceText& source, Diagnostics& diagnostics, const EnvLookup& environment)
        : source_(source), diagnostics_(diagnostics), environment_(environment) {}

    ast::Statement statement(P::StatementContext* c);
    ast::Expr expression(P::ExpressionContext* c);

  private:
    // statements (build_statement.cpp)
    ast::Set set(P::SetStatementContext* c);
    ast::CreateRelation create_relation(P::CreateRelationContext* c);
    void table_element(P::TableElementContext* c, ast::CreateRelation& out);
    void column(P::ColumnElementContext* c, ast::CreateRelation& out);
    void column_constraint(P::ColumnConstraintContext* c, ast::ColumnDef& column, ast::CreateRelation& out);
    void set_primary_key(ast::PrimaryKey key, ast::CreateRelation& out);
    std::vector<ast::Option> options(P::WithOptionsContext* c);
    ast::Option option(P::OptionContext* c);
    ast::OptionValue option_value(P::OptionValueContext* c);
    ast::CreateView create_view(P::CreateViewContext* c);
    ast::CreateFunction create_function(P::CreateFunctionContext* c);
    ast::ExprPtr function_body(P::StringContext* c);
    ast::Insert insert(P::InsertContext* c);
    ast::Explain explain(P::ExplainContext* c);

    // queries (build_query.cpp)
    ast::QueryPtr query(P::QueryContext* c);
    void query_tail(P::QueryTailContext* c, ast::Query& out);
    ast::QueryBody query_body(P::QueryBodyContext* c);
    ast::QueryBody intersection(P::IntersectionContext* c);
    ast::QueryBody query_term(P::QueryTermContext* c);
    ast::Select select(P::SelectContext* c);
    ast::SelectItem select_item(P::SelectItemContext* c);
    ast::GroupItem group_item(P::GroupItemContext* c);
    std::vector<ast::GroupItem> group_items(const std::vector<P::GroupItemContext*>& cs);
    std::vector<ast::OrderItem> order_by(P::OrderByContext* c);

    // relations (build_relation.cpp)
    ast::Relation from(P::FromClauseContext* c);
    ast::Relation relation(P::RelationContext* c);
    ast::Relation joined(ast::Relation left, P::JoinTailContext* c);
    ast::Relation relation_term(P::RelationTermContext* c);
    ast::Relation relation_primary(P::RelationPrimaryContext* c);
    ast::Relation table_function(P::TableFunctionContext* c);
    ast::Relation window_function(P::WindowFunctionContext* c);
    ast::Deduplicate deduplicate(P::DeduplicateContext* c);
    ast::Within within(P::WithinContext* c);
    ast::Attribute attribute(P::AttributeContext* c);

    // windows (build_window.cpp)
    void window_clause(P::WindowClauseContext* c, ast::Select& out);
    ast::TimeWindow time_window(P::TimeWindowContext* c);
    void window_part(P::WindowPartContext* c, ast::TimeWindow& out);
    void check_window(const ast::TimeWindow& window);
    ast::OverClause window_spec(P::WindowSpecContext* c);
    ast::Frame frame(P::FrameContext* c);
    ast::FrameBound frame_bound(P::FrameBoundContext* c);

    // expressions (build_expression.cpp, build_primary.cpp)
    ast::Expr and_expression(P::AndExpressionContext* c);
    ast::Expr not_expression(P::NotExpressionContext* c);
    ast::Expr is_expression(P::IsExpressionContext* c);
    ast::Expr comparison(P::ComparisonContext* c);
    ast::Expr range_expression(P::RangeExpressionContext* c);
    ast::Expr range_suffix(ast::Expr value, P::RangeSuffixContext* c);
    ast::Expr operator_expression(P::OperatorExpressionContext* c);
    ast::Expr additive(P::AdditiveContext* c);
    ast::Expr multiplicative(P::MultiplicativeContext* c);
    ast::Expr power(P::PowerContext* c);
    ast::Expr zoned(P::ZonedContext* c);
    ast::Expr unary(P::UnaryContext* c);
    ast::Expr postfix(P::PostfixContext* c);
    ast::Expr primary(P::PrimaryContext* c);
    ast::Expr parenthesized(P::ParenthesizedContext* c);
    ast::Expr case_expression(P::CasePrimaryContext* c);
    ast::Expr literal(P::LiteralContext* c);
    ast::Expr form_call(P::FormCallContext* c);
    void form_tail(P::FormTailContext* c, std::vector<ast::Expr>& args);
    ast::Expr function_call(ast::Name function, P::CallTailContext* c, Span span);
    ast::Expr field(ast::Expr base, P::FieldSuffixContext* c);
    std::vector<ast::Expr> expressions(const std::vector<P::ExpressionContext*>& cs);
    ast::ExprPtr optional_expression(P::ExpressionContext* c);

    // small parts (build_name.cpp)
    ast::Identifier identifier(antlr4::ParserRuleContext* c);
    ast::Name name(antlr4::ParserRuleContext* c);
    std::vector<ast::Identifier> identifiers(P::ColumnNamesContext* c);
    ast::TypeName type_name(P::TypeNameContext* c);
    ast::TypeName type_base(P::TypeBaseContext* c);
    std::vector<int> type_parameters(P::TypeParametersContext* c);
    std::string string_value(P::StringContext* c);
    std::string replace_variables(std::string_view raw, uint32_t offset, bool escapes);
    ast::Duration duration(P::DurationContext* c);
    Interval interval(P::StringContext* text, P::IntervalUnitsContext* units, Span span);
    Interval interval_text(std::string text, std::optional<IntervalUnit> unit, Span span);

    static Span span_of(antlr4::ParserRuleContext* c);
    static Span span_of(antlr4::tree::TerminalNode* t);
    std::string lower_text(antlr4::ParserRuleContext* c) const;
    template <typename Node>
    static ast::Expr make(Node node, Span span) {
        return ast::Expr{ast::Expr::Node(std::move(node)), span};
    }
    static ast::ExprPtr box(ast::Expr e) { return std::make_unique<ast::Expr>(std::move(e)); }
    static ast::Expr binary(ast::BinaryOp op, Span op_span, ast::Expr left, ast::Expr right);
    static ast::Expr call(std::string_view function, Span span, std::vector<ast::Expr> args);
    void duplicate(std::string_view clause, Span span);

    /// Holds `levels` more levels of tree for its life; `fits` is false beyond kMaxDepth.
    class Deeper {
      public:
        Deeper(Builder& builder, size_t levels, Span span);
        ~Deeper() { builder_.depth_ -= levels_; }
        bool fits() const { return builder_.depth_ <= kMaxDepth; }

      private:
        Builder& builder_;
        size_t levels_;
    };

    const SourceText& source_;
    Diagnostics& diagnostics_;
    const EnvLookup& environment_;
    size_t depth_ = 0;
    bool too_deep_ = false;
};

}  // namespace streamql
